"""A conversation held for a while: what happens in it is stored first, then delivered.

`Turn` is the only place where events are stamped, appended, folded and sent, in that order; the
loop that predicts and acts until the assistant listens is here, too.
"""

import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bespeak.assistant import Assistant, listening
from bespeak.channels.channel import Deliver
from bespeak.dialogue.sessions import metadata_events, needs_session
from bespeak.domain import LISTEN, SESSION_START
from bespeak.errors import ActionError, ChannelError
from bespeak.events import (
    ActionExecuted,
    ActionFailed,
    BotUttered,
    Event,
    ReminderCancelled,
    ReminderScheduled,
    TurnStopped,
    UserUttered,
    stamped,
)
from bespeak.policies.policy import Prediction
from bespeak.stores.store import EventBroker, Lease, Reminder, TrackerStore, Waiting
from bespeak.tracker import Control, Log, Tracker, snapshot

logger = logging.getLogger(__name__)

MAX_ACTIONS: Final = int(os.environ.get("MAX_NUMBER_OF_PREDICTIONS", "10"))
"""How many actions a turn may take before the circuit breaker ends it."""

SNAPSHOT_EVERY: Final = 200
"""How many events may follow a snapshot before the next one."""

MICROSECOND: Final = 1e-6

DELIVERY_TIME: Final = 30.0
"""Seconds that this process has to deliver an answer before another may try."""

FIRST_RETRY: Final = 2.0
"""Seconds until an answer that could not be delivered is tried again."""


@dataclass
class Timings:
    """Where a turn's time went, in milliseconds."""

    parse: float = 0.0
    decide: float = 0.0
    act: float = 0.0
    store: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    def as_dict(self) -> dict[str, float]:
        total = (time.perf_counter() - self.began) * 1000
        return {
            "parse_ms": round(self.parse, 2),
            "decide_ms": round(self.decide, 2),
            "act_ms": round(self.act, 2),
            "store_ms": round(self.store, 2),
            "total_ms": round(total, 2),
        }


