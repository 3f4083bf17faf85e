"""Variants of examples that a person may take over after a look: typos, frames, other values.

Proposals are only ever written to a file of their own. A typo never falls into an entity, and
what is swapped keeps its annotation.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from bespeak.data.noise import chance, kinds
from bespeak.data.rewriting import Edit, rewritten, touches
from bespeak.message import Entity, Example, TrainingData

SLIPS: Final = ("typos", "dropped letters", "doubled letters")
LOOKS: Final = ("lower case", "UPPER CASE", "no punctuation", "abbreviations")

SWAPS: Final = 3
"""Other values that are tried for one entity, and other words for one synonym."""

LONGEST: Final = 3
"""Words of the longest synonym that is looked for in a text."""

FRAMED: Final = 3
"""Words that a text must have to be put into a frame: a greeting needs no "please"."""

FRAMES: Final[Mapping[str, tuple[Sequence[str], Sequence[str]]]] = {
    "en": (
        ("please ", "hi, ", "hello, ", "sorry, ", "quick question: ", "hey, "),
        (" please", ", thanks", " asap", " if possible"),
    ),
    "de": (
        ("bitte ", "hallo, ", "guten Tag, ", "kurze Frage: "),
        (" bitte", ", danke", ", wenn möglich"),
    ),
    "fr": (
        ("bonjour, ", "salut, ", "petite question : "),
        (" s'il vous plaît", ", merci", " svp"),
    ),
    "es": (
        ("por favor, ", "hola, ", "buenas, ", "una pregunta: "),
        (" por favor", ", gracias"),
    ),
}
"""What people put before and behind what they want, by language."""

_END: Final = re.compile(r"[\s.!?…]*\Z")


@dataclass(frozen=True)
class Proposal:
    """A variant of an example, whose file and line it keeps; `kind` says how it was made."""

    example: Example
    kind: str
    original: Example


def proposals(data: TrainingData, seed: int, language: str = "en") -> Iterator[Proposal]:
    """Yield variants of every example with an intent, each text once, in the examples' order.

    A text that is an example already, of whatever intent, is not proposed.
    """
    seen = {_known(example.message.text) for example in data.examples}
    exact = {example.message.text for example in data.examples}
    values = _values(data)
    words = _synonyms(data)
    for example in data.examples:
        if not example.intent:
            continue
        for kind, variant in _variants(example, values, words, seed, language):
            text = variant.message.text
            known = text in exact or (kind not in LOOKS and _known(text) in seen)
            if text.strip() and not known:
                exact.add(text)
                seen.add(_known(text))
                yield Proposal(variant, kind, example)


def chosen(offered: Iterable[Proposal], count: int, seed: int) -> list[Proposal]:
    """Return `count` proposals an intent at most: of all kinds in turn, by chance within one."""
    by_intent: defaultdict[str, defaultdict[str, list[Proposal]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in offered:
        by_intent[one.example.intent or ""][one.kind].append(one)
    found: list[Proposal] = []
    for intent, by_kind in by_intent.items():
        rng = chance(seed, "choice", intent)
        for together in by_kind.values():
            rng.shuffle(together)
        most = max(map(len, by_kind.values()))
        turns = (alike[i] for i in range(most) for alike in by_kind.values() if i < len(alike))
        found += [one for _, one in zip(range(count), turns, strict=False)]
    return found


_Values = Mapping[tuple[str, str | None, str | None], Mapping[str, object]]
"""By entity, role and group: the words that stand for a value, and the value."""


def _variants(
    example: Example, values: _Values, words: Mapping[str, Sequence[str]], seed: int, language: str
) -> Iterator[tuple[str, Example]]:
    text = example.message.text
    for kind, noise in kinds(language).items():
        if kind in (*SLIPS, *LOOKS):
            edits = noise(text, chance(seed, kind, text))
            if kind in SLIPS:
                edits = _outside(edits, example)
            yield kind, rewritten(example, edits)
    yield from _framed(example, chance(seed, "frame", text), language)
    yield from _reworded(example, words, chance(seed, "synonyms", text))
    yield from _revalued(example, values, chance(seed, "values", text))


def _framed(example: Example, rng: Random, language: str) -> Iterator[tuple[str, Example]]:
    text = example.message.text
    before, after = FRAMES.get(language[:2].lower(), ((), ()))
    if len(text.split()) < FRAMED:
        return
    said = text.casefold()
    openings = [frame for frame in before if frame.strip(" ,:") not in said]
    closings = [frame for frame in after if frame.strip(" ,") not in said]
    if openings:
        edits = [Edit(0, 0, rng.choice(openings)), *_outside(_small(text), example)]
        yield "politeness", rewritten(example, edits)
    end = _END.search(text)
    if closings and end is not None:
        at = end.start()
        yield "politeness", rewritten(example, [Edit(at, at, rng.choice(closings))])


def _small(text: str) -> list[Edit]:
    """Return the edit that writes a sentence's first letter small: not "I", not "CM-1"."""
    small = text[:1].isupper() and text[1:2].isalpha() and text[1:2].islower()
    return [Edit(0, 1, text[0].lower())] if small else []


