"""Events to JSON and back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bespeak.events import (
    EVENT_TYPES,
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    LoopInterrupted,
    ReminderScheduled,
    SlotSet,
    UserUttered,
    from_dict,
    is_ours,
    stamped,
    to_dict,
)
from bespeak.message import Entity, Intent

WIRE: list[dict[str, Any]] = [
    {
        "event": "user",
        "timestamp": 1.5,
        "metadata": {"page": "home", "model_id": "m"},
        "text": "to Rome",
        "parse_data": {
            "intent": {"name": "go", "confidence": 0.9},
            "entities": [
                {
                    "entity": "city",
                    "start": 3,
                    "end": 7,
                    "role": "to",
                    "value": "Rome",
                    "confidence_entity": 0.8,
                    "confidence_role": 0.7,
                    "extractor": "DIETClassifier",
                }
            ],
            "text": "to Rome",
            "message_id": "7",
            "metadata": {"page": "home"},
            "text_tokens": [[0, 2], [3, 7]],
            "intent_ranking": [{"name": "go", "confidence": 0.9}],
        },
        "input_channel": "rest",
        "message_id": "7",
    },
    {
        "event": "bot",
        "timestamp": 2.0,
        "metadata": {"utter_action": "utter_x"},
        "text": "Hello",
        "data": {
            "elements": None,
            "quick_replies": None,
            "buttons": None,
            "attachment": None,
            "image": None,
            "custom": None,
        },
    },
    {
        "event": "action",
        "timestamp": 3.0,
        "name": "utter_x",
        "policy": "RulePolicy",
        "confidence": 1.0,
        "action_text": None,
        "hide_rule_turn": True,
    },
    {
        "event": "action_execution_rejected",
        "timestamp": 1,
        "name": "f",
        "policy": None,
        "confidence": 0.3,
    },
    {"event": "slot", "timestamp": 1, "name": "size", "value": [1, {"a": None}]},
    {"event": "reset_slots", "timestamp": 1},
    {"event": "active_loop", "timestamp": 1, "name": None},
    {"event": "loop_interrupted", "timestamp": 1, "is_interrupted": True},
    {"event": "user_featurization", "timestamp": 1, "use_text_for_featurization": False},
    {"event": "entities", "timestamp": 1, "entities": [{"entity": "a", "value": 1}]},
    {"event": "followup", "timestamp": 1, "name": "x"},
    {"event": "session_started", "timestamp": 1},
    {"event": "session_ended", "timestamp": 1},
    {"event": "restart", "timestamp": 1},
    {"event": "rewind", "timestamp": 1},
    {"event": "undo", "timestamp": 1},
    {"event": "pause", "timestamp": 1},
    {"event": "resume", "timestamp": 1},
    {
        "event": "reminder",
        "timestamp": 1,
        "intent": "late",
        "date_time": "2026-11-20T10:00:00+00:00",
        "entities": None,
        "name": "r",
        "kill_on_user_msg": False,
    },
    {"event": "cancel_reminder", "timestamp": 1, "name": "r"},
    {"event": "agent", "timestamp": 1, "text": "hi", "data": None},
    {"event": "export", "timestamp": 1},
    {
        "event": "bespeak_action_failed",
        "timestamp": 1,
        "name": "x",
        "cause": "down",
        "request_id": "9",
    },
    {"event": "bespeak_turn_stopped", "timestamp": 1, "actions": 10, "last": "x"},
    {"event": "bespeak_handoff_requested", "timestamp": 1, "reason": "angry", "team": ""},
    {"event": "bespeak_handoff_accepted", "timestamp": 1, "agent": "bo"},
    {"event": "bespeak_handoff_closed", "timestamp": 1, "agent": "bo"},
]


@pytest.mark.parametrize("wire", WIRE, ids=lambda wire: str(wire["event"]))
def test_every_event_comes_back_as_it_was_written(wire: dict[str, Any]) -> None:
    assert to_dict(from_dict(wire)) == wire


def test_every_type_that_can_be_read_is_tried_here() -> None:
    legacy = {"form", "form_validation"}
    assert {wire["event"] for wire in WIRE} == EVENT_TYPES - legacy


def test_events_from_before_rasa_2_are_read_as_todays() -> None:
    assert from_dict({"event": "form", "name": "f"}) == ActiveLoop("f")
    assert from_dict({"event": "form_validation", "validate": False}) == LoopInterrupted(True)


@pytest.mark.parametrize(
    ("wire", "told"),
    [
        ({"event": "slt", "name": "a"}, "Unknown event 'slt'"),
        ({"event": "slot", "value": 1}, "lacks its field 'name'"),
        ({"event": "action"}, "lacks its field 'name'"),
        ({"event": "slot", "name": "a", "timestamp": "now"}, "not a number"),
        ({"event": "entities", "entities": 3}, "wrong type"),
        ("slot", "an object"),
        ({"event": ["slot"]}, "Unknown event"),
    ],
)
def test_what_is_no_event_is_refused_with_the_reason(wire: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        from_dict(wire)


def test_equality_leaves_out_when_and_in_which_model() -> None:
    assert SlotSet("a", 1, timestamp=1.0) == stamped(SlotSet("a", 1), 2.0, {"model_id": "m"})
    assert SlotSet("a", 1) != SlotSet("a", 2)
    assert ActionExecuted("x", "RulePolicy") == ActionExecuted("x", "TEDPolicy")


def test_stamping_keeps_what_the_event_says_of_itself() -> None:
    event = BotUttered("hi", metadata={"utter_action": "utter_hi", "model_id": "old"})
    assert stamped(event, 5.0, {"model_id": "new"}).metadata == {
        "utter_action": "utter_hi",
        "model_id": "old",
    }


def test_an_image_is_sent_once_although_it_is_written_down_twice() -> None:
    said = BotUttered(None, {"image": "a.png", "attachment": "a.png"})
    assert said.message["attachment"] is None


def test_only_our_own_events_are_unknown_to_rasa() -> None:
    ours = [wire["event"] for wire in WIRE if is_ours(from_dict(wire))]
    assert ours and all(name.startswith("bespeak_") for name in ours)


def test_an_entity_is_known_by_role_and_group() -> None:
    assert Entity("city", "Rome", role="to", group="1").labels == ("city", "city#to", "city#1")


def test_an_empty_message_says_and_means_nothing() -> None:
    assert UserUttered("").empty
    assert not UserUttered("", Intent("x")).empty


def test_a_reminder_without_zone_is_kept_as_it_was_given() -> None:
    at = datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert from_dict(to_dict(ReminderScheduled("late", at))) == ReminderScheduled("late", at)
