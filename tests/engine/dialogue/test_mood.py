"""How sentiments add up over a conversation."""

import json
from typing import Any

import pytest

from bespeak.dialogue.mood import frustration, trend
from bespeak.dialogue.slots import considered, slot_events
from bespeak.domain import Domain, IntentType, MappingType, Slot, SlotMapping, SlotType
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    from_dict,
    to_dict,
)
from bespeak.message import Intent
from bespeak.tracker import Tracker, restored, snapshot, state
from bespeak.tracker.heard import REMEMBERED, Heard


def sounding(value: str, name: str, type: SlotType, half_life: float | None = None) -> Slot:
    mapping = SlotMapping(MappingType.FROM_SENTIMENT, value=value, half_life=half_life)
    return Slot(name, type, (mapping,), minimum=-1.0)


DOMAIN = Domain(
    intents={"ask": IntentType("ask")},
    slots={
        slot.name: slot
        for slot in (
            sounding("sentiment", "score", SlotType.FLOAT),
            sounding("sentiment", "mood", SlotType.CATEGORICAL),
            sounding("frustration", "frustration", SlotType.CATEGORICAL),
            sounding("frustration", "anger", SlotType.FLOAT),
        )
    },
)


def said(score: object, text: str = "", intent: str = "ask") -> UserUttered:
    return UserUttered(text, Intent(intent), parse={"sentiment": {"label": "", "score": score}})


def heard(*scores: float) -> list[Heard]:
    return [Heard(score, "", "ask") for score in scores]


def after(*events: Event) -> Tracker:
    return Tracker.start("ann", DOMAIN).record(events)


def filled(*events: Event) -> dict[str, Any]:
    return {event.name: event.value for event in slot_events(considered(after(*events), DOMAIN))}


def test_the_trend_is_a_mean_in_which_later_messages_count_more() -> None:
    assert trend([]) == 0.0
    assert trend(heard(-0.8)) == -0.8
    assert trend(heard(-1, 1), half_life=1) == pytest.approx((1 - 0.5) / 1.5, abs=1e-3)
    assert trend(heard(1, -1)) == -trend(heard(-1, 1)) < 0


def test_a_longer_half_life_forgets_more_slowly() -> None:
    spoiled = heard(-1, 0, 0, 0, 0)
    assert trend(spoiled, half_life=4) < trend(spoiled, half_life=1) < 0


def test_frustration_rises_with_negative_messages_and_sinks_with_positive_ones() -> None:
    assert frustration(heard(0.9, 0.1)) == 0.0
    once, twice = frustration(heard(-0.9)), frustration(heard(-0.9, -0.9))
    assert 0.3 < once < 0.6 < twice < 1
    assert frustration(heard(-0.9, -0.9, 0)) < twice
    assert frustration(heard(-0.9, -0.9, 0.9)) < frustration(heard(-0.9, -0.9, 0))
    assert frustration(heard(*[-1.0] * 12)) == 1.0


def test_what_was_not_understood_frustrates() -> None:
    missed = [Heard(0.0, "blorp", "nlu_fallback")]
    assert frustration(missed) == 0.3
    assert frustration(missed * 3) > 0.6


@pytest.mark.parametrize(
    "first, second, repeats",
    [
        ("where is my order", "I said where is my order?", True),
        ("I want to talk to a person", "I want to TALK to a person!!", True),
        ("track order 10412", "track order 10413", False),
        ("yes please", "yes please", False),
        ("where is my order", "when do you open on Sundays", False),
    ],
)
def test_a_request_that_must_be_repeated_frustrates(first: str, second: str, repeats: bool) -> None:
    told = [Heard(0.0, first, "ask"), Heard(0.0, second, "ask")]
    assert frustration(told) == (0.3 if repeats else 0.0)


def test_a_float_slot_gets_a_number_and_others_a_word() -> None:
    assert filled(said(-0.9)) == {
        "score": -0.9,
        "mood": "negative",
        "frustration": "annoyed",
        "anger": 0.36,
    }
    assert filled(said(0.05)) == {
        "score": 0.05,
        "mood": "neutral",
        "frustration": "calm",
        "anger": 0.0,
    }
    assert filled(said(0.8))["mood"] == "positive"
    assert filled(said(-0.9), said(-0.9))["frustration"] == "upset"


def test_a_slot_that_has_the_value_already_is_left_alone() -> None:
    events = (said(-0.9), SlotSet("frustration", "upset"), said(-0.9))
    assert "frustration" not in filled(*events)
    reasons = {d.slot: d.reason for d in considered(after(*events), DOMAIN)}
    assert reasons["frustration"] == "the frustration is upset still"
    assert reasons["mood"] == "the sentiment over the latest 2 messages gives it"


@pytest.mark.parametrize("score", [None, "bad", True, 7, float("nan")])
def test_a_message_without_a_usable_score_tells_nothing(score: object) -> None:
    assert after(said(score)).heard == ()


def test_a_button_has_no_sentiment_and_changes_nothing() -> None:
    pressed = UserUttered("/ask", Intent("ask"))
    assert filled(said(-0.9), pressed) == {}
    [decision, *_] = considered(after(said(-0.9), pressed), DOMAIN)
    assert decision.reason == "the message has no sentiment"


def test_a_rewind_does_not_calm_down() -> None:
    tracker = after(ActionExecuted("action_listen"), said(-0.9), UserUtteranceReverted())
    assert tracker.latest_message is None
    assert [each.score for each in tracker.heard] == [-0.9]


def test_what_a_form_was_answered_counts_too() -> None:
    form = (ActionExecuted("form"), ActiveLoop("form"), ActionExecuted("action_listen"))
    answered = (said(-0.9), ActionExecuted("form"), ActionExecuted("action_listen"))
    tracker = after(said(0), *form, *answered, said(-0.9))
    assert [each.score for each in tracker.heard] == [0, -0.9, -0.9]


@pytest.mark.parametrize("event", [SessionStarted(), Restarted()])
def test_a_new_session_begins_without_a_mood(event: Event) -> None:
    assert after(said(-0.9), event).heard == ()


def test_only_the_latest_messages_are_kept() -> None:
    tracker = after(*(said(i / 100) for i in range(50)))
    assert [each.score for each in tracker.heard] == [i / 100 for i in range(50 - REMEMBERED, 50)]


def test_it_is_the_same_after_the_log_was_written_and_read_back() -> None:
    events = [said(-0.9, "where is it"), said(-0.4, "hello??", "nlu_fallback")]
    wire = json.loads(json.dumps([to_dict(event) for event in events]))
    assert after(*map(from_dict, wire)).heard == after(*events).heard


def test_it_survives_in_a_snapshot() -> None:
    tracker = after(said(-0.9, "where is it"))
    kept = json.loads(json.dumps(snapshot(tracker)))
    assert restored("ann", DOMAIN, kept).heard == tracker.heard


def test_a_conversation_without_sentiment_is_kept_as_ever() -> None:
    tracker = after(UserUttered("hi", Intent("ask")))
    assert "heard" not in snapshot(tracker)
    assert "heard" not in state(tracker)
    assert restored("ann", DOMAIN, snapshot(tracker)).heard == ()
