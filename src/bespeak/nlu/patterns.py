"""Regular expressions and lookup tables: as features and as entities."""

import json
import logging
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from bespeak.errors import ExtensionError, TrainingError
from bespeak.message import Entity, Features, Message, TrainingData
from bespeak.nlu.phrases import IGNORABLE, Phrases
from bespeak.nlu.sparse import marked

log = logging.getLogger(__name__)


class RegexFeaturizer:
    """One column for each pattern: which tokens it touches, and whether it occurs at all.

    First come the regexes of the training data, then one alternation for each lookup table.
    `ignore` says what makes no difference in a lookup table: `accents`, `plurals`, `spacing`.
    For a CRF the names of the patterns that touch each token are left under the message's
    `scratch["patterns"]`, as one tuple of names a token.
    """

    def __init__(
        self,
        *,
        case_sensitive: bool = True,
        use_lookup_tables: bool = True,
        use_regexes: bool = True,
        use_word_boundaries: bool = True,
        ignore: Sequence[str] = (),
        alias: str | None = None,
    ) -> None:
        self.ignore = _ignored("RegexFeaturizer", ignore, use_word_boundaries)
        self.sources = _Sources(use_regexes, use_lookup_tables, use_word_boundaries, self.ignore)
        self.case_sensitive = case_sensitive
        self.origin = alias or "RegexFeaturizer"
        self.patterns: list[Sought] = []

    def train(self, data: TrainingData) -> None:
        self.patterns = self.sources.patterns(data, self.case_sensitive)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._featurize(message) for message in messages]

    def save(self, folder: Path) -> None:
        _save(self.patterns, folder)

    def load(self, folder: Path) -> None:
        self.patterns = _load(folder, self.case_sensitive, self.ignore)

    def _featurize(self, message: Message) -> Message:
        if not self.patterns or not message.text or not message.tokens:
            return message
        rows: list[list[int]] = [[] for _ in message.tokens]
        whole: list[int] = []
        for column, pattern in enumerate(self.patterns):
            touched: set[int] = set()
            for start, end in pattern.spans(message.text):
                touched.update(
                    i
                    for i, token in enumerate(message.tokens)
                    if token.start < end and token.end > start
                )
            if touched:
                whole.append(column)
            for i in touched:
                rows[i].append(column)
        width = len(self.patterns)
        features = Features(self.origin, marked(rows, width), marked([whole], width))
        before = message.scratch.get("patterns", [()] * len(rows))
        touching = tuple(
            (*known, *(self.patterns[column].name for column in row))
            for known, row in zip(before, rows, strict=True)
        )
        return replace(
            message,
            features=(*message.features, features),
            scratch={**message.scratch, "patterns": touching},
        )


class RegexEntityExtractor:
    """An entity for each match of each regex and lookup table that is named as an entity.

    Only names that the training data annotates count. Matches may overlap. `ignore` is as in
    RegexFeaturizer; the value is what was said.
    """

    serves_only = True

    def __init__(
        self,
        *,
        case_sensitive: bool = False,
        use_lookup_tables: bool = True,
        use_regexes: bool = True,
        use_word_boundaries: bool = True,
        ignore: Sequence[str] = (),
    ) -> None:
        self.ignore = _ignored("RegexEntityExtractor", ignore, use_word_boundaries)
        self.sources = _Sources(use_regexes, use_lookup_tables, use_word_boundaries, self.ignore)
        self.case_sensitive = case_sensitive
        self.patterns: list[Sought] = []

    def train(self, data: TrainingData) -> None:
        annotated = {entity.name for example in data.examples for entity in example.entities}
        self.patterns = self.sources.patterns(data, self.case_sensitive, names=annotated)
        if not self.patterns:
            log.warning(
                "RegexEntityExtractor finds nothing: no regex or lookup table of the NLU data is "
                "named as an entity that the examples annotate."
            )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            replace(message, entities=(*message.entities, *found))
            if (found := self._entities(message.text))
            else message
            for message in messages
        ]

    def save(self, folder: Path) -> None:
        _save(self.patterns, folder)

    def load(self, folder: Path) -> None:
        self.patterns = _load(folder, self.case_sensitive, self.ignore)

    def _entities(self, text: str) -> list[Entity]:
        return [
            Entity(pattern.name, text[start:end], start, end, extractor="RegexEntityExtractor")
            for pattern in self.patterns
            for start, end in pattern.spans(text)
        ]


