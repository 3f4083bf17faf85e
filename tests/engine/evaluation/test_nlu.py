from dataclasses import replace

import pytest

from bespeak.evaluation.case import Case, evaluate
from bespeak.evaluation.nlu import Understanding
from bespeak.message import Entity, Example, Intent, Message, Token, TrainingData
from bespeak.nlu.count_vectors import CountVectorsFeaturizer
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.tokenizers import WhitespaceTokenizer


def tokens(text: str) -> tuple[Token, ...]:
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        found.append(Token(word, start, start + len(word)))
        at = start + len(word)
    return tuple(found)


def entity(text: str, surface: str, name: str = "city", extractor: str | None = None) -> Entity:
    start = text.index(surface)
    return Entity(name, surface, start=start, end=start + len(surface), extractor=extractor)


def case(
    text: str,
    gold: str,
    said: str,
    confidence: float = 0.9,
    wanted: tuple[Entity, ...] = (),
    found: tuple[Entity, ...] = (),
) -> Case:
    return Case(
        Example(Message(text), gold, wanted),
        Message(text, tokens=tokens(text), intent=Intent(said, confidence), entities=found),
    )


def test_errors_are_told_in_the_shape_of_rasa() -> None:
    understood = Understanding((case("hi", "greet", "greet"), case("ciao", "greet", "bye", 0.4)))
    assert understood.intent_errors() == [
        {
            "text": "ciao",
            "intent": "greet",
            "intent_prediction": {"name": "bye", "confidence": 0.4},
        }
    ]
    assert [told["text"] for told in understood.intent_successes()] == ["hi"]
    assert understood.confidences() == ([0.9], [0.4])


def test_entities_are_scored_by_token_for_each_extractor_and_by_span_for_all() -> None:
    text = "from New York to Oslo"
    wanted = (entity(text, "New York"), entity(text, "Oslo"))
    found = (entity(text, "York", extractor="A"), entity(text, "Oslo", extractor="A"))
    understood = Understanding((case(text, "go", "go", wanted=wanted, found=found),))
    assert understood.extractors == ["A"]
    by_token = understood.entities("A").labels["city"]
    assert (by_token.precision, by_token.support) == (1.0, 3)
    assert by_token.recall == pytest.approx(2 / 3)
    spans = understood.entity_spans()
    assert spans["micro avg"] == {
        "precision": 0.5,
        "recall": 0.5,
        "f1-score": 0.5,
        "support": 2,
    }
    assert spans["city"]["support"] == 2
    [wrong] = understood.entity_cases("A", right=False)
    assert [one["value"] for one in wrong["predicted_entities"]] == ["York", "Oslo"]


def test_entities_are_as_sure_as_their_extractor_by_token() -> None:
    text = "from New York to Oslo"
    sure = replace(entity(text, "New York", extractor="A"), confidence=0.9)
    wrong = replace(entity(text, "to", extractor="A"), confidence=0.6)
    silent = entity(text, "Oslo", extractor="B")
    wanted = (entity(text, "New York"), entity(text, "Oslo"))
    understood = Understanding(
        (case(text, "go", "go", wanted=wanted, found=(sure, wrong, silent)),)
    )
    assert understood.entity_confidences("A") == ([0.9, 0.9], [0.6])
    assert understood.entity_confidences("B") == ([], [])


def test_responses_are_scored_by_their_full_name() -> None:
    def chosen(key: str, confidence: float) -> dict[str, object]:
        return {"response": {"intent_response_key": key, "confidence": confidence}}

    cases = tuple(
        Case(
            Example(Message(text), "faq/hours"),
            Message(text, response_selector={"faq": chosen(key, confidence)}),
        )
        for text, key, confidence in (("open?", "faq/hours", 0.8), ("when?", "faq/place", 0.3))
    )
    understood = Understanding(cases)
    assert understood.responses().accuracy == 0.5
    assert understood.response_confidences() == ([0.8], [0.3])
    assert understood.response_dicts(right=False) == [
        {
            "text": "when?",
            "intent_response_key_target": "faq/hours",
            "intent_response_key_prediction": {"name": "faq/place", "confidence": 0.3},
        }
    ]


def test_an_extractor_of_other_things_is_not_scored() -> None:
    text = "Oslo at 3"
    found = (entity(text, "3", "time", extractor="Duckling"),)
    wanted = (entity(text, "Oslo"),)
    understood = Understanding((case(text, "go", "go", wanted=wanted, found=found),))
    assert understood.extractors == []
    assert understood.entity_spans()["micro avg"]["precision"] == 0.0


def test_a_fallback_hides_neither_the_guess_nor_how_sure_it_was() -> None:
    ranking = (Intent("nlu_fallback", 0.7), Intent("bye", 0.5), Intent("greet", 0.3))
    fallen = Case(
        Example(Message("ciao"), "greet"), Message("ciao", intent=ranking[0], ranking=ranking)
    )
    assert (fallen.right, fallen.fell_back, fallen.guess) == (False, True, Intent("bye", 0.5))
    assert (fallen.sureness("greet"), fallen.sureness("never")) == (0.3, 0.0)
    assert case("hi", "greet", "greet", 0.8).sureness("greet") == 0.8


def test_the_summary_holds_what_the_http_api_answers() -> None:
    told = Understanding((case("hi", "greet", "greet"),)).summary()
    assert told["intent_evaluation"]["accuracy"] == 1.0
    assert told["entity_evaluation"] == {}
    assert told["response_selection_evaluation"] == {}


def test_of_a_tested_message_nothing_is_kept_that_only_components_use() -> None:
    examples = [Example(Message("hello there"), "greet"), Example(Message("bye"), "goodbye")]
    pipeline = Pipeline(
        [WhitespaceTokenizer(), CountVectorsFeaturizer(), KeywordIntentClassifier()]
    )
    pipeline.train(TrainingData(tuple(examples)))
    [first, _] = evaluate(pipeline, examples)
    assert (first.intent, [token.text for token in first.said.tokens]) == (
        "greet",
        ["hello", "there"],
    )
    assert (first.said.features, first.said.scratch) == ((), {})
