from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent

import pytest

from bespeak.data import project
from bespeak.data.problems import ProblemsFound
from bespeak.domain import (
    KNOWLEDGE_BASE_SLOTS,
    MappingCondition,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
)
from tests.engine.data.conftest import Write


class Half:
    """A slot type of one's own."""

    def __init__(self, *, limit: int = 10) -> None:
        self.limit = limit

    def feature(self, value: object) -> Sequence[float]:
        return [1.0 if value == self.limit else 0.5]


def slots(write: Write, text: str, more: str = "") -> dict[str, Slot]:
    domain = f"slots:\n{indent(dedent(text), '  ')}{more}"
    return dict(project.read(write({"domain.yml": domain})).domain.slots)


def errors(write: Write, text: str) -> list[str]:
    with pytest.raises(ProblemsFound) as caught:
        slots(write, text)
    return str(caught.value).splitlines()


def test_types_and_options_are_read(write: Write) -> None:
    found = slots(
        write,
        """\
        name: {type: text, initial_value: Ida, mappings: [{type: from_text}]}
        sure: {type: bool, influence_conversation: false, mappings: [{type: custom}]}
        age: {type: float, min_value: 1, max_value: 99, mappings: [{type: custom}]}
        size: {type: categorical, values: [S, 2, true, null], mappings: [{type: custom}]}
        bag: {type: any, mappings: [{type: custom}]}
        """,
    )
    assert found["name"].initial_value == "Ida"
    assert not found["sure"].influences_conversation
    assert found["age"].feature(50) == (1.0, 0.5)
    assert found["size"].values == ("s", "2", "true")
    assert not found["bag"].influences_conversation


def test_mappings_are_read(write: Write) -> None:
    found = slots(
        write,
        """\
        city:
          type: text
          mappings:
          - type: from_entity
            entity: city
            role: to
            intent: go
            not_intent: [stay, wait]
            conditions:
            - active_loop: book
              requested_slot: city
            - active_loop: null
          - type: from_intent
            value: false
            intent: [a]
          - type: custom
            action: action_fill
        """,
    )
    first, second, third = found["city"].mappings
    assert first == SlotMapping(
        MappingType.FROM_ENTITY,
        entity="city",
        role="to",
        intents=("go",),
        not_intents=("stay", "wait"),
        conditions=(MappingCondition("book", "city"), MappingCondition()),
    )
    assert (second.value, second.intents) == (False, ("a",))
    assert third.action == "action_fill"


def test_automatic_slots_are_added_where_they_are_needed(write: Write) -> None:
    plain = "x: {type: text, mappings: [{type: from_text}]}\n"
    assert list(slots(write, plain)) == ["x", "session_started_metadata"]
    more = "forms:\n  f: {required_slots: [x]}\nactions: [action_query_knowledge_base]\n"
    names = ["x", "requested_slot", *KNOWLEDGE_BASE_SLOTS, "session_started_metadata"]
    found = slots(write, plain, more)
    assert list(found) == names
    assert not any(found[name].influences_conversation for name in names[1:])


def test_a_slot_type_of_ones_own_is_built_from_its_options(write: Write) -> None:
    path = f"{__name__}.Half"
    found = slots(write, f"x: {{type: {path}, limit: 3, mappings: [{{type: from_text}}]}}\n")
    assert found["x"].type is SlotType.CUSTOM
    assert found["x"].kind == path
    assert found["x"].feature(3) == (1.0,)


@pytest.mark.parametrize(
    ("slot", "said"),
    [
        ("[]", "expected its type and mappings, found a list"),
        ("{mappings: [{type: from_text}]}", "has no type: expected one of text, bool, float"),
        ("{type: txt, mappings: [{type: from_text}]}", "Did you mean 'text'?"),
        ("{type: text, mappings: []}", "expected at least one mapping"),
        ("{type: text, mappings: from_text}", "expected a list under 'mappings'"),
        ("{type: text, mappings: [from_text]}", "expected a mapping, found the text 'from_text'"),
        ("{type: text, mappings: [{type: from_txt}]}", "Did you mean 'from_text'?"),
        ("{type: text, mappings: [{type: from_entity}]}", "needs the key 'entity'"),
        ("{type: text, mappings: [{type: from_intent}]}", "needs the key 'value'"),
        ("{type: text, values: [a], mappings: [{type: custom}]}", "type text has no 'values'"),
        ("{type: text, colour: red, mappings: [{type: custom}]}", "type text has no 'colour'"),
        (
            "{type: float, min_value: 2, max_value: 1, mappings: [{type: custom}]}",
            "min_value 2 must be smaller than max_value 1",
        ),
        (
            "{type: any, influence_conversation: true, mappings: [{type: custom}]}",
            "a slot of type any cannot influence the conversation",
        ),
        (
            "{type: text, influence_conversation: 'no', mappings: [{type: custom}]}",
            "expected true or false under 'influence_conversation', found the text 'no'",
        ),
        (
            "{type: text, mappings: [{type: from_text, conditions: [{active: f}]}]}",
            "a condition has no 'active'",
        ),
        ("{type: no.such.Slot, mappings: [{type: custom}]}", "'no.such' cannot be imported"),
        (
            f"{{type: {__name__}.Half, limt: 3, mappings: [{{type: custom}}]}}",
            "cannot be built",
        ),
        ("{type: pathlib.Path, mappings: [{type: custom}]}", "has no method feature(value)"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(write: Write, slot: str, said: str) -> None:
    told = errors(write, f"fine: {{type: text, mappings: [{{type: custom}}]}}\nodd: {slot}\n")
    assert told[0].startswith("domain.yml:3: error: ")
    assert said in told[0]
    assert len(told) == 1


def test_a_slot_without_mappings_is_an_error_beside_others_that_have_them(write: Write) -> None:
    told = errors(write, "fine: {type: text, mappings: [{type: custom}]}\nodd: {type: text}\n")
    assert told == [
        "domain.yml:3: error: slot 'odd' has no mappings: say how it is filled, as in "
        "mappings: [{type: from_text}] or [{type: custom}]."
    ]


def test_the_engines_own_slot_cannot_be_defined(write: Write) -> None:
    told = errors(write, "session_started_metadata: {type: any, mappings: [{type: custom}]}\n")
    assert "is made by the engine" in told[0]


def test_values_that_do_not_fit_are_warned_of(write: Write) -> None:
    folder: Path = write(
        {
            "domain.yml": """\
            slots:
              n: {type: float, initial_value: 7, mappings: [{type: custom}]}
              c: {type: categorical, values: [null], mappings: [{type: custom}]}
              d: {type: categorical, mappings: [{type: custom, entty: x}]}
            """
        }
    )
    told = [str(problem) for problem in project.read(folder).problems]
    assert [line.split(":")[1] for line in told] == ["2", "3", "4", "4"]
    assert "Did you mean 'entity'?" in told[3]
