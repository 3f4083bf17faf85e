"""What the page begins with: the figures that sum it all up, in plain words."""

from collections.abc import Iterator

from bespeak.evaluation.calibration import calibration_error
from bespeak.evaluation.page.markup import Markup, joined, tag
from bespeak.evaluation.robustness import CLEAN, effects
from bespeak.evaluation.study import Study

GOOD_CALIBRATION = 0.05
FIRST = 5
"""Findings that the first sentence sums up."""


def lead(study: Study) -> Markup:
    """Return the sentence that a reader in a hurry needs."""
    cases = study.cases
    wrong = sum(not case.right for case in cases)
    if not cases:
        return tag("p", "There are no messages with an intent.", class_="lead")
    told = f"{round(100 * (1 - wrong / len(cases)))} of 100 messages are understood. "
    first = study.findings[:FIRST]
    gain = len({error for one in first for error in one.errors if error[0] == "intent"})
    if gain:
        told += (
            f"The first {f'{len(first)} points' if len(first) > 1 else 'point'} below "
            f"{'account' if len(first) > 1 else 'accounts'} for {gain} of the {wrong} that are not."
        )
    elif wrong:
        told += f"The {wrong} that are not have no cause in common."
    else:
        told += "Nothing was misunderstood."
    return tag("p", told, class_="lead")


def tiles(study: Study) -> Markup:
    """Return the figures, each with what it means."""
    return tag("dl", *_tiles(study), class_="tiles")


def _tiles(study: Study) -> Iterator[Markup]:
    cases = study.cases
    report = study.tested.intents()
    spread = study.spread.get("Accuracy")
    wrong = sum(not case.right for case in cases)
    fell_back = sum(case.fell_back for case in cases)
    between = f" ±\u00a0{100 * spread[1]:.1f} points between folds." if spread else ""
    unsure = f", {fell_back} of them asked again" if fell_back else ""
    yield _tile(
        "Intent accuracy",
        f"{report.accuracy:.1%}",
        f"{wrong} of {len(cases)} misunderstood{unsure}.{between}",
        report.accuracy,
    )
    yield _tile(
        "Macro F1",
        f"{report.macro.f1:.1%}",
        f"Every one of {len({case.gold.base_intent for case in cases})} intents counts the same.",
        report.macro.f1,
    )
    spans = study.tested.entity_spans()
    if len(spans) > 1:
        of_all = spans["micro avg"]
        yield _tile(
            "Entities",
            f"{of_all['f1-score']:.1%}",
            f"F1 of {of_all['support']} values, by exact span.",
            of_all["f1-score"],
        )
    if study.tested.response_cases:
        responses = study.tested.responses()
        yield _tile(
            "Responses",
            f"{responses.accuracy:.1%}",
            f"Right response to {len(study.tested.response_cases)} questions.",
            responses.accuracy,
        )
    error = calibration_error(cases)
    means = "mean what they say" if error <= GOOD_CALIBRATION else "promise too much or too little"
    share = 1 - min(1.0, 2 * error)  # good where its bar is: 0.05 is nine tenths
    yield _tile("Calibration error", f"{error:.3f}", f"Confidences {means}.", share)
    noise = [one for one in effects(study.noisy) if one.kind != CLEAN and one.changed]
    if noise:
        worst = min(noise, key=lambda one: one.accuracy)
        yield _tile(
            f"With {worst.kind}",
            f"{worst.accuracy:.1%}",
            f"{100 * worst.loss:.1f} points less than clean: the noise that costs most.",
            worst.accuracy,
        )


def _tile(name: str, figure: str, about: str, share: float) -> Markup:
    kind = "good" if share >= 0.9 else ("fair" if share >= 0.75 else "poor")
    return tag(
        "div",
        tag("dt", name),
        tag(
            "dd",
            joined([tag("b", figure), tag("span", about)]),
            tag("i", class_="bar", style=f"--w:{share:.3f}", aria_hidden="true"),
        ),
        class_=f"tile {kind}",
    )
