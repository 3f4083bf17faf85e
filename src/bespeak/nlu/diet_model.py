"""What DIETClassifier learned, as it serves: numpy and ONNX Runtime alone, whoever trained it.

An encoder reads a text once. Its own upper layers, or those that the project trained (`top`), go
on from there; a linear model tells intents from the vectors of either or both and from the
featurizers' counts, conditional random fields tell entities.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bespeak.errors import ModelError
from bespeak.message import Array, Entity, Message
from bespeak.nlu import embedding
from bespeak.nlu.attributes import lexical
from bespeak.nlu.classifier import Classifier, Verdict
from bespeak.nlu.component import INTENT_ONLY
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.encoder.top import Top
from bespeak.nlu.tagger import Tagger
from bespeak.nlu.tagging import CommaSplit

FILE = "understanding.json"


@dataclass(frozen=True, slots=True)
class Listing:
    """How many intents are listed (0: all), and whether those that are add up to 1."""

    length: int = 10
    renormalize: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """The message, with what components behind may use; what it wants; what it names."""

    message: Message
    verdict: Verdict
    entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, eq=False)
class DietModel:
    """`general` says that the encoder's own sentence vector is made as well as `top`'s: the
    classifier learned from it, or a component behind does."""

    encoder: Encoder | None = None
    top: Top | None = None
    classifier: Classifier | None = None
    tagger: Tagger = field(default_factory=Tagger)
    general: bool = True

    def judge(
        self, message: Message, listing: Listing, split: CommaSplit, extractor: str
    ) -> Judgement:
        """Return what is understood of a message that has a text."""
        message, vector, tokens = self._read(message)
        verdict = Verdict(familiarity=None)
        if self.classifier is not None:
            if vector is not None:
                vector = vector[: self.classifier.features.vector]
            verdict = self.classifier.verdict(
                message, vector, listing.length, renormalize=listing.renormalize
            )
        if message.scratch.get(INTENT_ONLY):
            return Judgement(message, verdict)
        found = self.tagger.entities(message, look, tokens, split, extractor)
        return Judgement(message, verdict, found)

    def carrying(self, message: Message) -> Message:
        """Return the message with the encoder's own vectors, if components behind want them."""
        if self.encoder is None or not self.general or not message.text.strip():
            return message
        [encoded] = self.encoder.encode([message.text])
        return embedding.carrying(message, encoded, self.encoder)

    def _read(self, message: Message) -> tuple[Message, Array | None, Array | None]:
        """Return the message with its vector, what intents are told by, the tokens' vectors."""
        if self.encoder is None:
            return message, None, None
        begun = self.encoder.begin(message.text)
        vectors, tokens = [], None
        wanted = not message.scratch.get(INTENT_ONLY)
        tagging = bool(wanted and self.tagger.layers and message.tokens)
        if self.top is not None:
            own = self.encoder.finish(begun, self.top.session)
            vectors.append(own.sentence)
            tokens = embedding.of_tokens(own, message) if tagging else None
        if self.general:
            encoded = self.encoder.finish(begun)
            vectors.append(encoded.sentence)
            message = embedding.carrying(message, encoded, self.encoder)
            if tagging and self.top is None:
                tokens = embedding.of_tokens(encoded, message)
        return message, np.concatenate(vectors), tokens

    def save(self, folder: Path) -> None:
        embedding.save(self.encoder, folder)
        (folder / FILE).write_text(json.dumps({"general": self.general}), encoding="utf-8")
        if self.top is not None:
            self.top.save(folder)
        if self.classifier is not None:
            (folder / "intent").mkdir()
            self.classifier.save(folder / "intent")
        if self.tagger.layers:
            (folder / "entities").mkdir()
            self.tagger.save(folder / "entities")

    @classmethod
    def load(cls, folder: Path) -> "DietModel":
        """Read what `save` wrote."""
        try:
            general = True  # as in archives from before there was the file
            if (folder / FILE).is_file():
                described = json.loads((folder / FILE).read_text(encoding="utf-8"))
                general = bool(described["general"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"What DIETClassifier learned cannot be read in {str(folder)!r}: {error}. "
                "Train the model again."
            ) from error
        intent, entities = folder / "intent", folder / "entities"
        return cls(
            encoder=embedding.load(folder),
            top=Top.load(folder),
            classifier=Classifier.load(intent) if intent.is_dir() else None,
            tagger=Tagger.load(entities) if entities.is_dir() else Tagger(),
            general=general,
        )


def look(message: Message, names: Sequence[str] | None) -> list[list[str]]:
    """Return the tokens' attributes: their looks, the patterns that touch them, their entities."""
    patterns = message.scratch.get("patterns")
    if patterns is None and names is None:
        return lexical(message.tokens)
    extra = [[f"re={name}" for name in touching] for touching in patterns or ()]
    extra = extra or [[] for _ in message.tokens]
    for strings, name in zip(extra, names or (), strict=False):
        strings.append(f"e={name}")
    return lexical(message.tokens, extra)
