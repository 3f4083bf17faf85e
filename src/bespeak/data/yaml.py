"""Strict YAML 1.2 that remembers file and line, and expands `${VAR}`.

As in Rasa: only `true` and `false` are booleans (`yes`, `no`, `on`, `off` stay text), numbers are
those of YAML 1.2, `${VAR}` in a plain scalar comes from the environment, `\\uXXXX` in a file of
pure ASCII is the character it names, and an empty document is an empty mapping. Refused: tags,
duplicate keys, more than one document, aliases that grow without bound, files over 10 MB, and
text that is not UTF-8. Dates stay text, so that every value is one that JSON knows, too.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from bespeak.data.problems import Place, Problems, kind, shown

MAX_BYTES: Final = 10_000_000
MAX_NODES: Final = 2_000_000
MAX_DEPTH: Final = 100
MAX_DIGITS: Final = 400

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BOOLEANS: Final = {
    word: value
    for name, value in (("true", True), ("false", False))
    for word in (name, name.capitalize(), name.upper())
}
_NULLS: Final = frozenset(("", "~", "null", "Null", "NULL"))
INTEGER: Final = re.compile(r"[-+]?(?:0b[01_]+|0o?[0-7_]+|[0-9][0-9_]*|0x[0-9a-fA-F_]+)", re.ASCII)
FLOAT: Final = re.compile(
    r"[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
    r"|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    re.ASCII,
)
_VARIABLE: Final = re.compile(r"\$(?:\{([^}]*)\}|(\w+))", re.ASCII)
_ALLOWED_TAGS: Final = (None, "!")


class YamlMap(dict[str, Any]):
    """A mapping that knows where each key stands."""

    __slots__ = ("file", "line", "lines", "text_lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}
        self.text_lines: dict[str, int] = {}

    @property
    def place(self) -> Place:
        return Place(self.file, self.line)

    def at(self, key: str) -> Place:
        """Return where the key stands (the mapping itself where it is missing)."""
        return Place(self.file, self.lines.get(key, self.line))

    def text_line(self, key: str) -> int:
        """Return the line on which the key's text begins, for block scalars their first line."""
        return self.text_lines.get(key, self.lines.get(key, self.line))


