"""What a form wants, and when it is done or declines."""

import pytest

from bespeak.dialogue import forms
from bespeak.domain import LISTEN, REQUESTED_SLOT, Domain, Form, Slot, SlotType, Variation
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    BotUttered,
    EntitiesAdded,
    Event,
    LoopInterrupted,
    Restarted,
    SlotSet,
    UserUttered,
)
from bespeak.message import Entity, Intent
from bespeak.tracker import Tracker, restored, snapshot

SLOTS = ("city", "seats", "note", "other", REQUESTED_SLOT)
DOMAIN = Domain(
    slots={name: Slot(name, SlotType.ANY) for name in SLOTS},
    forms={"trip": Form("trip", ("city", "seats")), "bare": Form("bare")},
    actions=("action_ask_seats", "validate_trip"),
    responses={
        name: (Variation({"text": "?"}),)
        for name in ("utter_ask_trip_city", "utter_ask_city", "utter_ask_seats")
    },
)


def tracker(*events: Event) -> Tracker:
    return Tracker.start("c", DOMAIN).record(events)


def in_trip(asked: str | None = "city") -> list[Event]:
    return [
        ActionExecuted("trip"),
        ActiveLoop("trip"),
        SlotSet(REQUESTED_SLOT, asked),
        ActionExecuted(LISTEN),
    ]


def said(text: str = "Rome") -> UserUttered:
    return UserUttered(text, Intent("inform"))


class TestAsking:
    def test_the_forms_own_question_comes_first_and_an_action_before_a_response(self) -> None:
        assert forms.asking_action("trip", "city", DOMAIN) == "utter_ask_trip_city"
        assert forms.asking_action("bare", "city", DOMAIN) == "utter_ask_city"
        assert forms.asking_action("trip", "seats", DOMAIN) == "action_ask_seats"

    def test_without_any_it_asks_silently(self) -> None:
        assert forms.asking_action("trip", "note", DOMAIN) is None

    def test_the_next_slot_is_the_first_without_a_value(self) -> None:
        assert forms.next_slot("trip", tracker(), DOMAIN) == "city"
        assert forms.next_slot("trip", tracker(SlotSet("city", 0)), DOMAIN) == "seats"
        full = tracker(SlotSet("city", ""), SlotSet("seats", False))
        assert forms.next_slot("trip", full, DOMAIN) is None

    def test_what_another_form_asked_for_is_not_asked_by_this_one(self) -> None:
        assert forms.slot_asked_for("trip", tracker(*in_trip())) == "city"
        assert forms.slot_asked_for("bare", tracker(*in_trip())) is None


class TestCandidates:
    def test_they_are_what_the_message_set_of_the_wanted_slots_the_last_value_counting(
        self,
    ) -> None:
        now = tracker(
            SlotSet("seats", 1),
            *in_trip(),
            said(),
            SlotSet("city", "Rome"),
            SlotSet("other", 1),
            BotUttered("noted"),
            SlotSet("city", "Oslo"),
        )
        assert forms.candidates("trip", now, DOMAIN) == {"city": "Oslo"}

    def test_a_slot_that_the_validation_asked_for_is_wanted_too(self) -> None:
        now = tracker(*in_trip("note"), said(), SlotSet("note", "x"))
        assert forms.candidates("trip", now, DOMAIN) == {"note": "x"}

    def test_entities_that_a_policy_found_do_not_hide_the_message(self) -> None:
        now = tracker(
            SlotSet("city", "old"), *in_trip(), said(), EntitiesAdded((Entity("city", "Rome"),))
        )
        assert forms.candidates("trip", now, DOMAIN) == {}

    def test_without_a_message_all_since_the_restart_count(self) -> None:
        now = tracker(SlotSet("city", "old"), Restarted(), SlotSet("seats", 2))
        assert forms.candidates("trip", now, DOMAIN) == {"seats": 2}

    def test_a_snapshot_between_message_and_form_hides_none(self) -> None:
        before = tracker(*in_trip(), said(), SlotSet("city", "Rome"))
        again = restored("c", DOMAIN, snapshot(before)).record([SlotSet("seats", 2)])
        assert forms.candidates("trip", again, DOMAIN) == {"city": "Rome", "seats": 2}


class TestValidation:
    def test_an_answer_is_validated(self) -> None:
        assert forms.must_validate(tracker(*in_trip(), said()))

    def test_so_is_what_begins_the_form(self) -> None:
        assert forms.must_validate(tracker(said(), ActionExecuted("utter_sure")))

    def test_what_comes_back_from_an_unhappy_path_is_not(self) -> None:
        assert not forms.must_validate(tracker(*in_trip(), said(), LoopInterrupted(True)))
        assert not forms.must_validate(tracker(*in_trip(), said(), ActionExecuted("utter_faq")))


class TestDeclining:
    asked = tracker(*in_trip(), said())

    def test_it_declines_where_the_message_gave_nothing(self) -> None:
        assert forms.declines("trip", self.asked, {}, [])
        assert forms.declines("trip", self.asked, {}, [SlotSet(REQUESTED_SLOT, "seats")])

    @pytest.mark.parametrize("validated", [SlotSet("other", 1), ActionExecutionRejected("trip")])
    def test_it_does_not_where_the_validation_did_something(self, validated: Event) -> None:
        assert not forms.declines("trip", self.asked, {}, [validated])

    def test_it_does_not_where_any_value_came(self) -> None:
        assert not forms.declines("trip", self.asked, {"seats": 2}, [])

    def test_it_does_not_where_nothing_was_asked(self) -> None:
        assert not forms.declines("trip", tracker(said()), {}, [])


class TestDone:
    @pytest.mark.parametrize(
        "events",
        [
            [SlotSet(REQUESTED_SLOT, None)],
            [ActiveLoop("trip"), ActiveLoop(None)],
            [SlotSet(REQUESTED_SLOT, "city"), SlotSet(REQUESTED_SLOT, None)],
        ],
    )
    def test_it_ends(self, events: list[Event]) -> None:
        assert forms.done(events)

    @pytest.mark.parametrize(
        "events",
        [
            [],
            [ActiveLoop("trip"), SlotSet("city", None)],
            [SlotSet(REQUESTED_SLOT, None), SlotSet(REQUESTED_SLOT, "city")],
            [ActiveLoop(None), ActionExecutionRejected("trip")],
        ],
    )
    def test_it_goes_on(self, events: list[Event]) -> None:
        assert not forms.done(events)


def test_the_first_slot_that_the_validation_names_is_next() -> None:
    named: list[Event] = [SlotSet(REQUESTED_SLOT, "note"), SlotSet(REQUESTED_SLOT, "other")]
    assert forms.slot_requested_by(named) == "note"
    assert forms.slot_requested_by([SlotSet("city", "x")]) is None
    assert forms.slot_requested_by([SlotSet(REQUESTED_SLOT, None)]) is None
