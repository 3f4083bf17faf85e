"""Vectors from a pretrained language model, by the package transformers."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bespeak.errors import ExtensionError
from bespeak.extend import load_module
from bespeak.message import Array, Features, Message

log = logging.getLogger(__name__)

BATCH = 32
LONGEST = 512
"""As many word pieces of a text are read, special ones included; the rest has zeros."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A family of models: its usual weights, and the special pieces around a text."""

    weights: str
    first: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    sentence_is_first: bool = False


KINDS = {
    "bert": Kind("rasa/LaBSE", ("cls",), ("sep",), sentence_is_first=True),
    "gpt": Kind("openai-gpt"),
    "gpt2": Kind("gpt2"),
    "xlnet": Kind("xlnet-base-cased", last=("sep", "cls")),
    "distilbert": Kind("distilbert-base-uncased", ("cls",), ("sep",), sentence_is_first=True),
    "roberta": Kind("roberta-base", ("cls",), ("sep",)),
    "camembert": Kind("camembert-base", ("cls",), ("sep",)),
    "multilingual": Kind(
        "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2", ("cls",), ("sep",)
    ),
}


class LanguageModelFeaturizer:
    """A vector for each token, the mean of its word pieces', and one for the whole text.

    That is the model's own (BERT, DistilBERT), or the mean of all pieces. `multilingual` is an
    encoder of sentences in some fifty languages. `model_weights` is a name on the Hugging Face hub
    or a folder; `cache_dir` is where downloads are kept.
    """

    def __init__(
        self,
        *,
        model_name: str = "bert",
        model_weights: str | None = None,
        cache_dir: str | None = None,
        alias: str | None = None,
    ) -> None:
        if model_name not in KINDS:
            raise ExtensionError(
                f"LanguageModelFeaturizer: model_name must be one of {', '.join(KINDS)}; found "
                f"{model_name!r}."
            )
        self.kind = KINDS[model_name]
        self.origin = alias or "LanguageModelFeaturizer"
        self.tokenizer, self.model = _open(model_weights or self.kind.weights, cache_dir)
        special = {"cls": self.tokenizer.cls_token_id, "sep": self.tokenizer.sep_token_id}
        self._first = [special[name] for name in self.kind.first]
        self._last = [special[name] for name in self.kind.last]

    def process(self, messages: Sequence[Message]) -> list[Message]:
        processed: list[Message] = []
        for start in range(0, len(messages), BATCH):
            processed.extend(self._featurize(messages[start : start + BATCH]))
        return processed

    def _featurize(self, messages: Sequence[Message]) -> list[Message]:
        texts = [
            [self.tokenizer.encode(token.text, add_special_tokens=False) for token in m.tokens]
            for m in messages
        ]
        room = LONGEST - len(self._first) - len(self._last)
        pieces = [[piece for word in words for piece in word][:room] for words in texts]
        if not any(pieces):
            return list(messages)
        vectors = self._vectors([[*self._first, *row, *self._last] for row in pieces])
        return [
            replace(message, features=(*message.features, self._pooled(words, len(row), states)))
            if row
            else message
            for message, words, row, states in zip(messages, texts, pieces, vectors, strict=True)
        ]

    def _vectors(self, rows: Sequence[Sequence[int]]) -> Array:
        padded = self.tokenizer.pad({"input_ids": rows}, padding_side="right", return_tensors="pt")
        states = self.model(
            input_ids=padded["input_ids"], attention_mask=padded["attention_mask"]
        ).last_hidden_state
        vectors: Array = states.float().numpy()
        return vectors

    def _pooled(self, words: Sequence[Sequence[int]], read: int, states: Array) -> Features:
        pieces = states[len(self._first) : len(self._first) + read]
        tokens = np.zeros((len(words), states.shape[1]), np.float32)
        end = 0
        for i, word in enumerate(words):
            start, end = end, end + len(word)
            if start < min(end, read):
                tokens[i] = pieces[start:end].mean(axis=0)
        whole = states[0] if self.kind.sentence_is_first else pieces.mean(axis=0)
        return Features(self.origin, tokens, whole[np.newaxis])


def _open(weights: str, cache_dir: str | None) -> tuple[Any, Any]:
    transformers = load_module("transformers", extra="transformers")
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(weights, cache_dir=cache_dir)
        model = transformers.AutoModel.from_pretrained(weights, cache_dir=cache_dir)
    except ImportError as error:
        raise ExtensionError(
            "LanguageModelFeaturizer: transformers needs PyTorch. Install it with: pip install "
            f"torch. {error}"
        ) from error
    except (OSError, ValueError) as error:
        raise ExtensionError(
            f"LanguageModelFeaturizer: the weights {weights!r} cannot be had: {error} Download "
            f"them where there is a network, with: hf download {weights}; or set model_weights to "
            "a folder that holds them."
        ) from error
    model.requires_grad_(False)
    model.eval()
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.unk_token
    return tokenizer, model
