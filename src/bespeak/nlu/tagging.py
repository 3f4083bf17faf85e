"""Entities as one tag a token, and back.

Three layers of tags describe them: `entity` (what it is), `role` and `group`. With BILOU each tag
says also where in the entity its token stands: `B-city` first, `I-city` inside, `L-city` last,
`U-city` the only one; `O` is a token of none.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from bespeak.message import Entity, Example, Token

log = logging.getLogger(__name__)

NONE = "O"
LAYERS = ("entity", "role", "group")
COMMAS = frozenset(
    ".,; "
)  # what may stand between two tokens of one entity that commas do not part

Joints: TypeAlias = Mapping[str, frozenset[str]]
"""What stood between two words of one annotated entity, beside a single character: by its name."""


@dataclass(frozen=True, slots=True)
class CommaSplit:
    """Whether `Berlin, Paris` is two cities: `always`, unless `by_entity` knows better."""

    always: bool = True
    by_entity: Mapping[str, bool] | None = None

    @classmethod
    def from_option(cls, option: bool | Mapping[str, bool]) -> "CommaSplit":
        """Read `split_entities_by_comma` of config.yml: one answer, or one an entity."""
        return cls(option) if isinstance(option, bool) else cls(True, dict(option))

    def splits(self, entity: str) -> bool:
        return (self.by_entity or {}).get(entity, self.always)


def parted(tag: str) -> tuple[str, str]:
    """Return a tag's place ("B", "I", "L", "U" or "") and its name."""
    return (tag[0], tag[2:]) if tag[:2] in ("B-", "I-", "L-", "U-") else ("", tag)


def name_in(entity: Entity, layer: str) -> str | None:
    """Return what an entity is called in a layer, None where it has no name there."""
    if layer == "entity":
        return entity.name
    return entity.role if layer == "role" else entity.group


def tagged(
    tokens: Sequence[Token], entities: Sequence[Entity], layer: str, *, bilou: bool
) -> list[str]:
    """Return one tag a token for a layer of the annotated entities.

    With BILOU an entity that does not begin and end where tokens do is left out. Without, each
    token that lies within an entity has its name.
    """
    tags = [NONE] * len(tokens)
    starts = {token.start: i for i, token in enumerate(tokens)}
    ends = {token.end: i for i, token in enumerate(tokens)}
    for entity in entities:
        name = name_in(entity, layer)
        if not name or entity.start is None or entity.end is None:
            continue
        if not bilou:
            for i, token in enumerate(tokens):
                if entity.start <= token.start and token.end <= entity.end:
                    tags[i] = name
            continue
        first, last = starts.get(entity.start), ends.get(entity.end)
        if first is None or last is None or last < first:
            continue
        if first == last:
            tags[first] = f"U-{name}"
        else:
            tags[first : last + 1] = (
                [f"B-{name}"] + [f"I-{name}"] * (last - first - 1) + [f"L-{name}"]
            )
    return tags


def joined(examples: Sequence[Example], annotated: Sequence[Sequence[Entity]]) -> Joints:
    """Return what joins the words of annotated entities, each example's own in `annotated`."""
    found: dict[str, set[str]] = defaultdict(set)
    for example, entities in zip(examples, annotated, strict=True):
        tokens = example.message.tokens
        for before, after in pairwise(tokens):
            if after.start - before.end > 1:
                for entity in entities:
                    if (entity.start or 0) <= before.start and after.end <= (entity.end or 0):
                        found[entity.name].add(example.message.text[before.end : after.start])
    return {name: frozenset(joints) for name, joints in found.items()}


def misaligned(tokens: Sequence[Token], entities: Sequence[Entity]) -> list[Entity]:
    """Return the entities that do not begin and end where tokens do."""
    starts, ends = {token.start for token in tokens}, {token.end for token in tokens}
    return [entity for entity in entities if entity.start not in starts or entity.end not in ends]


def trainable(example: Example, extractor: str) -> list[Entity]:
    """Return the annotated entities that are for this extractor to learn: not another's."""
    return [entity for entity in example.entities if entity.extractor in (None, "", extractor)]


def warn_of_misaligned(examples: Sequence[Example], extractor: str) -> None:
    """Name in the log the annotations that do not begin and end where tokens do."""
    for example in examples:
        for entity in misaligned(example.message.tokens, trainable(example, extractor)):
            log.warning(
                "%s: the entity %r (%s) in %r does not begin and end where tokens do, so it cannot "
                "be learned. Annotate whole words.%s",
                extractor,
                entity.value,
                entity.name,
                example.message.text,
                f" {example.source}" if example.source else "",
            )


def may_follow(before: str, after: str) -> bool:
    """Say whether BILOU lets a tag follow another; `""` is the text's beginning or its end.

    Tags without a place may follow any.
    """
    (place, name), (next_place, next_name) = parted(before), parted(after)
    if place in ("B", "I"):
        return next_place in ("I", "L") and name == next_name
    return next_place not in ("I", "L")


def entities(
    text: str,
    tokens: Sequence[Token],
    tags: Mapping[str, Sequence[str]],
    confidences: Mapping[str, Sequence[float]],
    split: CommaSplit,
    joints: Joints,
    extractor: str,
) -> tuple[Entity, ...]:
    """Return the entities that the layers' tags describe, in order.

    Neighbours with the same tag are one entity if they are at most one character apart, or have
    between them what joins such an entity's words in the training data: no comma, unless it does
    not split them. Where commas do not split, `. , ;` and spaces do not either, three at most. A
    new role or group begins a new entity. An entity is as sure as its least sure token.
    """
    found: list[_Span] = []
    previous, previous_end = (NONE, NONE, NONE), -1
    for i, token in enumerate(tokens):
        tag = tags["entity"][i]
        place, name = parted(tag)
        role, group = (parted(tags[layer][i])[1] if layer in tags else NONE for layer in LAYERS[1:])
        if tag == NONE:
            previous = (NONE, *previous[1:])
        else:
            sure = [confidences[layer][i] if layer in tags else 1.0 for layer in LAYERS]
            begins = previous[0] == NONE or place == "U" or (role, group) != previous[1:]
            begins = begins or (tag != previous[0] and place not in ("I", "L"))
            between = text[previous_end : token.start]
            if begins or not _one(between, split.splits(name), joints.get(name, frozenset())):
                found.append(_Span(token.start, token.end, (name, role, group), sure))
            else:
                found[-1].end = token.end
                found[-1].confidences = [
                    min(pair) for pair in zip(found[-1].confidences, sure, strict=True)
                ]
            previous = (tag, role, group)
        previous_end = token.end
    return tuple(span.entity(text, extractor) for span in found)


def _one(between: str, split: bool, joints: frozenset[str]) -> bool:
    """Say whether two tokens with the same tag and this text between are one entity."""
    if len(between) <= 1:
        return True
    if split:
        return between in joints and "," not in between
    return between in joints or (len(between) <= 3 and set(between) <= COMMAS)


@dataclass(slots=True)
class _Span:
    start: int
    end: int
    names: tuple[str, str, str]
    confidences: list[float]

    def entity(self, text: str, extractor: str) -> Entity:
        name, role, group = (None if name == NONE else name for name in self.names)
        extra: dict[str, float] = {}
        if role is not None:
            extra["confidence_role"] = self.confidences[1]
        if group is not None:
            extra["confidence_group"] = self.confidences[2]
        return Entity(
            name=str(name),
            value=text[self.start : self.end],
            start=self.start,
            end=self.end,
            role=role,
            group=group,
            extractor=extractor,
            confidence=self.confidences[0],
            extra=extra,
        )
