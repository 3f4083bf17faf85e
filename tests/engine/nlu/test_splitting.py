from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.errors import ExtensionError
from bespeak.message import Intent, Message, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.fallback import FallbackClassifier
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.responses import ResponseSelector
from bespeak.nlu.splitting import LONGEST, MessageSplitter, cuts
from bespeak.testing.components import ComponentContract
from tests.engine.nlu.learning import examples, featurizers, trained, understood


class TestContract(ComponentContract):
    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        return MessageSplitter

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return featurizers()


def parted(text: str, language: str = "en") -> list[tuple[str, str]]:
    return [(left.text, right.text) for left, right in cuts(text, language)]


@pytest.mark.parametrize(
    ("text", "left", "right"),
    [
        (
            "cancel my order and where is my refund?",
            "cancel my order",
            "where is my refund?",
        ),
        ("Where is it? Cancel the order.", "Where is it?", "Cancel the order."),
        ("cancel it now, and also send a receipt", "cancel it now", "send a receipt"),
        ("cancel it now\nsend a receipt", "cancel it now", "send a receipt"),
        ("取消订单。我的退款在哪里", "取消订单。", "我的退款在哪里"),
    ],
)
def test_clauses_are_parted_where_sentences_and_requests_end(
    text: str, left: str, right: str
) -> None:
    assert (left, right) in parted(text)


def test_conjunctions_are_those_of_the_language() -> None:
    assert parted("storniere das und wo bleibt es", "de") == [("storniere das", "wo bleibt es")]
    assert parted("how will i know that", "en") == []  # "i" is "and" in Polish
    assert parted("a b und c d", "zh") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "where is my order",
        "black and white",  # no request has one word
        "order no. 12.50",
        "android and",
        '/cancel{"a": "b and c d and e f"}',
        "one two, three four. " * 50,
    ],
)
def test_other_texts_are_left_alone(text: str) -> None:
    assert parted(text) == []


def test_of_many_places_four_are_tried() -> None:
    assert len(parted("a b, c d, e f, g h, i j, k l, m n")) == 4


class Script:
    """Understands as it is told, and remembers what it was asked."""

    def __init__(self, said: dict[str, tuple[str, float]], familiarity: float = 1.0) -> None:
        self.said, self.familiarity, self.asked = said, familiarity, list[str]()

    def process(self, messages: Sequence[Message]) -> list[Message]:
        self.asked += [message.text for message in messages]
        return [self._understood(message) for message in messages]

    def _understood(self, message: Message) -> Message:
        intent = Intent(*self.said.get(message.text, ("nlu_fallback", 0.95)))
        scratch = {"familiarity": self.familiarity}
        return replace(message, intent=intent, ranking=(intent,), scratch=scratch)


WHOLE = "cancel my order and where is it"
SURE = {"cancel my order": ("cancel", 0.9), "where is it": ("track", 0.8)}


def suggested(
    said: dict[str, tuple[str, float]], familiarity: float = 1.0, **options: Any
) -> list[dict[str, Any]]:
    pipeline = Pipeline([Script(said, familiarity), MessageSplitter(**options)])
    (message,) = pipeline.process([Message(WHOLE)])
    found: list[dict[str, Any]] = message.to_dict().get("clauses", [])
    return found


def test_two_requests_are_suggested_with_place_and_intent() -> None:
    assert suggested(SURE) == [
        {
            "text": "cancel my order",
            "start": 0,
            "end": 15,
            "intent": {"name": "cancel", "confidence": 0.9},
        },
        {
            "text": "where is it",
            "start": 20,
            "end": 31,
            "intent": {"name": "track", "confidence": 0.8},
        },
    ]


@pytest.mark.parametrize(
    "said",
    [
        {**SURE, "where is it": ("cancel", 0.8)},  # one intent
        {**SURE, "where is it": ("track", 0.69)},  # not sure enough
        {"cancel my order": ("cancel", 0.9)},  # the other is out of scope
        {**SURE, WHOLE: ("track", 0.85)},  # the whole says more than its parts
    ],
)
def test_one_request_is_not_parted(said: dict[str, tuple[str, float]]) -> None:
    assert suggested(said) == []


