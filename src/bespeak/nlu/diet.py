"""Intent and entities at once, from what the encoder and the featurizers know of a text.

This file serves: a linear model for intents, conditional random fields for entities, both plain
arrays. What learned them is loaded by name in `train` and leaves nothing else behind.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bespeak.extend import load as load_by_name
from bespeak.message import Array, Entity, Example, Intent, Message, TrainingData
from bespeak.nlu import diet_options, embedding
from bespeak.nlu.attributes import lexical
from bespeak.nlu.classifier import Classifier, Verdict
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.tagger import Tagger
from bespeak.nlu.tagging import CommaSplit, misaligned

log = logging.getLogger(__name__)

NAME = "DIETClassifier"
FAMILIARITY = "familiarity"  # in `scratch`: the share of training messages that are stranger


class DIETClassifier:
    """Say what a message wants, and which parts of it are values.

    It learns from the features of the components before it (of all, or of those that
    `featurizers` names), and from an encoder that knows English, where one is installed
    (`bespeak encoder install`). Intents need two names at least; a message without text has none.
    Confidences are calibrated on examples that were left out while learning; a message's
    `scratch["familiarity"]` is the share of those that were stranger than it is, from 0 to 1.

    `ranking_length` intents are kept (all where it is 0), whose confidences add up to 1 with
    `renormalize_confidences`. Entities have `entity`, `role` and `group` layers of tags, with
    `BILOU_flag` by place in the entity (beyond some 20 kinds of entities in thousands of
    examples without, which would take minutes). `split_entities_by_comma`, for all or by entity,
    says whether neighbours that a comma parts are two entities.

    Options that shape Rasa's network (`epochs` and the like) are accepted, without effect.
    """

    def __init__(
        self,
        *,
        intent_classification: bool = True,
        entity_recognition: bool = True,
        BILOU_flag: bool = True,
        split_entities_by_comma: bool | Mapping[str, bool] = True,
        ranking_length: int = 10,
        renormalize_confidences: bool = False,
        model_confidence: str = "softmax",
        featurizers: Sequence[str] = (),
        **network: Any,
    ) -> None:
        known = set(DIETClassifier.__init__.__kwdefaults__ or ())
        diet_options.check(NAME, network, known)
        diet_options.check_confidence(NAME, model_confidence)
        self.intent_classification = intent_classification
        self.entity_recognition = entity_recognition
        self.bilou = BILOU_flag
        self.split = CommaSplit.from_option(split_entities_by_comma)
        self.ranking_length = ranking_length
        self.renormalize = renormalize_confidences
        self.featurizers = tuple(featurizers)
        self.network = network
        self.serves_only = False
        self.encoder: Encoder | None = None
        self.classifier: Classifier | None = None
        self.tagger = Tagger()

    def train(self, data: TrainingData) -> None:
        diet_options.say(NAME, self.network)
        # Only a ResponseSelector learns from what this leaves, the sentence vectors.
        self.serves_only = not any(example.is_retrieval for example in data.examples)
        examples = [
            example
            for example in data.examples
            if example.message.text.strip() and (example.intent or example.entities)
        ]
        annotated = [trainable(example, NAME) for example in examples]
        with_entities = self.entity_recognition and any(annotated)
        self.encoder = embedding.available(NAME)
        sentences, tokens = self._encoded(examples, with_tokens=with_entities)
        self.classifier, self.tagger = None, Tagger()
        if self.intent_classification:
            self._train_intents(examples, sentences)
        if with_entities:
            warn_of_misaligned(examples, NAME)
            settings = load_by_name("bespeak.nlu.tagger_trainer.Settings")
            train = load_by_name("bespeak.nlu.tagger_trainer.train")
            self.tagger = train(
                examples, annotated, look, tokens, settings(bilou=self.bilou, thrifty=True)
            )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._understand(message) for message in messages]

    def save(self, folder: Path) -> None:
        embedding.save(self.encoder, folder)
        if self.classifier is not None:
            (folder / "intent").mkdir()
            self.classifier.save(folder / "intent")
        if self.tagger.layers:
            (folder / "entities").mkdir()
            self.tagger.save(folder / "entities")

    def load(self, folder: Path) -> None:
        self.encoder = embedding.load(folder)
        intent, entities = folder / "intent", folder / "entities"
        self.classifier = Classifier.load(intent) if intent.is_dir() else None
        self.tagger = Tagger.load(entities) if entities.is_dir() else Tagger()

    def _encoded(
        self, examples: Sequence[Example], *, with_tokens: bool
    ) -> tuple[list[Array] | None, list[Array] | None]:
        """Return sentence vectors and, if asked for, token vectors: None without an encoder."""
        if self.encoder is None:
            return None, None
        sentences: list[Array] = []
        tokens: list[Array] = []
        for example in examples:
            [encoded] = self.encoder.encode([example.message.text])
            sentences.append(encoded.sentence)
            if with_tokens:
                vectors = embedding.of_tokens(encoded, example.message)
                tokens.append(vectors.astype(np.float16))  # half the memory, and precise enough
        return sentences, tokens if with_tokens else None

    def _train_intents(self, examples: Sequence[Example], vectors: Sequence[Array] | None) -> None:
        chosen = [i for i, example in enumerate(examples) if example.base_intent]
        labels = [str(examples[i].base_intent) for i in chosen]
        if len(set(labels)) < 2:
            log.warning(
                "%s learns no intents: it needs examples of two intents at least; found %s.",
                NAME,
                ", ".join(sorted(set(labels))) or "none",
            )
            return
        self.classifier = Classifier.trained(
            [examples[i].message for i in chosen],
            [vectors[i] for i in chosen] if vectors is not None else None,
            labels,
            self.featurizers,
        )

    def _understand(self, message: Message) -> Message:
        if not message.text.strip():
            return self._with_intent(message, Verdict())
        vector = tokens = None
        if self.encoder is not None:
            [encoded] = self.encoder.encode([message.text])
            vector = encoded.sentence
            message = embedding.carrying(message, encoded)
            if self.tagger.layers and message.tokens:
                tokens = embedding.of_tokens(encoded, message)
        verdict = Verdict(familiarity=None)
        if self.classifier is not None:
            verdict = self.classifier.verdict(
                message, vector, self.ranking_length, renormalize=self.renormalize
            )
        found = self.tagger.entities(message, look, tokens, self.split, NAME)
        return replace(self._with_intent(message, verdict), entities=(*message.entities, *found))

    def _with_intent(self, message: Message, verdict: Verdict) -> Message:
        if not self.intent_classification:
            return message
        intents = tuple(Intent(name, confidence) for name, confidence in verdict.ranking)
        best = intents[0] if intents else Intent(None, 0.0)
        scratch = message.scratch
        if verdict.familiarity is not None:
            scratch = {**scratch, FAMILIARITY: verdict.familiarity}
        return replace(message, intent=best, ranking=intents, scratch=scratch)


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


def trainable(example: Example, extractor: str) -> list[Entity]:
    """Return the annotated entities that are for this extractor to learn: not another's."""
    return [entity for entity in example.entities if entity.extractor in (None, "", extractor)]


def warn_of_misaligned(examples: Sequence[Example], extractor: str) -> None:
    """Name in the log the annotations that do not begin and end where tokens do."""
    for example in examples:
        for entity in misaligned(example.message.tokens, trainable(example, extractor)):
            log.warning(
                "%s: the entity %r (%s) in %r does not begin and end where tokens do, so it cannot "
                "be learned. Annotate whole words.%s",
                extractor,
                entity.value,
                entity.name,
                example.message.text,
                f" {example.source}" if example.source else "",
            )
