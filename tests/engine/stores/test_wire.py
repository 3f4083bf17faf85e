"""What is kept, as JSON text."""

import json
from types import MappingProxyType

import pytest

from bespeak.errors import StoreError
from bespeak.events import ActionFailed, SlotSet, StoryExported, UserUttered
from bespeak.message import Intent
from bespeak.stores import wire


@pytest.mark.parametrize(
    "value", [2**63, -(2**70), 2**64 - 1, "\ud83d", {"a": [1.5, None, True]}, "\x00\u2028"]
)
def test_values_come_back_exactly(value: object) -> None:
    assert wire.parsed(wire.dumped(value)) == value
    assert wire.parsed(json.dumps(value)) == value  # as Rasa would write it


def test_what_is_nearly_json_becomes_it() -> None:
    value = MappingProxyType({1: {"b", "a"}, "t": (1, 2)})
    assert wire.parsed(wire.dumped(value)) == {"1": ["a", "b"], "t": [1, 2]}


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot be kept as JSON"):
        wire.dumped({"x": object()})


def test_not_a_number_is_read_from_what_rasa_wrote() -> None:
    event = wire.event('{"event": "slot", "name": "x", "value": NaN}', "ada")
    assert isinstance(event, SlotSet)
    assert event.value != event.value


def test_an_event_of_ours_travels_in_one_that_rasa_knows() -> None:
    event = ActionFailed("action_x", "time-out", "id", timestamp=1.5, metadata={"model_id": "m"})
    row = wire.row(event)
    data = json.loads(row.data)
    assert (row.type_name, row.timestamp, row.action_name) == (event.type, 1.5, "action_x")
    assert (data["event"], data["timestamp"]) == ("export", 1.5)
    assert wire.event(row.data, "ada") == event
    plain = StoryExported(timestamp=1.0)
    assert wire.event(wire.row(plain).data, "ada") == plain


def test_names_fit_their_columns_and_stay_whole_beside_them() -> None:
    name = "x\0" * 300
    event = UserUttered("hi", Intent(name), timestamp=1.0)
    row = wire.row(event)
    assert row.intent_name == "x" * 255
    assert wire.event(row.data, "ada") == event


def test_an_event_that_nobody_knows_is_named_with_its_conversation() -> None:
    with pytest.raises(StoreError, match=r"'ada' cannot be read: Unknown event 'new'"):
        wire.event('{"event": "new"}', "ada")
