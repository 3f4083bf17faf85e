"""`bespeak test nlu`: how well messages are understood, by a model, in folds, or by variants."""

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

from rich.table import Table

from bespeak.assistant import build_pipeline
from bespeak.cli.models import loaded
from bespeak.cli.terminal import console, counted, progress, tell, with_pictures
from bespeak.data import project as projects
from bespeak.data.project import Project
from bespeak.errors import ModelError, ProjectError
from bespeak.evaluation import comparison
from bespeak.evaluation.calibration import calibration_error
from bespeak.evaluation.case import evaluate
from bespeak.evaluation.crossval import CrossValidation, cross_validated
from bespeak.evaluation.files import write_comparison, write_study, write_understanding
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.robustness import CLEAN, Noisy, Paste, effects, pasted, under_noise
from bespeak.evaluation.study import Study, of_folds, of_model
from bespeak.message import Example
from bespeak.nlu.encoder.memory import remembering
from bespeak.nlu.pipeline import Pipeline
from bespeak.training import Report

USUAL = "data"
NEXT = 3  # findings that the terminal tells


@remembering()  # folds, variants, noise and advice read the same texts again and again
def run(arguments: argparse.Namespace) -> int:
    configs = _configs(arguments)
    if len(configs) > 1:
        return _compare(arguments, configs)
    if arguments.cross_validation:
        title, found = _cross_validate(arguments, configs[0] if configs else None)
    else:
        tested = _test_model(arguments)
        if tested is None:
            return 0
        title, found = tested
    out = Path(arguments.out)
    page, *_ = write_study(
        found,
        out,
        title,
        successes=arguments.successes,
        errors=not arguments.no_errors,
        pictures=with_pictures(arguments.no_plot),
    )
    _tell(found)
    tell(f"Reports are in {out}/. Begin with {page}", "dim")
    return 0


def _configs(arguments: argparse.Namespace) -> list[str]:
    """Return the configurations that were named; a folder stands for all files in it."""
    named = list(arguments.config or [])
    if len(named) == 1 and Path(named[0]).is_dir():
        return sorted(str(path) for path in Path(named[0]).glob("*.y*ml"))
    return named


def _test_model(arguments: argparse.Namespace) -> tuple[str, Study] | None:
    """Test the model; a plain `bespeak test` goes without where there is nothing to be tested."""
    model = loaded(arguments)
    pipeline = model.assistant.pipeline
    if pipeline is None:
        if arguments.what is None:
            tell("This model has no NLU part: understanding is not tested.", "yellow")
            return None
        raise ModelError("This model has no NLU part: train one with `bespeak train`.")
    paths = arguments.nlu or ([USUAL] if Path(USUAL).exists() else [])
    examples = [example for example in projects.read_nlu(paths).examples if example.intent]
    if not examples:
        if arguments.what is None and not arguments.nlu:
            tell("There are no examples in data/: understanding is not tested.", "yellow")
            return None
        raise ProjectError("There are no examples to test on: name a file or folder with `--nlu`.")
    cases = counted(evaluate(pipeline, examples), "Messages", len(examples), silent=arguments.quiet)
    tested = Understanding(tuple(cases))
    noisy: Noisy = {}
    pastes: Sequence[Paste] = ()
    if not arguments.no_noise:
        language = model.metadata.language
        with _bar("Noise", silent=arguments.quiet) as report:
            noisy = under_noise(
                pipeline, tested.cases, seed=arguments.seed, language=language, report=report
            )
            pastes = pasted(pipeline, examples)
    with console.status("Looking for what to do about it"):
        how = f"Tested with the model {model.path.name}"
        study = of_model(tested, how, pipeline, known=_known(paths), noisy=noisy, pastes=pastes)
    return _title(model.metadata.assistant_id), study


def _known(tested: Sequence[str]) -> Sequence[Example]:
    """Return the project's examples, which advice is about, where others than they are tested."""
    if list(tested) == [USUAL] or not Path(USUAL).exists():
        return ()
    return [example for example in projects.read_nlu([USUAL]).examples if example.intent]


def _cross_validate(arguments: argparse.Namespace, config: str | None) -> tuple[str, Study]:
    if arguments.folds < 2:
        raise ProjectError("--folds must be at least 2: one part is tested, the others learned.")
    project = _project(arguments, config)
    with _bar("Cross-validation", silent=arguments.quiet) as report:
        rounds = cross_validated(
            project.training_data,
            _builder(project),
            folds=arguments.folds,
            seed=arguments.seed,
            noise=not arguments.no_noise,
            report=report,
        )
        validated = CrossValidation(tuple(rounds))
    table = Table("Intents", "Accuracy", "F1-score", "Precision")
    for name, scores in validated.spread().items():
        table.add_row(name, *(f"{mean:.3f} ± {spread:.3f}" for mean, spread in scores.values()))
    console.print(table)
    how = f"Cross-validated in {len(validated.folds)} folds, seed {arguments.seed}"
    with console.status("Looking for what to do about it"):
        study = of_folds(validated, how, _builder(project)())
    return _title(project.config.assistant_id), study