class YamlList(list[Any]):
    """A list that knows where each item stands."""

    __slots__ = ("file", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: list[int] = []

    @property
    def place(self) -> Place:
        return Place(self.file, self.line)

    def at(self, index: int) -> Place:
        return Place(self.file, self.lines[index])


def read_text(path: Path, problems: Problems) -> str:
    """Return a file's text; raises `ProblemsFound` where it cannot be read as UTF-8."""
    name = shown(path)
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        problems.fail(Place(name), f"the file cannot be read: {error.strerror}.")
    if len(content) > MAX_BYTES:
        problems.fail(
            Place(name), f"the file is larger than {MAX_BYTES // 1_000_000} MB: split it."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.fail(
            Place(name, line),
            f"byte {content[error.start]:#04x} is not UTF-8: save the file with that encoding.",
        )


def read_yaml(path: Path) -> YamlMap:
    """Return a file's mapping; raises `ProblemsFound`."""
    problems = Problems()
    return parse(read_text(path, problems), shown(path), problems)


def parse(
    text: str,
    file: str,
    problems: Problems,
    environment: Mapping[str, str] | None = None,
) -> YamlMap:
    """Return the mapping that the text holds; `file` is its name in messages.

    Raises `ProblemsFound` where the text is no YAML mapping. `environment` is the process's own
    where it is not given.
    """
    if text.isascii() and ("\\u" in text or "\\U" in text):
        text = _unescaped(text, file, problems)
    variables = os.environ if environment is None else environment
    found = Problems()
    try:
        content = _Reader(text, file, found, variables).document()
        found.raise_errors()
    finally:
        problems.extend(found)
    if not content and not isinstance(content, YamlMap):
        return YamlMap(file, 1)
    if not isinstance(content, YamlMap):
        problems.fail(Place(file, 1), f"expected a mapping at the top, found {kind(content)}.")
    return content


def is_text(scalar: str) -> bool:
    """Say whether a plain scalar of these characters is read as text, and as this text."""
    return _resolved(scalar) == scalar and scalar != "<<" and not _VARIABLE.search(scalar)


def plain(value: Any) -> Any:
    """Return a copy made of plain dictionaries and lists."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def copied(value: Any) -> Any:
    """Return a deep copy that still knows where everything stands."""
    if isinstance(value, YamlMap):
        same = YamlMap(value.file, value.line)
        same.update((key, copied(item)) for key, item in value.items())
        same.lines, same.text_lines = dict(value.lines), dict(value.text_lines)
        return same
    if isinstance(value, YamlList):
        items = YamlList(value.file, value.line)
        items.extend(copied(item) for item in value)
        items.lines = list(value.lines)
        return items
    return value


def _unescaped(text: str, file: str, problems: Problems) -> str:
    """Return the text with `\\uXXXX` as characters, surrogate pairs joined."""
    try:
        raw = text.encode("ascii").decode("raw_unicode_escape")
        return raw.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        at = error.start if error.encoding == "rawunicodeescape" else 0
        line = text.count("\n", 0, at) + 1
        problems.fail(Place(file, line), f"a \\u escape names no character: {error.reason}.")


class _Reader:
    """Builds values from the parser's events, each node counted once an alias repeats it."""

    def __init__(
        self, text: str, file: str, problems: Problems, variables: Mapping[str, str]
    ) -> None:
        self.file = file
        self.problems = problems
        self.variables = variables
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.nodes = 0
        self.depth = 0
        self.events: Iterator[Any] = iter(self._events(text))

    def document(self) -> Any:
        """Return the value of the only document; None if there is none."""
        value: Any = None
        documents = 0
        for event in self.events:
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        self._fail(event, "expected one document, found a second after '---'.")
                    value = self._node(next(self.events))
                case _:
                    continue
        return value

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            context = f" {error.context}" if error.context else ""
            line = mark.line + 1 if mark else 0
            self.problems.fail(
                Place(self.file, line),
                f"this is no YAML: {error.problem or ''}{context}.{_likely(text, line)}",
            )
        except yaml.YAMLError as error:
            self.problems.fail(Place(self.file), f"this is no YAML: {error}.")

    def _node(self, event: Any) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self._fail(event, f"aliases make the document larger than {MAX_NODES:,} values.")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if event.tag not in _ALLOWED_TAGS:
            self._fail(event, f"tags such as {event.tag!r} are not allowed: write plain values.")
        before = self.nodes
        if event.anchor:
            self.open_anchors.add(event.anchor)
        value = self._value(event)
        if event.anchor:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = (value, self.nodes - before + 1)
        return value

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            return self._plain(event) if plain and event.tag is None else event.value
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._fail(event, f"the document is nested more than {MAX_DEPTH} levels deep.")
        is_list = isinstance(event, yaml.SequenceStartEvent)
        value: YamlList | YamlMap = self._list(event) if is_list else self._map(event)
        self.depth -= 1
        return value

    def _list(self, start: Any) -> YamlList:
        values = YamlList(self.file, _line(start))
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.lines.append(_line(event))
            values.append(self._node(event))
        return values

    def _map(self, start: Any) -> YamlMap:
        values = YamlMap(self.file, _line(start))
        merged: list[YamlMap] = []
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            is_merge = (
                isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style
            )
            key = self._node(event)
            value_event = next(self.events)
            value = self._node(value_event)
            if is_merge:
                merged.extend(self._merged(value, value_event))
                continue
            self._put(values, key, line, value, value_event)
        for other in merged:
            for key in other:
                if key not in values:
                    values[key] = other[key]
                    values.lines[key] = other.lines[key]
        return values

    def _put(self, values: YamlMap, key: Any, line: int, value: Any, event: Any) -> None:
        if isinstance(key, (dict, list)):
            self.problems.error(
                Place(self.file, line), f"expected a name as key, found {kind(key)}."
            )
            return
        if key in values:
            self.problems.error(
                Place(self.file, line),
                f"the key {key!r} stands twice in one mapping.",
                also=(values.at(key),),
            )
            return
        values[key] = value
        values.lines[key] = line
        if isinstance(event, yaml.ScalarEvent) and isinstance(value, str):
            block = event.style in ("|", ">")
            values.text_lines[key] = _line(event) + block

    def _merged(self, value: Any, event: Any) -> list[YamlMap]:
        sources = value if isinstance(value, YamlList) else [value]
        if not all(isinstance(source, YamlMap) for source in sources):
            self._fail(event, f"'<<' merges mappings, found {kind(value)}.")
        return list(sources)

    def _alias(self, event: Any) -> Any:
        if event.anchor in self.open_anchors:
            self._fail(event, f"the alias '*{event.anchor}' stands inside what it repeats.")
        if event.anchor not in self.anchors:
            self._fail(event, f"nothing is called '&{event.anchor}' before this alias.")
        value, size = self.anchors[event.anchor]
        self.nodes += size - 1
        if self.nodes > MAX_NODES:
            self._fail(event, f"aliases make the document larger than {MAX_NODES:,} values.")
        return value

    def _plain(self, event: Any) -> Any:
        value = _resolved(event.value)
        if isinstance(value, str) and "${" in value and "}" in value:
            return self._expanded(value, event)
        return value

    def _expanded(self, text: str, event: Any) -> str:
        missing: list[str] = []

        def value(match: re.Match[str]) -> str:
            name = match[1] if match[1] is not None else match[2]
            if name in self.variables:
                return self.variables[name]
            if match[1] is not None:
                missing.append(name)
            return match[0]

        expanded = _VARIABLE.sub(value, text)
        for name in missing:
            self.problems.error(
                Place(self.file, _line(event)),
                f"the environment variable {name!r} is not set.{_near_variable(name)}",
            )
        return expanded

    def _fail(self, event: Any, text: str) -> Any:
        self.problems.fail(Place(self.file, _line(event)), text)


def _resolved(text: str) -> Any:
    """Return what a plain scalar means in YAML 1.2."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] in "+-.0123456789" and len(text) <= MAX_DIGITS:
        if INTEGER.fullmatch(text):
            return _integer(text)
        if FLOAT.fullmatch(text):
            return _float(text)
    return text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _near_variable(name: str) -> str:
    return f" Set it, as in: export {name}=..." if name else ""


def _integer(text: str) -> int:
    digits = text.replace("_", "")
    sign, digits = (-1 if digits[0] == "-" else 1), digits.lstrip("+-")
    for prefix, base in (("0b", 2), ("0x", 16), ("0o", 8)):
        if digits.startswith(prefix):
            return sign * int(digits[2:], base)
    return sign * int(digits)


def _float(text: str) -> float:
    word = text.replace("_", "").lower()
    if word.endswith((".inf", ".nan")):
        return float(word.replace(".", ""))
    return float(word)


def _likely(text: str, line: int) -> str:
    """Say what is known to lead to a line that is no YAML, if it is there."""
    lines = text.split("\n")
    for number, content in enumerate(lines, 1):
        if content.startswith(("<<<<<<< ", ">>>>>>> ")):
            return f" Line {number} is left from a merge conflict."
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return " The line begins with a tab: indent with blanks."
    if re.match(r"\s*(?:- )?[\w-]+\s*$", lines[line - 2] if 1 < line <= len(lines) else ""):
        return f" Is a colon missing at the end of line {line - 1}?"
    return ""
