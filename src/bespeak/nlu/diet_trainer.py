"""Train what DIETClassifier serves: by linear models, or by fine-tuning the encoder.

Loaded by name while a model trains.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bespeak.extend import load as load_by_name
from bespeak.message import Array, Entity, Example, base
from bespeak.nlu import embedding, presets
from bespeak.nlu.classifier import Classifier
from bespeak.nlu.diet_model import DietModel, look
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.presets import Budget, Progress
from bespeak.nlu.tagger import Tagger
from bespeak.nlu.tagger_trainer import Settings
from bespeak.nlu.tagger_trainer import train as train_tagger


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be learned from examples with a text.

    `labels` are None where an example has no intent: two different intents at least, or none at
    all. A retrieval intent's (`faq/hours`) are learned apart, and added up to the intent's own.
    `annotated` are the entities to be learned. `featurizers` are the origins of features that
    count, all where it is empty. `general` says that components behind want the encoder's own
    sentence vectors. `encoder` names one other than the usual.
    """

    examples: Sequence[Example]
    labels: Sequence[str | None]
    annotated: Sequence[Sequence[Entity]]
    featurizers: Sequence[str] = ()
    bilou: bool = True
    general: bool = True
    encoder: str | None = None

    @property
    def chosen(self) -> list[int]:
        """The examples that have an intent."""
        return [i for i, label in enumerate(self.labels) if label is not None]


def train(task: Task, component: str, budget: Budget, report: Progress) -> DietModel:
    """Learn the task within the budget."""
    encoder = embedding.available(component, task.encoder)
    intents = [label and base(label) for label in task.labels]
    preset = presets.chosen(component, budget.preset, intents) if encoder else "draft"
    if encoder is None or preset == "draft":
        return linear(task, encoder)
    fine_tuned = load_by_name("bespeak.nlu.finetuned.train")
    learned: DietModel = fine_tuned(task, encoder, preset, budget, report)
    return learned


def linear(task: Task, encoder: Encoder | None) -> DietModel:
    """Learn intents by logistic regression, entities by CRFsuite, on the frozen encoder."""
    sentences, tokens = _encoded(task, encoder)
    classifier = None
    if task.chosen:
        classifier = Classifier.trained(
            [task.examples[i].message for i in task.chosen],
            [sentences[i] for i in task.chosen] if sentences is not None else None,
            [str(task.labels[i]) for i in task.chosen],
            task.featurizers,
            base,
        )
    tagger = Tagger()
    if any(task.annotated):
        settings = Settings(bilou=task.bilou, thrifty=True)
        tagger = train_tagger(task.examples, task.annotated, look, tokens, settings)
    return DietModel(encoder=encoder, classifier=classifier, tagger=tagger)


def _encoded(task: Task, encoder: Encoder | None) -> tuple[list[Array] | None, list[Array] | None]:
    """Return sentence vectors, and token vectors where entities are learned: None without an
    encoder."""
    if encoder is None:
        return None, None
    sentences: list[Array] = []
    tokens: list[Array] = []
    for example in task.examples:
        [encoded] = encoder.encode([example.message.text])
        sentences.append(encoded.sentence)
        if any(task.annotated):
            vectors = embedding.of_tokens(encoded, example.message)
            tokens.append(vectors.astype(np.float16))  # half the memory, and precise enough
    return sentences, tokens or None
