"""Messages that nothing their intent knows is like: words and matters that it still lacks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, heard, intent_error
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case

FEWEST: Final = 3
"""Messages of an intent from which it is told that it lacks their words."""


def strange(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell the misunderstood messages that are unlike all other examples of their intent."""
    around = ground.around
    by_intent: defaultdict[str, list[Case]] = defaultdict(list)
    for case in sorted(wrong, key=lambda case: around.of(case).own_cosine):
        if around.of(case).own_cosine < around.usual or case.guess.name is None:
            by_intent[case.gold.base_intent or ""].append(case)
    for intent, cases in by_intent.items():
        if len(cases) < FEWEST:
            continue
        yield Finding(
            "missing wordings",
            f"{intent} lacks the words of {len(cases)} of its messages",
            f"No other example of {intent} is like them: the nearest is farther than that of three "
            f"quarters of the messages that are understood (by {around.by}: a cosine below "
            f"{around.usual:.2f}).",
            f"Write two or three examples of {intent} like each of these, the same matter in other "
            "words. Leave out those that the assistant need not understand.",
            tuple(heard(case, around) for case in cases),
            frozenset(intent_error(case) for case in cases if not case.right),
            (intent,),
        )
