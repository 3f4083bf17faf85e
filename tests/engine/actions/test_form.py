"""A form's turn, and what the actions that it asks are shown.

Whole conversations with forms are compared with Rasa's in `test_recorded_turns.py`.
"""

import asyncio
from dataclasses import replace

import pytest

from bespeak.actions.book import ActionBook
from bespeak.actions.wire import idempotency_key
from bespeak.domain import (
    LISTEN,
    REQUESTED_SLOT,
    Domain,
    Form,
    MappingType,
    Slot,
    SlotMapping,
    Variation,
)
from bespeak.errors import ActionError, ActionRejected
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActiveLoop,
    BotUttered,
    Event,
    LoopInterrupted,
    SlotSet,
)
from tests.engine.actions.situation import DOMAIN, Scripted, said, tracker

MAPPED = (SlotMapping(MappingType.FROM_ENTITY, entity="city"),)
PLAIN = replace(
    DOMAIN,
    slots={
        "city": Slot("city", mappings=MAPPED),
        "seats": Slot("seats", mappings=(SlotMapping(MappingType.CUSTOM),)),
        REQUESTED_SLOT: Slot(REQUESTED_SLOT),
    },
    responses={"utter_ask_city": (Variation({"text": "City, not {requested_slot}?"}),)},
    forms={"trip": Form("trip", ("city", "seats"))},
    actions=(),
)
ASKING = replace(PLAIN, actions=("validate_trip", "action_ask_seats"))
ASKED_CITY: list[Event] = [
    ActionExecuted("trip"),
    ActiveLoop("trip"),
    SlotSet(REQUESTED_SLOT, "city"),
    ActionExecuted(LISTEN),
]
ANSWERED: list[Event] = [*ASKED_CITY, said("Rome", city="Rome"), SlotSet("city", "Rome")]


def run(domain: Domain, *events: Event, executor: Scripted | None = None) -> list[Event]:
    book = ActionBook(domain, executor=executor, clock=lambda: 9.0)
    return list(asyncio.run(book.action("trip").run(tracker(*events, domain=domain), domain)))


def test_it_begins_with_what_the_message_gives_and_asks_for_the_rest() -> None:
    assert run(PLAIN, said("from Rome", city="Rome")) == [
        ActiveLoop("trip"),
        SlotSet("city", "Rome"),
        SlotSet(REQUESTED_SLOT, "seats"),
    ]


def test_the_question_is_put_before_the_request_counts() -> None:
    *_, question = run(PLAIN, said())
    assert isinstance(question, BotUttered) and question.text == "City, not None?"


def test_it_ends_when_nothing_is_missing() -> None:
    full = [SlotSet("seats", 2), said("Rome", city="Rome")]
    assert run(PLAIN, *full) == [
        ActiveLoop("trip"),
        SlotSet("city", "Rome"),
        SlotSet(REQUESTED_SLOT, None),
        ActiveLoop(None),
    ]


def test_a_message_without_an_answer_is_declined() -> None:
    with pytest.raises(ActionRejected) as rejected:
        run(PLAIN, *ASKED_CITY, said("why?"))
    assert rejected.value.action == "trip"


def test_back_from_something_else_it_asks_again() -> None:
    requested, question = run(PLAIN, *ASKED_CITY, said("why?"), LoopInterrupted(True))
    assert requested == SlotSet(REQUESTED_SLOT, "city")
    assert isinstance(question, BotUttered)


