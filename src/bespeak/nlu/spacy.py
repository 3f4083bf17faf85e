"""What spaCy says of a text: its words, their vectors, its names.

A pipeline package such as en_core_web_md is needed for vectors and names only. Where it is not
installed, spaCy's rules for the language do for the words alone.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bespeak.errors import ExtensionError, ModelError
from bespeak.extend import load_module
from bespeak.message import Array, Entity, Features, Message, Token, TrainingData
from bespeak.nlu.tokenizers import say_that_labels_stay_whole, split_further, token_regex

log = logging.getLogger(__name__)

READING = "spacy"
"""The key under which `SpacyNLP` leaves a `Reading` in a message's `scratch`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """spaCy's document of a text, and the pipeline that made it.

    `as_written` says whether the pipeline saw upper and lower case as they are in the text.
    """

    document: Any
    nlp: Any
    as_written: bool


class SpacyNLP:
    """Read each message with spaCy, for the components after this one.

    `model` is a pipeline package, or a language such as `en`, which needs none; without it the
    project's language is taken. Upper and lower case count if `case_sensitive`.
    """

    def __init__(self, *, model: str | None = None, case_sensitive: bool = False) -> None:
        self.model = model
        self.case_sensitive = case_sensitive
        self.spacy: Any = load_module("spacy", extra="spacy")
        self.nlp: Any = None
        self.language = ""

    def train(self, data: TrainingData) -> None:
        self.language = data.language
        self._open()

    def process(self, messages: Sequence[Message]) -> list[Message]:
        if self.nlp is None:
            self._open()
        documents = self.nlp.pipe(self._read(message.text) for message in messages)
        return [
            replace(
                message,
                scratch={
                    **message.scratch,
                    READING: Reading(document, self.nlp, document.text == message.text),
                },
            )
            for message, document in zip(messages, documents, strict=True)
        ]

    def save(self, folder: Path) -> None:
        learned = {"language": self.language, "package": self.nlp.path is not None}
        (folder / "spacy.json").write_text(json.dumps(learned), "utf-8")

    def load(self, folder: Path) -> None:
        learned = json.loads((folder / "spacy.json").read_text("utf-8"))
        self.language = learned["language"]
        self._open()
        if learned["package"] and self.nlp.path is None:
            raise ModelError(
                f"The model was trained with the spaCy package {self.model!r}, which is not "
                f"installed here. {install_line(self.model or '')}"
            )

    def _open(self) -> None:
        name = self.model or self.language
        if not name:
            raise ExtensionError("SpacyNLP: name a model, such as 'en_core_web_md'.")
        try:
            self.nlp = self.spacy.load(name, disable=["parser"])
            return
        except OSError:
            language = name.partition("_")[0]
        try:
            self.nlp = self.spacy.blank(language)
        except ImportError:
            raise ExtensionError(
                f"SpacyNLP: spaCy knows no model and no language {name!r}."
            ) from None
        self.nlp.meta["name"] = name
        if name != language:
            log.warning(
                "SpacyNLP: the package %r is not installed: texts are split into words by spaCy's "
                "rules for %r, without vectors, parts of speech and names. %s",
                name,
                language,
                install_line(name),
            )

    def _read(self, text: str) -> str:
        # A letter may become two in lower case: offsets must stay those of the text.
        lower = text if self.case_sensitive else text.lower()
        return lower if len(lower) == len(text) else text


class SpacyTokenizer:
    """spaCy's words, with lemma and part of speech where a package gives them."""

    def __init__(
        self,
        *,
        intent_tokenization_flag: bool = False,
        intent_split_symbol: str = "_",
        token_pattern: str | None = None,
        prefix_separator_symbol: str | None = None,
    ) -> None:
        self.pattern = token_regex("SpacyTokenizer", token_pattern)
        say_that_labels_stay_whole(
            "SpacyTokenizer", intent_tokenization_flag, intent_split_symbol, prefix_separator_symbol
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [replace(message, tokens=self._tokens(message)) for message in messages]

    def _tokens(self, message: Message) -> tuple[Token, ...]:
        words = [
            Token(
                message.text[word.idx : word.idx + len(word)],
                word.idx,
                word.idx + len(word),
                lemma=word.lemma_,
                pos=word.tag_,
            )
            for word in spoken(read_by_spacy("SpacyTokenizer", message))
        ]
        return split_further(words, self.pattern)


class SpacyFeaturizer:
    """spaCy's word vectors, and their mean or maximum (`pooling`) for the whole text."""

    def __init__(self, *, pooling: str = "mean", alias: str | None = None) -> None:
        if pooling not in ("mean", "max"):
            raise ExtensionError(
                f"SpacyFeaturizer: pooling must be 'mean' or 'max'; found {pooling!r}."
            )
        self.pooling = pooling
        self.origin = alias or "SpacyFeaturizer"

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._featurize(message) for message in messages]

    def _featurize(self, message: Message) -> Message:
        reading = read_by_spacy("SpacyFeaturizer", message)
        if reading.nlp.vocab.vectors_length == 0:
            raise ExtensionError(
                "SpacyFeaturizer needs a spaCy package with word vectors, such as "
                f"'en_core_web_md', as the model of SpacyNLP. {install_line('en_core_web_md')}"
            )
        words = spoken(reading)
        if not words:
            return message
        vectors = np.array([word.vector for word in words], dtype=np.float32)
        features = Features(self.origin, vectors, _pooled(vectors, self.pooling))
        return replace(message, features=(*message.features, features))


