"""Examples whose label is probably wrong: the others, which were learned, disagree with it surely.

The method is confident learning. Each intent has a threshold: how sure, on average, the model is
of it in messages that are labelled so. An example is suspect if the model, which had not learned
it, is at least that sure of another intent, and surer than of the label. Source: Northcutt, Jiang
and Chuang, 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error
from bespeak.evaluation.nlu import Case


def mislabelled(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell the suspect labels in one finding, the surest first."""
    found = suspects(cases)
    if not found:
        return
    yield Finding(
        "label errors",
        f"{counted(len(found), 'example')} may have the wrong label",
        "The model, which had learned all other examples but not these, is surer of another "
        "intent than it is of that intent on average. A wrong label costs twice: the message "
        "itself, and those that are like it.",
        "Read each one. Move it to the intent that it belongs to, or leave it if the label is "
        "right: then that intent wants more examples of this sort.",
        tuple(
            heard(case, f"the label itself: {case.sureness(case.gold.base_intent or ''):.0%}")
            for case in found
        ),
        frozenset(intent_error(case) for case in found if not case.right),
        tuple(sorted({case.gold.base_intent or "" for case in found})),
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
