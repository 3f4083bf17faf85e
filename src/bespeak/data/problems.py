"""What is wrong with a project's files: collected while reading, told all at once."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn

from bespeak.errors import ProjectError


class Severity(StrEnum):
    """An error ends the command; a warning ends it when asked to; a note is for information."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, counted from 1; 0 means the file as a whole."""

    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: what was found, what was expected, and where.

    `also` names the other places that have a part in it, as in "defined twice".
    """

    text: str
    file: str = ""
    line: int = 0
    severity: Severity = Severity.ERROR
    also: tuple[Place, ...] = ()

    @property
    def place(self) -> Place:
        return Place(self.file, self.line)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.file else ""
        others = "".join(f"\n    see also {place}" for place in self.also)
        return f"{where}{self.severity}: {self.text}{others}"


class ProblemsFound(ProjectError):
    """The project cannot be read: the message lists every problem, errors first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        errors = [problem for problem in self.problems if problem.severity is Severity.ERROR]
        super().__init__("\n".join(map(str, errors or self.problems)))


@dataclass
class Problems:
    """The list that readers write into, so that one run tells everything."""

    _found: dict[Problem, None] = field(default_factory=dict)

    def error(self, place: Place, text: str, also: Sequence[Place] = ()) -> None:
        self._add(Problem(text, place.file, place.line, Severity.ERROR, tuple(also)))

    def warning(self, place: Place, text: str, also: Sequence[Place] = ()) -> None:
        self._add(Problem(text, place.file, place.line, Severity.WARNING, tuple(also)))

    def note(self, place: Place, text: str) -> None:
        self._add(Problem(text, place.file, place.line, Severity.NOTE))

    def fail(self, place: Place, text: str) -> NoReturn:
        """Record an error after which the file cannot be read any further."""
        self.error(place, text)
        raise ProblemsFound(self)

    def raise_errors(self) -> None:
        """Raise if any error was found; warnings and notes stay with the caller."""
        if self.has_errors:
            raise ProblemsFound(self)

    def extend(self, others: Iterable[Problem]) -> None:
        for problem in others:
            self._add(problem)

    @property
    def has_errors(self) -> bool:
        return any(problem.severity is Severity.ERROR for problem in self)

    @property
    def others(self) -> tuple[Problem, ...]:
        """The warnings and notes."""
        return tuple(p for p in self if p.severity is not Severity.ERROR)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def _add(self, problem: Problem) -> None:
        self._found[problem] = None


def near(name: object, known: Iterable[str]) -> str:
    """Return " Did you mean 'x'?", or nothing where no known name is close."""
    matches = difflib.get_close_matches(str(name), sorted({str(k) for k in known}), n=1, cutoff=0.7)
    return f" Did you mean {matches[0]!r}?" if matches else ""


def kind(value: Any) -> str:
    """Return what a YAML value is, in the words of a person who writes YAML."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {_short(value)!r}"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return type(value).__name__


def shown(path: Path) -> str:
    """Return the path as a person at the project's folder would write it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _short(text: str) -> str:
    first = text.strip().split("\n", 1)[0]
    return first if len(first) <= 60 else first[:57] + "..."
