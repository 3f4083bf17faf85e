"""How a message sounds, negative, neutral or positive, learned from a project's examples.

A linear model on what the encoder knows of the text and on how it is said. It judges the feeling
and not the things: a broken lamp is neutral where the examples have neutral broken lamps.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.errors import ModelError
from bespeak.extend import load as load_by_name
from bespeak.message import Array, Message, SentimentExample, TrainingData
from bespeak.nlu import embedding
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.intent_head import IntentHead
from bespeak.nlu.sentiment_features import EMPHASIS, SentimentFeatures

log = logging.getLogger(__name__)

NAME = "SentimentClassifier"


class SentimentClassifier:
    """Add `sentiment` to the parse data: `label`, and `score` from -1 (negative) to 1 (positive).

    It learns from the examples under `sentiment:` in the NLU data, of two labels at least: from
    their words and signs and, where an encoder is installed, from their meaning. The score is the
    probability of `positive` less that of `negative`, both calibrated on examples that were left
    out while learning. `encoder` names one other than the usual, where no component before this one
    reads with one. A message without text has no sentiment, nor has a shortcut (`/intent`).
    """

    serves_only = True
    learns_sentiment = True  # trained anew when those examples change, the others are not

    def __init__(self, *, encoder: str | None = None) -> None:
        self.encoder_name = embedding.named(NAME, encoder)
        self.encoder: Encoder | None = None
        self.features = SentimentFeatures()
        self.head: IntentHead | None = None
        self._understand: Callable[[Sequence[Message]], list[Message]] = list

    @property
    def learned_with(self) -> str | None:
        """What the fingerprint tells: what was learned on another encoder is old."""
        return embedding.fingerprint(self.encoder_name)

    def understand_with(self, understand: Callable[[Sequence[Message]], list[Message]]) -> None:
        self._understand = understand

    def train(self, data: TrainingData) -> None:
        self.encoder, self.head, self.features = None, None, SentimentFeatures()
        examples = [example for example in data.sentiment if example.text.strip()]
        labels = [example.label for example in examples]
        if len(set(labels)) < 2:
            log.warning(
                "%s learns nothing: it needs examples of two labels at least under 'sentiment:'; "
                "found %s.",
                NAME,
                ", ".join(sorted(set(labels))) or "none",
            )
            return
        vectors = self._vectors(examples)
        self.features = SentimentFeatures.learned([example.text for example in examples])
        rows = [
            self.features.row(example.text, vectors[i] if vectors else None)
            for i, example in enumerate(examples)
        ]
        fit = load_by_name("bespeak.nlu.intent_trainer.fit")
        self.head = fit(rows, labels, self.features.width)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._judge(message) for message in messages]

    def save(self, folder: Path) -> None:
        embedding.save(self.encoder, folder)
        if self.head is not None:
            self.head.save(folder)
            rarity = json.dumps(self.features.rarity)
            (folder / "sentiment.json").write_text(rarity, encoding="utf-8")

    def load(self, folder: Path) -> None:
        self.encoder = embedding.load(folder)
        self.head, self.features = None, SentimentFeatures()
        if not (folder / "sentiment.json").is_file():
            return
        try:
            rarity = json.loads((folder / "sentiment.json").read_text(encoding="utf-8"))
            self.features = SentimentFeatures(
                {str(run): float(rare) for run, rare in rarity.items()}
            )
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise ModelError(
                f"What {str(folder)!r} says of sentiment cannot be read: {error}. "
                "Train the model again."
            ) from error
        self.head = IntentHead.load(folder)

    def _vectors(self, examples: Sequence[SentimentExample]) -> list[Array] | None:
        """Return the examples' vectors as they will be while serving; None without an encoder.

        That is by the encoder of the components before this one, if they leave vectors, or else by
        one of our own.
        """
        messages = [Message(example.text) for example in examples]
        encoder = embedding.carried(self._understand(messages[:1]))
        if encoder is None:
            encoder = self.encoder = embedding.available(NAME, self.encoder_name)
            if encoder is None:
                return None
        return [embedding.sentence_at_both(message, encoder)[1] for message in messages]

    def _judge(self, message: Message) -> Message:
        if self.head is None or not message.text.strip():
            return message
        vector = None
        if len(self.head.dense) > EMPHASIS:
            message, vector = embedding.sentence_at_both(message, self.encoder)
        confidences = self.head.confidences(self.features.row(message.text, vector)).tolist()
        sure = dict(zip(self.head.labels, confidences, strict=True))
        score = sure.get("positive", 0.0) - sure.get("negative", 0.0)
        sentiment = {"label": max(sure, key=lambda label: sure[label]), "score": round(score, 4)}
        return replace(message, attributes={**message.attributes, "sentiment": sentiment})