class Turn:
    """A conversation while this process holds it.

    `tracker` is what the stored events and the `pending` ones add up to; those are stored together
    before anybody hears of them, or an action touches the world. `deliver` brings answers to the
    user.
    With `outbox` (the channel's name), answers are in the store's outbox until they are delivered,
    so that none is lost with the process; without, they travel in the response to a request,
    which can be made again. `came` is what this turn has added so far.
    """

    def __init__(
        self,
        assistant: Assistant,
        store: TrackerStore,
        lease: Lease,
        tracker: Tracker,
        *,
        deliver: Deliver,
        outbox: str | None,
        clock: Callable[[], float],
        broker: EventBroker | None = None,
        message_id: str | None = None,
    ) -> None:
        self.assistant = assistant
        self.store = store
        self.lease = lease
        self.tracker = tracker
        self.deliver = deliver
        self.outbox = outbox
        self.clock = clock
        self.broker = broker
        self.message_id = message_id
        self.timings = Timings()
        self.came: list[Event] = []
        self.pending: list[Event] = []

    async def keep(self, events: Sequence[Event], *, answered: bool = False) -> None:
        """Store a step, then deliver what the assistant says in it.

        With `answered`, the message that began the turn needs no more work.
        """
        self.take(events)
        await self.flush(answered=answered)

    def take(self, events: Sequence[Event]) -> None:
        """Fold what has happened; it is stored with the next `flush`.

        Only for what nobody outside has seen: if the process died now, the turn would begin anew.
        """
        now = self._now()
        step = [
            stamped(event, event.timestamp or now + i * MICROSECOND, self.assistant.stamp)
            for i, event in enumerate(events)
        ]
        self.tracker = self.tracker.record(step)
        self.pending.extend(step)

    async def flush(self, *, answered: bool = False) -> None:
        """Store what is pending as one step, then deliver what the assistant says in it."""
        if not self.pending and not answered:
            return
        began = time.perf_counter()
        step, self.pending = self.pending, []
        after = self.tracker
        stored = after.sequence - len(step)
        outgoing = await self.store.append(
            self.lease,
            step,
            after=stored,
            answered=self.message_id if answered else None,
            reminders=[
                _reminder(event, after) for event in step if isinstance(event, ReminderScheduled)
            ],
            cancelled=await self._cancelled(step),
            snapshot=_snapshot(after, stored),
            outgoing=self._outgoing(step),
        )
        self.came.extend(step)
        self.timings.store += _since(began)
        if self.broker is not None:
            await self.broker.publish(after.conversation_id, step)
        for event in step:
            if isinstance(event, BotUttered) and self.outbox is None:
                await self._say(event)
        for waiting in outgoing:
            await self._send(waiting)

    async def _say(self, said: BotUttered) -> None:
        """Put one answer into the response to a request; who misses it may ask again."""
        try:
            await self.deliver(said)
        except ChannelError as error:
            logger.warning("An answer was not read: %s", error)

    async def _send(self, waiting: Waiting) -> None:
        """Send one answer out of the outbox; where that fails, it stays in it for later."""
        try:
            await self.deliver(waiting.said)
        except ChannelError as error:
            logger.warning("An answer waits in the outbox: %s", error)
            later = replace(waiting, attempts=1, due=self.clock() + FIRST_RETRY)
            await self.store.put_aside(later)
        else:
            await self.store.delivered(waiting)

    # --- the parts of a turn ---------------------------------------------------------------

    async def begin_session(self, metadata: Mapping[str, Any] | None = None) -> None:
        """Begin a session where none is on, or the last one has expired."""
        if not needs_session(self.tracker, self.assistant.domain, self.clock()):
            return
        started = Prediction("", 0, {SESSION_START: 1.0})
        noted = metadata_events(metadata) if metadata else []
        before = self.tracker
        self.tracker = before.record(self._stamped(noted))  # the action carries it over
        try:
            step = await self.assistant.act(self.tracker, started, self._now())
        except ActionError as error:
            step = await self._failed(SESSION_START, started, error)
        finally:
            self.tracker = before
        self.take([*noted, *step])
        self.tracker = _since_session(self.tracker)

    async def hear(self, heard: UserUttered) -> None:
        """Take in what the user said, and the slots it fills."""
        self.tracker, before = self.tracker.record(self._stamped([heard])), self.tracker
        try:
            filled = await self.extract_slots()
        finally:
            self.tracker = before
        self.take([heard, *filled])

    async def extract_slots(self) -> Sequence[Event]:
        """Return the slots that the latest message fills."""
        await self._complete()
        return await self.assistant.book.extract_slots(self.tracker, self.assistant.domain)

    async def go_on(self) -> None:
        """Predict and act until the assistant listens (or may not speak)."""
        while self.may_speak and not self.tracker.listening:
            if self.tracker.now.steps >= MAX_ACTIONS:
                await self._stop()
                return
            await self._decide_and_act()
        await self.finish()

    async def finish(self) -> None:
        """Mark the message as answered, if the last step has not done so."""
        if self.message_id is not None:
            await self.keep([], answered=True)
            self.message_id = None

    async def act(self, prediction: Prediction) -> None:
        """Carry out one action and keep what came of it."""
        name = prediction.action
        outside = self.assistant.reads_events(name)
        if outside:
            await self.flush()
            await self._complete()
        began = time.perf_counter()
        try:
            step = await self.assistant.act(self.tracker, prediction, self._now())
        except ActionError as error:
            step = await self._failed(name, prediction, error)
        self.timings.act += _since(began)
        ends = isinstance(step[-1], ActionExecuted) and step[-1].name == LISTEN
        if ends:
            step[-1] = replace(
                step[-1],
                metadata={**step[-1].metadata, "bespeak_timings": self.timings.as_dict()},
            )
        self.take(step)
        if ends:
            await self.flush(answered=self.message_id is not None)
            self.message_id = None
        elif outside:
            await self.flush()
        if any(isinstance(event, UserUttered) for event in step):
            self.take(await self.extract_slots())

    @property
    def may_speak(self) -> bool:
        """A paused conversation only reacts to a restart; one at the desk to nothing."""
        message = self.tracker.latest_message
        restarts = message is not None and message.intent_name == "restart"
        return self.tracker.control is Control.ASSISTANT and (
            not self.tracker.now.paused or restarts
        )

    async def _decide_and_act(self) -> None:
        began = time.perf_counter()
        prediction = self.assistant.decide(self.tracker)
        self.timings.decide += _since(began)
        if prediction.end_to_end:
            self.take(await self.extract_slots())
        if prediction.action != LISTEN and any(isinstance(e, BotUttered) for e in self.pending):
            await self.flush()  # the user need not wait for what comes next
        await self.act(prediction)

    async def _failed(self, name: str, prediction: Prediction, error: ActionError) -> list[Event]:
        """Return the end of a turn in which an action failed: cause, apology, listen."""
        logger.error("%s", error, extra={"action": name, "request_id": error.request_id})
        done = ActionExecuted(
            name, prediction.policy or None, prediction.confidence, None, prediction.hide_rule_turn
        )
        return [
            *prediction.events,
            done,
            ActionFailed(name, str(error), error.request_id),
            *await self._apology(),
            listening(),
        ]

    async def _stop(self) -> None:
        """Trip the circuit breaker: say so in the log, to the customer, and listen."""
        now = self.tracker.now
        logger.warning(
            "A turn took %d actions without listening, the last one %r: it is stopped. "
            "Does a rule or story lack its end?",
            now.steps,
            now.action,
        )
        step = [
            TurnStopped(now.steps, now.action or ""),
            *await self._apology(),
            listening(),
        ]
        await self.keep(step, answered=self.message_id is not None)
        self.message_id = None

    async def _apology(self) -> Sequence[Event]:
        return await self.assistant.book.apology(self.tracker, self.assistant.domain)

    def _outgoing(self, step: Sequence[Event]) -> list[Waiting]:
        """Return what of a step goes through the outbox."""
        if self.outbox is None:
            return []
        due = self.clock() + DELIVERY_TIME
        return [
            Waiting(0, self.tracker.conversation_id, self.outbox, event, 0, due)
            for event in step
            if isinstance(event, BotUttered)
        ]

    async def _complete(self) -> None:
        """Read the session's events that a snapshot stood for, if actions may want to see them."""
        tracker = self.tracker
        if not self.assistant.has_custom_actions:
            return
        first = max(0, tracker.session_at - 1)
        if tracker.earlier > first:
            events = await self.store.events(tracker.conversation_id, first)
            self.tracker = replace(tracker, events=Log([*events, *self.pending]), earlier=first)

    async def _cancelled(self, step: Sequence[Event]) -> list[str]:
        """Return the names of the reminders that a step takes off."""
        cancelling = [event for event in step if isinstance(event, ReminderCancelled)]
        if not cancelling:
            return []
        waiting = await self.store.reminders(self.tracker.conversation_id)
        return [
            reminder.name
            for reminder in waiting
            if any(_cancels(event, reminder) for event in cancelling)
        ]

    def _stamped(self, events: Sequence[Event]) -> list[Event]:
        """Return what is about to be kept as actions may see it already."""
        now = self._now()
        return [stamped(event, now, self.assistant.stamp) for event in events]

    def _now(self) -> float:
        """Return the time, later than the last event's whatever the clock says."""
        latest = self.tracker.events[-1].timestamp if self.tracker.events else None
        return max(self.clock(), (latest or 0.0) + MICROSECOND)


