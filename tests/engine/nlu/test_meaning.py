from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bespeak.message import Example, TrainingData
from bespeak.nlu.encoder import installing, weights
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.languages import LanguageRouter
from bespeak.nlu.meaning import of_texts
from bespeak.nlu.pipeline import Pipeline
from tests.engine.nlu.learning import examples, trained

SAID = examples(greet=["hello", "hi there"], bye=["good bye", "see you"])
PIPELINE: list[Any] = ["WhitespaceTokenizer", {"name": "DIETClassifier", "preset": "draft"}]


def spoken(language: str) -> list[Example]:
    return [replace(e, metadata={"intent": {"language": language}}) for e in SAID.examples]


@pytest.fixture
def encoder(published: Path) -> Encoder:
    installing.install(published, replace(weights.MINILM, sha256=""))
    return Encoder.installed()


def test_texts_mean_what_the_encoder_of_the_pipeline_says(encoder: Encoder, tmp_path: Path) -> None:
    router = LanguageRouter(pipelines={"en": PIPELINE, "de": PIPELINE})
    data = TrainingData((*spoken("en"), *spoken("de")))
    pipeline = Pipeline([KeywordIntentClassifier(), router])
    pipeline.train(data)
    pipeline.save(tmp_path / "nlu")

    vector = of_texts(tmp_path / "nlu")

    assert vector is not None
    assert np.array_equal(vector("hello play"), encoder.encode(["hello play"])[0].sentence)
    assert not vector("").any()


def test_without_an_encoder_texts_have_no_meaning(tmp_path: Path) -> None:
    trained(KeywordIntentClassifier(), data=SAID).save(tmp_path / "nlu")
    assert of_texts(tmp_path / "nlu") is None
