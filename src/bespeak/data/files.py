"""Finding a project's files and telling what is in them; each is read and parsed once."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from bespeak.data import yaml
from bespeak.data.problems import Place, Problems, ProblemsFound, kind, shown
from bespeak.data.yaml import YamlMap

Paths: TypeAlias = str | Path | Sequence[str | Path]

FORMAT_VERSION: Final = "3.1"
YAML_SUFFIXES: Final = (".yml", ".yaml")
DATA_SUFFIXES: Final = (*YAML_SUFFIXES, ".json")
NLU_KEYS: Final = ("nlu", "responses", "sentiment")
STORY_KEYS: Final = ("stories", "rules")
DOMAIN_KEYS: Final = (
    "slots",
    "forms",
    "actions",
    "entities",
    "intents",
    "responses",
    "e2e_actions",
    "session_config",
)


class Files:
    """The files of one project: what was read, and what was wrong with it.

    `environment` stands for the process's variables where it is given.
    """

    def __init__(self, problems: Problems, environment: Mapping[str, str] | None = None) -> None:
        self.problems = problems
        self.environment = environment
        self._texts: dict[Path, str] = {}
        self._maps: dict[Path, YamlMap | None] = {}
        self._versions_told: set[Path] = set()

    @property
    def seen(self) -> tuple[Path, ...]:
        """The files that were parsed."""
        return tuple(self._maps)

    def text(self, path: Path) -> str:
        """Return the file's text, "" where it cannot be read (which is recorded once)."""
        if path not in self._texts:
            try:
                self._texts[path] = yaml.read_text(path, self.problems)
            except ProblemsFound:
                self._texts[path] = ""
        return self._texts[path]

    def content(self, path: Path) -> YamlMap | None:
        """Return the file's mapping; None where it is wrong."""
        if path not in self._maps:
            try:
                self._maps[path] = yaml.parse(
                    self.text(path), shown(path), self.problems, self.environment
                )
            except ProblemsFound:
                self._maps[path] = None
        return self._maps[path]

    def training_content(self, path: Path) -> YamlMap | None:
        """Return the mapping of a training file; None where it is wrong or of a later format."""
        content = self.content(path)
        if content is None:
            return None
        return content if self._readable(content, path) else None

    def json(self, path: Path) -> dict[str, Any] | None:
        """Return the file's JSON object; None where it holds something else."""
        try:
            content = json.loads(self.text(path))
        except ValueError as error:
            line = getattr(error, "lineno", 0)
            self.problems.error(Place(shown(path), line), f"this is no JSON: {error}.")
            return None
        return content if isinstance(content, dict) else None

    def has_key(self, path: Path, keys: Iterable[str]) -> bool:
        """Say whether a line of the YAML file begins with one of the keys."""
        if path.suffix not in YAML_SUFFIXES:
            return False
        return bool(re.search(rf"^\s*(?:{'|'.join(keys)}):", self.text(path), re.MULTILINE))

    def is_nlu(self, path: Path) -> bool:
        return path.suffix == ".json" or self.has_key(path, NLU_KEYS)

    def is_stories(self, path: Path) -> bool:
        return self.has_key(path, STORY_KEYS)

    def is_tests(self, path: Path) -> bool:
        return path.name.startswith("test_") and self.is_stories(path)

    def is_domain(self, path: Path) -> bool:
        if not self.has_key(path, DOMAIN_KEYS):
            return False
        content = self.content(path)
        return content is not None and any(key in content for key in DOMAIN_KEYS)

    def _readable(self, content: YamlMap, path: Path) -> bool:
        """Judge the format version, telling once what is odd about it."""
        version = content.get("version")
        if not version:
            return True
        place = content.at("version")
        text = version.strip("\"' ") if isinstance(version, str) else None
        if text is None or not re.fullmatch(r"\d+(\.\d+)*", text):
            if path not in self._versions_told:
                self.problems.warning(
                    place,
                    f"expected the format version as text, as in version: "
                    f'"{FORMAT_VERSION}", found {kind(version)}.',
                )
            self._versions_told.add(path)
            return True
        numbers, newest = _numbers(text), _numbers(FORMAT_VERSION)
        if numbers > newest and path not in self._versions_told:
            self.problems.warning(
                place,
                f"the file is skipped: its format version {text} is later than "
                f"{FORMAT_VERSION}, the last one known.",
            )
        elif numbers < newest and path not in self._versions_told:
            self.problems.note(
                place, f"format version {text} is read as {FORMAT_VERSION}: please update it."
            )
        self._versions_told.add(path)
        return numbers <= newest


def listed(paths: Paths | None) -> list[Path]:
    """Return one path or several as a list."""
    if paths is None:
        return []
    if isinstance(paths, (str, Path)):
        return [Path(paths)]
    return [Path(path) for path in paths]


def below(paths: Iterable[Path], suffixes: Sequence[str] = DATA_SUFFIXES) -> list[Path]:
    """Return the files named or found below these paths, by absolute path, each once."""
    found: set[Path] = set()
    for path in paths:
        if path.is_file():
            if path.suffix in suffixes:
                found.add(Path(os.path.abspath(path)))
        else:
            found.update(walked(path, suffixes))
    return sorted(found, key=str)


def walked(folder: Path, suffixes: Sequence[str]) -> Iterator[Path]:
    """Yield the files below a folder, its own before those of its folders, each by name.

    Links are followed, but each folder is entered once.
    """
    entered: set[str] = set()
    for root, folders, names in os.walk(os.path.abspath(folder), followlinks=True):
        real = os.path.realpath(root)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        folders.sort()
        for name in sorted(names):
            path = Path(root, name)
            if path.suffix in suffixes and path.is_file():
                yield path


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