@contextmanager
def _bar(what: str, *, silent: bool) -> Iterator[Report]:
    """Show a bar that is told what is worked on, and the share of the whole that is done."""
    with progress(silent=silent) as bar:
        task = bar.add_task(what, total=1.0)

        def report(part: str, share: float) -> None:
            bar.update(task, description=part, completed=share)

        yield report


def _title(assistant_id: str | None) -> str:
    return assistant_id or Path.cwd().name


def _compare(arguments: argparse.Namespace, configs: Sequence[str]) -> int:
    """Train every configuration on less and less of the examples, and say how it understands."""
    variants = {Path(config).stem: _project(arguments, config) for config in configs}
    builders = {name: _builder(project) for name, project in variants.items()}
    [data, *_] = [project.training_data for project in variants.values()]
    percentages, runs = arguments.percentages, arguments.runs
    out = Path(arguments.out)
    scores: defaultdict[str, list[list[float]]] = defaultdict(lambda: [[] for _ in range(runs)])
    numbers: list[int] = []
    rounds = comparison.nlu_results(builders, data, percentages=percentages, runs=runs)
    with progress(silent=arguments.quiet) as bar:
        task = bar.add_task("Comparison", total=len(builders) * len(percentages) * runs)
        for name, turn, percentage, understood, learned in rounds:
            scores[name][turn - 1].append(understood.intents().weighted.f1)
            if turn == 1 and len(numbers) < len(percentages) and name == next(iter(builders)):
                numbers.append(learned)
            folder = out / f"run_{turn}" / f"{percentage}%_exclusion" / f"{name}_report"
            write_understanding(understood, folder, pictures=False)
            bar.advance(task)
    _tell_comparison(scores, percentages)
    write_comparison(
        scores,
        numbers,
        out,
        "nlu_model_comparison_graph.pdf",
        "F1 of intents",
        pictures=with_pictures(arguments.no_plot),
    )
    tell(f"Reports are in {out}/", "dim")
    return 0


def _project(arguments: argparse.Namespace, config: str | None) -> Project:
    return projects.read(domain=arguments.domain, data=arguments.nlu, config=config)


def _builder(project: Project) -> Callable[[], Pipeline]:
    entries = [entry.spec for entry in project.config.pipeline]
    return lambda: build_pipeline(entries, project.domain)


def _tell_comparison(scores: Mapping[str, list[list[float]]], percentages: Sequence[int]) -> None:
    table = Table("F1 of intents", *(f"{percentage} % left out" for percentage in percentages))
    for name, runs in scores.items():
        table.add_row(name, *(f"{fmean(at):.3f}" for at in zip(*runs, strict=True)))
    console.print(table)


def _tell(study: Study) -> None:
    understood = study.tested
    table = Table("What", "Precision", "Recall", "F1", "Of")
    intents = understood.intents()
    table.add_row("intents", *_cells(intents.weighted.as_dict()))
    spans = understood.entity_spans()
    if len(spans) > 1:
        table.add_row("entities, exact spans", *_cells(spans["micro avg"]))
    for name in understood.extractors:
        table.add_row(f"{name}, tokens", *_cells(understood.entities(name).micro.as_dict()))
    if understood.response_cases:
        table.add_row("responses", *_cells(understood.responses().weighted.as_dict()))
    console.print(table)
    console.print(
        f"Intent accuracy {intents.accuracy:.1%}, macro F1 {intents.macro.f1:.1%}, "
        f"calibration error {calibration_error(understood.intent_cases):.3f}."
    )
    noise = [effect for effect in effects(study.noisy) if effect.kind != CLEAN and effect.changed]
    if noise:
        told = ", ".join(f"{one.kind} {one.accuracy:.1%}" for one in noise)
        console.print(f"Under noise: {told}.")
    for number, finding in enumerate(study.findings[:NEXT], start=1):
        tell(f"{number}. {finding.title} (up to {finding.gain} messages)")
        for one in finding.evidence[:1]:
            tell(f"   “{one.text}” {one.source}", "dim")


def _cells(score: Mapping[str, float]) -> list[str]:
    shown = [f"{score[key]:.3f}" for key in ("precision", "recall", "f1-score")]
    return [*shown, str(score["support"])]
