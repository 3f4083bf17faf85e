"""Negative, neutral or positive: what the component learns, tells and keeps."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from bespeak.errors import ModelError
from bespeak.message import Message, SentimentExample, TrainingData
from bespeak.nlu import embedding
from bespeak.nlu.component import Component
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.sentiment import SentimentClassifier
from bespeak.nlu.sentiment_features import EMPHASIS, SentimentFeatures
from bespeak.testing.components import DATA, ComponentContract

SAID = {
    "negative": ("this is awful", "awful service", "so awful!!", "thanks for nothing", "😡"),
    "neutral": ("where is my order", "cancel my order", "order ten", "my order please", "hello"),
    "positive": ("lovely, thanks", "thanks, great", "great, lovely", "so lovely", "😊"),
}
EXAMPLES = tuple(SentimentExample(text, label) for label, texts in SAID.items() for text in texts)
FEELING = TrainingData(DATA.examples, sentiment=EXAMPLES)


def trained(data: TrainingData = FEELING) -> SentimentClassifier:
    component = SentimentClassifier()
    component.train(data)
    return component


def label(component: Component, text: str) -> str:
    [message] = component.process([Message(text)])
    found: str = message.to_dict()["sentiment"]["label"]
    return found


class TestWithoutAnEncoder(ComponentContract):
    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return SentimentClassifier

    @pytest.fixture
    def data(self) -> TrainingData:
        return FEELING


class TestWithAnEncoder(TestWithoutAnEncoder):
    @pytest.fixture(autouse=True)
    def installed(self, minilm: Encoder) -> None:
        """The real one: its vectors are learned from."""


def test_words_alone_tell_much() -> None:
    component = trained()
    assert label(component, "awful, simply awful") == "negative"
    assert label(component, "my order is ten days old") == "neutral"
    assert label(component, "that was lovely") == "positive"
    assert label(component, "thanks for nothing") == "negative"
    assert label(component, "thanks") == "positive"


def test_the_score_says_how_positive_or_negative() -> None:
    [good, plain, bad] = trained().process(
        [Message("lovely, great, thanks"), Message("cancel my order"), Message("awful!!")]
    )
    scores = [message.to_dict()["sentiment"]["score"] for message in (good, plain, bad)]
    assert 1 > scores[0] > 0.3 > scores[1] > -0.3 > scores[2] > -1


def test_an_emoji_counts_by_the_words_of_its_name() -> None:
    component = trained()
    assert label(component, "😊😊") == "positive"
    assert label(component, "😡 my order") == label(component, "😠 my order") != "positive"


def test_a_message_without_text_has_no_sentiment() -> None:
    component = trained()
    for text in ("", " \n"):
        [message] = component.process([Message(text)])
        assert "sentiment" not in message.to_dict()


def test_what_other_components_told_stays() -> None:
    [message] = trained().process([Message("hi", attributes={"language": "en"})])
    assert set(message.attributes) == {"language", "sentiment"}


@pytest.mark.parametrize("sentiment", [(), EXAMPLES[:3]])
def test_with_fewer_than_two_labels_it_says_so_and_tells_nothing(
    sentiment: tuple[SentimentExample, ...], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with caplog.at_level(logging.WARNING):
        component = trained(TrainingData(sentiment=sentiment))
    assert "needs examples of two labels" in caplog.text
    component.save(tmp_path)
    again = SentimentClassifier()
    again.load(tmp_path)
    assert again.process([Message("awful")]) == [Message("awful")]


def test_damaged_files_are_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    trained().save(tmp_path)
    (tmp_path / "sentiment.json").write_text("[1]")
    with pytest.raises(ModelError, match="Train the model again"):
        SentimentClassifier().load(tmp_path)


def test_vectors_that_another_component_left_are_used_and_no_encoder_is_kept(
    tiny: Encoder, tmp_path: Path
) -> None:
    component = SentimentClassifier()

    def before(messages: Sequence[Message]) -> list[Message]:
        return [embedding.sentence(message, tiny)[0] for message in messages]

    component.understand_with(before)
    component.train(FEELING)
    assert component.encoder is None
    component.save(tmp_path)
    assert not (tmp_path / embedding.FOLDER).exists()
    message = before([Message("lovely, thanks")])
    assert component.process(message)[0].to_dict()["sentiment"]["label"] == "positive"
    with pytest.raises(ModelError, match="no component before it makes them"):
        component.process([Message("lovely, thanks")])


def test_capitals_and_signs_are_seen_whatever_the_words() -> None:
    features = SentimentFeatures.learned(["hello"])
    shouted, asked, plain, short = (
        features.row(text, None).dense for text in ("WHERE IS IT!!!", "ok?", "where is it", "XL")
    )
    assert len(plain) == EMPHASIS
    assert shouted[0] == shouted[1] == 0.5
    assert asked[3] == 0.5
    assert not plain[:4].any()
    assert not short.any()