class SpacyEntityExtractor:
    """spaCy's names of persons, places and others, as entities called by their kind.

    `dimensions` are the kinds that count, such as `PERSON` and `GPE`; None means all.
    """

    serves_only = True

    def __init__(self, *, dimensions: Sequence[str] | None = None) -> None:
        self.dimensions = None if dimensions is None else frozenset(dimensions)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._extract(message) for message in messages]

    def _extract(self, message: Message) -> Message:
        reading = read_by_spacy("SpacyEntityExtractor", message)
        if not {"ner", "entity_ruler"} & set(reading.nlp.pipe_names):
            raise ExtensionError(
                "SpacyEntityExtractor needs a spaCy package that finds names, such as "
                f"'en_core_web_md', as the model of SpacyNLP. {install_line('en_core_web_md')}"
            )
        # Names are told by their capitals, so the text is read again if these were taken away.
        document = reading.document if reading.as_written else reading.nlp(message.text)
        found = [
            Entity(
                name.label_,
                name.text,
                name.start_char,
                name.end_char,
                extractor="SpacyEntityExtractor",
                extra={"confidence": None},
            )
            for name in document.ents
            if self.dimensions is None or name.label_ in self.dimensions
        ]
        return replace(message, entities=(*message.entities, *found))


def install_line(package: str) -> str:
    """Return the sentence that says how a pipeline package is installed."""
    return f"Install it with: python -m spacy download {package}."


def read_by_spacy(component: str, message: Message) -> Reading:
    """Return what `SpacyNLP` left."""
    reading = message.scratch.get(READING)
    if not isinstance(reading, Reading):
        raise ExtensionError(f"{component} needs SpacyNLP before it in the pipeline.")
    return reading


def spoken(reading: Reading) -> list[Any]:
    """Return the document's words, without what is only blanks."""
    return [word for word in reading.document if word.text.strip()]


def _pooled(vectors: Array, pooling: str) -> Array:
    """Return one row for all words but those without a vector."""
    known = vectors[np.any(vectors, axis=1)]
    if not len(known):
        return np.zeros((1, vectors.shape[1]), np.float32)
    pooled: Array = known.max(axis=0) if pooling == "max" else known.mean(axis=0)
    return pooled[np.newaxis]
