"""What every tracker store must do: subclass, say how yours is opened, and pytest does the rest.

    class TestMyStore(TrackerStoreContract):
        @pytest.fixture
        def opened(self, tmp_path):
            return lambda: MyStore(tmp_path / "conversations")

`opened` gives a new store over the same data each time it is called, as a second process would
open it. A store whose data nobody else can see says `shared = False`.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from bespeak.domain import LISTEN
from bespeak.errors import Conflict, StoreError
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActionReverted,
    ActiveLoop,
    AgentUttered,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    HandoffAccepted,
    HandoffClosed,
    HandoffRequested,
    LoopInterrupted,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SessionEnded,
    SessionStarted,
    SlotSet,
    StoryExported,
    TurnStopped,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
    to_dict,
)
from bespeak.message import Entity, Intent, UserMessage
from bespeak.stores.store import (
    ATTEMPTS,
    CLAIM_SECONDS,
    Arrival,
    Lease,
    Reminder,
    TrackerStore,
    Waiting,
)

Opened = Callable[[], TrackerStore]


def message(text: str = "hi", *, to: str = "ada", id: str = "m1") -> UserMessage:
    """Return a message as it would come in."""
    return UserMessage(to, text, message_id=id, received_at=1_700_000_000.5)


def said(text: str, at: float = 1.0) -> BotUttered:
    """Return an answer as it would be kept."""
    return BotUttered(text, timestamp=at)


def steps(count: int, start: int = 0) -> list[Event]:
    """Return `count` events that differ from one another."""
    return [
        SlotSet("count", number, timestamp=float(number)) for number in range(start, start + count)
    ]


def told(store: TrackerStore, *events: Event, to: str = "ada") -> Any:
    """Append events in a turn of their own."""

    async def tell() -> None:
        async with store.turn(to) as lease:
            kept = await store.load(to)
            await store.append(lease, events, after=kept.sequence)

    return tell()


ONE_OF_EACH: Sequence[Event] = (
    ActionExecuted("action_session_start", timestamp=1.5, metadata={"model_id": "m"}),
    SessionStarted(timestamp=1.5),
    ActionExecuted(LISTEN, "RulePolicy", 0.9, timestamp=2.25, hide_rule_turn=True),
    UserUttered(
        "to Zürich 🚆 \u2028",
        Intent("book", 0.75, "faq/book"),
        (Entity("city", "Zürich", 3, 9, role="to", extractor="DIETClassifier", confidence=0.5),),
        message_id="m1",
        channel="rest",
        parse={"intent_ranking": [{"name": "book", "confidence": 0.75}], "text_tokens": [[0, 2]]},
        timestamp=3.0,
        metadata={"nested": {"list": [1, 2.5, None, True, "x"]}},
    ),
    UserUttered(None, timestamp=3.5),
    UserFeaturization(False, timestamp=4.0),
    EntitiesAdded((Entity("city", "Bern"),), timestamp=4.0),
    BotUttered("Hello\nthere", {"buttons": [{"title": "a", "payload": "/a"}], "image": None}),
    AgentUttered("I am Kim.", {"custom": {"x": 1}}, timestamp=5.0),
    SlotSet("none", None, timestamp=6.0),
    SlotSet("long", 2**80 + 1, timestamp=6.0),
    SlotSet("deep", {"a": [{"b": 0.1 + 0.2}], "ünï": "\ud83d"}, timestamp=6.0),
    SlotSet("nul", "a\x00b", timestamp=6.0),
    AllSlotsReset(timestamp=7.0),
    ActiveLoop("form", timestamp=7.0),
    ActiveLoop(None, timestamp=7.0),
    LoopInterrupted(True, timestamp=7.0),
    ActionExecutionRejected("form", "P", 0.5, timestamp=7.0),
    FollowupAction("action_x", timestamp=8.0),
    UserUtteranceReverted(timestamp=8.0),
    ActionReverted(timestamp=8.0),
    ReminderScheduled("remind", datetime(2026, 1, 2, 3, 4, tzinfo=UTC), {"a": 1}, "r", False),
    ReminderCancelled("r", timestamp=9.0),
    StoryExported(timestamp=9.0),
    ConversationPaused(timestamp=9.0),
    ConversationResumed(timestamp=9.0),
    ActionFailed("action_x", "time-out", "abc", timestamp=9.5, metadata={"model_id": "m"}),
    TurnStopped(10, "action_x", timestamp=9.5),
    HandoffRequested("angry", "billing", timestamp=9.5),
    HandoffAccepted("kim", timestamp=9.5),
    HandoffClosed("kim", timestamp=9.5),
    SessionEnded(timestamp=9.5),
    Restarted(timestamp=10.0),
)


class TrackerStoreContract:
    """The promises of `bespeak.stores.store`, each as a test."""

    pytestmark = pytest.mark.anyio

    shared: ClassVar[bool] = True
    """Whether two stores that `opened` gives see the same data."""

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def opened(self) -> Opened:
        raise NotImplementedError("Override the fixture 'opened': it says how a store is opened.")

    @pytest.fixture
    async def store(self, opened: Opened) -> AsyncIterator[TrackerStore]:
        store = opened()
        yield store
        await store.close()

    @pytest.fixture
    async def another(self, opened: Opened) -> AsyncIterator[TrackerStore]:
        """The store of a second process."""
        if not self.shared:
            pytest.skip("nobody else sees this store's data")
        store = opened()
        yield store
        await store.close()

    # --- the log ---

    async def test_a_conversation_that_never_was_is_empty(self, store: TrackerStore) -> None:
        kept = await store.load("nobody")
        assert (kept.snapshot, list(kept.events), kept.sequence) == (None, [], 0)
        assert await store.events("nobody") == []
        assert await store.conversation_ids() == []

    async def test_every_event_comes_back_as_it_was(self, store: TrackerStore) -> None:
        await told(store, *ONE_OF_EACH)
        kept = await store.load("ada")
        assert [to_dict(event) for event in kept.events] == [to_dict(e) for e in ONE_OF_EACH]
        assert kept.sequence == len(ONE_OF_EACH)

    async def test_steps_add_up_in_order(self, store: TrackerStore) -> None:
        async with store.turn("ada") as lease:
            await store.append(lease, steps(3), after=0)
            await store.append(lease, [], after=3)
            await store.append(lease, steps(2, 3), after=3)
        assert await store.events("ada") == steps(5)
        assert await store.events("ada", after=3) == steps(2, 3)
        assert await store.events("ada", after=5) == []

    async def test_conversations_are_kept_apart(self, store: TrackerStore) -> None:
        await told(store, said("a"), to="ada")
        await told(store, said("b"), to="Ada")
        await told(store, said("c"), to="a%' OR ''='")
        assert await store.events("ada") == [said("a")]
        assert await store.events("Ada") == [said("b")]
        assert await store.events("a%' OR ''='") == [said("c")]

    async def test_what_is_not_json_is_refused_and_nothing_is_kept(
        self, store: TrackerStore
    ) -> None:
        if not self.shared:
            pytest.skip("values stay as they are in memory")
        with pytest.raises(StoreError, match="cannot be kept"):
            await told(store, said("first"), SlotSet("x", object()))
        assert await store.events("ada") == []

    async def test_a_step_after_the_wrong_number_conflicts(self, store: TrackerStore) -> None:
        async with store.turn("ada") as lease:
            await store.append(lease, steps(2), after=0)
            for wrong in (0, 1, 3):
                with pytest.raises(Conflict):
                    await store.append(
                        lease, [said("lost")], after=wrong, reminders=[_reminder("lost")]
                    )
            await store.append(lease, steps(1, 2), after=2)
        assert await store.events("ada") == steps(3)
        assert await store.reminders("ada") == []

    async def test_a_snapshot_stands_for_the_events_before_it(self, store: TrackerStore) -> None:
        async with store.turn("ada") as lease:
            await store.append(lease, steps(3), after=0)
            await store.append(lease, steps(2, 3), after=3, snapshot={"sum": [1, {"ü": None}]})
            await store.append(lease, steps(1, 5), after=5)
        kept = await store.load("ada")
        assert kept.snapshot == {"sum": [1, {"ü": None}]}
        assert (list(kept.events), kept.sequence) == (steps(1, 5), 6)
        assert await store.events("ada") == steps(6)

        async with store.turn("ada") as lease:
            await store.append(lease, [], after=6, snapshot={"sum": "newer"})
        kept = await store.load("ada")
        assert (kept.snapshot, list(kept.events), kept.sequence) == ({"sum": "newer"}, [], 6)

    async def test_replacing_forgets_the_old_events_and_their_snapshot(
        self, store: TrackerStore
    ) -> None:
        async with store.turn("ada") as lease:
            await store.append(lease, steps(5), after=0, snapshot={"old": True})
            await store.replace(lease, steps(2, 50))
            await store.append(lease, steps(1, 52), after=2)
        kept = await store.load("ada")
        assert (kept.snapshot, list(kept.events), kept.sequence) == (None, steps(3, 50), 3)

    async def test_deleting_leaves_nothing_and_the_conversation_can_begin_again(
        self, store: TrackerStore
    ) -> None:
        await store.arrive(message())
        async with store.turn("ada", "m1") as lease:
            outgoing = [Waiting(0, "ada", "callback", said("x"), 0, 1.0)]
            await store.append(
                lease,
                [said("x")],
                after=0,
                answered="m1",
                reminders=[_reminder("r")],
                snapshot={},
                outgoing=outgoing,
            )
        await told(store, said("other"), to="bob")
        await store.delete("ada")

        kept = await store.load("ada")
        assert (kept.snapshot, list(kept.events), kept.sequence) == (None, [], 0)
        assert await store.replies("ada", "m1") == []
        assert await store.waiting(math.inf) == []
        assert await store.due(math.inf) == []
        assert await store.unfinished() == []
        assert await store.conversation_ids() == ["bob"]
        assert await store.arrive(message()) is Arrival.NEW
        await told(store, said("again"))
        assert await store.events("ada") == [said("again")]

    async def test_the_most_recent_conversation_comes_first(self, store: TrackerStore) -> None:
        for name in ("ada", "bob", "cyd", "ada"):
            await told(store, said("x"), to=name)
        async with store.turn("silent"):
            pass
        assert await store.conversation_ids() == ["ada", "cyd", "bob"]

    # --- turns ---

    async def test_turns_come_one_at_a_time_in_the_order_asked(self, store: TrackerStore) -> None:
        running, order = 0, []

        async def turn(number: int) -> None:
            nonlocal running
            async with store.turn("ada") as lease:
                running += 1
                assert running == 1
                kept = await store.load("ada")
                await store.append(lease, steps(1, number), after=kept.sequence)
                await asyncio.sleep(0)
                order.append(number)
                running -= 1

        await asyncio.gather(*(turn(number) for number in range(20)))
        assert order == list(range(20))
        assert await store.events("ada") == steps(20)

    async def test_conversations_do_not_wait_for_each_other(self, store: TrackerStore) -> None:
        async with store.turn("ada"):
            await asyncio.wait_for(told(store, said("x"), to="bob"), 5)

    async def test_a_turn_that_fails_lets_the_next_one_come(self, store: TrackerStore) -> None:
        with pytest.raises(ZeroDivisionError):
            async with store.turn("ada") as lease:
                await store.append(lease, steps(1), after=0)
                raise ZeroDivisionError
        await asyncio.wait_for(told(store, *steps(1, 1)), 5)
        assert await store.events("ada") == steps(2)

    async def test_who_stops_waiting_holds_nobody_up(self, store: TrackerStore) -> None:
        async with store.turn("ada"):
            waiting = [asyncio.ensure_future(told(store, *steps(1, n))) for n in range(3)]
            await asyncio.sleep(0.02)
            waiting[0].cancel()
            waiting[1].cancel()
        await asyncio.wait_for(waiting[2], 5)
        assert await store.events("ada") == steps(1, 2)

    async def test_epochs_grow_and_a_lease_names_the_one_before(self, store: TrackerStore) -> None:
        leases: list[Lease] = []
        for _ in range(3):
            async with store.turn("ada") as lease:
                leases.append(lease)
                await store.append(lease, steps(2), after=lease.sequence)
        assert [lease.sequence for lease in leases] == [0, 2, 4]
        assert leases[0].previous == 0
        assert [lease.previous for lease in leases[1:]] == [lease.epoch for lease in leases[:-1]]
        assert leases[0].epoch < leases[1].epoch < leases[2].epoch

    async def test_who_lost_the_lease_cannot_write(self, store: TrackerStore) -> None:
        async with store.turn("ada") as old:
            await store.append(old, steps(1), after=0)
        async with store.turn("ada"):
            with pytest.raises(Conflict):
                await store.append(old, [said("late")], after=1, outgoing=[_waiting()])
            with pytest.raises(Conflict):
                await store.replace(old, [])
        assert await store.events("ada") == steps(1)
        assert await store.waiting(math.inf) == []

    async def test_deleting_ends_the_turn_that_is_on(self, store: TrackerStore) -> None:
        async with store.turn("ada") as lease:
            await store.append(lease, steps(1), after=0)
            await store.delete("ada")
            with pytest.raises(Conflict):
                await store.append(lease, steps(1, 1), after=1)
        assert await store.events("ada") == []

    async def test_two_processes_take_turns(
        self, store: TrackerStore, another: TrackerStore
    ) -> None:
        running, seen = 0, []

        async def turn(through: TrackerStore, number: int) -> None:
            nonlocal running
            async with through.turn("ada") as lease:
                running += 1
                assert running == 1
                kept = await through.load("ada")
                await through.append(lease, steps(1, number), after=kept.sequence)
                seen.append(number)
                running -= 1

        await asyncio.gather(
            *(turn(store if number % 2 else another, number) for number in range(20))
        )
        assert sorted(seen) == list(range(20))
        assert await store.events("ada") == [steps(1, number)[0] for number in seen]

    async def test_another_process_finds_all_that_was_kept(
        self, store: TrackerStore, another: TrackerStore
    ) -> None:
        await store.arrive(message())
        async with store.turn("ada", "m1") as lease:
            await store.append(
                lease, [said("x")], after=0, answered="m1", reminders=[_reminder("r")]
            )
        await store.put_aside(_waiting())
        assert await another.events("ada") == [said("x")]
        assert await another.arrive(message()) is Arrival.ANSWERED
        assert await another.replies("ada", "m1") == [said("x")]
        assert await another.reminders("ada") == [_reminder("r")]
        assert [waiting.said for waiting in await another.waiting(10.0)] == [_waiting().said]

    async def test_the_epoch_tells_that_another_process_had_the_turn(
        self, store: TrackerStore, another: TrackerStore
    ) -> None:
        async with store.turn("ada") as first:
            pass
        async with another.turn("ada") as second:
            pass
        async with store.turn("ada") as third:
            pass
        assert (second.previous, third.previous) == (first.epoch, second.epoch)

    # --- messages ---

    async def test_a_message_is_known_again(self, store: TrackerStore) -> None:
        assert await store.arrive(message()) is Arrival.NEW
        assert await store.arrive(message("changed")) is Arrival.UNFINISHED
        assert await store.arrive(message(id="m2")) is Arrival.NEW
        assert await store.arrive(message(to="bob")) is Arrival.NEW
        async with store.turn("ada", "m1") as lease:
            await store.append(lease, [said("x")], after=0, answered="m1")
        assert await store.arrive(message()) is Arrival.ANSWERED
        assert await store.arrive(message(to="bob")) is Arrival.UNFINISHED

    async def test_a_message_without_an_id_is_refused(self, store: TrackerStore) -> None:
        with pytest.raises(StoreError, match="id"):
            await store.arrive(message(id=""))
        with pytest.raises(StoreError, match="id"):
            async with store.turn("ada", arriving=message(id="")):
                pass

    async def test_a_message_may_arrive_with_its_turn(self, store: TrackerStore) -> None:
        async def answer(id: str) -> Arrival | None:
            async with store.turn("ada", id, arriving=message(id=id)) as lease:
                if lease.arrival is Arrival.NEW:
                    kept = await store.load("ada")
                    await store.append(lease, [said(id)], after=kept.sequence, answered=id)
                return lease.arrival

        first, twin, behind = await asyncio.gather(answer("m1"), answer("m1"), answer("m2"))
        assert (first, twin, behind) == (Arrival.NEW, Arrival.ANSWERED, Arrival.NEW)
        assert await store.replies("ada", "m1") == [said("m1")]
        assert await store.unfinished() == []

    async def test_a_hundred_at_once_are_one(self, store: TrackerStore) -> None:
        arrivals = await asyncio.gather(*(store.arrive(message()) for _ in range(100)))
        assert arrivals.count(Arrival.NEW) == 1
        assert arrivals.count(Arrival.UNFINISHED) == 99

    async def test_the_lease_says_what_is_known_of_the_message(self, store: TrackerStore) -> None:
        await store.arrive(message())
        arrivals = []
        for answered in (None, "m1", None):
            async with store.turn("ada", "m1") as lease:
                arrivals.append(lease.arrival)
                if lease.arrival is not Arrival.ANSWERED:
                    kept = await store.load("ada")
                    await store.append(lease, [said("x")], after=kept.sequence, answered=answered)
        assert arrivals == [Arrival.NEW, Arrival.UNFINISHED, Arrival.ANSWERED]
        async with store.turn("ada") as lease:
            assert lease.arrival is None
        async with store.turn("ada", "never came") as lease:
            assert lease.arrival is None

    async def test_replies_are_what_the_message_was_answered_with(
        self, store: TrackerStore
    ) -> None:
        await told(store, said("before"))
        await store.arrive(message())
        async with store.turn("ada", "m1") as lease:
            await store.append(lease, [SessionStarted(), said("welcome")], after=1)
            await store.append(lease, [UserUttered("hi", message_id="m1")], after=3)
            await store.append(lease, [said("one"), SlotSet("x", 1), said("two")], after=4)
            so_far = [said("welcome"), said("one"), said("two")]
            assert await store.replies("ada", "m1") == so_far
            await store.append(lease, [ActionExecuted(LISTEN)], after=7, answered="m1")
        await told(store, said("after"))
        assert await store.replies("ada", "m1") == so_far
        assert await store.replies("ada", "m2") == []

    async def test_replies_of_a_turn_that_was_cut_are_all_there(self, store: TrackerStore) -> None:
        await store.arrive(message())
        with pytest.raises(ZeroDivisionError):
            async with store.turn("ada", "m1") as lease:
                await store.append(lease, [said("one")], after=0)
                raise ZeroDivisionError
        async with store.turn("ada", "m1") as lease:
            await store.append(lease, [said("two")], after=1, answered="m1")
        assert await store.replies("ada", "m1") == [said("one"), said("two")]

    async def test_replies_of_a_message_that_was_never_finished_end_where_the_next_was_heard(
        self, store: TrackerStore
    ) -> None:
        for id in ("m1", "m2"):
            await store.arrive(message(id=id))
        assert await store.replies("ada", "m1") == []
        for number, id in enumerate(("m1", "m2")):
            async with store.turn("ada", id) as lease:
                heard = UserUttered("hi", message_id=id)
                done = None if id == "m1" else id
                await store.append(lease, [heard, said(id)], after=2 * number, answered=done)
        assert await store.replies("ada", "m1") == [said("m1")]
        assert await store.replies("ada", "m2") == [said("m2")]

    async def test_a_message_whose_turn_was_cut_is_unfinished(self, store: TrackerStore) -> None:
        full = replace(
            message("übrig"), channel="callback", metadata={"a": [1]}, parse_data={"text": "x"}
        )
        await store.arrive(full)
        with pytest.raises(ZeroDivisionError):
            async with store.turn("ada", "m1") as lease:
                await store.append(lease, [said("one")], after=0)
                raise ZeroDivisionError
        async with store.turn("bob"):
            pass  # a turn later, the cut one has been let go
        await self._until_listed(store, [full])
        async with store.turn("ada", "m1") as lease:
            assert await store.unfinished() == []  # it is being worked on
            await store.append(lease, [], after=1, answered="m1")
        assert await store.unfinished() == []

    async def test_a_lease_names_the_messages_that_were_cut_before(
        self, store: TrackerStore
    ) -> None:
        first, second = message("first"), message("second", id="m2")
        await store.arrive(first)
        async with store.turn("ada", "m1") as lease:
            assert list(lease.cut) == []  # its own message is not before it
        await store.arrive(second)
        await store.arrive(message(to="bob", id="m3"))
        async with store.turn("bob", "m3") as lease:
            assert list(lease.cut) == []
        async with store.turn("ada", "m2") as lease:
            assert list(lease.cut) == [first]
        async with store.turn("ada", "m1") as lease:
            assert (list(lease.cut), lease.arrival) == ([], Arrival.UNFINISHED)
            await store.append(lease, [said("one")], after=0, answered="m1")
        async with store.turn("ada", "m2") as lease:
            assert list(lease.cut) == []
            await store.append(lease, [said("two")], after=1, answered="m2")

    async def test_a_turn_that_was_cut_comes_before_messages_that_were_not_begun(
        self, store: TrackerStore
    ) -> None:
        first, second = message("first"), message("second", id="m2")
        await store.arrive(first)
        await store.arrive(second)
        async with store.turn("ada", "m2") as lease:  # asked for first, and cut
            assert list(lease.cut) == []
        async with store.turn("ada", "m1") as lease:
            assert (list(lease.cut), lease.arrival) == ([second], Arrival.NEW)
        async with store.turn("ada", "m2") as lease:
            assert (list(lease.cut), lease.arrival) == ([], Arrival.UNFINISHED)
            await store.append(lease, [said("two")], after=0, answered="m2")
        async with store.turn("ada", "m1") as lease:
            assert (list(lease.cut), lease.arrival) == ([], Arrival.NEW)
            await store.append(lease, [said("one")], after=1, answered="m1")
        assert await store.replies("ada", "m1") == [said("one")]
        assert await store.replies("ada", "m2") == [said("two")]

    async def test_a_message_that_fails_time_and_again_is_not_named_either(
        self, store: TrackerStore
    ) -> None:
        await store.arrive(message())
        for _ in range(ATTEMPTS):
            async with store.turn("ada", "m1"):
                pass
        await store.arrive(message(id="m2"))
        async with store.turn("ada", "m2") as lease:
            assert list(lease.cut) == []

    async def test_unfinished_messages_come_oldest_first(self, store: TrackerStore) -> None:
        cut = [message(str(n), to=f"user{n}", id=f"m{n}") for n in range(5)]
        for each in cut:
            await store.arrive(each)
        for each in reversed(cut):
            async with store.turn(each.conversation_id, each.message_id):
                pass
        await self._until_listed(store, cut)

    async def test_a_message_that_fails_time_and_again_is_left_alone(
        self, store: TrackerStore
    ) -> None:
        await store.arrive(message())
        for _ in range(ATTEMPTS - 1):
            async with store.turn("ada", "m1"):
                pass
        await self._until_listed(store, [message()])
        async with store.turn("ada", "m1"):
            pass
        await self._until_listed(store, [])

    async def _until_listed(self, store: TrackerStore, expected: list[UserMessage]) -> None:
        """A lease is let go behind the turn's back: what is unfinished shows a moment later."""
        for _ in range(500):
            if await store.unfinished() == expected:
                return
            await asyncio.sleep(0.01)
        assert await store.unfinished() == expected

    # --- outbox ---

    async def test_an_answer_put_aside_is_handed_out_when_due_and_once(
        self, store: TrackerStore
    ) -> None:
        await store.put_aside(_waiting(due=20.0))
        await store.put_aside(_waiting("first", due=10.0))
        assert await store.waiting(9.0) == []
        first, second = await store.waiting(20.0)
        assert (first.said, second.said) == (said("first"), said("later"))
        assert first.said.timestamp == 1.0
        assert (first.conversation_id, first.channel, first.attempts) == ("ada", "callback", 1)
        assert await store.waiting(20.0) == []
        assert await store.waiting(20.0 + CLAIM_SECONDS) == [first, second]

    async def test_an_answer_that_fails_again_keeps_its_place(self, store: TrackerStore) -> None:
        await store.put_aside(_waiting(due=10.0))
        (waiting,) = await store.waiting(10.0)
        await store.put_aside(replace(waiting, attempts=2, due=30.0))
        assert await store.waiting(29.0) == []
        assert await store.waiting(30.0) == [replace(waiting, attempts=2, due=30.0)]
        await store.delivered(waiting)
        assert await store.waiting(math.inf) == []

    async def test_an_answer_is_put_into_the_outbox_with_its_step(
        self, store: TrackerStore
    ) -> None:
        async with store.turn("ada") as lease:
            outgoing = [_waiting("one", due=5.0), _waiting("two", due=5.0)]
            one, two = await store.append(
                lease, [said("one"), said("two")], after=0, outgoing=outgoing
            )
        assert one.id and two.id and one.id != two.id
        assert (one.said, two.said) == (said("one"), said("two"))
        await store.delivered(one)
        assert await store.waiting(5.0) == [two]

    async def test_two_processes_share_the_outbox(
        self, store: TrackerStore, another: TrackerStore
    ) -> None:
        for number in range(10):
            await store.put_aside(_waiting(str(number)))
        found = await asyncio.gather(*(each.waiting(10.0) for each in (store, another) * 3))
        texts = [waiting.said.text for part in found for waiting in part]
        assert sorted(str(text) for text in texts) == [str(number) for number in range(10)]

    # --- reminders ---

    async def test_reminders_wait_for_their_time_and_are_handed_out_once(
        self, store: TrackerStore
    ) -> None:
        late, early = _reminder("late", 20.0), _reminder("early", 10.0)
        async with store.turn("ada") as lease:
            await store.append(lease, steps(1), after=0, reminders=[late, early])
        assert await store.reminders("ada") == [early, late]
        assert await store.due(9.0) == []
        assert await store.due(20.0) == [early, late]
        assert await store.due(20.0) == []
        assert await store.due(20.0 + CLAIM_SECONDS) == [early, late]
        await store.reminded(early)
        assert await store.reminders("ada") == [late]

    async def test_a_reminder_of_the_same_name_replaces_the_other(
        self, store: TrackerStore
    ) -> None:
        old, new = _reminder("r", 10.0), _reminder("r", 30.0)
        other = replace(_reminder("r", 10.0), conversation_id="bob")
        async with store.turn("bob") as lease:
            await store.append(lease, steps(1), after=0, reminders=[other])
        async with store.turn("ada") as lease:
            await store.append(lease, steps(1), after=0, reminders=[old])
            assert await store.due(10.0) == [other, old] or await store.due(10.0) == []
            await store.append(lease, [], after=1, reminders=[new])
        await store.reminded(old)  # it happened, but has been set anew since
        assert await store.reminders("ada") == [new]
        assert await store.reminders("bob") == [other]
        assert await store.due(30.0) == [new]

    async def test_cancelled_reminders_are_off(self, store: TrackerStore) -> None:
        async with store.turn("ada") as lease:
            await store.append(lease, steps(1), after=0, reminders=[_reminder("a"), _reminder("b")])
            await store.append(
                lease, [], after=1, cancelled=["a", "c", "b"], reminders=[_reminder("b", 99.0)]
            )
        assert await store.reminders("ada") == [_reminder("b", 99.0)]

    async def test_two_processes_share_the_reminders(
        self, store: TrackerStore, another: TrackerStore
    ) -> None:
        reminders = [_reminder(str(number)) for number in range(10)]
        async with store.turn("ada") as lease:
            await store.append(lease, steps(1), after=0, reminders=reminders)
        found = await asyncio.gather(*(each.due(50.0) for each in (store, another) * 3))
        assert sorted(r.name for part in found for r in part) == [str(n) for n in range(10)]

    # --- the store itself ---

    async def test_a_store_that_works_answers(self, store: TrackerStore) -> None:
        await store.ping()

    async def test_a_store_that_was_never_used_can_be_closed(self, opened: Opened) -> None:
        await opened().close()


def _reminder(name: str, due: float = 42.5) -> Reminder:
    return Reminder("ada", name, "remind", [{"entity": "x", "value": 1}], due, True, "callback")


def _waiting(text: str = "later", due: float = 5.0) -> Waiting:
    return Waiting(0, "ada", "callback", said(text), 1, due)
