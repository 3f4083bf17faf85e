"""When a session begins anew, and what it carries over."""

from dataclasses import replace
from typing import Final

import pytest

from bespeak.dialogue.sessions import expired, metadata_events, needs_session, session_start
from bespeak.domain import LISTEN, SESSION_METADATA, Domain, SessionConfig, Slot, SlotType
from bespeak.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    to_dict,
)
from bespeak.message import Intent
from bespeak.tracker import SNAPSHOT_HISTORY, Tracker, restored, snapshot

DOMAIN = Domain(
    slots={"city": Slot("city"), SESSION_METADATA: Slot(SESSION_METADATA, SlotType.ANY)}
)
FRESH = replace(DOMAIN, session=SessionConfig(60, carry_over_slots=False))


def tracker(*events: Event, domain: Domain = DOMAIN) -> Tracker:
    return Tracker.start("c", domain).record(events)


def said_at(timestamp: float | None) -> UserUttered:
    return UserUttered("hi", Intent("greet"), timestamp=timestamp)


def test_a_new_conversation_needs_one() -> None:
    assert needs_session(tracker(), DOMAIN, now=0)


def test_one_in_which_nothing_holds_any_more_needs_one() -> None:
    undone = tracker(said_at(0), UserUtteranceReverted())
    assert needs_session(undone, DOMAIN, now=0)


@pytest.mark.parametrize(("seconds", "over"), [(3600, False), (3600.1, True)])
def test_it_ends_when_the_user_was_silent_for_longer_than_configured(
    seconds: float, over: bool
) -> None:
    silent = tracker(ActionExecuted(LISTEN), said_at(1000), BotUttered("hi", timestamp=4000))
    assert expired(silent, DOMAIN, now=1000 + seconds) is over
    assert needs_session(silent, DOMAIN, now=1000 + seconds) is over


def test_it_never_ends_where_that_is_off_or_nobody_spoke() -> None:
    endless = replace(DOMAIN, session=SessionConfig(0))
    assert not expired(tracker(said_at(0)), endless, now=1e9)
    assert not expired(tracker(ActionExecuted(LISTEN)), DOMAIN, now=1e9)
    assert not expired(tracker(said_at(None)), DOMAIN, now=1e9)


def test_every_slot_event_that_holds_is_carried_over_with_its_metadata() -> None:
    events: list[Event] = [
        SlotSet("city", "Rome", metadata={"by": "hand"}, timestamp=3.0),
        SlotSet("city", "Oslo"),
        ActionExecuted(LISTEN),
        said_at(5),
        SlotSet("city", "undone"),
        UserUtteranceReverted(),
    ]
    begun = session_start(tracker(*events), DOMAIN)
    assert begun == [
        SessionStarted(),
        SlotSet("city", "Rome"),
        SlotSet("city", "Oslo"),
        ActionExecuted(LISTEN),
    ]
    assert to_dict(begun[1])["metadata"] == {"by": "hand"}
    assert begun[1].timestamp is None


def test_slots_set_before_a_snapshot_are_carried_over_too() -> None:
    long_ago = tracker(SlotSet("city", "Rome"), *[BotUttered(str(i)) for i in range(500)])
    assert len(long_ago.history) > SNAPSHOT_HISTORY
    again = restored("c", DOMAIN, snapshot(long_ago))
    assert session_start(again, DOMAIN) == session_start(long_ago, DOMAIN)


def test_nothing_is_carried_over_where_that_is_off() -> None:
    assert session_start(tracker(SlotSet("city", "Rome"), domain=FRESH), FRESH) == [
        SessionStarted(),
        ActionExecuted(LISTEN),
    ]


class TestMetadata:
    given: Final = {"campaign": "summer"}

    def test_it_is_a_slot_before_the_session_begins(self) -> None:
        assert metadata_events(self.given) == [SlotSet(SESSION_METADATA, self.given)]
        assert metadata_events({}) == []

    @pytest.mark.parametrize("domain", [DOMAIN, FRESH], ids=["carrying over", "fresh"])
    def test_it_belongs_to_the_new_session(self, domain: Domain) -> None:
        before = tracker(said_at(0), *metadata_events(self.given), domain=domain)
        after = before.record(session_start(before, domain))
        assert after.slots[SESSION_METADATA] == self.given

    def test_that_of_an_older_session_does_not_where_nothing_is_carried_over(self) -> None:
        older = tracker(*metadata_events(self.given), said_at(0), domain=FRESH)
        after = older.record(session_start(older, FRESH))
        assert after.slots[SESSION_METADATA] is None
