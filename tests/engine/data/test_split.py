import json
from collections import Counter
from pathlib import Path

import pytest

from bespeak.data import project, split
from bespeak.data.yaml import read_yaml
from bespeak.message import Example, Message, TrainingData
from tests.engine.data.conftest import Write


def data(**counts: int) -> TrainingData:
    return TrainingData(
        tuple(
            Example(Message(f"{intent} {i}"), intent.replace("__", "/"))
            for intent, count in counts.items()
            for i in range(count)
        ),
        synonyms={"a": "b"},
        responses={"faq/a": [{"text": "x"}], "faq/b": [{"text": "y"}]},
    )


def test_the_split_keeps_the_share_of_each_intent_and_response() -> None:
    whole = data(greet=50, bye=10, faq__a=20, faq__b=5)
    train, test = split.split_nlu(whole, 0.8, seed=1)
    assert Counter(e.intent for e in train.examples) == {
        "greet": 40,
        "bye": 8,
        "faq/a": 16,
        "faq/b": 4,
    }
    assert len(train.examples) + len(test.examples) == 85
    assert not {e.message.text for e in train.examples} & {e.message.text for e in test.examples}
    assert train.synonyms == test.synonyms == whole.synonyms


@pytest.mark.parametrize("fraction", [0.05, 0.5, 0.99])
def test_each_intent_with_two_examples_is_on_either_side(fraction: float) -> None:
    train, test = split.split_nlu(data(a=2, b=3, c=30), fraction, seed=2)
    assert {e.intent for e in train.examples} == {e.intent for e in test.examples}


def test_a_seed_gives_the_same_split_again() -> None:
    whole = data(a=30)
    assert split.split_nlu(whole, seed=3) == split.split_nlu(whole, seed=3)
    assert split.split_nlu(whole, seed=3) != split.split_nlu(whole, seed=4)


def test_a_part_has_the_responses_that_its_examples_need() -> None:
    train, test = split.split_nlu(data(a=4, faq__a=4), seed=1)
    assert set(train.responses) == set(test.responses) == {"faq/a"}


NLU = """\
nlu:
- intent: greet
  examples: |
    - hi
    - hello
    - good day
- intent: faq/a
  examples: |
    - one
    - two
responses:
  utter_faq/a:
  - text: answer
  utter_other:
  - text: other
"""


def test_the_parts_are_written_as_rasa_names_them(write: Write) -> None:
    folder = write({"data/nlu.yml": NLU})
    written = split.write_nlu_split("data", folder / "out", seed=1)
    assert [path.name for path in written] == [
        "training_data.yml",
        "nlg_training_data.yml",
        "test_data.yml",
        "nlg_test_data.yml",
    ]
    train = project.read_nlu(folder / "out/training_data.yml")
    test = project.read_nlu(folder / "out/test_data.yml")
    assert len(train.examples) + len(test.examples) == 5
    assert read_yaml(folder / "out/nlg_test_data.yml")["responses"] == {
        "utter_faq/a": [{"text": "answer"}]
    }


def test_json_is_split_into_json(write: Write) -> None:
    examples = [{"text": f"t{i}", "intent": "a"} for i in range(4)]
    folder = write({"nlu.json": json.dumps({"rasa_nlu_data": {"common_examples": examples}})})
    written = split.write_nlu_split("nlu.json", folder / "out", 0.5, seed=1)
    assert written[0].suffix == ".json"
    assert len(project.read_nlu(written[0]).examples) == 2


def test_stories_are_split_file_by_file_and_the_rest_goes_with_training(write: Write) -> None:
    stories = "".join(f"- {{story: s{i}, steps: [{{intent: a}}]}}\n" for i in range(10))
    folder = write(
        {
            "data/stories.yml": f'version: "3.1"\nintents: [a]\nstories:\n{stories}',
            "data/rules.yml": "rules:\n- {rule: r, steps: [{intent: a}]}\n",
        }
    )
    train, test = split.write_story_split("data", folder / "out", 0.7, seed=1)
    assert (train.name, test.name) == ("train_stories.yml", "test_stories.yml")
    parts = read_yaml(train), read_yaml(test)
    assert [len(part["stories"]) for part in parts] == [7, 3]
    assert {story["story"] for part in parts for story in part["stories"]} == {
        f"s{i}" for i in range(10)
    }
    assert parts[0]["intents"] == ["a"]
    assert list(parts[1]) == ["stories"]


@pytest.mark.parametrize("kind", ["yaml", "json"])
def test_data_is_converted_to_the_other_format(write: Write, kind: str) -> None:
    folder = write({"data/nlu.yml": NLU})
    into_file: Path = folder / f"converted.{'json' if kind == 'json' else 'yml'}"
    assert split.convert("data", into_file, kind) == into_file
    again = project.read_nlu(into_file)
    assert [e.message.text for e in again.examples] == ["hi", "hello", "good day", "one", "two"]
    if kind == "yaml":
        assert "utter_other" in into_file.read_text()
    assert split.convert("data", folder, kind).name.startswith("converted_nlu.")
