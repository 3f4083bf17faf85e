"""spaCy's components, with pipelines that are built here: no package is fetched."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bespeak.errors import ExtensionError, ModelError
from bespeak.message import Entity, Message, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.spacy import SpacyEntityExtractor, SpacyFeaturizer, SpacyNLP, SpacyTokenizer
from bespeak.testing.components import ComponentContract

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def spacy() -> Any:
    return pytest.importorskip("spacy", reason="the extra spacy is not installed")


@pytest.fixture
def package(spacy: Any, tmp_path: Path) -> str:
    """A pipeline with vectors for two words, and a rule that knows one city."""
    nlp = spacy.blank("en")
    nlp.vocab.set_vector("red", np.array([1.0, 3.0], dtype=np.float32))
    nlp.vocab.set_vector("blue", np.array([3.0, -1.0], dtype=np.float32))
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(
        [{"label": "GPE", "pattern": "New York"}, {"label": "PERSON", "pattern": "Ada"}]
    )
    path = tmp_path / "en_own"
    nlp.to_disk(path)
    return str(path)


def read(text: str, nlp: SpacyNLP, *components: Component) -> Message:
    messages = nlp.process([Message(text)])
    for component in components:
        messages = component.process(messages)
    return messages[0]


def test_a_missing_package_leaves_words_and_says_how_to_install_it(
    spacy: Any, caplog: pytest.LogCaptureFixture
) -> None:
    message = read("Hello, New York!", SpacyNLP(model="en_core_web_none"), SpacyTokenizer())
    assert [token.text for token in message.tokens] == ["Hello", ",", "New", "York", "!"]
    assert "python -m spacy download en_core_web_none" in caplog.text


def test_a_language_needs_no_package(spacy: Any, caplog: pytest.LogCaptureFixture) -> None:
    read("hallo", SpacyNLP(model="de"), SpacyTokenizer())
    assert caplog.records == []


def test_without_a_model_it_takes_the_projects_language(spacy: Any) -> None:
    nlp = SpacyNLP()
    nlp.train(TrainingData(language="de"))
    assert nlp.nlp.lang == "de"


def test_without_model_and_language_it_asks_for_a_model(spacy: Any) -> None:
    with pytest.raises(ExtensionError, match="name a model"):
        SpacyNLP().process([Message("x")])


def test_an_unknown_language_is_refused(spacy: Any) -> None:
    with pytest.raises(ExtensionError, match="knows no model and no language 'qq_none'"):
        SpacyNLP(model="qq_none").process([Message("x")])


def test_tokens_keep_the_texts_own_letters_where_case_does_not_count(spacy: Any) -> None:
    message = read("Big İstanbul 2x", SpacyNLP(model="en"), SpacyTokenizer(token_pattern="[^2]+"))
    assert [token.text for token in message.tokens] == ["Big", "İstanbul", "x"]


def test_word_vectors_and_their_mean_leave_unknown_words_out(package: str) -> None:
    message = read(
        "RED something blue", SpacyNLP(model=package), SpacyTokenizer(), SpacyFeaturizer(alias="v")
    )
    (features,) = message.features
    assert features.origin == "v"
    np.testing.assert_array_equal(np.asarray(features.tokens), [[1, 3], [0, 0], [3, -1]])
    np.testing.assert_array_equal(np.asarray(features.sentence), [[2, 1]])


def test_pooling_by_maximum(package: str) -> None:
    message = read("red blue", SpacyNLP(model=package), SpacyFeaturizer(pooling="max"))
    np.testing.assert_array_equal(np.asarray(message.features[0].sentence), [[3, 3]])


def test_case_counts_if_told_so(package: str) -> None:
    message = read("RED", SpacyNLP(model=package, case_sensitive=True), SpacyFeaturizer())
    np.testing.assert_array_equal(np.asarray(message.features[0].sentence), [[0, 0]])


def test_names_are_found_as_they_are_written(package: str) -> None:
    nlp = SpacyNLP(model=package)
    message = read("Ada flies to New York", nlp, SpacyEntityExtractor(dimensions=["GPE"]))
    assert [entity.to_dict() for entity in message.entities] == [
        {
            "entity": "GPE",
            "start": 13,
            "end": 21,
            "value": "New York",
            "confidence": None,
            "extractor": "SpacyEntityExtractor",
        }
    ]
    everything = read("Ada flies to New York", nlp, SpacyEntityExtractor())
    assert [entity.name for entity in everything.entities] == ["PERSON", "GPE"]


@pytest.mark.parametrize("component", [SpacyFeaturizer(), SpacyEntityExtractor()])
def test_what_needs_a_package_says_how_to_install_one(spacy: Any, component: Component) -> None:
    with pytest.raises(ExtensionError, match="python -m spacy download en_core_web_md"):
        read("hello", SpacyNLP(model="en"), component)


@pytest.mark.parametrize("component", [SpacyTokenizer(), SpacyFeaturizer(), SpacyEntityExtractor()])
def test_what_needs_spacys_reading_asks_for_it(component: Component) -> None:
    name = re.escape(type(component).__name__)
    with pytest.raises(ExtensionError, match=f"{name} needs SpacyNLP before it"):
        component.process([Message("hello", entities=(Entity("x", 1),))])


def test_a_model_trained_with_a_package_is_refused_where_that_is_missing(
    package: str, tmp_path: Path
) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    trained = SpacyNLP(model=package)
    trained.train(TrainingData())
    trained.save(saved)
    with pytest.raises(ModelError, match="trained with the spaCy package 'en_gone'"):
        SpacyNLP(model="en_gone").load(saved)


def test_pooling_of_another_kind_is_refused() -> None:
    with pytest.raises(ExtensionError, match="pooling must be 'mean' or 'max'; found 'sum'"):
        SpacyFeaturizer(pooling="sum")


@pytest.mark.usefixtures("spacy")
class TestSpacyNLP(ComponentContract):
    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return lambda: SpacyNLP(model="en")


@pytest.mark.usefixtures("spacy")
class TestSpacyTokenizer(ComponentContract):
    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return [SpacyNLP(model="en")]

    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return SpacyTokenizer


class TestSpacyFeaturizer(ComponentContract):
    @pytest.fixture
    def before(self, package: str) -> Sequence[Component]:
        return [SpacyNLP(model=package), SpacyTokenizer()]

    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return SpacyFeaturizer


class TestSpacyEntityExtractor(ComponentContract):
    @pytest.fixture
    def before(self, package: str) -> Sequence[Component]:
        return [SpacyNLP(model=package)]

    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return SpacyEntityExtractor
