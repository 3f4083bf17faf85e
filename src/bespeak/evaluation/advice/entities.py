"""Words that are annotated nearly always, and not in some examples; and words of two kinds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from bespeak.evaluation.advice.finding import Finding, counted, entity_error, shown
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.similarity import free_words, words
from bespeak.message import Example

LONGEST: Final = 8
"""Words of the longest value that is looked for elsewhere."""

SHORTEST: Final = 2
"""Letters of the shortest: a single one means too many things."""

OFTENER: Final = 3
"""How many times oftener words must be annotated in one way than in another before the other is
taken for a slip. "One" is a quantity now and then, and nothing at all as often."""

Key: TypeAlias = tuple[str, str]
Tested: TypeAlias = Mapping[Key, Case]


@dataclass(frozen=True)
class Value:
    """Words of an example from `start` to `end`; `kind` is "" where they are not annotated."""

    words: str
    kind: str
    example: Example
    start: int
    end: int

    @property
    def key(self) -> Key:
        return (self.example.source, self.example.message.text)


def inconsistent(ground: Ground) -> Iterator[Finding]:
    """Tell words that are annotated nearly always and not here, and words with two kinds."""
    examples = {(one.source, one.message.text): one for one in ground.known}
    examples |= {case.key: case.gold for case in ground.tested.cases}
    tested = {case.key: case for case in ground.tested.cases}
    annotated = _annotated(examples.values())
    usual = {(v.kind, v.example.base_intent) for values in annotated.values() for v in values}
    slips: defaultdict[str, list[Value]] = defaultdict(list)
    for spelt, bare in _bare(examples.values(), annotated).items():
        kind = annotated[spelt][0].kind
        if len(annotated[spelt]) >= OFTENER * len(bare):
            # an intent that has none of the kind speaks of something else: "a green energy plan"
            slips[kind] += [one for one in bare if (kind, one.example.base_intent) in usual]
    for kind, bare in sorted(slips.items(), key=lambda one: -len(one[1])):
        if bare:
            yield _missing(kind, bare, annotated, tested)
    for spelt, values in annotated.items():
        yield from _divided(spelt, values, tested)


def _annotated(examples: Iterable[Example]) -> Mapping[str, list[Value]]:
    """Return where each value is annotated, by its words in small letters."""
    found: defaultdict[str, list[Value]] = defaultdict(list)
    for example in examples:
        for entity in example.entities:
            start, end = entity.start or 0, entity.end or 0
            spelt = " ".join(words(example.message.text[start:end]))
            if len(spelt) >= SHORTEST and not spelt.isdigit():
                found[spelt].append(Value(spelt, entity.name, example, start, end))
    return found


def _bare(
    examples: Iterable[Example], annotated: Mapping[str, Sequence[Value]]
) -> Mapping[str, list[Value]]:
    """Return where values of one kind stand without any annotation."""
    sought = {spelt for spelt, found in annotated.items() if len({one.kind for one in found}) == 1}
    bare: defaultdict[str, list[Value]] = defaultdict(list)
    for example in examples:
        free = free_words(example)
        at = 0
        while at < len(free):
            for size in range(min(LONGEST, len(free) - at), 0, -1):
                piece = free[at : at + size]
                spelt = " ".join(word for word, _, _ in piece)
                if spelt in sought and all(word for word, _, _ in piece):
                    bare[spelt].append(Value(spelt, "", example, piece[0][1], piece[-1][2]))
                    break
            else:
                size = 1
            at += size
    return bare


def _missing(
    kind: str, bare: Sequence[Value], annotated: Mapping[str, Sequence[Value]], tested: Tested
) -> Finding:
    times = Counter(value.words for value in bare)
    named = ", ".join(f"“{one}”" for one in list(times)[:4]) + (" …" if len(times) > 4 else "")
    found_too = [value for value in bare if _is_found(value, kind, tested)]
    missed = {
        entity_error(tested[value.key])
        for spelt in times
        for value in annotated[spelt]
        if _is_missed(value, tested)
    }
    examples = len({value.key for value in bare})
    model = f" The model finds {len(found_too)} of them all the same." if found_too else ""
    return Finding(
        "inconsistent entities",
        f"{kind} is not annotated in {counted(examples, 'example')} that "
        f"{'names' if examples == 1 else 'name'} one",
        f"{named}: annotated as {kind} nearly always, and not here. What is annotated now and then "
        f"is found now and then.{model}",
        f"Annotate these as {kind} too. Where the words mean something else, leave them.",
        tuple(
            shown(
                value.example,
                f"“{value.words}” is annotated {counted(len(annotated[value.words]), 'time')} and "
                f"left bare {counted(times[value.words], 'time')}",
                with_entities=True,
            )
            for value in sorted(bare, key=lambda value: value not in found_too)
        ),
        frozenset({entity_error(tested[value.key]) for value in found_too} | missed),
    )


def _is_found(value: Value, kind: str, tested: Tested) -> bool:
    """Say whether the model takes bare words for an entity of the kind."""
    case = tested.get(value.key)
    return case is not None and any(
        entity.name == kind and (entity.start or 0) < value.end and value.start < (entity.end or 0)
        for entity in case.said.entities
    )


def _is_missed(value: Value, tested: Tested) -> bool:
    """Say whether the model finds nothing where an entity is annotated."""
    case = tested.get(value.key)
    return case is not None and any(
        fault.how == "missed" and fault.wanted is not None and fault.wanted.start == value.start
        for fault in case.faults([value.kind])
    )


def _divided(spelt: str, values: Sequence[Value], tested: Tested) -> Iterator[Finding]:
    """Tell words of several kinds if most are of one, or if the kinds are taken for each other."""
    kinds = Counter(value.kind for value in values)
    if len(kinds) < 2:
        return
    [(usual, most), *_] = kinds.most_common()
    rest = [value for value in values if value.kind != usual]
    errors = {entity_error(tested[value.key]) for value in values if _is_mixed_up(value, tested)}
    is_slip = most >= OFTENER * len(rest)
    if not is_slip and not errors:
        return
    told = " and ".join(
        f"{counted(count, 'time')} as {kind}" for kind, count in kinds.most_common()
    )
    yield Finding(
        "inconsistent entities",
        f"“{spelt}” is annotated as {' and as '.join(sorted(kinds))}",
        f"The same words are annotated {told}. That can be right, if the words around them tell "
        "which.",
        f"Annotate these as {usual} too, unless they mean something else here."
        if is_slip
        else "Use one kind, with roles for what it stands for (from, to …), or check that the "
        "context always differs.",
        tuple(shown(one.example, with_entities=True) for one in (rest if is_slip else values)),
        frozenset(errors),
    )


def _is_mixed_up(value: Value, tested: Tested) -> bool:
    case = tested.get(value.key)
    if case is None:
        return False
    names = {entity.name for entity in (*case.gold.entities, *case.said.entities)}
    return any(
        fault.how == "other kind" and fault.wanted is not None and fault.wanted.start == value.start
        for fault in case.faults(names)
    )
