"""Intents that are taken for each other, grouped around the one that is in most confusions."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.advice.telling import telling
from bespeak.evaluation.case import Case
from bespeak.evaluation.neighbours import Neighbourhood

FEWEST: Final = 3
"""Messages that a group of confusions must have; smaller ones are told together."""

ONE_WAY: Final = 0.75
"""Share of a group's messages from which they go one way: to its middle, or away from it."""

NAMED: Final = 5
"""Ways, and words, that a group names."""

NAMED_ALL: Final = 3
"""Intents up to which all of a group are named."""

Pair = tuple[str, str]
"""The intent a message is labelled with, and the one it is taken for."""


def confused(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell groups of confusions: an intent, and those it is taken for or that are taken for it.

    The intent of most confusions comes first and has all of its own; the next one has those that
    are left, and so on: each message is in one group.
    """
    by_pair: defaultdict[Pair, list[Case]] = defaultdict(list)
    for case in wrong:
        by_pair[case.gold.base_intent or "", case.guess.name or ""].append(case)
    small: list[Case] = []
    while by_pair:
        middle = _most_confused(by_pair)
        group = {pair: by_pair.pop(pair) for pair in list(by_pair) if middle in pair}
        if sum(map(len, group.values())) < FEWEST or not _has_cause(group):
            small += [case for cases in group.values() for case in cases]
        else:
            yield _group(ground, middle, group)
    if small:
        yield _others(small, ground.around)


def _most_confused(by_pair: Mapping[Pair, Sequence[Case]]) -> str:
    total: Counter[str] = Counter()
    for pair, cases in by_pair.items():
        for intent in pair:
            total[intent] += len(cases)
    return min(total, key=lambda intent: (-total[intent], intent))


def _has_cause(group: Mapping[Pair, Sequence[Case]]) -> bool:
    """Say whether any two intents of the group are confused more than once."""
    times = Counter(frozenset(pair) for pair, cases in group.items() for _ in cases)
    return max(times.values()) > 1


def _group(ground: Ground, middle: str, group: Mapping[Pair, Sequence[Case]]) -> Finding:
    pairs = sorted(group.items(), key=lambda one: (-len(one[1]), one[0]))
    cases = [case for _, of_pair in pairs for case in _surest_first(of_pair)]
    others = Counter(gold if said == middle else said for (gold, said), own in pairs for _ in own)
    named = [other for other, _ in others.most_common()]
    if len(named) == 1:
        title = f"{middle} and {named[0]} are taken for each other"
    else:
        title = f"{middle} is confused with {len(named)} other intents"
    ways = [f"{len(own)} of {gold} as {said}" for (gold, said), own in pairs]
    told = ", ".join(ways[:NAMED]) + (" and others" if len(ways) > NAMED else "")
    return Finding(
        "confused intents",
        title,
        " ".join([f"{counted(len(cases), 'message')}: {told}.", *_astray(ground, pairs)]),
        _advice(middle, named, sum(said == middle for (_, said), own in pairs for _ in own), cases),
        tuple(heard(case, ground.around) for case in cases),
        frozenset(intent_error(case) for case in cases if not case.right),
        (middle, *named),
    )


def _astray(ground: Ground, pairs: Sequence[tuple[Pair, Sequence[Case]]]) -> Iterator[str]:
    """Say which words lead astray, where there are such."""
    told: list[str] = []
    for (gold, said), cases in pairs:
        for word in telling(cases, ground.examples_of(said), ground.examples_of(gold)):
            told.append(
                f"“{word.text}” from {gold} to {said} ({word.count} of {len(cases)}; "
                f"{word.share_there:.0%} of {said} have it, {word.share_here:.0%} of {gold})"
            )
    if told:
        yield f"What leads astray: {'; '.join(told[:NAMED])}."


def _advice(middle: str, others: Sequence[str], drawn: int, cases: Sequence[Case]) -> str:
    merge = "If the assistant does the same for both, make them one intent."
    if drawn >= ONE_WAY * len(cases):
        return (
            f"Give {_named(others)} two more examples like each of these, and move what stands in "
            f"{middle} and belongs there: beside each message is the example of {middle} that is "
            f"most like it. {merge}"
        )
    if len(cases) - drawn >= ONE_WAY * len(cases):
        return (
            f"Give {middle} two more examples like each of these, in words that the others do not "
            f"use. Look whether the example beside each message belongs to {middle}. {merge}"
        )
    if len(others) > NAMED_ALL:
        return (
            "Go through the messages: beside each is the example that it was taken for. Move that "
            "one if it stands under the wrong intent; otherwise write two more examples like the "
            "message under its own."
        )
    return (
        f"Decide in a sentence what tells {middle} from {_named(others)}; move the examples that "
        f"break it, and give both sides two more that turn on it. {merge} If a value is the "
        "difference, make it an entity."
    )


def _named(intents: Sequence[str]) -> str:
    if len(intents) <= NAMED_ALL:
        return " and ".join(intents)
    return f"{', '.join(intents[:NAMED_ALL])} and the others"


def _others(cases: Sequence[Case], around: Neighbourhood) -> Finding:
    ordered = sorted(_surest_first(cases), key=lambda c: (c.gold.base_intent or "", c.guess.name))
    return Finding(
        "confused intents",
        f"{counted(len(cases), 'message')} misunderstood in other ways",
        "Of each two intents it is a message or two: they have no cause in common.",
        "Leave them for last. Most go with more examples of their intent, in words of their own.",
        tuple(heard(case, around) for case in ordered),
        frozenset(intent_error(case) for case in cases if not case.right),
        tuple(sorted({case.gold.base_intent or "" for case in cases})),
        is_rest=True,
    )


def _surest_first(cases: Sequence[Case]) -> list[Case]:
    return sorted(cases, key=lambda case: -case.guess.confidence)
