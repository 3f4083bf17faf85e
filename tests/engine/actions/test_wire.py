"""The action server's JSON, both ways."""

from typing import Any

import orjson
import pytest

from bespeak.actions.wire import (
    CONVERSATIONS,
    EventJson,
    Scope,
    answer,
    idempotency_key,
    request,
    tracker_state,
)
from bespeak.domain import LISTEN, SESSION_START
from bespeak.errors import ActionError
from bespeak.events import (
    ActionExecuted,
    ActionFailed,
    ActiveLoop,
    Event,
    FollowupAction,
    HandoffRequested,
    ReminderScheduled,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from tests.engine.actions.situation import said, tracker

EARLIER: list[Event] = [said("before", id="m0"), ActionExecuted("utter_greet")]
SESSION: list[Event] = [
    ActionExecuted(SESSION_START),
    SessionStarted(),
    ActionExecuted(LISTEN),
    said("now", id="m1"),
]


class TestRequest:
    def test_events_are_those_of_the_session_unless_all_are_wanted(self) -> None:
        now = tracker(*EARLIER, *SESSION)
        session = tracker_state(now, Scope.SESSION)["events"]
        assert [event["event"] for event in session] == [
            "action",
            "session_started",
            "action",
            "user",
        ]
        assert len(tracker_state(now, Scope.ALL)["events"]) == len(now.events)

    def test_events_of_ours_are_left_out(self) -> None:
        now = tracker(said(), ActionFailed("x"), HandoffRequested("why"))
        for scope in Scope:
            events = tracker_state(now, scope)["events"]
            assert not [event for event in events if event["event"].startswith("bespeak_")]

    def test_the_trackers_keys_are_rasas(self) -> None:
        assert list(tracker_state(tracker(), Scope.SESSION)) == [
            "sender_id",
            "slots",
            "latest_message",
            "latest_event_time",
            "followup_action",
            "paused",
            "events",
            "latest_input_channel",
            "active_loop",
            "latest_action",
            "latest_action_name",
        ]

    def test_events_written_before_read_the_same(self) -> None:
        now = tracker(*SESSION)
        later = now.record([SlotSet("city", "Rome"), now.events[-1], now.events[-1]])
        events = EventJson()
        for seen in (now, later, now, later):
            body = orjson.loads(request("a", seen, events=events))
            assert body["tracker"] == tracker_state(seen, Scope.SESSION)

    def test_more_conversations_than_are_kept_do_not_mix(self) -> None:
        events = EventJson()
        told = [tracker(said(f"I am {i}"), name=str(i)) for i in range(CONVERSATIONS + 3)]
        for seen in told * 2:
            body = orjson.loads(request("a", seen, events=events))
            assert body["tracker"] == tracker_state(seen, Scope.SESSION)

    def test_the_domain_is_put_in_as_it_is(self) -> None:
        body = orjson.loads(
            request("a", tracker(), events=EventJson(), domain=b'{"slots":{}}', digest="d")
        )
        assert body["domain"] == {"slots": {}}
        assert body["domain_digest"] == "d"


class TestIdempotencyKey:
    def test_it_counts_the_actions_since_the_message(self) -> None:
        assert idempotency_key("a", tracker(*SESSION)) == "anna/m1:0"
        stepped = tracker(*SESSION, ActionExecuted("x"), SlotSet("city", "y"), ActionExecuted("z"))
        assert idempotency_key("a", stepped) == "anna/m1:2"

    def test_what_was_undone_counts_as_well(self) -> None:
        undone = tracker(*SESSION, ActionExecuted("x"), UserUtteranceReverted())
        assert idempotency_key("a", undone) == "anna/m1:1"

    def test_a_message_said_again_begins_no_new_turn(self) -> None:
        clarified: list[Event] = [
            ActionExecuted("action_two_stage_fallback"),
            UserUtteranceReverted(),
            ActionExecuted(LISTEN),
            said("now", id="m1"),
        ]
        assert idempotency_key("a", tracker(*SESSION, *clarified)) == "anna/m1:2"

    def test_a_message_that_an_action_made_up_begins_none_either(self) -> None:
        made_up = UserUttered("made up")
        now = tracker(*SESSION, ActionExecuted("x"), made_up)
        assert idempotency_key("a", now) == "anna/m1:1"

    def test_calls_from_inside_others_have_their_own(self) -> None:
        now = tracker(*SESSION)
        assert idempotency_key("validate_f", now, "f") == "anna/m1:0/f/validate_f"
        assert idempotency_key("validate_f", now, "f:begin") == "anna/m1:0/f%3Abegin/validate_f"

    def test_conversations_do_not_share_keys(self) -> None:
        other = tracker(*SESSION, name="a/b c")
        assert idempotency_key("a", other) == "a%2Fb%20c/m1:0"


class TestAnswer:
    def test_events_and_responses_are_read(self) -> None:
        wire: dict[str, Any] = {
            "events": [
                {"event": "slot", "name": "city", "value": None, "timestamp": None},
                {"event": "followup", "name": "action_x", "timestamp": 1.5},
                {"event": "form", "name": None},
                {"event": "bespeak_handoff_requested", "reason": "angry"},
            ],
            "responses": [{"text": "hi"}],
        }
        found = answer(orjson.dumps(wire), "a")
        assert list(found.events) == [
            SlotSet("city", None),
            FollowupAction("action_x"),
            ActiveLoop(None),
            HandoffRequested("angry"),
        ]
        assert found.responses == ({"text": "hi"},)

    def test_a_reminder_is_read(self) -> None:
        body = orjson.dumps(
            {"events": [{"event": "reminder", "intent": "x", "date_time": "2030-01-01T10:00:00"}]}
        )
        [reminder] = answer(body, "a").events
        assert isinstance(reminder, ReminderScheduled) and reminder.at.year == 2030

    @pytest.mark.parametrize(
        ("event", "what"),
        [
            ("slot", "An event is an object"),
            ({"event": "slot", "name": "x"}, "needs a 'name' and a 'value'"),
            ({"event": "slot", "name": 7, "value": 1}, "needs a 'name' and a 'value'"),
            ({"event": "followup", "name": None}, "needs a 'name'"),
            ({"event": "active_loop", "name": 1}, "must be a text"),
            ({"event": "action"}, "lacks its field 'name'"),
            ({"event": "user"}, "needs 'text' or 'parse_data'"),
            ({"event": "bot", "data": "x"}, "must be an object"),
            ({"event": "pause", "metadata": []}, "must be an object"),
            ({"event": "pause", "timestamp": "now"}, "not a number"),
            ({"event": "reminder", "intent": "x", "date_time": "soon"}, "soon"),
            ({"event": "entities", "entities": [{"value": 1}]}, "lacks its field 'entity'"),
        ],
    )
    def test_an_event_that_is_wrong_is_told_with_its_place(self, event: Any, what: str) -> None:
        body = orjson.dumps({"events": [{"event": "pause"}, event]})
        with pytest.raises(ActionError, match=f"event 2: .*{what}"):
            answer(body, "action_x")

    def test_what_is_told_of_it_is_not_endless(self) -> None:
        body = orjson.dumps({"events": [{"event": "slot", "value": "x" * 10_000}]})
        with pytest.raises(ActionError) as failed:
            answer(body, "action_x")
        assert len(str(failed.value)) < 400
