"""The files that tests leave behind, under Rasa's names: JSON, YAML, and pictures."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bespeak.data.annotations import annotated
from bespeak.data.writer import story_yaml
from bespeak.domain import UNLIKELY_INTENT
from bespeak.evaluation.calibration import calibration_dict, calibration_error, reliability
from bespeak.evaluation.comparison import RESULTS, Results
from bespeak.evaluation.coverage import Coverage
from bespeak.evaluation.dialogue import Action, Evaluation, Heard, Outcome
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.page.page import ADVICE
from bespeak.evaluation.page.page import page as draw_page
from bespeak.evaluation.robustness import robustness_dict
from bespeak.evaluation.scores import ClassificationReport
from bespeak.evaluation.study import Study
from bespeak.events import Event
from bespeak.extend import load

PAGE: Final = "nlu.html"


def write_stories(
    evaluation: Evaluation,
    out: Path,
    *,
    successes: bool = False,
    errors: bool = True,
    warnings: bool = True,
    pictures: bool = True,
) -> list[Path]:
    """Write the outcome of test stories; return the files."""
    out.mkdir(parents=True, exist_ok=True)
    written = [
        _json(out / "story_report.json", evaluation.report_dict()),
        _json(out / "story_evaluation.json", evaluation.as_dict()),
    ]
    if errors:
        written.append(
            _stories(
                out / "failed_test_stories.yml",
                evaluation.failed,
                "None of the test stories failed - all good!",
            )
        )
    if successes:
        written.append(
            _stories(
                out / "successful_test_stories.yml",
                evaluation.passed,
                "None of the test stories succeeded :(",
            )
        )
    if warnings:
        written.append(
            _stories(
                out / "stories_with_warnings.yml",
                evaluation.warned,
                "No warnings for test stories",
            )
        )
    if pictures and evaluation.actions:
        report = evaluation.report()
        written.append(_confusion(report, out / "story_confusion_matrix.png", "Actions"))
    return written


def write_coverage(found: Sequence[Coverage], out: Path) -> Path:
    """Write what no test story touches."""
    return _json(out / "story_coverage.json", {one.kind: one.as_dict() for one in found})


def write_comparison(
    results: Results,
    numbers: Sequence[int],
    out: Path,
    picture: str,
    title: str,
    *,
    pictures: bool = True,
) -> list[Path]:
    """Write what configurations made of less and less data; `numbers` is how much each time."""
    out.mkdir(parents=True, exist_ok=True)
    written = [_json(out / RESULTS, results)]
    if pictures:
        draw = load("bespeak.evaluation.pictures.comparison")
        written.append(Path(draw(results, numbers, out / picture, title)))
    return written


def write_understanding(
    understood: Understanding,
    out: Path,
    *,
    successes: bool = False,
    errors: bool = True,
    pictures: bool = True,
) -> list[Path]:
    """Write the outcome of an NLU evaluation; return the files."""
    out.mkdir(parents=True, exist_ok=True)
    intents = understood.intents()
    written = [
        _json(out / "nlu_evaluation.json", understood.summary()),
        _json(out / "intent_report.json", intents.as_dict(confused=True)),
        _json(out / "entity_spans.json", understood.entity_spans()),
    ]
    if errors:
        written.append(_json(out / "intent_errors.json", understood.intent_errors()))
    if successes:
        written.append(_json(out / "intent_successes.json", understood.intent_successes()))
    if pictures:
        right, wrong = understood.confidences()
        written.append(_confusion(intents, out / "intent_confusion_matrix.png", "Intents"))
        written.append(_histogram(right, wrong, out / "intent_histogram.png", "intents"))
    for name in understood.extractors:
        report = understood.entities(name)
        written.append(_json(out / f"{name}_report.json", report.as_dict()))
        if errors:
            found = understood.entity_cases(name, right=False)
            written.append(_json(out / f"{name}_errors.json", found))
        if successes:
            found = understood.entity_cases(name, right=True)
            written.append(_json(out / f"{name}_successes.json", found))
        if pictures:
            written.append(_confusion(report, out / f"{name}_confusion_matrix.png", name))
            right, wrong = understood.entity_confidences(name)
            if right or wrong:
                path = out / f"{name}_histogram.png"
                written.append(_histogram(right, wrong, path, "entity tokens", "tokens"))
    if understood.response_cases:
        written += _write_responses(understood, out, successes, errors, pictures)
    return written


def write_study(
    study: Study,
    out: Path,
    title: str,
    *,
    successes: bool = False,
    errors: bool = True,
    pictures: bool = True,
) -> list[Path]:
    """Write all that a test of understanding found out; return the files, the page first.

    `title` names the assistant at the head of the page.
    """
    written = write_understanding(
        study.tested, out, successes=successes, errors=errors, pictures=pictures
    )
    page = out / PAGE
    page.write_text(draw_page(study, title, datetime.now()), "utf-8", errors="replace")
    findings = [finding.as_dict() for finding in study.findings]
    written.append(_json(out / ADVICE, {"findings": findings}))
    written.append(_json(out / "intent_calibration.json", calibration_dict(study.cases)))
    if study.noisy:
        told = robustness_dict(study.noisy, study.pastes)
        written.append(_json(out / "nlu_robustness.json", told))
    if pictures:
        draw = load("bespeak.evaluation.pictures.reliability")
        bins, error = reliability(study.cases), calibration_error(study.cases)
        written.append(Path(draw(bins, error, out / "intent_reliability.png")))
    return [page, *written]


def _write_responses(
    understood: Understanding, out: Path, successes: bool, errors: bool, pictures: bool
) -> list[Path]:
    report = understood.responses()
    written = [_json(out / "response_selection_report.json", report.as_dict(confused=True))]
    if errors:
        found = understood.response_dicts(right=False)
        written.append(_json(out / "response_selection_errors.json", found))
    if successes:
        found = understood.response_dicts(right=True)
        written.append(_json(out / "response_selection_successes.json", found))
    if pictures:
        target = out / "response_selection_confusion_matrix.png"
        written.append(_confusion(report, target, "Responses"))
        right, wrong = understood.response_confidences()
        target = out / "response_selection_histogram.png"
        written.append(_histogram(right, wrong, target, "responses"))
    return written


def story_text(outcomes: Sequence[Outcome]) -> str:
    """Return test stories as YAML, with what was predicted instead beside each wrong step."""
    told: list[tuple[list[Event], str]] = []
    remarks: list[dict[int, str]] = []
    for outcome in outcomes:
        steps = [(step.event, came) for step, came in outcome.steps if not step.implied]
        told.append(([event for event, _ in steps], outcome.story.name))
        remarks.append(
            {i: remark for i, (_, came) in enumerate(steps) if (remark := _remark(came))}
        )
    return story_yaml(told, test=True, comments=remarks)


def _remark(came: Action | Heard | None) -> str:
    match came:
        case Action(right=False):
            after = f" after {UNLIKELY_INTENT}" if came.unlikely else ""
            return f"predicted: {came.predicted}{after}"
        case Action(unlikely=True):
            return f"predicted: {UNLIKELY_INTENT}"
        case Heard(right=False):
            return f"predicted: {came.predicted_intent}: {annotated(came.text, came.predicted)}"
        case _:
            return ""


def _stories(path: Path, outcomes: Sequence[Outcome], none: str) -> Path:
    path.write_text(story_text(outcomes) if outcomes else f"# {none}\n", encoding="utf-8")
    return path


def _json(path: Path, content: Mapping[str, Any] | Sequence[Any]) -> Path:
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str)
    path.write_text(text, "utf-8", errors="replace")  # of what is not Unicode, as a lone surrogate
    return path


def _confusion(report: ClassificationReport, path: Path, title: str) -> Path:
    draw = load("bespeak.evaluation.pictures.confusion_matrix")
    return Path(draw(report.confusions, path, title))


def _histogram(
    right: Sequence[float], wrong: Sequence[float], path: Path, what: str, unit: str = "messages"
) -> Path:
    draw = load("bespeak.evaluation.pictures.confidence_histogram")
    return Path(draw(right, wrong, path, what, unit))
