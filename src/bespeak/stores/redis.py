"""Conversations in Redis, in the values that Rasa would write.

What Redis keeps is as durable as it is set up to be: with `appendfsync everysec` a power cut takes
the last second.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, Final

from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import AuthenticationError, RedisError

from bespeak.errors import Conflict, ProjectError, StoreError
from bespeak.events import BotUttered, Event
from bespeak.message import UserMessage
from bespeak.stores import redis_scripts as scripts
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
from bespeak.stores.turns import LEASE_SECONDS, Holder, Turns

log = logging.getLogger(__name__)

START: Final = '{"events": ['
"""How Rasa's value begins; `_end` is how it ends."""


class RedisTrackerStore:
    """Keep conversations in the Redis server at `url` (a host name).

    `record_exp` is after how many seconds of silence a conversation is forgotten (never, if it is
    not given). `key_prefix` sets several assistants on one server apart.
    """

    def __init__(
        self,
        url: str = "localhost",
        *,
        port: int | str = 6379,
        db: int | str = 0,
        username: str | None = None,
        password: str | None = None,
        record_exp: float | None = None,
        key_prefix: str | None = None,
        use_ssl: bool = False,
        ssl_keyfile: str | None = None,
        ssl_certfile: str | None = None,
        ssl_ca_certs: str | None = None,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        if not (str(port).isdecimal() and str(db).isdecimal()):
            raise ProjectError(
                f"tracker_store: port and db of Redis are numbers, not {port!r} and {db!r}."
            )
        if key_prefix and not key_prefix.isalnum():
            log.warning("The key prefix %r is left out: letters and digits only.", key_prefix)
            key_prefix = None
        self.lease_seconds = lease_seconds
        self._where = f"{url}:{port}"
        self._expiry = "" if not record_exp else repr(float(record_exp))
        prefix = f"{key_prefix}:" if key_prefix else ""
        self._rasa, self._ours = f"{prefix}tracker:", f"{prefix}bespeak:"
        secure = {
            "ssl": True,
            "ssl_keyfile": ssl_keyfile,
            "ssl_certfile": ssl_certfile,
            "ssl_ca_certs": ssl_ca_certs,
        }
        self._client: Redis = Redis(
            host=url,
            port=int(port),
            db=int(db),
            username=username,
            password=password,
            decode_responses=True,
            socket_connect_timeout=5,
            socket_timeout=30,
            **(secure if use_ssl else {}),  # type: ignore[arg-type]
        )
        self._scripts: dict[str, AsyncScript] = {}
        self._holder = Holder(lease_seconds)
        self._turns = Turns(self, lease_seconds)

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
        ours = (conversation_id, message_id, self._holder.name, self.lease_seconds)
        gone: list[str] = []
        while len(found := await self._run(scripts.TAKE, *ours, _text(gone), ATTEMPTS)) == 3:
            holder, until, now = found
            if holder in gone or self._holder.is_alive(holder, float(until), float(now)):
                return None
            gone.append(holder)
        epoch, previous, sequence, arrival, whole, cut = found
        lease = Lease(
            conversation_id,
            int(epoch),
            int(sequence),
            int(previous),
            Arrival(arrival) if arrival else None,
            [wire.message(conversation_id, id, payload) for id, payload in cut],
        )
        return lease if whole else await self._adopted(lease, message_id)

    async def _adopted(self, lease: Lease, message_id: str) -> Lease:
        """Count a conversation that Rasa wrote, or wrote on, since we last did."""
        name = lease.conversation_id
        value: str = await self._get(name) or ""
        events = self._events(name, value)
        kept = value
        if value and not (value.startswith(START) and value.endswith(_end(name))):
            kept = json.dumps({"events": json.loads(value)["events"], "name": name})
        adopted = await self._run(
            scripts.ADOPT,
            name,
            lease.epoch,
            len(events),
            "" if kept == value else kept,
            len(value.encode()),
            message_id,
        )
        if not adopted:
            raise _lost(lease)
        return replace(lease, sequence=len(events))

    async def renew(self, lease: Lease) -> bool:
        name, epoch = lease.conversation_id, lease.epoch
        return bool(await self._run(scripts.RENEW, name, epoch, self.lease_seconds))

    async def release(self, lease: Lease) -> None:
        await self._run(scripts.RENEW, lease.conversation_id, lease.epoch, 0)

    async def give_up(self, conversation_id: str, message_id: str) -> None:
        await self._run(scripts.GIVE_UP, conversation_id, message_id)

    async def released(self, conversation_id: str, timeout: float) -> None:
        await asyncio.sleep(timeout)

    # --- events ---

    async def load(self, conversation_id: str) -> Kept:
        end = _end(conversation_id)
        whole, snapshot, sequence, text = await self._run(scripts.LOAD, conversation_id, len(end))
        if not whole:
            events = self._events(conversation_id, text or "")
            return Kept(None, events, len(events))
        tail = text.removesuffix(end).removeprefix(", ")
        events = self._events(conversation_id, START + tail + end)
        return Kept(wire.parsed(snapshot), events, sequence + len(events))

    async def events(self, conversation_id: str, after: int = 0) -> list[Event]:
        value = await self._get(conversation_id)
        return self._events(conversation_id, value or "")[after:]

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
        ids = await self._run(
            scripts.APPEND,
            lease.conversation_id,
            lease.epoch,
            after,
            len(events),
            ", ".join(wire.row(event).data for event in events),
            START,
            _end(lease.conversation_id),
            answered or "",
            "" if snapshot is None else wire.dumped(snapshot),
            wire.dumped(list(cancelled)),
            wire.dumped([(r.name, repr(r.due), _text(wire.reminder_row(r))) for r in reminders]),
            wire.dumped([(repr(w.due), _text(wire.waiting_row(w))) for w in outgoing]),
            self._expiry,
            int(KEEP_ANSWERED),
        )
        if ids is None:
            raise _lost(lease)
        return [replace(waiting, id=id) for waiting, id in zip(outgoing, ids, strict=True)]

    async def replace(self, lease: Lease, events: Sequence[Event]) -> None:
        name = lease.conversation_id
        value = START + ", ".join(wire.row(event).data for event in events) + _end(name)
        if not await self._run(
            scripts.REPLACE, name, lease.epoch, len(events), value, self._expiry
        ):
            raise _lost(lease)

    # --- messages ---

    async def arrive(self, message: UserMessage) -> Arrival:
        return Arrival(
            await self._run(
                scripts.ARRIVE,
                message.conversation_id,
                wire.checked(message).message_id,
                wire.message_text(message),
                self._holder.name,
                self.lease_seconds,
                int(KEEP_ANSWERED),
            )
        )

    async def replies(self, conversation_id: str, message_id: str) -> list[BotUttered]:
        length = len(conversation_id.encode())
        key = f"{self._ours}message:{length}:{conversation_id}{message_id}"
        fields = ["begun", "answered", "attempts"]
        begun, answered, attempts = await self._said(self._client.hmget(key, fields))
        if begun is None or (answered is None and attempts == "0"):
            return []
        events = await self.events(conversation_id)
        end = len(events) if answered is None else int(answered)
        return wire.replies(events[int(begun) : end], message_id)

    async def unfinished(self) -> list[UserMessage]:
        now, *found = await self._run(scripts.UNFINISHED, "", ATTEMPTS)
        return [
            wire.message(name, message_id, payload)
            for name, message_id, payload, waiter, place, holder, expires in found
            if not self._holder.is_alive(waiter, float(place), float(now))
            and not (holder and self._holder.is_alive(holder, float(expires), float(now)))
        ]

    # --- outbox and reminders ---

    async def put_aside(self, waiting: Waiting) -> None:
        said = _text(wire.waiting_row(waiting))
        await self._run(scripts.PUT_ASIDE, "", waiting.id, repr(waiting.due), said)

    async def waiting(self, now: float) -> list[Waiting]:
        found = await self._run(
            scripts.WAITING, "", repr(now), repr(now + CLAIM_SECONDS), HANDED_OUT
        )
        waiting = [
            replace(wire.waiting(wire.parsed(text)), id=int(id))
            for id, text in zip(found[::2], found[1::2], strict=True)
        ]
        return sorted(waiting, key=lambda each: (each.due, each.id))

    async def delivered(self, waiting: Waiting) -> None:
        await self._run(scripts.DELIVERED, "", waiting.id)

    async def due(self, now: float) -> list[Reminder]:
        found = await self._run(scripts.DUE, "", repr(now), repr(now + CLAIM_SECONDS), HANDED_OUT)
        reminders = [wire.reminder(wire.parsed(text)) for text in found]
        return sorted(reminders, key=lambda each: (each.due, each.name))

    async def reminded(self, reminder: Reminder) -> None:
        await self._run(
            scripts.REMINDED, reminder.conversation_id, reminder.name, repr(reminder.due)
        )

    async def reminders(self, conversation_id: str) -> list[Reminder]:
        key = f"{self._ours}reminders:{conversation_id}"
        found = await self._said(self._client.hvals(key))
        reminders = [wire.reminder(wire.parsed(text)) for text in found]
        return sorted(reminders, key=lambda each: (each.due, each.name))

    # --- all of them ---

    async def conversation_ids(self) -> list[str]:
        recent: list[str] = await self._said(self._client.zrevrange(f"{self._ours}recent", 0, -1))
        kept = {name async for name in self._names()}
        known = [name for name in recent if name in kept]
        return known + sorted(kept.difference(known))

    async def _names(self) -> Any:
        try:
            async for key in self._client.scan_iter(match=f"{self._rasa}*", count=1000):
                yield key.removeprefix(self._rasa)
        except RedisError as error:
            raise StoreError(self._explained(error)) from error

    async def delete(self, conversation_id: str) -> None:
        await self._run(scripts.DELETE, conversation_id)

    async def ping(self) -> None:
        await self._said(self._client.ping())

    async def close(self) -> None:
        await self._turns.settled()
        await self._client.aclose()

    # --- the server ---

    async def _get(self, conversation_id: str) -> str | None:
        value: str | None = await self._said(self._client.get(self._rasa + conversation_id))
        return value

    def _events(self, conversation_id: str, value: str) -> list[Event]:
        """Return the events in Rasa's value."""
        if not value:
            return []
        try:
            return [wire.unwrapped(event) for event in wire.parsed(value)["events"]]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(
                f"The conversation {conversation_id!r} in Redis cannot be read: {error}"
            ) from None

    async def _run(self, script: str, *arguments: Any) -> Any:
        if script not in self._scripts:
            self._scripts[script] = self._client.register_script(script)
        return await self._said(self._scripts[script](args=[self._rasa, self._ours, *arguments]))

    async def _said(self, answer: Any) -> Any:
        try:
            return await answer
        except RedisError as error:
            raise StoreError(self._explained(error)) from error

    def _explained(self, error: RedisError) -> str:
        hint = (
            "Are username and password right?"
            if isinstance(error, AuthenticationError)
            else "Does the server run, and are url and port right?"
        )
        return f"Redis at {self._where} cannot be used: {error}. {hint}"


def _end(conversation_id: str) -> str:
    """Return how Rasa's value of a conversation ends: ASCII, so bytes are characters."""
    return f'], "name": {json.dumps(conversation_id)}}}'


def _text(row: Sequence[Any]) -> str:
    return wire.dumped(list(row))


def _lost(lease: Lease) -> Conflict:
    return Conflict(
        f"The conversation {lease.conversation_id!r} went on without this turn: somebody else "
        "holds it now, appended first, or deleted it."
    )
