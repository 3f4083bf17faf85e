"""Entities by exact span, which is what a slot gets: which are right, and how others are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bespeak.message import Entity

How: TypeAlias = Literal["missed", "other ends", "other kind", "other role", "invented"]

HOW: Final[tuple[How, ...]] = ("missed", "other ends", "other kind", "other role", "invented")

Span: TypeAlias = tuple[int | None, int | None, str]


@dataclass(frozen=True)
class Fault:
    """An annotated entity that was not found as it is, or one that was found and is none.

    With `other role` both ends and the kind are right, but not the role or group.
    """

    how: How
    wanted: Entity | None
    found: Entity | None

    @property
    def kind(self) -> str:
        """The entity that is annotated, or else the one that was found."""
        entity = self.wanted or self.found
        return entity.name if entity else ""


def span(entity: Entity) -> Span:
    return (entity.start, entity.end, entity.name)


def faults(wanted: Sequence[Entity], found: Sequence[Entity]) -> list[Fault]:
    """Return what is wrong with the entities that were found, each annotated one at most once."""
    told: list[Fault] = []
    left = list(found)
    unmatched: list[Entity] = []
    for entity in wanted:
        same = [one for one in left if span(one) == span(entity)]
        if not same:
            unmatched.append(entity)
        elif not any(_labels(one) == _labels(entity) for one in same):
            told.append(Fault("other role", entity, same[0]))
        left = [one for one in left if one not in same]
    for entity in unmatched:
        over = sorted(
            (one for one in left if _overlap(one, entity)), key=lambda one: one.name != entity.name
        )
        if not over:
            told.append(Fault("missed", entity, None))
            continue
        how: How = "other ends" if over[0].name == entity.name else "other kind"
        told.append(Fault(how, entity, over[0]))
        left = [one for one in left if one not in over]
    return told + [Fault("invented", None, one) for one in left]


def _labels(entity: Entity) -> tuple[str | None, str | None]:
    return (entity.role, entity.group)


def _overlap(one: Entity, other: Entity) -> bool:
    if one.start is None or one.end is None or other.start is None or other.end is None:
        return False
    return one.start < other.end and other.start < one.end
