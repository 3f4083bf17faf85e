"""Words that are annotated as an entity in some examples and not, or otherwise, in others."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, entity_error, shown
from bespeak.evaluation.nlu import Case, Understanding
from bespeak.message import Entity, Example

LONGEST: Final = 8
"""Words of the longest value that is looked for elsewhere."""

SHORTEST: Final = 2
"""Letters of the shortest: a single one means too many things."""

_WORD: Final = re.compile(r"\w+")


def inconsistent(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell words that are annotated here and not there, and words with two kinds of entity."""
    annotated = _annotated(cases)
    bare = _bare(cases, annotated)
    kinds = Understanding(tuple(cases)).entity_kinds
    wrong = {case.key for case in cases if not case.spans_right(kinds)}
    missed: defaultdict[str, list[tuple[str, Case]]] = defaultdict(list)
    for words, examples in bare.items():
        [kind] = {entity.name for _, entity in annotated[words]}
        missed[kind] += [(words, case) for case in examples]
    for kind, found in sorted(missed.items(), key=lambda one: -len(one[1])):
        yield _missing(kind, found, annotated, wrong)
    for words, places in annotated.items():
        if len({entity.name for _, entity in places}) > 1:
            yield _divided(words, [case for case, _ in places], wrong)


_Annotated = Mapping[str, Sequence[tuple[Case, Entity]]]


def _annotated(cases: Sequence[Case]) -> _Annotated:
    """Return where each value is annotated, by its words in small letters."""
    found: defaultdict[str, list[tuple[Case, Entity]]] = defaultdict(list)
    for case in cases:
        for entity in case.gold.entities:
            words = _spelt(case.text[entity.start : entity.end])
            if len(words) >= SHORTEST and not words.isdigit():
                found[words].append((case, entity))
    return found


def _bare(cases: Sequence[Case], annotated: _Annotated) -> Mapping[str, list[Case]]:
    """Return the cases in which a value of one kind stands without any annotation."""
    sought = {w for w, found in annotated.items() if len({e.name for _, e in found}) == 1}
    bare: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        free = _free_words(case.gold)
        at = 0
        while at < len(free):
            for size in range(min(LONGEST, len(free) - at), 0, -1):
                piece = free[at : at + size]
                words = " ".join(piece) if "" not in piece else ""
                if words in sought:
                    bare[words].append(case)
                    break
            else:
                size = 1
            at += size
    return bare


def _free_words(example: Example) -> list[str]:
    """Return the text's words in small letters; "" for those within an entity."""
    taken = [(entity.start or 0, entity.end or 0) for entity in example.entities]
    return [
        ""
        if any(start < match.end() and match.start() < end for start, end in taken)
        else match[0].casefold()
        for match in _WORD.finditer(example.message.text)
    ]


def _missing(
    kind: str,
    found: Sequence[tuple[str, Case]],
    annotated: _Annotated,
    wrong: Collection[tuple[str, str]],
) -> Finding:
    words = list(dict.fromkeys(words for words, _ in found))
    cases = list({case.key: case for _, case in found}.values())
    named = ", ".join(f"“{one}”" for one in words[:4]) + (" and others" if len(words) > 4 else "")
    sides = {one: counted(len(annotated[one]), "time") for one in words}
    examples = "1 example that names" if len(cases) == 1 else f"{len(cases)} examples that name"
    concerned = [*cases, *(case for one in words for case, _ in annotated[one])]
    return Finding(
        "inconsistent entities",
        f"{kind} is not annotated in {examples} one",
        f"{named}: annotated as {kind} elsewhere, here not. What is annotated now and then is "
        "found now and then.",
        f"Annotate these as {kind} too, or, where they mean something else here, make sure that "
        "the words around them say so in several examples.",
        tuple(
            shown(case.gold, f"“{one}” is annotated {sides[one]} elsewhere", with_entities=True)
            for one, case in found
        ),
        frozenset(entity_error(case) for case in concerned if case.key in wrong),
    )


def _divided(words: str, cases: Sequence[Case], wrong: Collection[tuple[str, str]]) -> Finding:
    kinds = sorted(
        {
            entity.name
            for case in cases
            for entity in case.gold.entities
            if _spelt(case.text[entity.start : entity.end]) == words
        }
    )
    return Finding(
        "inconsistent entities",
        f"“{words}” is annotated as {' and as '.join(kinds)}",
        f"In {counted(len(cases), 'example')} the same words have {len(kinds)} kinds. That can be "
        "right, if the words around them tell which.",
        "Use one kind, with roles for what it stands for (from, to …), or check that the context "
        "always differs.",
        tuple(shown(case.gold, with_entities=True) for case in cases),
        frozenset(entity_error(case) for case in cases if case.key in wrong),
    )


def _spelt(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))
