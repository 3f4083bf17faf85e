import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bespeak.errors import ExtensionError, TrainingError
from bespeak.message import Features, Intent, Message, Sparse
from bespeak.nlu.component import Component
from bespeak.nlu.linear import LogisticRegressionClassifier, SklearnIntentClassifier
from bespeak.testing.components import DATA, ComponentContract
from tests.engine.nlu.learning import examples, featurizers, processed, trained, understood


class Letters:
    """A dense featurizer: how often each of ten letters occurs."""

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            replace(
                message,
                features=(
                    *message.features,
                    Features(
                        "Letters",
                        None,
                        np.array([[message.text.count(x) for x in "abehlotrwy"]], np.float32),
                    ),
                ),
            )
            for message in messages
        ]


class TestLogisticRegressionClassifier(ComponentContract):
    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return LogisticRegressionClassifier

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return [*featurizers(), Letters()]


class TestSklearnIntentClassifier(ComponentContract):
    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return SklearnIntentClassifier

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return [Letters()]


def matrix(messages: Sequence[Message]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = []
    for message in messages:
        row: list[float] = []
        for features in message.features:
            assert isinstance(features.sentence, Sparse)
            wide = np.zeros(features.sentence.width)
            wide[features.sentence.indices] = features.sentence.values
            row += wide.tolist()
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("labels", [("greet", "goodbye", "travel", "faq"), ("greet", "goodbye")])
def test_it_says_what_scikit_learn_does(labels: Sequence[str]) -> None:
    kept = tuple(each for each in DATA.examples if each.base_intent in labels)
    data = processed(replace(DATA, examples=kept))
    messages = [each.message for each in data.examples]
    wanted = [each.base_intent for each in data.examples]
    exact = LogisticRegression(class_weight="balanced", max_iter=100, random_state=42)
    expected = exact.fit(matrix(messages), wanted).predict_proba(matrix(messages))

    classifier = LogisticRegressionClassifier()
    classifier.train(data)

    for message, shares in zip(classifier.process(messages), expected, strict=True):
        found = {intent.name: intent.confidence for intent in message.ranking}
        assert [found[str(name)] for name in exact.classes_] == pytest.approx(shares, abs=2e-3)


def test_the_ranking_is_as_long_as_asked_for() -> None:
    pipeline = trained(LogisticRegressionClassifier(ranking_length=2), data=DATA)
    assert len(understood(pipeline, "hello").ranking) == 2
    everything = trained(LogisticRegressionClassifier(ranking_length=0), data=DATA)
    assert len(understood(everything, "hello").ranking) == 4


def test_options_that_scikit_learn_refuses_are_told() -> None:
    with pytest.raises(TrainingError, match="LogisticRegressionClassifier cannot learn"):
        trained(LogisticRegressionClassifier(solver="guessing"), data=DATA)


@pytest.mark.parametrize("component", [LogisticRegressionClassifier, SklearnIntentClassifier])
def test_with_one_intent_there_is_nothing_to_tell_apart(
    component: Callable[[], Component], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with caplog.at_level(logging.WARNING):
        pipeline = trained(Letters(), component(), data=examples(greet=["hi", "hello"]))
    pipeline.save(tmp_path / "model")
    assert understood(pipeline, "hi").intent == Intent(None, 0.0)
    assert "two intents at least" in caplog.text


def test_an_svm_learns_from_dense_features() -> None:
    words = {
        "apples": [f"{x} aaa {x}" for x in "oltrwyehqzx"],
        "bees": [f"{x} bbb {x}" for x in "oltrwyehqzx"],
    }
    pipeline = trained(Letters(), SklearnIntentClassifier(C=[0.1, 1]), data=examples(**words))
    message = understood(pipeline, "k bbb")
    assert message.ranking[0].name == "bees"
    assert message.ranking[0].confidence > 0.6
    assert sum(intent.confidence for intent in message.ranking) == pytest.approx(1)


def test_an_svm_without_dense_features_says_what_to_do() -> None:
    with pytest.raises(TrainingError, match="SpacyFeaturizer"):
        trained(SklearnIntentClassifier(), data=DATA)


def test_kernels_other_than_linear_are_refused_or_named(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ExtensionError, match="'linear' among them"):
        SklearnIntentClassifier(kernels=["rbf"])
    with caplog.at_level(logging.WARNING):
        trained(Letters(), SklearnIntentClassifier(kernels=["linear", "rbf"]), data=DATA)
    assert "kernels" in caplog.text
