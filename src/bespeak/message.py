"""What a user said, and what the NLU pipeline made of it.

Shapes: a text of L tokens has token features of L rows and one sentence vector. Both are either
dense (`numpy` arrays of float32) or `Sparse` rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]

SENTIMENTS: Final = ("negative", "neutral", "positive")


@dataclass(frozen=True, slots=True)
class UserMessage:
    """A message as it came in from a channel.

    `text` is stripped; `message_id` is the channel's own, or one minted at the door, so that a
    message which comes twice is known again. `parse_data` is given where the understanding was
    done elsewhere (`/intent` payloads are not: the pipeline reads those). `received_at` is in
    seconds since the epoch.
    """

    conversation_id: str
    text: str
    channel: str = "rest"
    message_id: str = ""
    received_at: float = 0.0
    metadata: Mapping[str, Any] = field(default_factory=dict)
    parse_data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text; `start` and `end` are character offsets in it."""

    text: str
    start: int
    end: int
    lemma: str = ""
    pos: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """A value found in the text.

    `confidence` is None where the extractor has none. `extra` holds what else the wire carries
    (`confidence_role`, `processors`, `additional_info` …), in order.
    """

    name: str
    value: Any
    start: int | None = None
    end: int | None = None
    role: str | None = None
    group: str | None = None
    extractor: str | None = None
    confidence: float | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> "Entity":
        known = {"entity", "value", "start", "end", "role", "group", "extractor"}
        confidence = wire.get("confidence_entity", wire.get("confidence"))
        return cls(
            name=wire["entity"],
            value=wire.get("value"),
            start=wire.get("start"),
            end=wire.get("end"),
            role=wire.get("role"),
            group=wire.get("group"),
            extractor=wire.get("extractor"),
            confidence=confidence,
            extra={key: value for key, value in wire.items() if key not in known},
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the wire form: only what is set, in Rasa's names."""
        wire: dict[str, Any] = {"entity": self.name}
        if self.start is not None:
            wire["start"] = self.start
        if self.end is not None:
            wire["end"] = self.end
        if self.role is not None:
            wire["role"] = self.role
        if self.group is not None:
            wire["group"] = self.group
        wire["value"] = self.value
        if self.confidence is not None and "confidence" not in self.extra:
            wire["confidence_entity"] = self.confidence
        wire.update(self.extra)
        if self.extractor is not None:
            wire["extractor"] = self.extractor
        return wire

    @property
    def labels(self) -> tuple[str, ...]:
        """The names under which policies know it: `city`, `city#to`, `city#1`."""
        with_role = (f"{self.name}#{self.role}",) if self.role is not None else ()
        with_group = (f"{self.name}#{self.group}",) if self.group is not None else ()
        return (self.name, *with_role, *with_group)


@dataclass(frozen=True, slots=True)
class Intent:
    """What the user wants. `full_name` is `faq/opening_hours` where the name is a retrieval
    intent's and its response is known."""

    name: str | None
    confidence: float = 1.0
    full_name: str | None = None

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> "Intent":
        return cls(
            wire.get("name"),
            wire.get("confidence", 1.0),
            wire.get("full_retrieval_intent_name"),
        )

    def to_dict(self) -> dict[str, Any]:
        wire: dict[str, Any] = {"name": self.name, "confidence": self.confidence}
        if self.full_name is not None:
            wire["full_retrieval_intent_name"] = self.full_name
        return wire


@dataclass(frozen=True, slots=True, eq=False)
class Sparse:
    """Rows of mostly zeros (CSR): row i has the columns `indices[indptr[i]:indptr[i + 1]]`."""

    indptr: NDArray[np.int64]
    indices: NDArray[np.int64]
    values: Array
    width: int

    @property
    def rows(self) -> int:
        return len(self.indptr) - 1

    @classmethod
    def from_rows(cls, rows: Sequence[Mapping[int, float]], width: int) -> "Sparse":
        """Build from one mapping of column to value a row."""
        lengths = [len(row) for row in rows]
        return cls(
            np.concatenate(([0], np.cumsum(lengths))).astype(np.int64),
            np.array([column for row in rows for column in row], dtype=np.int64),
            np.array([value for row in rows for value in row.values()], dtype=np.float32),
            width,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What one featurizer says of a text: of each token, and of the whole.

    `origin` is the featurizer's alias or class name (what `featurizers:` in config.yml selects).
    `tokens` has L rows, `sentence` one row (dense: shape (1, D)); either may be missing.
    """

    origin: str
    tokens: Array | Sparse | None = None
    sentence: Array | Sparse | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A text on its way through the pipeline: each component returns a fuller copy.

    `response_selector` is the wire form that selectors add; `attributes` what other components
    add to the parse data (as JSON, by key). `scratch` is what one component leaves for another
    (a spaCy document, encoder states): it never leaves the pipeline.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    features: tuple[Features, ...] = field(default=(), compare=False, repr=False)
    intent: Intent | None = None
    ranking: tuple[Intent, ...] = ()
    entities: tuple[Entity, ...] = ()
    response_selector: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    received_at: float = 0.0
    scratch: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the parse data as `/model/parse`, `user` events and action servers see it."""
        wire: dict[str, Any] = {
            "text": self.text,
            "intent": (self.intent or Intent(None, 0.0)).to_dict(),
            "entities": [entity.to_dict() for entity in self.entities],
        }
        if self.tokens:
            wire["text_tokens"] = [[token.start, token.end] for token in self.tokens]
        if self.ranking:
            wire["intent_ranking"] = [intent.to_dict() for intent in self.ranking]
        if self.response_selector:
            wire["response_selector"] = dict(self.response_selector)
        wire.update(self.attributes)
        return wire


def base(intent: str) -> str:
    """Return the intent that a label belongs to: `faq` for `faq/hours`, else the label itself."""
    return intent.split("/", 1)[0]


@dataclass(frozen=True, slots=True)
class Example:
    """A message and what a person says it means: the gold label never sits in the message.

    `intent` is the whole label (`faq/hours` for a retrieval intent), None for a text that only
    an end-to-end story contains. `source` says file and line.
    """

    message: Message
    intent: str | None
    entities: tuple[Entity, ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def base_intent(self) -> str | None:
        return base(self.intent) if self.intent else None

    @property
    def is_retrieval(self) -> bool:
        return bool(self.intent) and "/" in (self.intent or "")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A named regular expression of the NLU data."""

    name: str
    pattern: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A named list of values of the NLU data."""

    name: str
    elements: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class SentimentExample:
    """A text and how the customer who says it feels: one of `SENTIMENTS`."""

    text: str
    label: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class TrainingData:
    """All that a pipeline may learn from.

    `synonyms` maps a surface text to its canonical value. `responses` are the variations (wire
    form) of each retrieval response, by intent label (`faq/hours`).
    """

    examples: tuple[Example, ...] = ()
    synonyms: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[Pattern, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    responses: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    language: str = "en"
    sentiment: tuple[SentimentExample, ...] = ()
