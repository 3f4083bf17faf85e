"""HTML in which text is always escaped: only `Markup` goes in as it is."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

from bespeak.message import Entity


class Markup(str):
    """Text that is HTML already: made by `tag` and `joined` alone."""


Child: TypeAlias = str | int | None


def tag(element: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """Return an element. Children that are no `Markup` are escaped; None is left out.

    `_` in an attribute's name is `-`, but at its end (`class_`); False and None leave it out.
    """
    told = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_safe(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if element == "meta":
        return Markup(f"<{element}{told}>")
    return Markup(f"<{element}{told}>{joined(children)}</{element}>")


def joined(children: Iterable[Child]) -> Markup:
    """Return the children one after the other, escaped unless they are `Markup`."""
    return Markup(
        "".join(
            child if isinstance(child, Markup) else _safe(child)
            for child in children
            if child is not None
        )
    )


def prose(text: str, names: Iterable[str] = ()) -> Markup:
    """Return text in which what stands in backticks is code, and so are the names."""
    known = sorted((re.escape(name) for name in names if name), key=len, reverse=True)
    pattern = "|".join(["`([^`]*)`", *(rf"(?<![\w/])({name})(?![\w/])" for name in known)])
    pieces: list[Child] = []
    at = 0
    for found in re.finditer(pattern, text):
        pieces += [text[at : found.start()], tag("code", found[found.lastindex or 0])]
        at = found.end()
    return joined([*pieces, text[at:]])


def message(text: str) -> Markup:
    """Return what somebody said: its direction is its own, and control characters are shown."""
    return tag("bdi", _shown(text))


def marked(text: str, entities: Iterable[Entity]) -> Markup:
    """Return what somebody said with its entities marked, and beside each what it is."""
    pieces: list[Child] = []
    at = 0
    for one in sorted(entities, key=lambda one: (one.start or 0, -(one.end or 0))):
        start, end = one.start or 0, one.end or 0
        if start < at or end <= start:
            continue  # overlapping ones cannot be shown
        kind = " ".join(mark for mark in (one.name, one.role, one.group) if mark)
        value = tag("mark", _shown(text[start:end]), tag("span", kind, class_="kind"))
        pieces += [_shown(text[at:start]), value]
        at = end
    return tag("bdi", *pieces, _shown(text[at:]))


def table(
    heads: Sequence[tuple[str, str]],
    rows: Iterable[Sequence[Markup]],
    *,
    caption: str,
    sortable: bool = True,
) -> Markup:
    """Return a table; `heads` are names and classes of columns, `rows` ready cells."""
    head = tag("tr", *(tag("th", name, scope="col", class_=kind or None) for name, kind in heads))
    body = joined(tag("tr", *row) for row in rows)
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head),
            tag("tbody", body),
            class_="sortable" if sortable else None,
        ),
        class_="scroll",
        tabindex=0,
        role="region",
        aria_label=caption,
    )


def number(value: float | None, shown: str, kind: str = "num") -> Markup:
    """Return a cell that sorts by its value."""
    return tag("td", shown, class_=kind, data_v=-1 if value is None else round(value, 6))


def meter(share: float | None, kind: str = "") -> Markup:
    """Return a cell with a percentage and a bar as long; "–" for None."""
    if share is None:
        return number(None, "–")
    bar = tag("i", style=f"--w:{share:.4f}", class_="bar", aria_hidden="true")
    return tag("td", bar, f"{share:.1%}", class_=f"num metered {kind}".strip(), data_v=share)


def _safe(value: object) -> str:
    return escape(str(value), quote=True)


def _shown(text: str) -> str:
    return "".join(sign if sign.isprintable() else _visible(sign) for sign in text)


def _visible(sign: str) -> str:
    if sign in "\u200d\ufe0f" or sign.isspace():  # they hold emoji together, or part words
        return sign
    return "\ufffd" if ord(sign) < 0x20 or 0xD800 <= ord(sign) <= 0xDFFF else sign