def test_clauses_unlike_what_it_learned_from_are_no_requests() -> None:
    assert suggested(SURE, familiarity=0.1) == []


def test_the_threshold_says_how_sure_clauses_must_be() -> None:
    assert suggested(SURE, threshold=0.85) == []
    assert suggested({**SURE, WHOLE: ("track", 0.75)}, threshold=0.6) != []


def test_the_message_keeps_its_own_intent() -> None:
    pipeline = Pipeline([Script({**SURE, WHOLE: ("cancel", 0.5)}), MessageSplitter()])
    (message,) = pipeline.process([Message(WHOLE)])
    assert message.intent == Intent("cancel", 0.5)


def test_a_message_without_a_place_to_part_costs_nothing() -> None:
    script = Script(SURE)
    messages = [Message("where is my order"), Message("x " * LONGEST)]
    Pipeline([script, MessageSplitter()]).process(messages)
    assert script.asked == [message.text for message in messages]


def test_where_the_shorter_clause_is_no_request_the_other_costs_nothing() -> None:
    script = Script({"cancel my order": ("cancel", 0.9)})
    Pipeline([script, MessageSplitter()]).process([Message(WHOLE)])
    assert script.asked == [WHOLE, "where is it"]


def test_the_language_of_the_data_is_kept(tmp_path: Path) -> None:
    learned, loaded = MessageSplitter(), MessageSplitter()
    learned.train(TrainingData(language="de"))
    learned.save(tmp_path)
    loaded.load(tmp_path)
    assert loaded.language == "de"


def test_behind_a_learned_classifier() -> None:
    data = examples(
        cancel=["cancel my order", "please cancel the order", "i want to cancel", "cancel it"] * 2,
        refund=["where is my refund", "i wait for my refund", "refund status", "my refund"] * 2,
        greet=["hello", "hi there", "good morning", "hey you"] * 2,
    )
    pipeline = trained(DIETClassifier(), FallbackClassifier(), MessageSplitter(), data=data)
    clauses = understood(pipeline, "cancel my order and where is my refund?").attributes["clauses"]
    assert [clause["intent"]["name"] for clause in clauses] == ["cancel", "refund"]
    assert "clauses" not in understood(pipeline, "please cancel my order").attributes


def test_of_clauses_the_intents_alone_are_made_out_in_full() -> None:
    data = examples(
        cancel=["cancel my order", "please cancel the order", "i want to cancel", "cancel it"] * 2,
        **{
            "faq/hours": ["when do you open", "your opening hours", "are you open now"] * 2,
            "faq/place": ["where is your shop", "what is your address", "where are you"] * 2,
        },
    )
    seen: list[Message] = []

    class Last:
        """Sees what the splitter has understood."""

        def process(self, messages: Sequence[Message]) -> list[Message]:
            seen.extend(messages)
            return list(messages)

    steps = (DIETClassifier(), ResponseSelector(retrieval_intent="faq"), Last(), MessageSplitter())
    pipeline = trained(*steps, data=data)
    seen.clear()
    whole = understood(pipeline, "please cancel my order and when do you open?")
    clauses = whole.attributes["clauses"]
    assert [clause["intent"]["name"] for clause in clauses] == ["cancel", "faq"]
    assert clauses[1]["intent"]["full_retrieval_intent_name"] == "faq/hours"
    assert [bool(message.response_selector) for message in seen] == [True, True, False]


@pytest.mark.parametrize("threshold", ["high", True, 1.5, -1])
def test_a_threshold_that_makes_no_sense_is_refused(threshold: Any) -> None:
    with pytest.raises(ExtensionError, match="threshold must be a number from 0 to 1"):
        MessageSplitter(threshold=threshold)


@given(st.text(st.sampled_from("ab .,?!;。、，and\n\u200b\U0001f600 "), max_size=80))
def test_clauses_stand_where_they_say(text: str) -> None:
    for pair in cuts(text, "en"):
        left, right = pair
        assert left.end <= right.start
        for clause in pair:
            assert text[clause.start : clause.end] == clause.text == clause.text.strip()
