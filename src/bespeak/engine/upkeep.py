"""What has to happen although nobody asks: reminders, undelivered answers, turns cut short.

Each round looks at the store, so that whatever a process left behind when it died is found by
the next one, and two processes share the work.
"""

import asyncio
import itertools
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from bespeak.engine.engine import Engine
from bespeak.errors import Absent, BespeakError, ChannelError
from bespeak.events import Event, ReminderScheduled, UserUttered
from bespeak.message import Entity
from bespeak.stores.store import Reminder, Waiting

logger = logging.getLogger(__name__)

EVERY: Final = 1.0
"""Seconds between two rounds."""

RECOVER_EVERY: Final = 10
"""Rounds between two looks for turns that a process left unfinished."""

ATTEMPTS: Final = 12
LONGEST_WAIT: Final = 600.0

LOOK_AT_LEAST_EVERY: Final = 60.0
"""Seconds between two looks whether a user who was away has come back."""

LONGEST_ABSENCE: Final = 24 * 3600.0
"""Seconds after which an answer is too old to be delivered to a user who comes back."""


class Upkeep:
    """Runs beside the server: `async with Upkeep(engine): …`."""

    def __init__(self, engine: Engine, *, every: float = EVERY) -> None:
        self.engine = engine
        self.every = every
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Upkeep":
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        for round_ in itertools.count():
            if round_ % RECOVER_EVERY == 0:
                await self._guarded(self.recover())
            await self._guarded(self.remind())
            await self._guarded(self.redeliver())
            await asyncio.sleep(self.every)

    async def _guarded(self, work: Any) -> None:
        """The second of the engine's two guards: a round that fails must not end the rounds."""
        try:
            await work
        except BespeakError as error:
            logger.error("Upkeep: %s", error)
        except Exception:
            logger.exception("Upkeep failed; the next round tries again.")

    async def recover(self) -> None:
        """Finish the turns that were cut short when a process died."""
        if self.engine.assistant is None:
            return
        for message in await self.engine.store.unfinished():
            deliver = self.engine.reach(message.conversation_id, message.channel)
            await self._guarded(self.engine.handle(message, deliver))

    async def remind(self) -> None:
        """Let the intents of due reminders come from outside."""
        if self.engine.assistant is None:
            return
        for reminder in await self.engine.store.due(self.engine.clock()):
            events = await self.engine.store.events(reminder.conversation_id)
            if _still_wanted(events, reminder):
                await self.engine.trigger(
                    reminder.conversation_id,
                    reminder.intent,
                    as_entities(reminder.entities),
                    deliver=self.engine.reach(reminder.conversation_id, reminder.channel),
                )
            await self.engine.store.reminded(reminder)

    async def redeliver(self) -> None:
        """Try the answers again that could not be delivered, less and less often."""
        store, now = self.engine.store, self.engine.clock()
        for waiting in await store.waiting(now):
            try:
                await self.engine.push(waiting.conversation_id, waiting.channel)(waiting.said)
            except Absent:
                await self._until_they_return(waiting)
            except ChannelError as error:
                await self._later(waiting, error)
            else:
                await store.delivered(waiting)

    async def _until_they_return(self, waiting: Waiting) -> None:
        """Look again soon after the answer was given, and less often when that was long ago."""
        now = self.engine.clock()
        age = now - (waiting.said.timestamp or now)
        if age > LONGEST_ABSENCE:
            logger.info("An answer is given up: nobody came back for it.")
            await self.engine.store.delivered(waiting)
            return
        wait = min(LOOK_AT_LEAST_EVERY, max(self.every, age / 10))
        await self.engine.store.put_aside(replace(waiting, due=now + wait))

    async def _later(self, waiting: Waiting, error: ChannelError) -> None:
        store = self.engine.store
        attempts = waiting.attempts + 1
        if attempts >= ATTEMPTS:
            logger.error("An answer is given up after %d attempts: %s", attempts, error)
            await store.delivered(waiting)
            return
        due = self.engine.clock() + min(LONGEST_WAIT, 2.0**attempts)
        await store.put_aside(replace(waiting, attempts=attempts, due=due))


def as_entities(entities: Any) -> tuple[Entity, ...]:
    """Read entities as reminders and `trigger_intent` give them: a list, or name to value."""
    if isinstance(entities, dict):
        return tuple(Entity(name, value) for name, value in entities.items())
    return tuple(Entity.from_dict(entity) for entity in entities or ())


def _still_wanted(events: Sequence[Event], reminder: Reminder) -> bool:
    """Say whether nothing since has made the reminder void: a message, or a restart."""
    for event in reversed(events):
        match event:
            case ReminderScheduled(name=name, intent=intent):
                if reminder.name in (name, f"{intent}@{event.at.isoformat()}"):
                    return True
            case UserUttered(text=str(text)) if text and reminder.kill_on_message:
                return False
            case _ if event.type in ("restart", "session_started"):
                return False
    return False
