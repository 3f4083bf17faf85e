"""Which response of a retrieval intent answers a message: `faq/hours`, `chitchat/name` …"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bespeak.errors import ExtensionError, ModelError
from bespeak.message import Array, Message, TrainingData, base
from bespeak.nlu import diet_options, embedding
from bespeak.nlu.classifier import Classifier
from bespeak.nlu.component import INTENT_ONLY
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.intent_head import ranked
from bespeak.nlu.prototypes import Prototypes

log = logging.getLogger(__name__)

NAME = "ResponseSelector"
DEFAULT = "default"  # the selector that serves all retrieval intents


class ResponseSelector:
    """Rank the responses of `retrieval_intent`, or of all retrieval intents where it is not named.

    It learns which texts ask for which response, by their features and, where an encoder is
    installed, by how much they mean the same as a response's examples and its own words: two
    examples a response do. With `use_text_as_label` the words of the responses are examples, too.
    What it finds is in the parse data's `response_selector`, under the retrieval intent's name or
    `default`; a message with that intent has the response's full name.

    `encoder` names one other than the usual, where no component before this one reads with one.
    `ranking_length` responses are listed (all where it is 0), whose confidences add up to 1 with
    `renormalize_confidences`. Options that shape Rasa's network are accepted, without effect.
    """

    serves_only = True

    def __init__(
        self,
        *,
        retrieval_intent: str | None = None,
        use_text_as_label: bool = False,
        ranking_length: int = 10,
        renormalize_confidences: bool = False,
        model_confidence: str = "softmax",
        featurizers: Sequence[str] = (),
        encoder: str | None = None,
        **network: Any,
    ) -> None:
        diet_options.check(NAME, network, set(ResponseSelector.__init__.__kwdefaults__ or ()))
        diet_options.check_confidence(NAME, model_confidence)
        if retrieval_intent is not None and not isinstance(retrieval_intent, str):
            raise ExtensionError(
                f"{NAME}: retrieval_intent must be an intent's name; found {retrieval_intent!r}."
            )
        self.retrieval_intent = retrieval_intent
        self.use_text_as_label = use_text_as_label
        self.ranking_length = ranking_length
        self.renormalize = renormalize_confidences
        self.featurizers = tuple(featurizers)
        self.encoder_name = embedding.named(NAME, encoder)
        self.network = network
        self.encoder: Encoder | None = None
        self.classifier: Classifier | None = None
        self.prototypes: Prototypes | None = None
        self.retrieval_intents: tuple[str, ...] = ()
        self.responses: Mapping[str, Sequence[Mapping[str, Any]]] = {}

    @property
    def learned_with(self) -> str | None:
        """What the fingerprint tells: what was learned on another encoder is old."""
        return embedding.fingerprint(self.encoder_name)

    def train(self, data: TrainingData) -> None:
        diet_options.say(NAME, self.network)
        asked = [example for example in data.examples if example.is_retrieval]
        self.retrieval_intents = tuple(sorted({str(each.base_intent) for each in asked}))
        self.responses = data.responses
        self.encoder, self.classifier, self.prototypes = None, None, None
        chosen = [
            example
            for example in asked
            if self.retrieval_intent in (None, example.base_intent) and example.message.text.strip()
        ]
        if not chosen:
            if self.retrieval_intent is not None:
                log.warning(
                    "%s has nothing to learn: no example has an intent like '%s/…'. Known: %s.",
                    NAME,
                    self.retrieval_intent,
                    ", ".join(self.retrieval_intents) or "none",
                )
            return
        labels = [str(example.intent) for example in chosen]
        messages = [example.message for example in chosen]
        spoken = self._spoken(set(labels))
        answers = [Message(text) for _, text in spoken]
        vectors = self._vectors(messages, answers)
        if vectors is not None:
            said = dict(zip((label for label, _ in spoken), vectors[len(labels) :], strict=True))
            self.prototypes = Prototypes.learned(vectors[: len(labels)], labels, said)
        if self.use_text_as_label:
            messages += answers
            labels += [label for label, _ in spoken]
        self.classifier = Classifier.trained(
            messages, vectors and vectors[: len(labels)], labels, self.featurizers
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            self._select(message) if self._is_wanted(message) else message for message in messages
        ]

    def save(self, folder: Path) -> None:
        known = {"retrieval_intents": self.retrieval_intents, "responses": self.responses}
        (folder / "responses.json").write_text(json.dumps(known), encoding="utf-8")
        embedding.save(self.encoder, folder)
        if self.classifier is not None:
            (folder / "classifier").mkdir()
            self.classifier.save(folder / "classifier")
        if self.prototypes is not None:
            self.prototypes.save(folder)

    def load(self, folder: Path) -> None:
        try:
            known = json.loads((folder / "responses.json").read_text(encoding="utf-8"))
            self.retrieval_intents = tuple(known["retrieval_intents"])
            self.responses = known["responses"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The responses in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error
        self.encoder = embedding.load(folder)
        learned = folder / "classifier"
        self.classifier = Classifier.load(learned) if learned.is_dir() else None
        with_prototypes = (folder / "prototypes.json").is_file()
        self.prototypes = Prototypes.load(folder) if with_prototypes else None

    def _spoken(self, labels: set[str]) -> list[tuple[str, str]]:
        """Return what each response says, by its label: the last variation with a text."""
        spoken = []
        for label in sorted(labels):
            texts = [
                str(each["text"]) for each in self.responses.get(label, ()) if each.get("text")
            ]
            if texts:
                spoken.append((label, texts[-1]))
        return spoken

    def _vectors(self, asked: Sequence[Message], answers: Sequence[Message]) -> list[Array] | None:
        """Return the sentence vectors of both: those that were left for us, or our own."""
        encoder = embedding.carried(asked)
        if encoder is None:
            encoder = self.encoder = embedding.available(NAME, self.encoder_name)
            if encoder is None:
                return None
        return [embedding.sentence(message, encoder)[1] for message in (*asked, *answers)]

    def _ranking(self, message: Message) -> tuple[Message, list[tuple[str, float]]]:
        """Return the likeliest responses, best first; the message may carry its vector now."""
        if self.classifier is None or not message.text.strip():
            return message, []
        vector = None
        if self.classifier.needs_vector:
            message, vector = embedding.sentence(message, self.encoder)
        ranking = self.classifier.ranking(message, vector, 0)
        if self.prototypes is not None and vector is not None:
            ranking = self.prototypes.weighed(ranking, vector)
        labels, confidences = [label for label, _ in ranking], [sure for _, sure in ranking]
        shares = np.array(confidences, np.float32)
        return message, ranked(labels, shares, self.ranking_length, renormalize=self.renormalize)

    def _is_wanted(self, message: Message) -> bool:
        """Say whether to look for a response: of an intent alone, the full name is a part."""
        if not message.scratch.get(INTENT_ONLY):
            return True
        served = (self.retrieval_intent,) if self.retrieval_intent else self.retrieval_intents
        return message.intent is not None and message.intent.name in served

    def _select(self, message: Message) -> Message:
        message, ranking = self._ranking(message)
        label, confidence = ranking[0] if ranking else (None, 0.0)
        responses = [dict(each) for each in self.responses.get(label or "", ())]
        if label and not responses:
            responses = [{"text": label}]  # it has examples, but nobody wrote what to say
        selected = {
            "response": {
                "responses": responses or None,
                "confidence": confidence,
                "intent_response_key": label,
                "utter_action": f"utter_{label}",
            },
            "ranking": [
                {"confidence": sure, "intent_response_key": name} for name, sure in ranking
            ],
        }
        found = {
            **message.response_selector,
            "all_retrieval_intents": list(self.retrieval_intents),
            self.retrieval_intent or DEFAULT: selected,
        }
        intent = message.intent
        if intent is not None and label is not None and base(label) == intent.name:
            intent = replace(intent, full_name=label)
        return replace(message, response_selector=found, intent=intent)
