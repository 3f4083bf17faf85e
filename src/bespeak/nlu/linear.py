"""Intent by a linear model on the featurizers' own numbers: logistic regression, or an SVM."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.errors import ExtensionError, TrainingError
from bespeak.extend import load as load_by_name
from bespeak.message import Intent, Message, TrainingData
from bespeak.nlu.classifier import Classifier
from bespeak.nlu.options import without_effect
from bespeak.nlu.sentence_features import SentenceFeatures

log = logging.getLogger(__name__)

RANKED = 10


class _Linear:
    """What both have in common: reading rows, serving, and the archive."""

    name: str
    serves_only = True
    ranking_length = RANKED

    def __init__(self) -> None:
        self.classifier: Classifier | None = None

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._classify(message) for message in messages]

    def save(self, folder: Path) -> None:
        if self.classifier is not None:
            (folder / "intent").mkdir()
            self.classifier.save(folder / "intent")

    def load(self, folder: Path) -> None:
        learned = folder / "intent"
        self.classifier = Classifier.load(learned) if learned.is_dir() else None

    def _classify(self, message: Message) -> Message:
        ranking: list[tuple[str, float]] = []
        if self.classifier is not None and message.text.strip():
            ranking = self.classifier.ranking(message, None, self.ranking_length)
        intents = tuple(Intent(name, confidence) for name, confidence in ranking)
        best = intents[0] if intents else Intent(None, 0.0)
        return replace(message, intent=best, ranking=intents)

    def _labelled(self, data: TrainingData) -> tuple[list[Message], list[str]]:
        """Return the messages with an intent, and the intents."""
        chosen = [
            example for example in data.examples if example.base_intent and example.message.text
        ]
        labels = [str(example.base_intent) for example in chosen]
        if len(set(labels)) < 2:
            log.warning(
                "%s learns nothing: it needs examples of two intents at least; found %s.",
                self.name,
                ", ".join(sorted(set(labels))) or "none",
            )
            return [], []
        return [example.message for example in chosen], labels


class LogisticRegressionClassifier(_Linear):
    """Classify by logistic regression on all sentence features, each intent weighing the same.

    `max_iter`, `solver`, `tol` and `random_state` are scikit-learn's. `ranking_length` intents
    are kept, all where it is 0.
    """

    name = "LogisticRegressionClassifier"

    def __init__(
        self,
        *,
        max_iter: int = 100,
        solver: str = "lbfgs",
        tol: float = 1e-4,
        random_state: int = 42,
        ranking_length: int = RANKED,
    ) -> None:
        super().__init__()
        self.options = {
            "max_iter": max_iter,
            "solver": solver,
            "tol": tol,
            "random_state": random_state,
        }
        self.ranking_length = ranking_length

    def train(self, data: TrainingData) -> None:
        self.classifier = None
        messages, labels = self._labelled(data)
        if not messages:
            return
        features = SentenceFeatures.learned(messages, 0, plain=True)
        rows = [features.row(message, None) for message in messages]
        fit = load_by_name("bespeak.nlu.linear_trainer.logistic")
        head = fit(rows, labels, features.sparse_width, self.options)
        self.classifier = Classifier(features, head)


class SklearnIntentClassifier(_Linear):
    """Classify by a linear support vector machine on dense sentence features.

    Its `C` is chosen among those given by cross-validation (at most
    `max_cross_validation_folds`, about five examples of each intent in a fold), by
    `scoring_function`. Confidences are calibrated on the same folds. Only linear kernels are
    known, so that `gamma` changes nothing.
    """

    name = "SklearnIntentClassifier"

    def __init__(
        self,
        *,
        C: Sequence[float] = (1, 2, 5, 10, 20, 100),
        gamma: Sequence[float] = (0.1,),
        kernels: Sequence[str] = ("linear",),
        max_cross_validation_folds: int = 5,
        scoring_function: str = "f1_weighted",
        num_threads: int = 1,
        featurizers: Sequence[str] = (),
    ) -> None:
        super().__init__()
        if "linear" not in kernels:
            raise ExtensionError(
                f"{self.name}: kernels must have 'linear' among them; found {list(kernels)!r}."
            )
        self.unused = {
            "gamma": tuple(gamma) != (0.1,),
            "kernels": len(kernels) > 1,
            "num_threads": num_threads != 1,
        }
        self.strengths = tuple(C)
        self.folds = max_cross_validation_folds
        self.scoring = scoring_function
        self.featurizers = tuple(featurizers)

    def train(self, data: TrainingData) -> None:
        without_effect(self.name, "only linear kernels are known, on one thread.", **self.unused)
        self.classifier = None
        messages, labels = self._labelled(data)
        if not messages:
            return
        features = SentenceFeatures.learned(messages, 0, self.featurizers, sparse=False, plain=True)
        if not features.dense_width:
            raise TrainingError(
                f"{self.name} learns from dense features, and no component before it makes any. "
                "Put a SpacyFeaturizer or a LanguageModelFeaturizer before it, or use "
                "LogisticRegressionClassifier."
            )
        rows = [features.row(message, None) for message in messages]
        fewest = min(labels.count(label) for label in set(labels))
        folds = max(2, min(self.folds, fewest // 5))
        fit = load_by_name("bespeak.nlu.linear_trainer.support_vectors")
        head = fit(rows, labels, self.strengths, folds, self.scoring)
        self.classifier = Classifier(features, head)
