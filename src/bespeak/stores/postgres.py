"""Conversations in PostgreSQL: for several machines, in the tables that Rasa would use.

Each method is one statement, sent and committed by itself; what must not happen in part is built
as one `WITH …`, which the database carries out whole or not at all. Leases run on the database's
clock. A turn that waits for another process listens for a notification.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from time import monotonic
from typing import Any, Final

from bespeak.errors import Conflict, StoreError
from bespeak.events import BotUttered, Event
from bespeak.message import UserMessage
from bespeak.stores import postgres_statements as statements
from bespeak.stores import schema, wire
from bespeak.stores.postgres_server import Bells, Server
from bespeak.stores.postgres_statements import NOW, UNFLUSHED, Seen
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

CHANNEL: Final = "bespeak_released"
LISTEN_SECONDS: Final = 0.5
"""How long a notification is waited for before the lease is looked at again."""


class PostgresTrackerStore:
    """Keep conversations in the database `db` of a server.

    With `login_db`, the database is created from that one where it is missing. `query` holds more
    of libpq's options (`sslmode` …). `lease_seconds` is how long a conversation stays with a
    process of another machine that died.
    """

    def __init__(
        self,
        host: str = "localhost",
        *,
        port: int | None = None,
        db: str = "rasa",
        username: str | None = None,
        password: str | None = None,
        login_db: str | None = None,
        query: Mapping[str, Any] | None = None,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.lease_seconds = lease_seconds
        self._server = Server(
            host,
            port=port,
            db=db,
            username=username,
            password=password,
            login_db=login_db,
            query=query,
            tables=(*schema.RASA_POSTGRES, *schema.OURS_POSTGRES, *schema.VERSION_POSTGRES),
        )
        self._bells = Bells(self._server.address, CHANNEL)
        self._holder = Holder(lease_seconds)
        self._turns = Turns(self, lease_seconds)
        self._known = False
        self._next_sweep = 0.0

    # --- turns ---

    def turn(
        self, conversation_id: str, message_id: str = "", *, arriving: UserMessage | None = None
    ) -> AbstractAsyncContextManager[Lease]:
        return self._turns.turn(conversation_id, message_id, arriving=arriving)

    async def take(
        self, conversation_id: str, message_id: str, arriving: UserMessage | None = None
    ) -> Lease | None:
        """Look, decide, and take it only if nothing has changed since the look."""
        if arriving is not None:
            await self.arrive(arriving)
        seen = Seen(
            *(await self._rows(statements.LOOK, name=conversation_id, message=message_id))[0]
        )
        held = seen.holder is not None and self._holder.is_other(
            seen.holder, seen.expires or 0.0, seen.now
        )
        ahead = any(
            self._holder.is_other(holder, place, seen.now) for _, _, holder, place in seen.earlier
        )
        if held or ahead:
            await self._wait_in_line(conversation_id, seen, held)
            return None
        sequence, last_id = seen.sequence or 0, seen.last_id or 0
        if seen.newest != last_id:  # Rasa wrote here, before us or in between
            sequence, last_id = (await self._rows(statements.COUNT, name=conversation_id))[0]
        cut = [
            wire.message(conversation_id, id, payload)
            for id, payload, holder, place in seen.earlier
            if not self._holder.is_alive(holder, place, seen.now)
        ]
        taken = await self._rows(
            statements.TAKE_NEW if seen.epoch is None else statements.TAKE_OVER,
            name=conversation_id,
            sequence=sequence,
            last_id=last_id,
            holder=self._holder.name,
            seconds=self.lease_seconds,
            epoch=seen.epoch,
            seen_sequence=seen.sequence,
            seen_expires=seen.expires,
            number=seen.number if seen.waits else None,
            attempt=0 if cut else 1,  # where others must be finished first, it is not begun
        )
        if not taken:
            return None
        return Lease(conversation_id, taken[0][0], sequence, seen.epoch or 0, seen.arrival, cut)

    async def _wait_in_line(self, conversation_id: str, seen: Seen, held: bool) -> None:
        expecting = held and self._bells.expect(conversation_id)
        stays = await self._rows(
            statements.WAIT,
            name=conversation_id,
            epoch=seen.epoch,
            seen_expires=seen.expires,
            number=seen.number if seen.waits else None,
            holder=self._holder.name,
            seconds=self.lease_seconds,
        )
        if expecting and not stays[0][0]:
            self._bells.ring(conversation_id)  # it was released, or renewed: look again at once

    async def renew(self, lease: Lease) -> bool:
        renewed = await self._rows(
            f"UPDATE bespeak_conversations SET expires = {NOW} + %(seconds)s "
            f"WHERE conversation_id = %(name)s AND epoch = %(epoch)s RETURNING {UNFLUSHED}",
            name=lease.conversation_id,
            epoch=lease.epoch,
            seconds=self.lease_seconds,
        )
        return bool(renewed)

    async def release(self, lease: Lease) -> None:
        await self._rows(
            "WITH freed AS (UPDATE bespeak_conversations SET expires = 0 WHERE "
            "conversation_id = %(name)s AND epoch = %(epoch)s RETURNING awaited) "
            f"SELECT {UNFLUSHED}, CASE WHEN awaited THEN pg_notify('{CHANNEL}', %(name)s) END "
            "FROM freed",
            name=lease.conversation_id,
            epoch=lease.epoch,
        )

    async def give_up(self, conversation_id: str, message_id: str) -> None:
        await self._rows(
            "UPDATE bespeak_inbox SET place = 0 "
            "WHERE conversation_id = %(name)s AND message_id = %(message)s",
            name=conversation_id,
            message=message_id,
        )

    async def released(self, conversation_id: str, timeout: float) -> None:
        if self._bells.is_expected(conversation_id):
            await self._bells.heard(conversation_id, LISTEN_SECONDS)
        else:
            await asyncio.sleep(timeout)

    # --- events ---

    async def load(self, conversation_id: str) -> Kept:
        rows = await self._rows(
            "WITH past AS (SELECT sequence, last_id, state FROM bespeak_snapshots "
            "WHERE conversation_id = %(name)s) "
            "SELECT 0 AS id, sequence, state FROM past UNION ALL SELECT id, NULL, data FROM events "
            "WHERE sender_id = %(name)s AND id > coalesce((SELECT last_id FROM past), 0) "
            "ORDER BY id",
            name=conversation_id,
        )
        sequence, snapshot = 0, None
        if rows and rows[0][0] == 0:
            (_, sequence, state), *rows = rows
            snapshot = wire.parsed(state)
        events = [wire.event(data, conversation_id) for _, _, data in rows]
        return Kept(snapshot, events, sequence + len(events))

    async def events(self, conversation_id: str, after: int = 0) -> list[Event]:
        rows = await self._rows(
            "SELECT data FROM events WHERE sender_id = %(name)s ORDER BY id OFFSET %(after)s",
            name=conversation_id,
            after=after,
        )
        return [wire.event(data, conversation_id) for (data,) in rows]

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
        parts = [statements.FENCE, statements.ADDED, statements.MOVED]
        values: dict[str, Any] = {
            "name": lease.conversation_id,
            "epoch": lease.epoch,
            "after": after,
            "sequence": after + len(events),
            **_columns(events),
        }
        if answered is not None:
            parts.append(statements.ANSWERED)
            values["answered"] = answered
        scheduled = {reminder.name for reminder in reminders}
        if gone := [name for name in cancelled if name not in scheduled]:
            parts.append(statements.CANCELLED)
            values["cancelled"] = gone
        if reminders:
            parts.append(statements.SCHEDULED)
            values["reminders"] = wire.dumped([wire.reminder_row(each) for each in reminders])
        if snapshot is not None:
            parts.append(statements.SNAPSHOT)
            values["state"] = wire.dumped(snapshot)
        if outgoing:
            parts.append(statements.SENT)
            values["outgoing"] = wire.dumped([wire.waiting_row(each) for each in outgoing])
        ids = "ARRAY(SELECT id FROM sent ORDER BY id)" if outgoing else "NULL"
        found = await self._rows(
            f"WITH {', '.join(parts)} SELECT {ids} FROM moved", again=False, **values
        )
        if not found:
            raise _lost(lease)
        numbers = found[0][0] or ()
        return [replace(waiting, id=id) for waiting, id in zip(outgoing, numbers, strict=True)]

    async def replace(self, lease: Lease, events: Sequence[Event]) -> None:
        found = await self._rows(
            "WITH fence AS (SELECT 1 FROM bespeak_conversations WHERE conversation_id = %(name)s "
            "AND epoch = %(epoch)s FOR UPDATE), "
            "gone AS (DELETE FROM events USING fence WHERE sender_id = %(name)s), "
            "past AS (DELETE FROM bespeak_snapshots USING fence WHERE conversation_id = %(name)s), "
            "inbox AS (UPDATE bespeak_inbox SET begun = begun * 0, answered = answered * 0 "
            f"FROM fence WHERE conversation_id = %(name)s), {statements.ADDED}, "
            "moved AS (UPDATE bespeak_conversations SET sequence = %(sequence)s, "
            "last_id = coalesce((SELECT max(id) FROM added), 0) FROM fence "
            "WHERE conversation_id = %(name)s RETURNING last_id) SELECT last_id FROM moved",
            again=False,
            name=lease.conversation_id,
            epoch=lease.epoch,
            sequence=len(events),
            **_columns(events),
        )
        if not found:
            raise _lost(lease)

    # --- messages ---

    async def arrive(self, message: UserMessage) -> Arrival:
        values: dict[str, Any] = {
            "name": message.conversation_id,
            "message": wire.checked(message).message_id,
            "holder": self._holder.name,
            "seconds": self.lease_seconds,
        }
        if monotonic() > self._next_sweep:
            self._next_sweep = monotonic() + 3600.0
            await self._rows(
                "DELETE FROM bespeak_inbox "
                f"WHERE answered IS NOT NULL AND arrived < {NOW} - %(age)s",
                age=KEEP_ANSWERED,
            )
        added = await self._rows(
            "INSERT INTO bespeak_inbox "
            "(conversation_id, message_id, payload, arrived, holder, place) "
            f"VALUES (%(name)s, %(message)s, %(payload)s, {NOW}, %(holder)s, {NOW} + %(seconds)s) "
            "ON CONFLICT DO NOTHING RETURNING 1",
            payload=wire.message_text(message),
            **values,
        )
        if added:
            return Arrival.NEW
        waits = await self._rows(
            f"UPDATE bespeak_inbox SET holder = %(holder)s, place = {NOW} + %(seconds)s "
            "WHERE conversation_id = %(name)s AND message_id = %(message)s "
            "AND answered IS NULL RETURNING 1",
            **values,
        )
        return Arrival.UNFINISHED if waits else Arrival.ANSWERED

    async def replies(self, conversation_id: str, message_id: str) -> list[BotUttered]:
        rows = await self._rows(
            "SELECT data FROM bespeak_inbox JOIN events ON sender_id = conversation_id "
            "AND id > begun AND (answered IS NULL OR id <= answered) "
            "WHERE conversation_id = %(name)s AND message_id = %(message)s "
            "AND (attempts > 0 OR answered IS NOT NULL) "
            "AND type_name IN ('bot', 'user') ORDER BY id",
            name=conversation_id,
            message=message_id,
        )
        events = [wire.event(data, conversation_id) for (data,) in rows]
        return wire.replies(events, message_id)

    async def unfinished(self) -> list[UserMessage]:
        rows = await self._rows(
            f"SELECT {NOW}, i.conversation_id, i.message_id, i.payload, i.holder, i.place, "
            "c.holder, c.expires FROM bespeak_inbox i "
            "LEFT JOIN bespeak_conversations c ON c.conversation_id = i.conversation_id "
            "WHERE i.answered IS NULL AND i.attempts < %(attempts)s ORDER BY i.number",
            attempts=ATTEMPTS,
        )
        return [
            wire.message(name, message_id, payload)
            for now, name, message_id, payload, waiter, place, holder, expires in rows
            if not self._holder.is_alive(waiter, place, now)
            and not (holder and self._holder.is_alive(holder, expires, now))
        ]

    # --- outbox and reminders ---

    async def put_aside(self, waiting: Waiting) -> None:
        id, name, channel, said, attempts, due = wire.waiting_row(waiting)
        await self._rows(
            f"INSERT INTO bespeak_outbox ({wire.WAITING}) VALUES (coalesce(%(id)s::bigint, "
            "nextval('bespeak_outbox_id_seq')), %(name)s, %(channel)s, %(said)s, %(attempts)s, "
            "%(due)s) ON CONFLICT (id) DO UPDATE SET attempts = excluded.attempts, "
            "due = excluded.due, claimed = 0",
            again=id is not None,
            id=id,
            name=name,
            channel=channel,
            said=said,
            attempts=attempts,
            due=due,
        )

    async def waiting(self, now: float) -> list[Waiting]:
        rows = await self._rows(
            "WITH ours AS (SELECT id FROM bespeak_outbox WHERE due <= %(now)s "
            "AND claimed <= %(now)s ORDER BY due, id LIMIT %(most)s FOR UPDATE SKIP LOCKED), "
            "claimed AS (UPDATE bespeak_outbox o SET claimed = %(until)s FROM ours "
            "WHERE o.id = ours.id RETURNING o.*) "
            f"SELECT {wire.WAITING} FROM claimed ORDER BY due, id",
            now=now,
            until=now + CLAIM_SECONDS,
            most=HANDED_OUT,
        )
        return [wire.waiting(row) for row in rows]

    async def delivered(self, waiting: Waiting) -> None:
        await self._rows("DELETE FROM bespeak_outbox WHERE id = %(id)s", id=waiting.id)

    async def due(self, now: float) -> list[Reminder]:
        rows = await self._rows(
            "WITH ours AS (SELECT conversation_id, name FROM bespeak_reminders "
            "WHERE due <= %(now)s AND claimed <= %(now)s ORDER BY due, name LIMIT %(most)s "
            "FOR UPDATE SKIP LOCKED), "
            "claimed AS (UPDATE bespeak_reminders r SET claimed = %(until)s FROM ours "
            "WHERE r.conversation_id = ours.conversation_id AND r.name = ours.name RETURNING r.*) "
            f"SELECT {wire.REMINDER} FROM claimed ORDER BY due, name",
            now=now,
            until=now + CLAIM_SECONDS,
            most=HANDED_OUT,
        )
        return [wire.reminder(row) for row in rows]

    async def reminded(self, reminder: Reminder) -> None:
        await self._rows(
            "DELETE FROM bespeak_reminders WHERE conversation_id = %(name)s "
            "AND name = %(reminder)s AND due = %(due)s",
            name=reminder.conversation_id,
            reminder=reminder.name,
            due=reminder.due,
        )

    async def reminders(self, conversation_id: str) -> list[Reminder]:
        rows = await self._rows(
            f"SELECT {wire.REMINDER} FROM bespeak_reminders "
            "WHERE conversation_id = %(name)s ORDER BY due, name",
            name=conversation_id,
        )
        return [wire.reminder(row) for row in rows]

    # --- all of them ---

    async def conversation_ids(self) -> list[str]:
        rows = await self._rows(
            "SELECT sender_id FROM events GROUP BY sender_id ORDER BY max(id) DESC"
        )
        return [name for (name,) in rows]

    async def delete(self, conversation_id: str) -> None:
        first, *others = (
            f"DELETE FROM {table} WHERE {column} = %(name)s"
            for table, column in schema.OF_A_CONVERSATION.items()
        )
        parts = ", ".join(f"part{n} AS ({other})" for n, other in enumerate(others))
        await self._rows(f"WITH {parts} {first}", name=conversation_id)

    async def ping(self) -> None:
        await self._rows("SELECT 1 FROM events LIMIT 1")

    async def close(self) -> None:
        await self._turns.settled()
        await self._bells.close()
        await self._server.close()

    async def _rows(
        self, query: str, *, again: bool = True, **values: Any
    ) -> list[tuple[Any, ...]]:
        if not self._known:
            (version,) = (await self._server.rows("SELECT max(version) FROM bespeak_schema"))[0]
            if version > schema.VERSION:
                raise StoreError(
                    f"The conversations in the database {self._server.name!r} were kept by a newer "
                    f"Bespeak (tables of version {version}, this one knows {schema.VERSION}). "
                    "Install that one to go on."
                )
            self._known = True
        return await self._server.rows(query, values, again=again)


def _columns(events: Sequence[Event]) -> dict[str, list[Any]]:
    rows = [wire.row(event) for event in events]
    return {
        "types": [row.type_name for row in rows],
        "timestamps": [row.timestamp for row in rows],
        "intents": [row.intent_name for row in rows],
        "actions": [row.action_name for row in rows],
        "data": [row.data for row in rows],
    }


def _lost(lease: Lease) -> Conflict:
    return Conflict(
        f"The conversation {lease.conversation_id!r} went on without this turn: somebody else "
        "holds it now, appended first, or deleted it."
    )
