"""What a value in a file must look like: each check records file, line, found and expected."""

from collections.abc import Iterator
from typing import Final

from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.yaml import YamlList, YamlMap

LINE_ENDS: Final = "\n\r "
"""What is stripped from an example: tabs are left, as in Rasa."""


def text(problems: Problems, parent: YamlMap, key: str, what: str) -> str | None:
    """Return the text under the key; None where it is missing or (which is an error) no text."""
    value = parent.get(key)
    if value is None or isinstance(value, str):
        return value
    problems.error(
        parent.at(key), f"{what}: expected text under {key!r}, found {kind(value)}. Quote it."
    )
    return None


def flag(problems: Problems, parent: YamlMap, key: str, what: str, default: bool) -> bool:
    """Return the boolean under the key."""
    value = parent.get(key)
    if value is None:
        return default
    if isinstance(value, bool):
        return value
    problems.error(
        parent.at(key), f"{what}: expected true or false under {key!r}, found {kind(value)}."
    )
    return default


def number(problems: Problems, parent: YamlMap, key: str, what: str, default: float) -> float:
    """Return the number under the key."""
    value = parent.get(key)
    if value is None:
        return default
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    problems.error(parent.at(key), f"{what}: expected a number under {key!r}, found {kind(value)}.")
    return default


def mapping(problems: Problems, parent: YamlMap, key: str, what: str) -> YamlMap | None:
    """Return the mapping under the key; None where it is missing or no mapping."""
    value = parent.get(key)
    if value is None or isinstance(value, YamlMap):
        return value
    problems.error(
        parent.at(key), f"{what}: expected a mapping under {key!r}, found {kind(value)}."
    )
    return None


def items(problems: Problems, parent: YamlMap, key: str, what: str) -> YamlList | None:
    """Return the list under the key; None where it is missing or no list."""
    value = parent.get(key)
    if value is None or isinstance(value, YamlList):
        return value
    problems.error(parent.at(key), f"{what}: expected a list under {key!r}, found {kind(value)}.")
    return None


def texts(problems: Problems, parent: YamlMap, key: str, what: str) -> tuple[str, ...]:
    """Return the texts of the list under the key."""
    values = items(problems, parent, key, what)
    if values is None:
        return ()
    return names(problems, values, what)


def names(problems: Problems, values: YamlList, what: str) -> tuple[str, ...]:
    """Return the items that are text; the others are errors."""
    found = []
    for i, value in enumerate(values):
        if isinstance(value, str):
            found.append(value)
        else:
            problems.error(values.at(i), f"{what}: expected a name, found {kind(value)}.")
    return tuple(found)


def text_or_texts(problems: Problems, parent: YamlMap, key: str, what: str) -> tuple[str, ...]:
    """Return one name or a list of them as a tuple."""
    value = parent.get(key)
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, YamlList):
        return names(problems, value, what)
    problems.error(
        parent.at(key),
        f"{what}: expected a name or a list of names under {key!r}, found {kind(value)}.",
    )
    return ()


def only_known(
    problems: Problems, parent: YamlMap, known: tuple[str, ...], what: str, *, strict: bool = True
) -> None:
    """Record keys that are not known: an error, or (not strict) a warning where one is near."""
    for key in parent:
        if key in known:
            continue
        hint = near(key, known)
        place: Place = parent.at(key)
        if strict:
            problems.error(place, f"{what} has no {key!r}.{hint} Known here: {', '.join(known)}.")
        elif hint:
            problems.warning(place, f"{what} has no {key!r}: it is ignored.{hint}")


def dashed(
    name: str, item: YamlMap, written: str, problems: Problems
) -> Iterator[tuple[str, Place]]:
    """Yield each line of `examples` that begins with a dash, and where it stands.

    `name` is what the examples are of.
    """
    first = item.text_line("examples")
    for i, line in enumerate(written.splitlines()):
        place = Place(item.file, first + i)
        if line.startswith("-"):
            yield line[1:].strip(LINE_ENDS), place
        else:
            problems.warning(
                place,
                f"{name!r}: expected an example that begins with '-', found {kind(line)}: "
                "it is skipped.",
            )
