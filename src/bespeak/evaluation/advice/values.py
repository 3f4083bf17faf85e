"""Entities that are not found as they are annotated: kind by kind, and in what way."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, entity_error, shown
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.spans import Fault, How
from bespeak.message import Entity

FEWEST: Final = 3
"""Faults of a kind of entity before that is told."""

_DO: Final[dict[How, str]] = {
    "missed": "Write examples with {kind} in sentences like these. If its values are a list that "
    "can be written down, give them as a lookup table, which features and extractors use.",
    "other ends": "Decide where {kind} begins and ends (articles, units, punctuation), and "
    "annotate all of them so.",
    "other kind": "Give examples in which the words around tell {kind} from {other}; if only its "
    "place in the sentence does, make them one entity with roles.",
    "other role": "Give examples of each role in the words that tell them apart, in either order.",
    "invented": "Look whether these are {kind} and only lack their annotation. If not, write "
    "examples in which such words are none.",
}


def wrong(ground: Ground) -> Iterator[Finding]:
    """Tell each kind of entity that is often not found as it is annotated, by what is wrong."""
    kinds = ground.tested.entity_kinds
    by_kind: defaultdict[str, list[tuple[Case, Fault]]] = defaultdict(list)
    total: Counter[str] = Counter()
    for case in ground.tested.cases:
        total.update(entity.name for entity in case.gold.entities)
        for fault in case.faults(kinds):
            by_kind[fault.kind].append((case, fault))
    for kind, found in sorted(by_kind.items(), key=lambda one: (-len(one[1]), one[0])):
        if len(found) >= FEWEST:
            yield _finding(kind, total[kind], found)


def _finding(kind: str, total: int, found: Sequence[tuple[Case, Fault]]) -> Finding:
    ways = Counter(fault.how for _, fault in found)
    first = ways.most_common(1)[0][0]
    order = [how for how, _ in ways.most_common()]
    told = ", ".join(f"{count} {_WAYS[how]}" for how, count in ways.most_common())
    others = Counter(fault.found.name for _, fault in found if fault.found)
    other = next((name for name, _ in others.most_common() if name != kind), "the other")
    return Finding(
        "wrong values",
        f"{kind} is found wrongly {counted(len(found), 'time')}",
        f"Of {counted(total, 'value')}: {told}.",
        _DO[first].format(kind=kind, other=other),
        tuple(
            shown(case.gold, _note(case.text, fault), with_entities=True)
            for case, fault in sorted(found, key=lambda one: order.index(one[1].how))
        ),
        frozenset(entity_error(case) for case, _ in found),
    )


_WAYS: Final[dict[How, str]] = {
    "missed": "missed",
    "other ends": "with other ends",
    "other kind": "taken for another kind",
    "other role": "with another role",
    "invented": "found where there is none",
}


def _note(text: str, fault: Fault) -> str:
    match fault:
        case Fault(wanted=Entity() as wanted, found=None):
            return f"“{_words(text, wanted)}” is missed"
        case Fault(wanted=None, found=Entity() as found):
            return f"“{_words(text, found)}” is found as {_label(found)}"
        case Fault(wanted=Entity() as wanted, found=Entity() as found):
            instead = f"“{_words(text, found)}” is found as {_label(found)}"
            if (found.start, found.end) == (wanted.start, wanted.end):
                return f"{instead}, not {_label(wanted)}"
            return f"{instead} instead of “{_words(text, wanted)}” as {_label(wanted)}"
    return ""


def _label(entity: Entity) -> str:
    marks = [mark for mark in (entity.role, entity.group) if mark]
    return f"{entity.name} ({', '.join(marks)})" if marks else entity.name


def _words(text: str, entity: Entity) -> str:
    return text[entity.start : entity.end]
