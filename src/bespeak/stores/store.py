"""Where conversations are kept: an append-only log of events for each, and what makes turns last.

The promises: each step of a turn is appended before it is delivered; a conversation has one turn
at a time, held by a lease whose epoch grows, so that who lost it cannot append; messages are
written down before they are worked on, known again by their id, and their replies kept; what
could not be delivered waits in the outbox; reminders wait for their time. Whatever process comes
next finds all of that.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from bespeak.events import BotUttered, Event
from bespeak.message import UserMessage

ATTEMPTS: Final = 5
"""How often a message is begun before it is left alone."""

CLAIM_SECONDS: Final = 60.0
"""How long an answer or a reminder that was handed out stays with who got it."""

HANDED_OUT: Final = 100
"""How many answers or reminders are handed out at once, so that they are done in that time."""

KEEP_ANSWERED: Final = 7 * 24 * 3600.0
"""How long an answered message is known again, in seconds: webhooks come again for days."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is needed to go on: the newest snapshot (if any) and the events after it.

    `sequence` numbers the last event; a conversation that never was has 0 of them.
    """

    snapshot: Mapping[str, Any] | None
    events: Sequence[Event]
    sequence: int


class Arrival(StrEnum):
    """What is known of a message: new, begun (or at least seen) but not answered, answered."""

    NEW = "new"
    UNFINISHED = "unfinished"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to append to a conversation; a newer epoch ends it.

    `sequence` numbers the conversation's last event at the time of taking hold, and `previous` is
    the epoch of the turn before this one (0 where none is known): who kept the tracker of that
    turn need not load it again, since nobody else has changed anything. `arrival` says what is
    known of the message that the turn answers, now that the turn is ours (it may have come twice,
    and been answered while this turn waited); None where it answers none. `cut` are messages whose
    turn was cut short, or who came before that one and were left alone: leave this turn, finish
    them in turns of their own, in this order, and ask again, so that turns do not run into each
    other. One that was begun `ATTEMPTS` times is not named any more.
    """

    conversation_id: str
    epoch: int
    sequence: int
    previous: int = 0
    arrival: Arrival | None = None
    cut: Sequence[UserMessage] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer that could not be delivered yet. `attempts` were made; `due` in epoch seconds."""

    id: int
    conversation_id: str
    channel: str
    said: BotUttered
    attempts: int
    due: float


@dataclass(frozen=True, slots=True)
class Reminder:
    """An intent that comes from outside at `due` (seconds since the epoch).

    `name` is unique in its conversation.
    """

    conversation_id: str
    name: str
    intent: str
    entities: Any
    due: float
    kill_on_message: bool
    channel: str = ""


class TrackerStore(Protocol):
    """All methods raise `StoreError` when the store cannot be reached: nothing is dropped."""

    def turn(
        self, conversation_id: str, message_id: str = "", *, arriving: UserMessage | None = None
    ) -> AbstractAsyncContextManager[Lease]:
        """Hold the conversation: turns come one at a time, in the order in which they asked.

        With `message_id` the turn answers that message: its replies begin here, unless an earlier
        turn that was cut began them. Ask right after `arrive`, or give the message as `arriving`,
        which does both at once. The lease is renewed while it is held, however long an action
        runs; it ends by itself a few seconds after its process died.
        """
        ...

    async def load(self, conversation_id: str) -> Kept:
        """Return the newest snapshot and the events after it."""
        ...

    async def events(self, conversation_id: str, after: int = 0) -> list[Event]:
        """Return all events with a sequence number above `after`, oldest first."""
        ...

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
        outgoing: Sequence["Waiting"] = (),
    ) -> list["Waiting"]:
        """Append a step in one transaction, numbered from `after` + 1.

        With it, mark the message `answered` (its id), take off the `cancelled` reminders (names)
        and schedule `reminders` (replacing those of the same name), keep a `snapshot` that
        includes these events, and put `outgoing` answers into the outbox, from where a process
        that comes later sends them unless they were `delivered` before they are due. Returns
        those with their ids. Raises `Conflict` where the last number is not `after`, or the lease
        was lost; nothing is written then.
        """
        ...

    async def replace(self, lease: Lease, events: Sequence[Event]) -> None:
        """Forget the conversation's events and snapshot and keep these events instead.

        Raises `Conflict` where the lease was lost.
        """
        ...

    async def arrive(self, message: UserMessage) -> Arrival:
        """Write the message down before any work on it, and say whether it is known."""
        ...

    async def replies(self, conversation_id: str, message_id: str) -> list[BotUttered]:
        """Return what has been said so far in answer to a message, in order."""
        ...

    async def unfinished(self) -> list[UserMessage]:
        """Return the messages that wait for (the rest of) their answer, oldest first.

        Those whose conversation is held, or waited for by a process that lives, are left to it;
        so are those that were begun `ATTEMPTS` times in vain, since they may be what kills us.
        """
        ...

    async def put_aside(self, waiting: Waiting) -> None:
        """Keep an answer that could not be delivered (a new one has id 0), to be tried at `due`."""
        ...

    async def waiting(self, now: float) -> list[Waiting]:
        """Hand out the answers whose time has come, oldest first: each to one process for
        `CLAIM_SECONDS`, so that two do not both send it."""
        ...

    async def delivered(self, waiting: Waiting) -> None:
        """Take an answer out of the outbox."""
        ...

    async def due(self, now: float) -> list[Reminder]:
        """Hand out the reminders whose time has come, oldest first: each to one process, until it
        has happened or `CLAIM_SECONDS` have gone by."""
        ...

    async def reminded(self, reminder: Reminder) -> None:
        """Take a reminder off: it has happened. One of its name for another time stays."""
        ...

    async def reminders(self, conversation_id: str) -> list[Reminder]:
        """Return the reminders of a conversation that are still to come."""
        ...

    async def conversation_ids(self) -> list[str]:
        """Return all conversations, most recent first."""
        ...

    async def delete(self, conversation_id: str) -> None:
        """Forget a conversation: events, snapshot, messages, outbox and reminders.

        A turn that holds it just now can append no more (`Conflict`).
        """
        ...

    async def ping(self) -> None:
        """Raise `StoreError` unless the store answers."""
        ...

    async def close(self) -> None: ...


class EventBroker(Protocol):
    """Events out to others, as they are kept."""

    async def publish(self, conversation_id: str, events: Sequence[Event]) -> None: ...
    async def close(self) -> None: ...