class Sought(Protocol):
    """What is sought in a text, under a name."""

    name: str

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where it is found, as `re.finditer` does: from the left, without overlap."""
        ...

    def to_dict(self) -> dict[str, Any]: ...


class Regex:
    """A regular expression."""

    def __init__(self, name: str, pattern: str, *, case_sensitive: bool, source: str = "") -> None:
        self.name = name
        try:
            self.pattern = re.compile(pattern, re.NOFLAG if case_sensitive else re.IGNORECASE)
        except (re.error, OverflowError, RecursionError) as error:
            where = f"{source}: " if source else ""
            raise TrainingError(
                f"{where}the regex {name!r} cannot be used: {error}. Found: {pattern[:200]!r}."
            ) from None

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        for match in self.pattern.finditer(text):
            yield match.span()

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "pattern": self.pattern.pattern}


class Table:
    """A lookup table whose elements are sought as whole words."""

    def __init__(
        self,
        name: str,
        elements: Sequence[str],
        *,
        case_sensitive: bool,
        ignore: Collection[str] = (),
    ) -> None:
        self.name = name
        self.elements = elements
        self.spans = Phrases(elements, case_sensitive=case_sensitive, ignore=ignore).spans

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "elements": list(self.elements)}


@dataclass(frozen=True, slots=True)
class _Sources:
    """Which patterns of the training data count."""

    regexes: bool
    lookup_tables: bool
    word_boundaries: bool
    ignore: tuple[str, ...] = ()

    def patterns(
        self, data: TrainingData, case_sensitive: bool, names: Collection[str] | None = None
    ) -> list[Sought]:
        """Return the regexes, then the lookup tables; with `names`, only those."""
        found: list[Sought] = [
            Regex(each.name, each.pattern, case_sensitive=case_sensitive, source=each.source)
            for each in data.patterns
            if self.regexes and (names is None or each.name in names)
        ]
        for table in data.lookups:
            if not self.lookup_tables or not (names is None or table.name in names):
                continue
            if self.word_boundaries:
                found.append(
                    Table(
                        table.name,
                        table.elements,
                        case_sensitive=case_sensitive,
                        ignore=self.ignore,
                    )
                )
            else:
                pattern = f"({'|'.join(map(re.escape, table.elements))})"
                found.append(Regex(table.name, pattern, case_sensitive=case_sensitive))
        return found


def _ignored(component: str, ignore: Sequence[str], word_boundaries: bool) -> tuple[str, ...]:
    """Check the option `ignore`."""
    if isinstance(ignore, str) or not set(ignore) <= set(IGNORABLE):
        raise ExtensionError(
            f"{component}: ignore must be a list of {', '.join(IGNORABLE)}; found {ignore!r}."
        )
    if ignore and not word_boundaries:
        raise ExtensionError(f"{component}: ignore needs use_word_boundaries: true.")
    return tuple(ignore)


def _save(patterns: Sequence[Sought], folder: Path) -> None:
    wire = [pattern.to_dict() for pattern in patterns]
    (folder / "patterns.json").write_text(json.dumps(wire, indent=1), "utf-8")


def _load(folder: Path, case_sensitive: bool, ignore: Collection[str]) -> list[Sought]:
    wire = json.loads((folder / "patterns.json").read_text("utf-8"))
    return [
        Table(each["name"], each["elements"], case_sensitive=case_sensitive, ignore=ignore)
        if "elements" in each
        else Regex(each["name"], each["pattern"], case_sensitive=case_sensitive)
        for each in wire
    ]
