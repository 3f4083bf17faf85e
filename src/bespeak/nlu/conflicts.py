"""Where entities overlap: which of them holds."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bespeak.errors import ExtensionError
from bespeak.message import Entity, Message

POLICIES = ("longest", "confidence", "priority")
NAME = "EntityConflictResolver"


class EntityConflictResolver:
    """Of entities that overlap in the text, keep one by `policy`, and leave out the others.

    `longest` keeps the one with more characters, `confidence` the one its extractor is surest of
    (a pattern, which has none, counts as sure), `priority` the one whose extractor stands first in
    `priority`; extractors that are not listed come last. Where that does not decide, the other two
    criteria do, then the order of the pipeline. An entity that holds takes over a role and a group
    from one of the same name and span, where it has none. Entities without a place in the text
    stay, as do all where this component does not stand in the pipeline.
    """

    serves_only = True

    def __init__(self, *, policy: str = "longest", priority: Sequence[str] = ()) -> None:
        if policy not in POLICIES:
            raise ExtensionError(
                f"{NAME}: policy must be one of {', '.join(POLICIES)}; found {policy!r}."
            )
        if isinstance(priority, str) or not all(isinstance(each, str) for each in priority):
            raise ExtensionError(
                f"{NAME}: priority must be a list of extractors' names; found {priority!r}."
            )
        if policy == "priority" and not priority:
            raise ExtensionError(f"{NAME}: the policy 'priority' needs the list priority.")
        self.policy = policy
        self.priority = tuple(priority)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            replace(message, entities=self._resolved(message.entities))
            if len(message.entities) > 1
            else message
            for message in messages
        ]

    def _resolved(self, entities: Sequence[Entity]) -> tuple[Entity, ...]:
        placed = [i for i, each in enumerate(entities) if _span(each) is not None]
        holding = {i: each for i, each in enumerate(entities) if _span(each) is None}
        alike: dict[tuple[str, int | None, int | None], list[Entity]] = {}
        for each in entities:
            alike.setdefault((each.name, each.start, each.end), []).append(each)
        taken: list[tuple[int, int]] = []  # spans that do not overlap, in order
        for i in sorted(placed, key=lambda i: self._rank(entities[i])):
            start, end = _span(entities[i]) or (0, 0)
            at = bisect_left(taken, (start, end))
            if (at and taken[at - 1][1] > start) or (at < len(taken) and taken[at][0] < end):
                continue
            insort(taken, (start, end))
            one = entities[i]
            holding[i] = _completed(one, alike[one.name, one.start, one.end])
        return tuple(holding[i] for i in sorted(holding))

    def _rank(self, entity: Entity) -> tuple[float, ...]:
        """Return what sorts the entity that holds first."""
        length = (entity.end or 0) - (entity.start or 0)
        confidence = 1.0 if entity.confidence is None else entity.confidence
        place = (
            self.priority.index(entity.extractor)
            if entity.extractor in self.priority
            else len(self.priority)
        )
        criteria = {"longest": -length, "confidence": -confidence, "priority": place}
        first = criteria.pop(self.policy)
        return (first, *criteria.values())


def _span(entity: Entity) -> tuple[int, int] | None:
    """Return where the entity stands; None where it stands nowhere."""
    if entity.start is None or entity.end is None or entity.start >= entity.end:
        return None
    return entity.start, entity.end


def _completed(entity: Entity, alike: Sequence[Entity]) -> Entity:
    """Return the entity with the role and the group that others of its name and span have."""
    extra: dict[str, Any] = dict(entity.extra)
    found = {"role": entity.role, "group": entity.group}
    for other in alike:
        for label, given in (("role", other.role), ("group", other.group)):
            if found[label] is None and given is not None:
                found[label] = given
                if f"confidence_{label}" in other.extra:
                    extra[f"confidence_{label}"] = other.extra[f"confidence_{label}"]
    return replace(entity, role=found["role"], group=found["group"], extra=extra)
