"""Encoders other than the usual one: in a folder, or installed by their name on the hub."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from bespeak.errors import ExtensionError, ModelError
from bespeak.message import SentimentExample
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.encoder import installing, weights
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.responses import ResponseSelector
from bespeak.nlu.sentiment import SentimentClassifier
from bespeak.testing.components import DATA
from tests.engine.nlu.encoder import bert
from tests.engine.nlu.learning import featurizers, trained, understood

PRESETS = ["draft", "balanced"] if find_spec("torch") else ["draft"]
NAME = "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2"

FELT = (SentimentExample("thank you", "positive"), SentimentExample("this is bad", "negative"))
FULL = replace(DATA, sentiment=FELT)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("kind", ["bert", "xlm-roberta", "distilbert", "mpnet"])
def test_a_project_may_bring_its_encoder_in_a_folder(
    tmp_path: Path, preset: Any, kind: str
) -> None:
    folder = bert.publish(tmp_path / "own", kind=kind, hidden=16, layers=4)

    def pipeline() -> Pipeline:
        made = DIETClassifier(encoder=str(folder), preset=preset)
        return Pipeline([*featurizers(), made, ResponseSelector(retrieval_intent="faq")])

    learned = pipeline()
    learned.train(DATA)
    said = understood(learned, "when do you open")
    assert said.scratch["sentence_vector"].shape == (16,)

    learned.save(tmp_path / "model")
    loaded = pipeline()
    shutil.rmtree(folder)
    loaded.load(tmp_path / "model")
    assert understood(loaded, "when do you open") == said


def test_behind_it_answers_are_read_with_the_same_encoder(tmp_path: Path, published: Path) -> None:
    installing.install(published, replace(weights.MINILM, sha256=""))  # the usual: of width 32
    own = bert.publish(tmp_path / "own", hidden=16)
    selector = ResponseSelector()
    trained(DIETClassifier(encoder=str(own), preset="draft"), selector, data=DATA)
    assert selector.prototypes is not None
    assert selector.prototypes.vectors.shape[1] == 16


@pytest.mark.parametrize("component", [ResponseSelector, SentimentClassifier])
def test_on_its_own_each_component_reads_with_its_own(
    tmp_path: Path, component: Callable[..., Any]
) -> None:
    made = component(encoder=str(bert.publish(tmp_path / "own", hidden=16)))
    trained(made, data=FULL)
    assert made.encoder.width == 16


def test_an_encoder_is_named_as_on_the_hub(published: Path) -> None:
    installing.install(published, weights.released(NAME))
    message = understood(trained(DIETClassifier(encoder=NAME), data=DATA), "hello")
    assert message.scratch["sentence_vector"].shape == (32,)


@pytest.mark.parametrize("component", [DIETClassifier, ResponseSelector, SentimentClassifier])
def test_one_that_is_not_installed_names_the_line_that_installs_it(
    component: Callable[..., Any],
) -> None:
    with pytest.raises(ModelError, match=f"bespeak encoder install {NAME}$"):
        trained(component(encoder=NAME), data=FULL)
    with pytest.raises(ExtensionError, match="encoder must be a name as on the hub, or a folder"):
        component(encoder=7)


def test_what_was_learned_on_other_weights_is_old(tmp_path: Path) -> None:
    own = bert.publish(tmp_path / "own")
    before = DIETClassifier(encoder=str(own)).learned_with
    assert DIETClassifier(encoder=str(own)).learned_with == before
    bert.publish(own, hidden=16)
    assert DIETClassifier(encoder=str(own)).learned_with != before
    assert DIETClassifier().learned_with != before