def _snapshot(after: Tracker, stored: int) -> Mapping[str, Any] | None:
    """Return a snapshot where the events since the last one have become many."""
    due = after.sequence // SNAPSHOT_EVERY > stored // SNAPSHOT_EVERY
    return snapshot(after) if due else None


def _since(began: float) -> float:
    return (time.perf_counter() - began) * 1000


def _since_session(tracker: Tracker) -> Tracker:
    """Drop the events of earlier sessions from memory: nothing in a turn looks at them."""
    first = max(0, tracker.session_at - 1)
    if first <= tracker.earlier:
        return tracker
    return replace(tracker, events=Log(tracker.events[first - tracker.earlier :]), earlier=first)


def _reminder(event: ReminderScheduled, tracker: Tracker) -> Reminder:
    name = event.name or f"{event.intent}@{event.at.isoformat()}"
    channel = tracker.latest_message.channel if tracker.latest_message else None
    return Reminder(
        tracker.conversation_id,
        name,
        event.intent,
        event.entities,
        event.at.timestamp(),
        event.kill_on_message,
        channel or "",
    )


def _cancels(event: ReminderCancelled, reminder: Reminder) -> bool:
    return (
        (not event.name or event.name == reminder.name)
        and (not event.intent or event.intent == reminder.intent)
        and (not event.entities or event.entities == reminder.entities)
    )
