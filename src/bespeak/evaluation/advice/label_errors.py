"""Examples whose label is probably wrong: the others, which were learned, disagree with it surely.

The method is confident learning. Each intent has a threshold: how sure, on average, the model is
of it in messages that are labelled so. An example is suspect if the model, which had not learned
it, is at least that sure of another intent, and surer than of the label. Source: Northcutt, Jiang
and Chuang, 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70.

Most of these are only hard: with 60 of 1,304 labels of a careful project changed by chance, one in
five was a wrong label. So they are asked more of: the model must be `SURER` times as sure of the
other intent as of the label, and of the `NEAREST` examples two must have that intent and none the
label. Two in three of those were wrong labels, and four in ten of the wrong labels were found.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case

SURER: Final = 50
"""How many times as sure of another intent as of the label the model must be."""

FEWEST: Final = 2
"""Of the nearest examples, those that must have that other intent."""


def mislabelled(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell the misunderstood messages whose label is in doubt, in one finding, the surest first."""
    keys = {case.key for case in wrong}
    found = [
        case
        for case in suspects(ground.cases)
        if case.key in keys and _is_among_others(ground, case)
    ]
    if not found:
        return
    yield Finding(
        "label errors",
        f"{counted(len(found), 'message')} may have the wrong label",
        "The model, which has not learned them so, is sure of another intent and rules the label "
        f"out; by {ground.around.by}, they stand among examples of that intent and not among their "
        "own. A wrong label costs twice: the message itself, and those like it.",
        "Read each one beside the two examples that it is most like. Move it to the intent where "
        "it belongs; if its label is right, write two more examples like it.",
        tuple(
            heard(
                case,
                ground.around,
                f"the label itself: {case.sureness(case.gold.base_intent or ''):.0%}",
            )
            for case in found
        ),
        frozenset(intent_error(case) for case in found if not case.right),
        tuple(sorted({case.gold.base_intent or "" for case in found})),
    )


def _is_among_others(ground: Ground, case: Case) -> bool:
    labels = ground.around.of(case).labels
    gold, said = case.gold.base_intent or "", case.guess.name or ""
    return (
        case.guess.confidence >= SURER * case.sureness(gold)
        and labels.count(said) >= FEWEST
        and gold not in labels
    )


def suspects(cases: Sequence[Case]) -> list[Case]:
    """Return the cases whose label is in doubt, by how much surer the model is of another."""
    thresholds = _thresholds(cases)
    found = []
    for case in cases:
        gold, said = case.gold.base_intent or "", case.guess.name or ""
        if said in thresholds and said != gold and case.guess.confidence >= thresholds[said]:
            found.append(case)
    return sorted(found, key=_margin)


def _thresholds(cases: Sequence[Case]) -> Mapping[str, float]:
    of_intent: defaultdict[str, list[float]] = defaultdict(list)
    for case in cases:
        gold = case.gold.base_intent or ""
        of_intent[gold].append(case.sureness(gold))
    return {intent: fmean(sure) for intent, sure in of_intent.items()}


def _margin(case: Case) -> float:
    return case.sureness(case.gold.base_intent or "") - case.guess.confidence