def _reworded(
    example: Example, words: Mapping[str, Sequence[str]], rng: Random
) -> Iterator[tuple[str, Example]]:
    """Swap words outside of entities for others that the project's synonyms say are the same."""
    text = example.message.text
    places = [(match.start(), match.end()) for match in re.finditer(r"\w+", text)]
    for at, (start, _) in enumerate(places):
        for _, end in reversed(places[at : at + LONGEST]):
            others = words.get(text[start:end].casefold(), ())
            if not others:
                continue
            for other in rng.sample(others, min(SWAPS, len(others))):
                if edits := _outside([Edit(start, end, other)], example):
                    yield "synonyms", rewritten(example, edits)
            break


def _revalued(example: Example, values: _Values, rng: Random) -> Iterator[tuple[str, Example]]:
    """Swap an entity's words for those of another value of its kind, and its value with them."""
    for at, entity in enumerate(example.entities):
        if entity.start is None or entity.end is None:
            continue
        edit = Edit(entity.start, entity.end, "")
        if sum(touches(edit, other) for other in example.entities) > 1:
            continue  # several entities in the same words
        surface = example.message.text[entity.start : entity.end]
        known = values.get((entity.name, entity.role, entity.group), {})
        others = [other for other in known if other.casefold() != surface.casefold()]
        for other in rng.sample(others, min(SWAPS, len(others))):
            variant = rewritten(example, [replace(edit, text=other)])
            entities = list(variant.entities)
            entities[at] = replace(entities[at], value=known[other])
            yield "values", replace(variant, entities=tuple(entities))


def _outside(edits: Iterable[Edit], example: Example) -> list[Edit]:
    return [e for e in edits if not any(touches(e, entity) for entity in example.entities)]


def _values(data: TrainingData) -> _Values:
    """Return what is annotated anywhere as each kind of entity, and what lookup tables list."""
    tables = {table.name: table.elements for table in data.lookups}
    found: defaultdict[tuple[str, str | None, str | None], dict[str, object]] = defaultdict(dict)
    for example in data.examples:
        for entity in example.entities:
            own = found[entity.name, entity.role, entity.group]
            own.setdefault(_words(example, entity), entity.value)
    for (name, _, _), own in found.items():
        for element in tables.get(name, ()):
            own.setdefault(element, data.synonyms.get(element, element))
    for own in found.values():
        own.pop("", None)
    return found


def _synonyms(data: TrainingData) -> Mapping[str, Sequence[str]]:
    """Return, for words of a synonym in small letters, the others that mean the same.

    The canonical value counts only where people say it: it may be a code.
    """
    said = " ".join(example.message.text.casefold() for example in data.examples)
    groups: defaultdict[str, set[str]] = defaultdict(set)
    for words, value in data.synonyms.items():
        groups[value].add(words)
        if re.search(rf"\b{re.escape(value.casefold())}\b", said):
            groups[value].add(value)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for together in groups.values():
        for words in together:
            found[words.casefold()] |= {w for w in together if w.casefold() != words.casefold()}
    return {words: sorted(others) for words, others in found.items() if others}


def _words(example: Example, entity: Entity) -> str:
    return example.message.text[entity.start : entity.end]


def _known(text: str) -> str:
    return " ".join(text.casefold().split())
