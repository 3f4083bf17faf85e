"""Conversations in this process's memory: for tests and the shell, gone when it ends."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from time import time
from typing import Any, TypeVar

from bespeak.errors import Conflict
from bespeak.events import BotUttered, Event
from bespeak.message import UserMessage
from bespeak.stores import wire
from bespeak.stores.store import (
    ATTEMPTS,
    CLAIM_SECONDS,
    HANDED_OUT,
    KEEP_ANSWERED,
    Arrival,
    Kept,
    Lease,
    Reminder,
    Waiting,
)
from bespeak.stores.turns import LEASE_SECONDS, Turns

T = TypeVar("T")


@dataclass(slots=True)
class _Conversation:
    """One conversation: `epoch` is of its latest turn, `held` while that one goes on."""

    events: list[Event] = field(default_factory=list)
    snapshot: Mapping[str, Any] | None = None
    snapshot_sequence: int = 0
    epoch: int = 0
    held: bool = False
    touched: int = 0


@dataclass(slots=True)
class _Letter:
    """A message that arrived, and which events answer it."""

    message: UserMessage
    arrived: float
    attempts: int = 0
    begun: int | None = None
    answered: int | None = None


class InMemoryTrackerStore:
    """Keep conversations until the process ends."""

    def __init__(self) -> None:
        self._conversations: dict[str, _Conversation] = {}
        self._letters: dict[tuple[str, str], _Letter] = {}
        self._open: dict[str, dict[str, _Letter]] = {}
        self._outbox: dict[int, Waiting] = {}
        self._reminders: dict[tuple[str, str], Reminder] = {}
        self._claimed: dict[object, float] = {}
        self._count = 0
        self._turns = Turns(self, LEASE_SECONDS)

    # --- turns ---

    def turn(
        self, conversation_id: str, message_id: str = "", *, arriving: UserMessage | None = None
    ) -> AbstractAsyncContextManager[Lease]:
        return self._turns.turn(conversation_id, message_id, arriving=arriving)

    async def take(
        self, conversation_id: str, message_id: str, arriving: UserMessage | None = None
    ) -> Lease | None:
        if arriving is not None:
            await self.arrive(arriving)
        conversation = self._conversations.setdefault(conversation_id, _Conversation())
        previous, conversation.epoch = conversation.epoch, self._next()
        conversation.held = True
        sequence = len(conversation.events)
        cut = self._cut_before(conversation_id, message_id)
        arrival = self._begin(conversation_id, message_id, sequence, bool(cut))
        return Lease(conversation_id, conversation.epoch, sequence, previous, arrival, cut)

    def _begin(
        self, conversation_id: str, message_id: str, sequence: int, waits: bool
    ) -> Arrival | None:
        """Note that the turn for a message begins, unless others must be finished first."""
        letter = self._letters.get((conversation_id, message_id))
        if letter is None:
            return None
        if letter.answered is not None:
            return Arrival.ANSWERED
        arrival = Arrival.UNFINISHED if letter.attempts else Arrival.NEW
        if not letter.attempts:
            letter.begun = sequence
        letter.attempts += 0 if waits else 1
        return arrival

    def _cut_before(self, conversation_id: str, message_id: str) -> list[UserMessage]:
        waiting = self._open.get(conversation_id, {})
        if message_id not in waiting:
            return []
        cut: list[UserMessage] = []
        for id, letter in waiting.items():
            if id == message_id:
                if letter.attempts:
                    break
            elif 0 < letter.attempts < ATTEMPTS:
                cut.append(letter.message)
        return cut

    async def renew(self, lease: Lease) -> bool:
        return self._holds(lease)

    async def release(self, lease: Lease) -> None:
        if self._holds(lease):
            self._conversations[lease.conversation_id].held = False

    async def give_up(self, conversation_id: str, message_id: str) -> None:
        """Nothing to do: `unfinished` lists it as it is."""

    async def released(self, conversation_id: str, timeout: float) -> None:
        await asyncio.sleep(timeout)

    # --- events ---

    async def load(self, conversation_id: str) -> Kept:
        conversation = self._conversations.get(conversation_id, _Conversation())
        tail = conversation.events[conversation.snapshot_sequence :]
        return Kept(conversation.snapshot, tail, len(conversation.events))

    async def events(self, conversation_id: str, after: int = 0) -> list[Event]:
        return self._conversations.get(conversation_id, _Conversation()).events[after:]

    async def append(
        self,
        lease: Lease,
        events: Sequence[Event],
        *,
        after: int,
        answered: str | None = None,
        reminders: Sequence[Reminder] = (),
        cancelled: Sequence[str] = (),
        snapshot: Mapping[str, Any] | None = None,
        outgoing: Sequence[Waiting] = (),
    ) -> list[Waiting]:
        conversation = self._held(lease)
        if len(conversation.events) != after:
            raise Conflict(
                f"The conversation {lease.conversation_id!r} has {len(conversation.events)} "
                f"events, not {after}: somebody else appended first."
            )
        conversation.events.extend(events)
        conversation.touched = self._next()
        if letter := self._letters.get((lease.conversation_id, answered or "")):
            letter.answered = len(conversation.events)
            self._open.get(lease.conversation_id, {}).pop(answered or "", None)
        for name in cancelled:
            self._reminders.pop((lease.conversation_id, name), None)
        for reminder in reminders:
            key = (reminder.conversation_id, reminder.name)
            self._reminders[key] = reminder
            self._claimed.pop(key, None)
        if snapshot is not None:
            conversation.snapshot = snapshot
            conversation.snapshot_sequence = len(conversation.events)
        return [self._put(waiting) for waiting in outgoing]

    async def replace(self, lease: Lease, events: Sequence[Event]) -> None:
        conversation = self._held(lease)
        conversation.events = list(events)
        conversation.snapshot, conversation.snapshot_sequence = None, 0
        conversation.touched = self._next()
        for (conversation_id, _), letter in self._letters.items():
            if conversation_id == lease.conversation_id:
                letter.begun = 0 if letter.begun is not None else None
                letter.answered = 0 if letter.answered is not None else None

    # --- messages ---

    async def arrive(self, message: UserMessage) -> Arrival:
        key = (message.conversation_id, wire.checked(message).message_id)
        self._forget_answered()
        letter = self._letters.get(key)
        if letter is None:
            letter = self._letters[key] = _Letter(message, time())
            self._open.setdefault(message.conversation_id, {})[message.message_id] = letter
            return Arrival.NEW
        return Arrival.UNFINISHED if letter.answered is None else Arrival.ANSWERED

    async def replies(self, conversation_id: str, message_id: str) -> list[BotUttered]:
        letter = self._letters.get((conversation_id, message_id))
        if letter is None or not (letter.attempts or letter.answered):
            return []
        events = self._conversations[conversation_id].events[letter.begun : letter.answered]
        return wire.replies(events, message_id)

    async def unfinished(self) -> list[UserMessage]:
        return [
            letter.message
            for (conversation_id, _), letter in self._letters.items()
            if letter.answered is None
            and letter.attempts < ATTEMPTS
            and not self._is_held(conversation_id)
        ]

    # --- outbox and reminders ---

    async def put_aside(self, waiting: Waiting) -> None:
        self._put(waiting)

    async def waiting(self, now: float) -> list[Waiting]:
        due = [waiting for waiting in self._outbox.values() if waiting.due <= now]
        due.sort(key=lambda waiting: (waiting.due, waiting.id))
        return self._claimed_of(due, [waiting.id for waiting in due], now)

    async def delivered(self, waiting: Waiting) -> None:
        self._outbox.pop(waiting.id, None)
        self._claimed.pop(waiting.id, None)

    async def due(self, now: float) -> list[Reminder]:
        due = [reminder for reminder in self._reminders.values() if reminder.due <= now]
        due.sort(key=lambda reminder: reminder.due)
        return self._claimed_of(due, [(r.conversation_id, r.name) for r in due], now)

    async def reminded(self, reminder: Reminder) -> None:
        key = (reminder.conversation_id, reminder.name)
        kept = self._reminders.get(key)
        if kept is not None and kept.due == reminder.due:
            del self._reminders[key]

    async def reminders(self, conversation_id: str) -> list[Reminder]:
        kept = [r for r in self._reminders.values() if r.conversation_id == conversation_id]
        return sorted(kept, key=lambda reminder: (reminder.due, reminder.name))

    # --- all of them ---

    async def conversation_ids(self) -> list[str]:
        kept = [(c.touched, name) for name, c in self._conversations.items() if c.events]
        return [name for _, name in sorted(kept, reverse=True)]

    async def delete(self, conversation_id: str) -> None:
        self._conversations.pop(conversation_id, None)
        self._open.pop(conversation_id, None)
        for letter in [key for key in self._letters if key[0] == conversation_id]:
            del self._letters[letter]
        for number in [n for n, w in self._outbox.items() if w.conversation_id == conversation_id]:
            del self._outbox[number]
        for reminder in [key for key in self._reminders if key[0] == conversation_id]:
            del self._reminders[reminder]

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        await self._turns.settled()

    # --- small things ---

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _holds(self, lease: Lease) -> bool:
        conversation = self._conversations.get(lease.conversation_id)
        return conversation is not None and conversation.epoch == lease.epoch

    def _held(self, lease: Lease) -> _Conversation:
        if not self._holds(lease):
            raise Conflict(f"The turn of {lease.conversation_id!r} is over: another one began.")
        return self._conversations[lease.conversation_id]

    def _is_held(self, conversation_id: str) -> bool:
        conversation = self._conversations.get(conversation_id)
        return conversation is not None and conversation.held

    def _put(self, waiting: Waiting) -> Waiting:
        if not waiting.id:
            waiting = replace(waiting, id=self._next())
        self._outbox[waiting.id] = waiting
        self._claimed.pop(waiting.id, None)
        return waiting

    def _claimed_of(self, due: Sequence[T], keys: Sequence[object], now: float) -> list[T]:
        """Claim those that nobody else is at, and return them."""
        free = [
            (key, what)
            for key, what in zip(keys, due, strict=True)
            if self._claimed.get(key, 0.0) <= now
        ][:HANDED_OUT]
        self._claimed.update((key, now + CLAIM_SECONDS) for key, _ in free)
        return [what for _, what in free]

    def _forget_answered(self) -> None:
        """Let go of messages that were answered long ago, as long as they are the oldest ones."""
        horizon = time() - KEEP_ANSWERED
        while self._letters:
            key, oldest = next(iter(self._letters.items()))
            if oldest.answered is None or oldest.arrived > horizon:
                return
            del self._letters[key]
