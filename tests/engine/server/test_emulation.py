"""Parse data in other vendors' shapes."""

from bespeak.server.emulation import dialogflow, luis, wit

PARSED = {
    "text": "to Rome or Oslo",
    "intent": {"name": "go", "confidence": 0.9},
    "intent_ranking": [{"name": "go", "confidence": 0.9}, {"name": "stay", "confidence": 0.1}],
    "entities": [
        {"entity": "city", "value": "rome", "start": 3, "end": 7, "role": "to", "extractor": "X"},
        {"entity": "city", "value": "oslo", "start": 11, "end": 15, "confidence_entity": 0.8},
    ],
}


def test_wit_groups_entities_by_name_and_role() -> None:
    told = wit(PARSED)
    assert told["intents"] == [{"name": "go", "confidence": 0.9}]
    assert list(told["entities"]) == ["city:to", "city:city"]
    (rome,) = told["entities"]["city:to"]
    assert (rome["body"], rome["value"], rome["confidence"]) == ("Rome", "rome", 1)


def test_luis_scores_every_intent_and_measures_entities() -> None:
    told = luis(PARSED)["prediction"]
    assert told["topIntent"] == "go"
    assert told["intents"] == {"go": {"score": 0.9}, "stay": {"score": 0.1}}
    assert told["entities"]["to"] == ["rome"]
    assert told["entities"]["$instance"]["city"][0]["length"] == 4


def test_dialogflow_lists_values_as_parameters() -> None:
    told = dialogflow(PARSED)["queryResult"]
    assert told["parameters"] == {"city": ["rome", "oslo"]}
    assert told["intent"] == {"name": "go", "displayName": "go"}
    assert told["intentDetectionConfidence"] == 0.9
