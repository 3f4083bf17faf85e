"""What CloudMart's examples of sentiment teach, on utterances that they do not have."""

from collections import Counter
from pathlib import Path

import pytest

from bespeak.data.project import read_nlu
from bespeak.message import SENTIMENTS, Message, TrainingData
from bespeak.nlu.encoder import weights
from bespeak.nlu.sentiment import SentimentClassifier

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def learned() -> TrainingData:
    return read_nlu(ROOT / "data/sentiment.yml")


@pytest.fixture(scope="module")
def unheard() -> TrainingData:
    return read_nlu(Path(__file__).with_name("unheard_sentiment.yml"))


@pytest.fixture(scope="module")
def classifier(learned: TrainingData) -> SentimentClassifier:
    if weights.locate() is None:
        pytest.skip(f"It takes the encoder: {weights.INSTALL}")
    component = SentimentClassifier()
    component.train(learned)
    return component


def heard(classifier: SentimentClassifier, *texts: str) -> list[str]:
    messages = classifier.process([Message(text) for text in texts])
    return [message.to_dict()["sentiment"]["label"] for message in messages]


def test_there_are_many_of_each_and_none_is_learned_from(
    learned: TrainingData, unheard: TrainingData
) -> None:
    for data, least in ((learned, 120), (unheard, 50)):
        counts = Counter(example.label for example in data.sentiment)
        assert all(counts[label] >= least for label in SENTIMENTS)
    known = {example.text.casefold() for example in learned.sentiment}
    assert [e.text for e in unheard.sentiment if e.text.casefold() in known] == []


def test_utterances_never_heard_are_told_apart(
    classifier: SentimentClassifier, unheard: TrainingData
) -> None:
    right = dict.fromkeys(SENTIMENTS, 0)
    for example, label in zip(
        unheard.sentiment,
        heard(classifier, *(example.text for example in unheard.sentiment)),
        strict=True,
    ):
        right[example.label] += label == example.label
    counts = Counter(example.label for example in unheard.sentiment)
    shares = {label: right[label] / counts[label] for label in SENTIMENTS}
    assert sum(shares.values()) / len(SENTIMENTS) >= 0.8, shares
    assert shares["neutral"] >= 0.88, "a plain request must not pass for a complaint"


@pytest.mark.parametrize(
    "text",
    [
        "I need a new shade for a broken lamp",
        "I'd like to cancel order CM-10220",
        "the torch does not come with batteries, which do I need?",
        "do you sell the Angry Birds puzzle",
        "can I get my money back for the coat",
    ],
)
def test_words_for_things_and_wishes_are_no_feelings(
    classifier: SentimentClassifier, text: str
) -> None:
    assert heard(classifier, text) == ["neutral"]


@pytest.mark.parametrize(
    "text",
    [
        "great, the third time this month",
        "thanks for nothing, honestly",
        "well done, you've lost my parcel again",
        "I WANT MY MONEY BACK NOW!!!",
    ],
)
def test_politeness_and_sarcasm_are_seen_through(
    classifier: SentimentClassifier, text: str
) -> None:
    assert heard(classifier, text) == ["negative"]


@pytest.mark.parametrize(
    "text", ["not bad at all, I like it", "no complaints, it's perfect", "thank you so much ❤️"]
)
def test_a_denied_complaint_is_praise(classifier: SentimentClassifier, text: str) -> None:
    assert heard(classifier, text) == ["positive"]
