"""Intent and entities at once, from what the encoder and the featurizers know of a text.

What it learned serves in `diet_model`; what learns it (`diet_trainer`) is loaded by name in
`train`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bespeak.extend import load as load_by_name
from bespeak.message import Example, Intent, Message, TrainingData
from bespeak.nlu import diet_options, embedding, presets
from bespeak.nlu.classifier import Verdict
from bespeak.nlu.diet_model import DietModel, Listing
from bespeak.nlu.fallback import FAMILIARITY
from bespeak.nlu.presets import Budget, Preset, Progress, silent
from bespeak.nlu.tagging import CommaSplit, trainable, warn_of_misaligned

log = logging.getLogger(__name__)

NAME = "DIETClassifier"
FORMAT = 5  # of what is learned: a change trains anew


class DIETClassifier:
    """Say what a message wants, and which parts of it are values.

    It learns from the features of the components before it (of all, or of those that
    `featurizers` names), and from an encoder that knows English, where one is installed
    (`bespeak encoder install`), or that `encoder` names (on the hub, where it was installed by that
    name, or a folder). Intents need two names at least; a message without text has none.
    Confidences are calibrated on examples that were left out while learning; a message's
    `scratch["familiarity"]` is the share of those that were stranger than it is, from 0 to 1.

    `ranking_length` intents are kept (all where it is 0), whose confidences add up to 1 with
    `renormalize_confidences`. Entities have `entity`, `role` and `group` layers of tags, with
    `BILOU_flag` by place in the entity (beyond some 20 kinds of entities in thousands of
    examples without, which would take minutes). `split_entities_by_comma`, for all or by entity,
    says whether neighbours that a comma parts are two entities.

    `preset` says how much to spend on learning: `draft` trains linear models on the encoder as it
    is, `balanced` fine-tunes the encoder's two upper layers, `best` four, which takes two to four
    times as long; `auto` is `balanced` where there are examples enough and PyTorch is installed.
    Fine-tuning ends after `max_seconds`, uses `threads` cores, and does the same for the same
    `random_seed`.

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
        encoder: str | None = None,
        preset: Preset = "auto",
        max_seconds: float | None = None,
        threads: int = 1,
        random_seed: int | None = None,
        **network: Any,
    ) -> None:
        known = set(DIETClassifier.__init__.__kwdefaults__ or ())
        diet_options.check(NAME, network, known)
        diet_options.check_confidence(NAME, model_confidence)
        budget = Budget(preset, max_seconds, threads, random_seed or 0)
        self.budget = presets.checked(NAME, budget)
        self.intent_classification = intent_classification
        self.entity_recognition = entity_recognition
        self.bilou = BILOU_flag
        self.split = CommaSplit.from_option(split_entities_by_comma)
        self.listing = Listing(ranking_length, renormalize_confidences)
        self.featurizers = tuple(featurizers)
        self.encoder = embedding.named(NAME, encoder)
        self.network = network
        self.serves_only = False
        self.report: Progress = silent
        self.learned = DietModel()

    @property
    def learned_with(self) -> str:
        """What the fingerprint tells: what was learned otherwise, without PyTorch or on another
        encoder, is old."""
        learned = f"{FORMAT} {presets.strongest(self.budget.preset)}"
        encoder = embedding.fingerprint(self.encoder)
        return learned if encoder is None else f"{learned} {encoder}"

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
        if self.entity_recognition and any(annotated):
            warn_of_misaligned(examples, NAME)
        else:
            annotated = [[] for _ in examples]
        task = load_by_name("bespeak.nlu.diet_trainer.Task")(
            examples,
            self._labels(examples),
            annotated,
            self.featurizers,
            self.bilou,
            general=not self.serves_only,
            encoder=self.encoder,
        )
        train = load_by_name("bespeak.nlu.diet_trainer.train")
        self.learned = train(task, NAME, self.budget, self.report)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._understand(message) for message in messages]

    def prepare(self, examples: Sequence[Example]) -> list[Message]:
        """Leave the sentence vectors that a ResponseSelector learns from."""
        return [
            self.learned.carrying(example.message) if example.is_retrieval else example.message
            for example in examples
        ]

    def save(self, folder: Path) -> None:
        self.learned.save(folder)

    def load(self, folder: Path) -> None:
        self.learned = DietModel.load(folder)

    def _labels(self, examples: Sequence[Example]) -> list[str | None]:
        """Return each example's whole label; None everywhere if there is nothing to tell apart."""
        if not self.intent_classification:
            return [None] * len(examples)
        names = sorted({example.base_intent for example in examples if example.base_intent})
        if len(names) < 2:
            log.warning(
                "%s learns no intents: it needs examples of two intents at least; found %s.",
                NAME,
                ", ".join(names) or "none",
            )
            return [None] * len(examples)
        return [example.intent or None for example in examples]

    def _understand(self, message: Message) -> Message:
        if not message.text.strip():
            return self._with_intent(message, Verdict())
        judged = self.learned.judge(message, self.listing, self.split, NAME)
        message = self._with_intent(judged.message, judged.verdict)
        return replace(message, entities=(*message.entities, *judged.entities))

    def _with_intent(self, message: Message, verdict: Verdict) -> Message:
        if not self.intent_classification:
            return message
        intents = tuple(Intent(name, confidence) for name, confidence in verdict.ranking)
        best = intents[0] if intents else Intent(None, 0.0)
        scratch = message.scratch
        if verdict.familiarity is not None:
            scratch = {**scratch, FAMILIARITY: verdict.familiarity}
        return replace(message, intent=best, ranking=intents, scratch=scratch)
