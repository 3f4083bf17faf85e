"""Bag of words and of character n-grams."""

import json
import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from bespeak.errors import ExtensionError
from bespeak.extend import load
from bespeak.message import Features, Message, Token, TrainingData
from bespeak.nlu.ngrams import (
    Analyzer,
    characters,
    characters_in_words,
    stripping,
    words,
)
from bespeak.nlu.options import without_effect
from bespeak.nlu.sparse import counted

log = logging.getLogger(__name__)

NUMBER = re.compile(r"\b[0-9]+\b")


class CountVectorsFeaturizer:
    """How often each piece of the training data's vocabulary occurs, by token and in the whole.

    A piece is a run of `min_ngram` to `max_ngram` words (`analyzer: word`), of characters
    (`char`) or of characters within words (`char_wb`). All numbers are one word, `__NUMBER__`.
    The vocabulary holds pieces that at least `min_df` and at most `max_df` texts contain (a whole
    number of texts, or a fraction of them), the `max_features` most frequent if given.

    With `analyzer: word`, `OOV_token` stands for words that training has not seen, if training has
    seen the token itself, or one of the `OOV_words` in its place. `use_shared_vocab` takes the
    pieces of responses and of intents' names into the vocabulary.
    """

    def __init__(
        self,
        *,
        analyzer: str = "word",
        min_ngram: int = 1,
        max_ngram: int = 1,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        max_features: int | None = None,
        lowercase: bool = True,
        strip_accents: str | None = None,
        stop_words: str | Sequence[str] | None = None,
        OOV_token: str | None = None,
        OOV_words: str | Sequence[str] = (),
        use_shared_vocab: bool = False,
        use_lemma: bool = True,
        alias: str | None = None,
    ) -> None:
        _check("analyzer", analyzer, ("word", "char", "char_wb"))
        _check("strip_accents", strip_accents, ("ascii", "unicode", None))
        if isinstance(stop_words, str):
            _check("stop_words", stop_words, ("english",))
        if not 1 <= min_ngram <= max_ngram:
            raise ExtensionError(
                "CountVectorsFeaturizer: min_ngram must be at least 1 and at most max_ngram; found "
                f"{min_ngram} and {max_ngram}."
            )
        self.analyzer = analyzer
        self.min_ngram, self.max_ngram = min_ngram, max_ngram
        self.min_df, self.max_df, self.max_features = min_df, max_df, max_features
        self.lowercase, self.strip_accents = lowercase, strip_accents
        self.use_shared_vocab, self.use_lemma = use_shared_vocab, use_lemma
        self.origin = alias or "CountVectorsFeaturizer"
        self.stop_words = stop_words
        by_word = analyzer == "word"
        fold = str.lower if lowercase else str
        self.oov_token = fold(OOV_token) if OOV_token and by_word else None
        listed = [OOV_words] if isinstance(OOV_words, str) else OOV_words
        self.oov_words = frozenset(map(fold, listed)) if self.oov_token else frozenset()
        without_effect(
            "CountVectorsFeaturizer",
            f"it is for words, and the analyzer is {analyzer!r}.",
            OOV_token=not by_word and OOV_token is not None,
            stop_words=not by_word and stop_words is not None,
        )
        without_effect(
            "CountVectorsFeaturizer",
            "it needs an OOV_token.",
            OOV_words=bool(listed) and not OOV_token,
        )
        self.vocabulary: dict[str, int] = {}
        self._left_out: frozenset[str] = frozenset()
        self._analyze = self._analyzer()

    def train(self, data: TrainingData) -> None:
        self.vocabulary = {}
        if isinstance(self.stop_words, str):
            self._left_out = load("sklearn.feature_extraction.text.ENGLISH_STOP_WORDS")
        else:
            self._left_out = frozenset(self.stop_words or ())
        self._analyze = self._analyzer()
        texts = [" ".join(self._words(example.message.tokens)) for example in data.examples]
        if self.use_shared_vocab:
            texts.extend(self._texts_of_labels(data))
        self.vocabulary = self._most_telling([Counter(self._analyze(text)) for text in texts])
        if self.oov_token and self.oov_token not in self.vocabulary:
            log.warning(
                "CountVectorsFeaturizer: no example has the OOV_token %r: unseen words are left "
                "out. Put the token in some examples, or give OOV_words.",
                self.oov_token,
            )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._featurize(message) for message in messages]

    def save(self, folder: Path) -> None:
        learned = {"vocabulary": list(self.vocabulary), "stop_words": sorted(self._left_out)}
        (folder / "vocabulary.json").write_text(json.dumps(learned), "utf-8")

    def load(self, folder: Path) -> None:
        learned = json.loads((folder / "vocabulary.json").read_text("utf-8"))
        self.vocabulary = {piece: column for column, piece in enumerate(learned["vocabulary"])}
        self._left_out = frozenset(learned["stop_words"])
        self._analyze = self._analyzer()

    def _featurize(self, message: Message) -> Message:
        if not self.vocabulary or not message.tokens:
            return message
        spoken = self._words(message.tokens)
        columns = [self._columns(word) for word in spoken]
        if self.analyzer == "char_wb" or (self.analyzer == "word" and self.max_ngram == 1):
            whole = list(chain.from_iterable(columns))  # no piece crosses a word's edge
        else:
            whole = self._columns(" ".join(spoken))
        width = len(self.vocabulary)
        features = Features(self.origin, counted(columns, width), counted([whole], width))
        return replace(message, features=(*message.features, features))

    def _words(self, tokens: Iterable[Token]) -> list[str]:
        """Return the tokens as they are counted."""
        found = [(token.lemma or token.text) if self.use_lemma else token.text for token in tokens]
        found = [NUMBER.sub("__NUMBER__", word) for word in found]
        if self.lowercase:
            found = [word.lower() for word in found]
        if self.oov_token and self.oov_token in self.vocabulary:
            return [word if word in self.vocabulary else self.oov_token for word in found]
        if self.oov_token and not self.vocabulary:
            return [self.oov_token if word in self.oov_words else word for word in found]
        return found

    def _columns(self, text: str) -> list[int]:
        """Return the column of each piece that the vocabulary has, as often as it occurs."""
        column_of = self.vocabulary.get
        return [column for piece in self._analyze(text) if (column := column_of(piece)) is not None]

    def _analyzer(self) -> Analyzer:
        match self.analyzer:
            case "word":
                analyze = words(self.min_ngram, self.max_ngram, self._left_out)
            case "char":
                analyze = characters(self.min_ngram, self.max_ngram)
            case _:
                analyze = characters_in_words(self.min_ngram, self.max_ngram)
        plain = stripping(self.strip_accents)
        return (lambda text: analyze(plain(text))) if plain else analyze

    def _most_telling(self, texts: Sequence[Counter[str]]) -> dict[str, int]:
        """Return the vocabulary, in alphabetical order, that `min_df` and the others leave."""
        in_texts: Counter[str] = Counter()
        total: Counter[str] = Counter()
        for text in texts:
            in_texts.update(text.keys())
            total.update(text)
        least = self.min_df if isinstance(self.min_df, int) else self.min_df * len(texts)
        most = self.max_df if isinstance(self.max_df, int) else self.max_df * len(texts)
        kept = sorted(piece for piece, count in in_texts.items() if least <= count <= most)
        if self.max_features is not None:
            kept = sorted(sorted(kept, key=lambda piece: -total[piece])[: self.max_features])
        if not kept:
            log.warning(
                "CountVectorsFeaturizer: no piece of the training data is left by min_df, max_df "
                "and stop_words: it adds no features."
            )
        return {piece: column for column, piece in enumerate(kept)}

    def _texts_of_labels(self, data: TrainingData) -> list[str]:
        intents = {example.intent for example in data.examples if example.intent}
        responses = [
            str(variation["text"])
            for variations in data.responses.values()
            for variation in variations
            if variation.get("text")
        ]
        fold = str.lower if self.lowercase else str
        return [*sorted(intents), *(fold(NUMBER.sub("__NUMBER__", text)) for text in responses)]


def _check(option: str, value: object, allowed: Sequence[object]) -> None:
    if value not in allowed:
        raise ExtensionError(
            f"CountVectorsFeaturizer: {option} must be one of "
            f"{', '.join(str(each) for each in allowed)}; found {value!r}."
        )
