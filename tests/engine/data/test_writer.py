"""What is written reads as it was, and looks as Rasa writes it."""

import json
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.data import project, writer, yaml
from bespeak.data.problems import Problems
from bespeak.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet, UserUttered
from bespeak.message import (
    Entity,
    Example,
    Intent,
    Lookup,
    Message,
    Pattern,
    TrainingData,
)
from tests.engine.data.conftest import Write


def reread(text: str) -> Any:
    return yaml.plain(yaml.parse(text, "x.yml", Problems(), {}))


@pytest.mark.parametrize(
    "value",
    ["yes", "true", "1", "0o17", "1e3", "", "~", "a: b", "- x", "#x", "${X}", "$X", "<<", "🙂"],
)
def test_text_is_quoted_only_where_it_would_be_read_as_something_else(value: str) -> None:
    assert reread(writer.dumped({"a": value})) == {"a": value}
    assert (writer.dumped({"a": value}) == f"a: {value}\n") is (value in ("yes", "🙂"))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=20),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.text("abcyn019_-", min_size=1, max_size=5), values, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_every_json_value_survives_being_written_and_read(value: Any) -> None:
    assert reread(writer.dumped({"é": value})) == {"é": value}


DATA = TrainingData(
    examples=(
        Example(
            Message("to Rome"),
            "go",
            (
                Entity("city", "ROM", 3, 7, role="to"),
                Entity("time", "now", 0, 2, extractor="DucklingEntityExtractor"),
            ),
        ),
        Example(Message("only in a story"), None),
        Example(Message("when"), "faq/hours", (), {"intent": {"a": 1}, "example": {"b": 2}}),
        Example(Message("away"), "go"),
        Example(Message("two\nlines"), "bye"),
    ),
    synonyms={"Rome": "ROM", "roma": "ROM"},
    patterns=(Pattern("zip", "\\d+"), Pattern("zip", "[a-z]")),
    lookups=(Lookup("city", ("Oslo", "Rome")),),
    responses={"faq/hours": [{"text": "at nine"}]},
)


def test_nlu_data_is_written_in_rasas_order_and_form() -> None:
    assert writer.nlu_yaml(DATA) == dedent(
        """\
        version: "3.1"
        nlu:
        - intent: go
          examples: |
            - to [Rome]{"entity": "city", "role": "to", "value": "ROM"}
            - away
        - intent: faq/hours
          metadata:
            a: 1
          examples:
          - text: |
              when
            metadata:
              b: 2
        - intent: bye
          examples:
          - text: |
              two
              lines
        - synonym: ROM
          examples: |
            - Rome
            - roma
        - regex: zip
          examples: |
            - \\d+
            - [a-z]
        - lookup: city
          examples: |
            - Oslo
            - Rome
        responses:
          utter_faq/hours:
          - text: at nine
        """
    )


def test_nlu_data_reads_as_it_was_written(write: Write) -> None:
    folder = write({"nlu.yml": writer.nlu_yaml(DATA)})
    again = project.read_nlu(folder / "nlu.yml")
    assert [(e.message.text, e.intent) for e in again.examples] == [
        ("to Rome", "go"),
        ("away", "go"),
        ("when", "faq/hours"),
        ("two\nlines", "bye"),
    ]
    assert again.examples[0].entities == (Entity("city", "ROM", 3, 7, role="to"),)
    assert again.synonyms == DATA.synonyms
    assert again.responses == DATA.responses


def test_no_data_is_no_text() -> None:
    assert writer.nlu_yaml(TrainingData()) == ""


def test_nlu_data_is_written_as_rasas_former_json_too(write: Write) -> None:
    text = writer.nlu_json(DATA)
    written = json.loads(text)["rasa_nlu_data"]
    assert written["common_examples"][0]["entities"][0] == {
        "entity": "city",
        "start": 3,
        "end": 7,
        "role": "to",
        "value": "ROM",
    }
    assert written["entity_synonyms"] == [{"value": "ROM", "synonyms": ["Rome", "roma"]}]
    again = project.read_nlu(write({"nlu.json": text}) / "nlu.json")
    assert len(again.examples) == len(DATA.examples)
    assert again.lookups[0].elements == ("Oslo", "Rome")


EVENTS = (
    ActionExecuted("action_session_start"),
    SessionStarted(),
    ActionExecuted("action_listen"),
    UserUttered("to Rome", Intent("go"), (Entity("city", "Rome", 3, 7),)),
    SlotSet("city", "Rome"),
    ActionExecuted("book"),
    ActiveLoop("book"),
    SlotSet("names", ["a", None]),
    ActiveLoop(None),
    ActionExecuted(None, text="There you are"),
    ActionExecuted("action_listen"),
    UserUttered("/bye", Intent("bye"), ()),
    UserUttered("just text", None, ()),
    UserUttered("faq", Intent("faq", 1.0, "faq/hours"), (Entity("x", None),)),
)


def test_a_conversation_is_written_as_a_test_story() -> None:
    assert writer.story_yaml([(EVENTS, "it: goes"), ((), "empty")], test=True) == dedent(
        """\
        version: "3.1"
        stories:
        - story: 'it: goes'
          steps:
          - intent: go
            user: |-
              to [Rome](city)
          - slot_was_set:
            - city: Rome
          - action: book
          - active_loop: book
          - slot_was_set:
            - names:
              - a
              - null
          - active_loop: null
          - bot: There you are
          - intent: bye
            user: |-
              /bye
          - user: |-
              just text
          - intent: faq/hours
            user: |-
              faq
        - story: empty
          steps: []
        """
    )


def test_a_conversation_is_written_as_a_training_story_by_intents() -> None:
    text = writer.story_yaml([(EVENTS, "s")])
    assert "  - intent: go\n    entities:\n    - city: Rome\n  - slot_was_set:" in text
    assert "  - intent: faq/hours\n    entities:\n    - x\n" in text
    assert "  - user: |-\n      just text\n" in text
    assert "to [Rome]" not in text


def test_comments_stand_behind_their_step() -> None:
    events = (UserUttered("hi", Intent("greet")), ActionExecuted("utter_x"))
    text = writer.story_yaml(
        [(events, "a"), (events, "b")], comments=[{}, {1: "predicted:\nutter_y"}]
    )
    assert text.splitlines()[-2:] == [
        "  - intent: greet",
        "  - action: utter_x  # predicted: utter_y",
    ]
    assert "#" not in "".join(text.splitlines()[:-1])
