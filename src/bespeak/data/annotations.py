"""Entities annotated in a text: `[Rome](city)`, `[Rome]{"entity": "city", "role": "to"}` …"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bespeak.message import Entity

_ANNOTATION: Final = re.compile(
    r"\[(?P<text>[^\]]+?)\]"
    r"(?:\((?P<type>[^:)]+?)(?::(?P<value>[^)]+))?\)"
    r"|\{(?P<one>[^}]+?)\}"
    r"|\[(?P<several>.*?)\])"
)
_OBJECT: Final = re.compile(r"\{([^}]+?)\}")


class AnnotationError(ValueError):
    """An annotation is no JSON, or lacks what it needs; the message says which."""


def parse(annotated: str) -> tuple[str, tuple[Entity, ...]]:
    """Return the plain text and its entities, with character offsets in the plain text.

    Raises `AnnotationError`.
    """
    if "[" not in annotated:
        return annotated, ()
    pieces: list[str] = []
    entities: list[Entity] = []
    length = at = 0
    for match in _ANNOTATION.finditer(annotated):
        before, text = annotated[at : match.start()], match["text"]
        start = length + len(before)
        length = start + len(text)
        at = match.end()
        pieces += [before, text]
        for found in _described(match):
            entities.append(
                Entity(
                    found["entity"],
                    found.get("value", text),
                    start,
                    length,
                    role=found.get("role") or None,
                    group=found.get("group") or None,
                )
            )
    pieces.append(annotated[at:])
    return "".join(pieces), tuple(entities)


def annotated(text: str, entities: tuple[Entity, ...]) -> str:
    """Return the text with its entities written into it; `parse` is the way back."""
    pieces: list[str] = []
    at = 0
    spans: dict[tuple[int, int], list[Entity]] = {}
    for entity in entities:
        if entity.start is not None and entity.end is not None:
            spans.setdefault((entity.start, entity.end), []).append(entity)
    for (start, end), together in sorted(spans.items()):
        if start < at:
            continue  # overlapping annotations cannot be written down
        pieces += [text[at:start], f"[{text[start:end]}]", _written(text[start:end], together)]
        at = end
    return "".join((*pieces, text[at:]))


def _written(surface: str, entities: list[Entity]) -> str:
    if len(entities) > 1:
        return f"[{', '.join(_json(surface, entity) for entity in entities)}]"
    entity = entities[0]
    if entity.role is not None or entity.group is not None or entity.value != surface:
        return _json(surface, entity)
    return f"({entity.name})"


def _json(surface: str, entity: Entity) -> str:
    options: dict[str, Any] = {"entity": entity.name}
    for key, value in (("role", entity.role), ("group", entity.group)):
        if value is not None:
            options[key] = value
    if entity.value != surface:
        options["value"] = entity.value
    return json.dumps(options)


def _described(match: re.Match[str]) -> Iterator[Mapping[str, Any]]:
    if match["type"] is not None:
        yield {
            "entity": match["type"],
            **({"value": match["value"]} if match["value"] else {}),
        }
    elif match["one"] is not None:
        yield _checked(match["one"])
    else:
        for inner in _OBJECT.finditer(match["several"]):
            yield _checked(inner[1])


def _checked(inside: str) -> Mapping[str, Any]:
    """Return the JSON between the braces of an annotation."""
    written = f"{{{inside}}}"
    try:
        found = json.loads(written)
    except ValueError as error:
        raise AnnotationError(f"the annotation {written} is no JSON: {error}") from None
    check(found, written)
    return found  # type: ignore[no-any-return]


def check(entity: Mapping[str, Any], written: str) -> None:
    """Raise `AnnotationError` where an entity's description has the wrong types."""
    if not isinstance(entity.get("entity"), str):
        raise AnnotationError(f'the annotation {written} needs the text "entity", its type')
    for key in ("role", "group"):
        if not isinstance(entity.get(key, ""), str):
            raise AnnotationError(f"the annotation {written}: {key!r} must be text")
    value = entity.get("value", "")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise AnnotationError(f"the annotation {written}: 'value' must be text or a number")
