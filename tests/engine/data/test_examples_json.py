import json

import pytest

from bespeak.data import project
from bespeak.data.problems import ProblemsFound
from bespeak.message import Entity
from tests.engine.data.conftest import Write


def test_rasas_former_json_is_read(write: Write) -> None:
    content = {
        "rasa_nlu_data": {
            "common_examples": [
                {
                    "text": "to Rome",
                    "intent": "go",
                    "entities": [{"entity": "city", "value": "ROM", "start": 3, "end": 7}],
                },
                {"text": "no label"},
            ],
            "entity_synonyms": [{"value": "Rome", "synonyms": ["roma"]}],
            "regex_features": [{"name": "zip", "pattern": "[0-9]{5}"}],
            "lookup_tables": [
                {"name": "city", "elements": ["Oslo"]},
                {"name": "fruit", "elements": "fruit.txt"},
            ],
        }
    }
    folder = write({"nlu.json": json.dumps(content), "fruit.txt": "apple\n\npear\n"})
    data = project.read_nlu(folder / "nlu.json")
    assert data.examples[0].intent == "go"
    assert data.examples[0].entities == (Entity("city", "ROM", 3, 7),)
    assert data.examples[1].intent is None
    assert data.synonyms == {"roma": "Rome"}
    assert [(p.name, p.pattern) for p in data.patterns] == [("zip", "[0-9]{5}")]
    assert [(t.name, t.elements) for t in data.lookups] == [
        ("city", ("Oslo",)),
        ("fruit", ("apple", "pear")),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"luis_schema_version": "7", "utterances": []}, "an export of LUIS"),
        ({"utterances": []}, "an export of wit.ai"),
        ({"rasa_nlu_data": {"common_examples": [{"text": 1}]}}, "an example needs the texts"),
        (
            {"rasa_nlu_data": {"common_examples": [{"text": "a", "entities": [{"entity": "x"}]}]}},
            "an entity is wrong",
        ),
        ({"rasa_nlu_data": {"lookup_tables": [{"name": "x", "elements": "gone"}]}}, "no file"),
        ({"rasa_nlu_data": []}, "expected an object"),
    ],
)
def test_what_cannot_be_read_is_refused(write: Write, content: object, said: str) -> None:
    folder = write({"nlu.json": json.dumps(content)})
    with pytest.raises(ProblemsFound, match=said):
        project.read_nlu(folder / "nlu.json")


def test_broken_json_is_refused_with_its_line(write: Write) -> None:
    folder = write({"nlu.json": '{"rasa_nlu_data":\n oops}'})
    with pytest.raises(ProblemsFound, match=r"nlu\.json:2: error: this is no JSON"):
        project.read_nlu(folder / "nlu.json")


def test_other_json_files_are_none_of_our_business(write: Write) -> None:
    folder = write({"data/other.json": '{"a": 1}', "data/list.json": "[1]"})
    assert not project.read(folder).has_nlu
