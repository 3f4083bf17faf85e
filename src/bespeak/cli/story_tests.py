"""`bespeak test` and `bespeak test core`: test stories, step by step."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table

from bespeak.assistant import Assistant
from bespeak.cli.models import loaded
from bespeak.cli.terminal import console, counted, tell, with_pictures
from bespeak.data import project as projects
from bespeak.data.stories import ExpectedStory
from bespeak.errors import ModelError, ProjectError
from bespeak.evaluation import comparison
from bespeak.evaluation.coverage import Coverage, coverage
from bespeak.evaluation.dialogue import Action, Evaluation, Heard, evaluate
from bespeak.evaluation.files import write_comparison, write_coverage, write_stories

USUAL = "tests"


def run(arguments: argparse.Namespace) -> int:
    if arguments.evaluate_model_directory or len(arguments.model) > 1:
        return _compare(arguments)
    assistant = loaded(arguments).assistant
    e2e = arguments.e2e or (arguments.what is None and assistant.pipeline is not None)
    if not assistant.policies and arguments.what is None:
        tell("This model has no dialogue part: no test stories are run.", "yellow")
        return 0
    stories = _stories(arguments, assistant, e2e=e2e)
    if not stories and arguments.what is None:
        tell("There are no test stories: add some, in files named `tests/test_….yml`.", "yellow")
        return 0
    evaluation = _evaluated(stories, assistant, e2e=e2e, silent=arguments.quiet)
    out = Path(arguments.out)
    write_stories(
        evaluation,
        out,
        successes=arguments.successes,
        errors=not arguments.no_errors,
        warnings=not arguments.no_warnings,
        pictures=with_pictures(arguments.no_plot),
    )
    untouched = coverage(evaluation.outcomes, assistant)
    write_coverage(untouched, out)
    _tell(evaluation)
    _tell_untouched(untouched)
    tell(f"Reports are in {out}/", "dim")
    return 1 if evaluation.failed and arguments.fail_on_prediction_errors else 0


def _stories(
    arguments: argparse.Namespace, assistant: Assistant, *, e2e: bool
) -> Sequence[ExpectedStory]:
    """Read the test stories; of a folder that was named and has none, `core` takes all stories."""
    if not assistant.policies:
        raise ModelError("This model has no dialogue part: train one with `bespeak train`.")
    if e2e and assistant.pipeline is None:
        raise ModelError("This model has no NLU part, and --e2e needs one: `bespeak train`.")
    named = arguments.stories or ([USUAL] if Path(USUAL).exists() else [])
    stories = projects.read_tests(named, assistant.domain)
    if not stories and arguments.stories and not e2e:
        stories = projects.read_tests(named, assistant.domain, only_test_files=False)
    if not stories and arguments.what is not None:
        where = ", ".join(arguments.stories or [USUAL])
        raise ProjectError(
            f"There are no test stories in {where}. They stand in files whose names begin with "
            "'test_'; name others with `--stories`."
        )
    return stories[: arguments.max_stories]


def _evaluated(
    stories: Sequence[ExpectedStory], assistant: Assistant, *, e2e: bool, silent: bool
) -> Evaluation:
    outcomes = counted(
        evaluate(stories, assistant, e2e=e2e), "Test stories", len(stories), silent=silent
    )
    return Evaluation(tuple(outcomes), e2e)


def _tell(evaluation: Evaluation) -> None:
    right = sum(action.right for action in evaluation.actions)
    passed, total = len(evaluation.passed), len(evaluation.outcomes)
    what = ", understanding included" if evaluation.e2e else ""
    style = "green" if passed == total else "yellow"
    console.print(
        f"[{style}]{passed} of {total}[/{style}] test stories passed{what}; "
        f"{right} of {len(evaluation.actions)} actions are right."
    )
    for outcome in evaluation.failed:
        tell(f"  failed: {outcome.story.name} ({outcome.story.source}:{outcome.story.line})", "red")
        for _, came in outcome.steps:
            if came is not None and not came.right:
                tell(f"    line {came.line}: {_wrong(came)}")


def _wrong(came: Action | Heard) -> str:
    if isinstance(came, Action):
        by = f" ({came.policy} {came.confidence:.2f})" if came.policy else ""
        return f"expected {came.expected}, predicted {came.predicted or 'nothing'}{by}"
    if came.expected_intent != came.predicted_intent:
        return (
            f"{came.text!r}: expected intent {came.expected_intent}, "
            f"understood {came.predicted_intent or 'nothing'}"
        )
    wanted = ", ".join(f"{e.name}={e.value!r}" for e in came.expected) or "none"
    found = ", ".join(f"{e.name}={e.value!r}" for e in came.predicted) or "none"
    return f"{came.text!r}: expected entities {wanted}; found {found}"


def _tell_untouched(found: Sequence[Coverage]) -> None:
    lines = [one.told() for one in found if one.untouched]
    if lines:
        tell("No test story touches:")
    for line in lines:
        tell(f"  {line}", "dim")


def _compare(arguments: argparse.Namespace) -> int:
    """Say how many stories each of several models gets right."""

    def right(archive: Path) -> int:
        assistant = loaded(arguments, archive).assistant
        stories = _stories(arguments, assistant, e2e=arguments.e2e)
        return len(_evaluated(stories, assistant, e2e=arguments.e2e, silent=arguments.quiet).passed)

    table = Table("Model", "Stories passed")
    out = Path(arguments.out)
    if arguments.evaluate_model_directory:
        results, numbers = comparison.core_results(Path(arguments.model[0]), right)
        for name, runs in results.items():
            table.add_row(name, " | ".join(", ".join(f"{n:.0f}" for n in one) for one in runs))
        write_comparison(
            results,
            numbers,
            out,
            "core_model_comparison_graph.pdf",
            "Stories passed",
            pictures=with_pictures(arguments.no_plot) and bool(numbers),
        )
    else:
        passed = {Path(name).name: [right(Path(name))] for name in arguments.model}
        for name, counts in passed.items():
            table.add_row(name, str(counts[0]))
        out.mkdir(parents=True, exist_ok=True)
        (out / comparison.RESULTS).write_text(json.dumps(passed, indent=2))
    console.print(table)
    return 0
