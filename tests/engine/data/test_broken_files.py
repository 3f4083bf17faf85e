"""Files broken at random are told of, and never crash the reader or the check."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from bespeak.data import project, writer
from bespeak.data.problems import ProblemsFound
from bespeak.evaluation import check
from tests.engine.data.conftest import Write

FILES: dict[str, Any] = {
    "config.yml": {
        "language": "en",
        "pipeline": [{"name": "WhitespaceTokenizer"}, {"name": "CountVectorsFeaturizer"}],
        "policies": [{"name": "RulePolicy"}, {"name": "TEDPolicy", "priority": 3}],
        "importers": [{"name": "RasaFileImporter"}],
    },
    "domain.yml": {
        "version": "3.1",
        "intents": ["greet", {"ask": {"use_entities": ["city"]}}],
        "entities": [{"city": {"roles": ["to"]}}],
        "slots": {
            "city": {
                "type": "categorical",
                "values": ["a"],
                "mappings": [
                    {"type": "from_entity", "entity": "city", "conditions": [{"active_loop": "f"}]}
                ],
            }
        },
        "forms": {"f": {"required_slots": ["city"], "ignored_intents": ["ask"]}},
        "responses": {
            "utter_x": [{"text": "x", "condition": [{"type": "slot", "name": "city"}]}],
            "utter_ask/a": [{"text": "a"}],
        },
        "actions": [{"action_x": {"send_domain": True}}],
        "session_config": {"session_expiration_time": 5},
    },
    "data/nlu.yml": {
        "nlu": [
            {"intent": "greet", "examples": "- hi [x](city)\n", "metadata": {"a": 1}},
            {"intent": "ask/a", "examples": [{"text": "who", "metadata": {"b": 2}}]},
            {"synonym": "s", "examples": "- t\n"},
            {"lookup": "city", "examples": "- a\n"},
        ]
    },
    "data/stories.yml": {
        "stories": [
            {
                "story": "s",
                "steps": [
                    {"intent": "greet", "entities": [{"city": "x", "role": "to"}]},
                    {"or": [{"intent": "ask"}, {"slot_was_set": [{"city": "a"}]}]},
                    {"action": "utter_x"},
                    {"checkpoint": "c"},
                ],
            },
            {
                "story": "t",
                "steps": [
                    {"checkpoint": "c", "slot_was_set": [{"city": "a"}]},
                    {"user": "hi [x](city)"},
                    {"bot": "hello"},
                    {"active_loop": "f"},
                ],
            },
        ],
        "rules": [
            {
                "rule": "r",
                "condition": [{"active_loop": None}],
                "steps": [{"intent": "greet"}, {"action": "utter_x"}],
                "wait_for_user_input": False,
            }
        ],
    },
}
ODD: tuple[Any, ...] = (
    None,
    5,
    "",
    "x",
    "a/b/c",
    [],
    {},
    True,
    [None],
    [[]],
    [{}],
    {"a": None},
    {"a": {"b": [1]}},
    {1: 2},
    "[a]{b}",
    "${NOT_SET}",
    {"name": 1},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for i in range(len(value)):
            yield from places(value[i], (*path, i))


def broken(value: Any, chance: random.Random) -> Any:
    """The value with something odd in one place, or under an odd name."""
    result = copy.deepcopy(value)
    *way, last = chance.choice(list(places(result)))
    inside = result
    for key in way:
        inside = inside[key]
    if isinstance(inside, dict) and chance.random() < 0.25:
        inside[chance.choice(["odd", 1, True, None])] = inside.pop(last)
    else:
        inside[last] = copy.deepcopy(chance.choice(ODD))
    return result


@pytest.mark.parametrize("file", FILES)
def test_values_of_the_wrong_kind_are_told(write: Write, file: str) -> None:
    chance = random.Random(file)
    for _ in range(60):
        files = {name: writer.dumped(content) for name, content in FILES.items()}
        folder = write({**files, file: writer.dumped(broken(FILES[file], chance))})
        try:
            check.problems(project.read(folder, environment={}))
        except ProblemsFound as found:
            assert all(problem.file for problem in found.problems)


@pytest.mark.parametrize("file", FILES)
def test_broken_text_is_told(write: Write, file: str) -> None:
    chance = random.Random(file)
    files = {name: writer.dumped(content) for name, content in FILES.items()}
    marks = ["", "\n", "  ", "- ", ":", "{", "]", "&a ", "*a ", "!", "\\u", "\x00", "'", "|", "\t"]
    for _ in range(60):
        text = list(files[file])
        for _ in range(chance.choice([1, 2, 5])):
            text[chance.randrange(len(text))] = chance.choice(marks)
        folder = write({**files, file: "".join(text)})
        try:
            project.read(folder, environment={})
        except ProblemsFound as found:
            assert all(problem.file for problem in found.problems)


def test_what_is_not_broken_is_read(write: Write) -> None:
    folder = write({name: writer.dumped(content) for name, content in FILES.items()})
    assert project.read(folder, environment={}).has_stories
