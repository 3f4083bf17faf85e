"""`action_extract_slots` with the custom actions that have a say in it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bespeak.actions.book import ActionBook
from bespeak.actions.extraction import AFTER_MESSAGE
from bespeak.domain import (
    VALIDATE_SLOT_MAPPINGS,
    Domain,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
)
from bespeak.errors import ActionError, ActionRejected
from bespeak.events import ActionFailed, BotUttered, Event, FollowupAction, SlotSet
from tests.engine.actions.situation import DOMAIN, Scripted, said, tracker

GUESS = SlotMapping(MappingType.CUSTOM, action="action_guess")
GUESSING = replace(
    DOMAIN,
    slots={
        **DOMAIN.slots,
        "mood": Slot("mood", mappings=(GUESS,)),
        "seen": Slot("seen", SlotType.ANY, mappings=(GUESS,)),
    },
    actions=("action_guess",),
)
VALIDATING = replace(GUESSING, actions=(*GUESSING.actions, VALIDATE_SLOT_MAPPINGS))
ROME = said("to Rome", city="Rome")


def extracted(domain: Domain, executor: Scripted) -> Sequence[Event]:
    return asyncio.run(
        ActionBook(domain, executor=executor, clock=lambda: 7.0).extract_slots(
            tracker(ROME, domain=domain), domain
        )
    )


def test_a_custom_mappings_action_is_asked_once_for_all_its_slots() -> None:
    guessing = Scripted(action_guess=[SlotSet("mood", "calm")])
    assert extracted(GUESSING, guessing) == [SlotSet("city", "Rome"), SlotSet("mood", "calm")]
    [(_, within, shown)] = guessing.calls
    assert within == AFTER_MESSAGE
    assert shown.slots["city"] is None, "it sees the conversation as it was before"


def test_of_what_it_does_only_slots_count() -> None:
    guessing = Scripted(action_guess=[FollowupAction("x"), BotUttered("hm"), SlotSet("mood", 1)])
    assert extracted(GUESSING, guessing) == [SlotSet("city", "Rome"), SlotSet("mood", 1)]


def test_one_that_declines_fills_nothing() -> None:
    refusing = Scripted(action_guess=ActionRejected("no", action="action_guess"))
    assert extracted(GUESSING, refusing) == [SlotSet("city", "Rome")]


def test_one_that_fails_is_told_of_and_the_rest_is_filled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing = Scripted(action_guess=ActionError("boom", action="action_guess", request_id="r7"))
    failed, *slots = extracted(GUESSING, failing)
    assert isinstance(failed, ActionFailed)
    assert (failed.name, failed.cause, failed.request_id) == ("action_guess", "boom", "r7")
    assert slots == [SlotSet("city", "Rome")]
    assert "boom" in caplog.text


class TestValidation:
    def test_it_sees_the_candidates_as_set_and_stamped(self) -> None:
        accepting = Scripted(action_guess=[], action_validate_slot_mappings=[])
        assert extracted(VALIDATING, accepting) == [SlotSet("city", "Rome")]
        action, _, shown = accepting.calls[-1]
        assert action == VALIDATE_SLOT_MAPPINGS
        assert shown.slots["city"] == "Rome"
        assert shown.events[-1].timestamp == 7.0

    def test_what_it_says_wins_and_comes_first(self) -> None:
        changing = Scripted(
            action_guess=[SlotSet("mood", "calm")],
            action_validate_slot_mappings=[
                BotUttered("Which Rome?"),
                SlotSet("city", None),
                FollowupAction("x"),
            ],
        )
        assert extracted(VALIDATING, changing) == [
            BotUttered("Which Rome?"),
            SlotSet("city", None),
            SlotSet("mood", "calm"),
        ]

    def test_where_it_fails_the_candidates_stay(self) -> None:
        failing = Scripted(
            action_guess=[],
            action_validate_slot_mappings=ActionError("boom", action=VALIDATE_SLOT_MAPPINGS),
        )
        assert extracted(VALIDATING, failing) == [
            ActionFailed(VALIDATE_SLOT_MAPPINGS),
            SlotSet("city", "Rome"),
        ]