class TestValidation:
    def test_it_sees_the_form_run_and_the_candidates_after_it(self) -> None:
        executor = Scripted(validate_trip=[SlotSet("city", "Roma")], action_ask_seats=[])
        assert run(ASKING, *ANSWERED, executor=executor) == [
            SlotSet("city", "Roma"),
            SlotSet(REQUESTED_SLOT, "seats"),
        ]
        (_, _, validating), (_, _, asking) = executor.calls
        assert list(validating.events)[-3:] == [
            SlotSet(REQUESTED_SLOT, "city"),
            ActionExecuted("trip"),
            SlotSet("city", "Rome"),
        ]
        assert {event.timestamp for event in list(validating.events)[-3:]} == {9.0}
        assert asking.slots["city"] == "Roma"
        assert asking.requested_slot == "city", "what is asked for next is not yet set"

    def test_its_calls_have_keys_of_their_own(self) -> None:
        executor = Scripted(validate_trip=[], action_ask_seats=[])
        run(ASKING, *ANSWERED, executor=executor)
        run(ASKING, said("Rome", city="Rome", id="m2"), executor=executor)
        run(
            ASKING, said(id="m3"), executor=executor
        )  # validated as it begins, and again as it runs
        keys = [idempotency_key(name, shown, within) for name, within, shown in executor.calls]
        assert len(set(keys)) == len(keys) == 6

    def test_with_the_slot_it_names_the_form_goes_on(self) -> None:
        executor = Scripted(validate_trip=[SlotSet(REQUESTED_SLOT, "city")])
        requested, question = run(ASKING, *ANSWERED, executor=executor)
        assert requested == SlotSet(REQUESTED_SLOT, "city")
        assert isinstance(question, BotUttered)

    @pytest.mark.parametrize("end", [SlotSet(REQUESTED_SLOT, None), ActiveLoop(None)])
    def test_it_may_end_the_form(self, end: Event) -> None:
        executor = Scripted(validate_trip=[end])
        assert run(ASKING, *ANSWERED, executor=executor) == [
            end,
            SlotSet(REQUESTED_SLOT, None),
            ActiveLoop(None),
        ]

    def test_it_may_decline_and_still_set_slots(self) -> None:
        said_no: list[Event] = [SlotSet("seats", 1), ActionExecutionRejected("trip")]
        executor = Scripted(validate_trip=said_no)
        assert run(ASKING, *ASKED_CITY, said("why?"), executor=executor) == said_no

    def test_it_may_decline_by_an_error_of_its_own(self) -> None:
        executor = Scripted(validate_trip=ActionRejected("no", action="validate_trip"))
        with pytest.raises(ActionRejected):
            run(ASKING, *ANSWERED, executor=executor)

    def test_where_it_fails_the_form_fails(self) -> None:
        executor = Scripted(validate_trip=ActionError("boom", action="validate_trip"))
        with pytest.raises(ActionError, match="boom"):
            run(ASKING, *ANSWERED, executor=executor)

    def test_after_an_unhappy_path_it_is_asked_without_candidates(self) -> None:
        executor = Scripted(validate_trip=[SlotSet(REQUESTED_SLOT, "city")])
        run(ASKING, *ANSWERED, LoopInterrupted(True), executor=executor)
        assert list(executor.calls[0][2].events)[-1] == ActionExecuted("trip")

    def test_as_the_form_begins_it_gets_what_is_known(self) -> None:
        executor = Scripted(validate_trip=[SlotSet("city", "Roma")], action_ask_seats=[])
        events = run(ASKING, SlotSet("city", "Rome"), said(), executor=executor)
        assert events == [
            ActiveLoop("trip"),
            SlotSet("city", "Roma"),
            SlotSet(REQUESTED_SLOT, "seats"),
        ]
        (_, within, shown), _ = executor.calls
        assert within == "trip:begin"
        assert shown.active_loop == "trip"


def test_a_custom_mapping_that_fails_as_the_form_begins_does_not_stop_it() -> None:
    guess = SlotMapping(MappingType.CUSTOM, action="action_guess")
    guessing = replace(
        PLAIN,
        slots={**PLAIN.slots, "seats": Slot("seats", mappings=(guess,))},
        actions=("action_guess", "validate_trip"),
    )
    failing = Scripted(action_guess=ActionError("boom", action="action_guess"), validate_trip=[])
    begun, failed, requested, question = run(guessing, said(), executor=failing)
    assert begun == ActiveLoop("trip")
    assert failed == ActionFailed("action_guess")
    assert requested == SlotSet(REQUESTED_SLOT, "city")
    assert isinstance(question, BotUttered)
