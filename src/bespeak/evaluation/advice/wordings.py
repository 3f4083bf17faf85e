"""Messages that nothing their intent knows is like: words and matters that it still lacks."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.nlu import Case

FEWEST: Final = 3
"""Messages of an intent that are told by themselves; those of others are told together."""


def strange(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell the misunderstood messages that are unlike all other examples of their intent."""
    by_intent: defaultdict[str, list[Case]] = defaultdict(list)
    for case in sorted(wrong, key=lambda case: ground.around.of(case).own_cosine):
        no_like = ground.around.of(case).own_cosine < ground.around.usual
        if no_like or case.guess.name is None:
            by_intent[case.gold.base_intent or ""].append(case)
    several = {intent: own for intent, own in by_intent.items() if len(own) >= FEWEST}
    for intent, own in several.items():
        title = (
            f"{intent} lacks the words of {counted(len(own), 'of its messages', 'of its messages')}"
        )
        yield _finding(ground, title, intent, own)
    single = [case for intent, own in by_intent.items() if intent not in several for case in own]
    if single:
        title = f"{counted(len(single), 'message')} of other intents with words that these lack"
        yield _finding(ground, title, "their intent", single)


def _finding(ground: Ground, title: str, intent: str, cases: Sequence[Case]) -> Finding:
    return Finding(
        "missing wordings",
        title,
        f"By {ground.around.by}, no other example of {intent} is as like them as examples of an "
        f"intent usually are (a cosine of {ground.around.usual:.2f}; three quarters of the "
        "understood messages have more). The model had nothing to know them by.",
        f"Write two or three examples of {intent} like each of these: the same matter in other "
        "words. Leave out what the assistant need not understand.",
        tuple(heard(case, ground.around) for case in cases),
        frozenset(intent_error(case) for case in cases if not case.right),
        tuple(dict.fromkeys(case.gold.base_intent or "" for case in cases)),
    )
