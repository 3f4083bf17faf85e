"""Entities as one tag a token, and back.

Three layers of tags describe them: `entity` (what it is), `role` and `group`. With BILOU each tag
says also where in the entity its token stands: `B-city` first, `I-city` inside, `L-city` last,
`U-city` the only one; `O` is a token of none.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bespeak.message import Entity, Example, Token
from bespeak.nlu.extents import Extents, within

log = logging.getLogger(__name__)

NONE = "O"
LAYERS = ("entity", "role", "group")


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

    An entity that cuts a word is left out with BILOU; without, each token that lies within an
    entity has its name.
    """
    tags = [NONE] * len(tokens)
    for entity in entities:
        name, words = name_in(entity, layer), within(tokens, entity)
        if not name or entity.start is None or entity.end is None:
            continue
        if not bilou:
            for i, token in enumerate(tokens):
                if entity.start <= token.start and token.end <= entity.end:
                    tags[i] = name
        elif words is None:
            continue
        elif len(words) == 1:
            tags[words[0]] = f"U-{name}"
        else:
            inside = [f"I-{name}"] * (len(words) - 2)
            tags[words.start : words.stop] = [f"B-{name}", *inside, f"L-{name}"]
    return tags


def misaligned(tokens: Sequence[Token], entities: Sequence[Entity]) -> list[Entity]:
    """Return the entities that cut a token, or have none."""
    return [entity for entity in entities if within(tokens, entity) is None]


def trainable(example: Example, extractor: str) -> list[Entity]:
    """Return the annotated entities that are for this extractor to learn: not another's."""
    return [entity for entity in example.entities if entity.extractor in (None, "", extractor)]


def warn_of_misaligned(examples: Sequence[Example], extractor: str) -> None:
    """Name in the log the annotations that cut a word, or have none."""
    for example in examples:
        for entity in misaligned(example.message.tokens, trainable(example, extractor)):
            log.warning(
                "%s: the entity %r (%s) in %r does not consist of whole words, so it cannot be "
                "learned. Annotate whole words.%s",
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
    extents: Extents,
    extractor: str,
) -> tuple[Entity, ...]:
    """Return the entities that the layers' tags describe, in order.

    Neighbours with the same tag are one entity if they are at most one character apart, or have
    between them what joins such an entity's words in the training data: no comma, unless it does
    not split them. Where commas do not split, `. , ;` and spaces do not either, three at most. A
    new role or group begins a new entity. An entity reaches as far as annotations of it do, and is
    as sure as its least sure token.
    """
    found: list[_Span] = []
    previous = (NONE, NONE, NONE)
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
            between = text[tokens[i - 1].end if i else 0 : token.start]
            if begins or not extents.join(name, between, commas_split=split.splits(name)):
                found.append(_Span(i, i, (name, role, group), sure))
            else:
                found[-1].last = i
                found[-1].confidences = [
                    min(pair) for pair in zip(found[-1].confidences, sure, strict=True)
                ]
            previous = (tag, role, group)
    return tuple(span.entity(text, tokens, extents, extractor) for span in found)


@dataclass(slots=True)
class _Span:
    first: int
    last: int
    names: tuple[str, str, str]
    confidences: list[float]

    def entity(
        self, text: str, tokens: Sequence[Token], extents: Extents, extractor: str
    ) -> Entity:
        name, role, group = (None if name == NONE else name for name in self.names)
        extra: dict[str, float] = {}
        if role is not None:
            extra["confidence_role"] = self.confidences[1]
        if group is not None:
            extra["confidence_group"] = self.confidences[2]
        start, end = extents.reach(str(name), text, tokens, self.first, self.last)
        return Entity(
            name=str(name),
            value=text[start:end],
            start=start,
            end=end,
            role=role,
            group=group,
            extractor=extractor,
            confidence=self.confidences[0],
            extra=extra,
        )
