from typing import Any

import pytest

from bespeak.message import Entity, Example, Message, TrainingData
from bespeak.nlu.synonyms import EntitySynonymMapper

DATA = TrainingData(
    (Example(Message("go to Big Apple"), "go", (Entity("city", "New York", 6, 15),)),),
    {"NYC": "New York"},
)


def mapped(value: Any, **more: Any) -> dict[str, Any]:
    mapper = EntitySynonymMapper()
    mapper.train(DATA)
    (message,) = mapper.process([Message("x", entities=(Entity("city", value, **more),))])
    return message.entities[0].to_dict()


@pytest.mark.parametrize("surface", ["nyc", "NYC", "big apple", "NEW YORK", "New York"])
def test_a_synonym_becomes_the_canonical_value_in_any_case(surface: str) -> None:
    assert mapped(surface) == {
        "entity": "city",
        "value": "New York",
        "processors": ["EntitySynonymMapper"],
    }


@pytest.mark.parametrize("value", ["Oslo", 12, None, {"from": 1}])
def test_another_value_stays_as_it_is(value: Any) -> None:
    assert mapped(value) == {"entity": "city", "value": value}


def test_processors_are_named_in_order() -> None:
    wire = mapped("nyc", extra={"processors": ["Before"]}, extractor="DIETClassifier")
    assert wire["processors"] == ["Before", "EntitySynonymMapper"]
    assert wire["extractor"] == "DIETClassifier"


def test_of_two_canonical_values_the_last_one_counts(caplog: pytest.LogCaptureFixture) -> None:
    mapper = EntitySynonymMapper()
    mapper.train(TrainingData(synonyms={"LA": "Los Angeles", "la": "Latvia"}))
    assert mapper.synonyms["la"] == "Latvia"
    assert "'la' is a synonym of 'Los Angeles' and of 'Latvia'" in caplog.text


def test_training_anew_forgets_what_was_learned() -> None:
    mapper = EntitySynonymMapper()
    mapper.train(DATA)
    mapper.train(TrainingData())
    assert mapper.synonyms == {}
