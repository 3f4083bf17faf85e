"""Intents that are taken for others, or draw others to them; right guesses that are discarded."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, heard, intent_error
from bespeak.evaluation.nlu import Case

FEWEST: Final = 2
"""Messages that must be confused before a pair of intents is told."""

DRAWN: Final = 8
"""Messages, of three other intents at least, by which an intent is one that draws others."""

WRONG_COSTS: Final = 2
"""Right guesses that a wrong one outweighs, when a threshold is chosen."""


def confused(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell each pair of intents that are taken for each other, with the messages."""
    by_pair: defaultdict[tuple[str, str], list[Case]] = defaultdict(list)
    of_intent = Counter(case.gold.base_intent for case in cases)
    for case in cases:
        gold, said = case.gold.base_intent or "", case.guess.name or ""
        if said and said != gold:
            by_pair[min(gold, said), max(gold, said)].append(case)
    for (one, other), wrong in sorted(by_pair.items(), key=lambda pair: -len(pair[1])):
        if len(wrong) < FEWEST:
            continue
        total = of_intent[one] + of_intent[other]
        ways = Counter((case.gold.base_intent, case.guess.name) for case in wrong)
        told = ", ".join(
            f"{number} of {gold} as {said}" for (gold, said), number in ways.most_common()
        )
        yield Finding(
            "confused intents",
            f"{one} and {other} are taken for each other",
            f"{len(wrong)} of their {total} messages: {told}.",
            _telling_apart(one, other, {str(gold) for gold, _ in ways}),
            tuple(heard(case) for case in sorted(wrong, key=lambda c: -c.guess.confidence)),
            frozenset(intent_error(case) for case in wrong if not case.right),
            (one, other),
        )


def _telling_apart(one: str, other: str, misunderstood: set[str]) -> str:
    if len(misunderstood) == 1:
        [gold] = misunderstood
        said = other if gold == one else one
        return (
            f"Add examples like these to {gold}, and check that none like them stands under "
            f"{said}. If the assistant does the same for both, make them one intent."
        )
    return (
        "Decide what tells them apart and give both more examples that say it. If the assistant "
        "does the same for both, make them one intent; if a value is the difference, make it an "
        "entity."
    )


def drawing(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell each intent for which messages of several others are taken."""
    by_guess: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.guess.name and case.guess.name != case.gold.base_intent:
            by_guess[case.guess.name].append(case)
    for intent, drawn in by_guess.items():
        others = Counter(case.gold.base_intent or "" for case in drawn)
        if len(drawn) < DRAWN or len(others) < 3:
            continue
        named = ", ".join(f"{number} of {other}" for other, number in others.most_common(5))
        named += " and others" if len(others) > 5 else ""
        yield Finding(
            "confused intents",
            f"{intent} draws messages of {len(others)} other intents",
            f"{len(drawn)} messages are taken for it: {named}. "
            "An intent draws what it is vague enough to hold.",
            f"Give the other intents examples like these. Then look through {intent}: examples of "
            "a word or two, or of very different sorts, are what makes an intent vague.",
            tuple(heard(case) for case in sorted(drawn, key=lambda c: -c.guess.confidence)),
            frozenset(intent_error(case) for case in drawn if not case.right),
            (intent, *others),
        )


def discarded(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell the messages whose right guess a fallback discards, and which threshold would do."""
    fallen = [case for case in cases if case.fell_back and case.guess.name]
    right = [case for case in fallen if case.guess.name == case.gold.base_intent]
    if len(right) < FEWEST:
        return
    threshold = max(case.confidence for case in fallen)
    lower = _best_threshold([case for case in fallen if case.guess.confidence < threshold])
    if lower is None:
        what = "A lower one would let about as many wrong guesses through as right ones."
        do = "Leave the threshold and give these intents more examples, in words like these."
    else:
        above = [case for case in fallen if case.guess.confidence >= lower]
        won = sum(case.guess.name == case.gold.base_intent for case in above)
        what = (
            f"At {lower:g}, {won} more would be understood, and {len(above) - won} more would be "
            "misunderstood instead of asked again."
        )
        do = f"Try `threshold: {lower:g}` in config.yml, and give these intents more examples."
    yield Finding(
        "threshold",
        f"{len(right)} right guesses became nlu_fallback",
        f"They were not sure enough for FallbackClassifier (threshold {threshold:g}), or hardly "
        f"surer than of a second intent. {what}",
        do,
        tuple(heard(case) for case in sorted(right, key=lambda c: -c.guess.confidence)),
        frozenset(intent_error(case) for case in right),
        tuple(sorted({case.gold.base_intent or "" for case in right})),
    )


def _best_threshold(fallen: Sequence[Case]) -> float | None:
    """Return the threshold, in steps of 0.05, whose right guesses outweigh the wrong ones most."""
    best: tuple[int, float] = (0, 0.0)
    for step in range(2, 20):
        threshold = step / 20
        above = [case for case in fallen if case.guess.confidence >= threshold]
        right = sum(case.guess.name == case.gold.base_intent for case in above)
        best = max(best, (right - WRONG_COSTS * (len(above) - right), threshold))
    return best[1] if best[0] >= FEWEST else None
