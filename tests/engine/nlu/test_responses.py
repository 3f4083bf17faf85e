import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bespeak.errors import ExtensionError, ModelError
from bespeak.message import TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.encoder import installing, weights
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.responses import ResponseSelector
from bespeak.testing.components import DATA, ComponentContract
from tests.engine.nlu.learning import examples, featurizers, trained, understood

SMALL_TALK = examples(
    faq__hours=["when do you open", "opening hours on Sundays"],
    faq__place=["where are you", "your address please"],
    chitchat__name=["what is your name", "who are you"],
    chitchat__joke=["tell me a joke", "make me laugh"],
    greet=["hello", "hi there"],
)
SAID: dict[str, list[dict[str, Any]]] = {
    "faq/hours": [{"text": "From nine."}, {"text": "We open at nine.", "channel": "slack"}],
    "faq/place": [{"text": "In Oslo.", "buttons": [{"title": "Map", "payload": "/map"}]}],
    "chitchat/name": [{"custom": {"card": 1}}],
    "chitchat/joke": [{"text": "Ha."}],
}
TALK = replace(SMALL_TALK, responses=SAID)


class TestContract(ComponentContract):
    @pytest.fixture(params=[{}, {"retrieval_intent": "faq"}, {"use_text_as_label": True}], ids=str)
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: ResponseSelector(**request.param)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return featurizers()


def selected(text: str, data: TrainingData = TALK, **options: Any) -> dict[str, Any]:
    pipeline = trained(ResponseSelector(**options), data=data)
    found: dict[str, Any] = understood(pipeline, text).to_dict()["response_selector"]
    return found


def test_the_parse_data_have_rasas_shape() -> None:
    found = selected("opening hours on Sundays please")
    chosen = found["default"]
    sure = chosen["response"].pop("confidence")
    assert set(found) == {"all_retrieval_intents", "default"}
    assert found["all_retrieval_intents"] == ["chitchat", "faq"]
    assert chosen["response"] == {
        "responses": SAID["faq/hours"],
        "intent_response_key": "faq/hours",
        "utter_action": "utter_faq/hours",
    }
    assert chosen["ranking"][0] == {"confidence": sure, "intent_response_key": "faq/hours"}
    assert sum(each["confidence"] for each in chosen["ranking"]) == pytest.approx(1, abs=1e-5)


def test_each_selector_answers_for_its_intent() -> None:
    selectors = [ResponseSelector(retrieval_intent=name) for name in ("faq", "chitchat")]
    found = understood(trained(*selectors, data=TALK), "who are you").response_selector
    assert set(found) == {"all_retrieval_intents", "faq", "chitchat"}
    assert found["chitchat"]["response"]["intent_response_key"] == "chitchat/name"
    ranked = {each["intent_response_key"] for each in found["faq"]["ranking"]}
    assert ranked == {"faq/hours", "faq/place"}


def test_a_retrieval_intent_gets_the_full_name_of_its_response() -> None:
    pipeline = trained(
        DIETClassifier(),
        ResponseSelector(retrieval_intent="faq"),
        ResponseSelector(retrieval_intent="chitchat"),
        data=TALK,
    )
    asked = understood(pipeline, "when do you open").to_dict()["intent"]
    greeted = understood(pipeline, "hello hi there").to_dict()["intent"]
    assert (asked["name"], asked["full_retrieval_intent_name"]) == ("faq", "faq/hours")
    assert greeted["name"] == "greet"
    assert "full_retrieval_intent_name" not in greeted


def test_without_retrieval_intents_it_says_so_in_rasas_way() -> None:
    assert selected("hello", examples(greet=["hello"], bye=["bye"])) == {
        "all_retrieval_intents": [],
        "default": {
            "response": {
                "responses": None,
                "confidence": 0.0,
                "intent_response_key": None,
                "utter_action": "utter_None",
            },
            "ranking": [],
        },
    }


def test_a_retrieval_intent_that_nobody_wrote_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        selected("hello", retrieval_intent="fqa")
    assert "'fqa/…'. Known: chitchat, faq." in caplog.text


def test_a_message_without_text_has_no_response() -> None:
    assert selected("")["default"]["response"]["intent_response_key"] is None


def test_the_only_response_is_the_answer() -> None:
    found = selected("anything", examples(faq__hours=["when do you open"], greet=["hi"]))
    assert found["default"]["response"]["intent_response_key"] == "faq/hours"
    assert found["default"]["response"]["confidence"] == 1.0


def test_a_response_that_nobody_wrote_is_its_name() -> None:
    found = selected("when do you open", SMALL_TALK)
    assert found["default"]["response"]["responses"] == [{"text": "faq/hours"}]


def test_the_ranking_is_cut_and_made_whole() -> None:
    ranking = selected("your name", ranking_length=2, renormalize_confidences=True)["default"][
        "ranking"
    ]
    assert len(ranking) == 2
    assert sum(each["confidence"] for each in ranking) == pytest.approx(1)


def test_options_are_checked() -> None:
    ResponseSelector(epochs=100, constrain_similarities=True, hidden_layers_sizes={"text": [5]})
    with pytest.raises(ExtensionError, match="Did you mean 'retrieval_intent'"):
        ResponseSelector(retrieval_intents="faq")
    with pytest.raises(ExtensionError, match="an intent's name; found 3"):
        ResponseSelector(retrieval_intent=3)  # type: ignore[arg-type]


def test_behind_a_classifier_with_an_encoder_it_carries_none_itself(
    published: Path, tmp_path: Path
) -> None:
    installing.install(published, replace(weights.MINILM, sha256=""))
    pipeline = trained(DIETClassifier(), ResponseSelector(), data=TALK)
    pipeline.save(tmp_path / "model")
    carriers = [path.parent.name for path in (tmp_path / "model").rglob("encoder")]
    assert carriers == ["04-DIETClassifier"]

    alone = ResponseSelector()
    alone.load(tmp_path / "model" / "05-ResponseSelector")
    with pytest.raises(ModelError, match="no component before it makes them"):
        alone.process([example.message for example in TALK.examples])


def test_on_its_own_it_carries_the_encoder(published: Path, tmp_path: Path) -> None:
    installing.install(published, replace(weights.MINILM, sha256=""))
    pipeline = trained(ResponseSelector(use_text_as_label=True), data=TALK)
    pipeline.save(tmp_path / "model")
    loaded = Pipeline([*featurizers(), ResponseSelector()])
    loaded.load(tmp_path / "model")
    assert understood(loaded, "make me laugh") == understood(pipeline, "make me laugh")


def test_the_words_of_responses_help_where_they_are_labels(minilm: Encoder) -> None:
    data = replace(
        examples(faq__a=["tell me more", "go on"], faq__b=["and then", "what else"]),
        responses={
            "faq/a": [{"text": "Parcels are delivered within three days."}],
            "faq/b": [{"text": "You can pay by credit card."}],
        },
    )
    found = selected("how fast is the shipping", data, use_text_as_label=True)
    assert found["default"]["response"]["intent_response_key"] == "faq/a"


def test_two_examples_a_response_are_enough_for_minilm(minilm: Encoder) -> None:
    for text, key in (
        ("at what time does the shop close", "faq/hours"),
        ("what is your location", "faq/place"),
        ("do you know something funny", "chitchat/joke"),
    ):
        assert selected(text)["default"]["response"]["intent_response_key"] == key


def test_the_contracts_data_have_responses() -> None:
    found = selected("your address", DATA)
    assert found["default"]["response"]["responses"] == [{"text": "In Oslo."}]
