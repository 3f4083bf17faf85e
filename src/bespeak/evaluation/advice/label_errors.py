"""Examples whose label is probably wrong: the others, which were learned, disagree with it surely.

The method is confident learning. Each intent has a threshold: how sure, on average, the model is
of it in messages that are labelled so. An example is suspect if the model, which had not learned
it, is at least that sure of another intent, and surer than of the label. Source: Northcutt, Jiang
and Chuang, 2021, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70. Most of
these are only hard, so another opinion is asked for: the example must also be more like one of that
intent than like any other of its label.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.nlu import Case


def mislabelled(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell the misunderstood messages whose label is in doubt, in one finding, the surest first."""
    keys = {case.key for case in wrong}
    found = [
        case
        for case in suspects(ground.cases)
        if case.key in keys
        and ground.around.of(case).guessed_cosine > ground.around.of(case).own_cosine
    ]
    if not found:
        return
    yield Finding(
        "label errors",
        f"{counted(len(found), 'message')} may have the wrong label",
        "The model is surer of another intent than it is of that intent on average, and by "
        f"{ground.around.by} each message is more like an example of that intent than like any "
        "other of its own. A wrong label costs twice: the message itself, and those like it.",
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
