"""A text changed here and there, with its entities following along."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bespeak.message import Entity, Example, Message


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """The characters from `start` to `end` of a text give way to `text`.

    With `start == end` something is put in between: what is put in at an entity's edge stays
    outside of it.
    """

    start: int
    end: int
    text: str


def rewritten(example: Example, edits: Iterable[Edit]) -> Example:
    """Return the example with its text changed, and its entities where they are now.

    Left out are edits that overlap an earlier one, that cross an entity's edge, or that would
    leave nothing of an entity. A value that was the words themselves is the new words; a canonical
    one stays.
    """
    text = example.message.text
    chosen = _chosen(sorted(edits), example.entities)
    pieces, at = [], 0
    for edit in chosen:
        pieces += [text[at : edit.start], edit.text]
        at = edit.end
    changed = "".join((*pieces, text[at:]))
    entities = tuple(_moved(entity, chosen, text, changed) for entity in example.entities)
    return replace(example, message=Message(changed), entities=entities)


def touches(edit: Edit, entity: Entity) -> bool:
    """Say whether an edit changes characters of an entity."""
    if entity.start is None or entity.end is None:
        return False
    return edit.start < entity.end and entity.start < edit.end


def _chosen(edits: Sequence[Edit], entities: Sequence[Entity]) -> list[Edit]:
    chosen: list[Edit] = []
    for edit in edits:
        apart = not chosen or edit.start >= chosen[-1].end
        if apart and all(_fits(edit, entity) for entity in entities):
            chosen.append(edit)
    return chosen


def _fits(edit: Edit, entity: Entity) -> bool:
    start, end = entity.start, entity.end
    if start is None or end is None or edit.end <= start or edit.start >= end:
        return True
    inside = start <= edit.start and edit.end <= end
    return inside and (bool(edit.text.strip()) or end - start > edit.end - edit.start)


def _moved(entity: Entity, edits: Sequence[Edit], before: str, after: str) -> Entity:
    if entity.start is None or entity.end is None:
        return entity
    start = entity.start + _grown(edit for edit in edits if edit.end <= entity.start)
    end = entity.end + _grown(
        edit
        for edit in edits
        if edit.end <= entity.end and not edit.start == edit.end == entity.end
    )
    surface = before[entity.start : entity.end]
    value = after[start:end] if entity.value == surface else entity.value
    return replace(entity, start=start, end=end, value=value)


def _grown(edits: Iterable[Edit]) -> int:
    return sum(len(edit.text) - (edit.end - edit.start) for edit in edits)
