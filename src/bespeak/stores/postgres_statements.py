"""The statements that keep conversations in PostgreSQL.

A step is one `WITH`, put together from the parts below: `fence` locks the conversation's row if the
lease still holds and nobody came first; everything else happens only where `fence` has a row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bespeak.stores import wire
from bespeak.stores.store import ATTEMPTS, Arrival

NOW: Final = "extract(epoch FROM clock_timestamp())::float8"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a conversation showed (`LOOK`); None where there is no row.

    `earlier` are the messages whose turn comes before ours, those that were begun, then those that
    arrived: id, payload, who is going to begin them, and until when.
    """

    now: float
    sequence: int | None
    last_id: int | None
    epoch: int | None
    holder: str | None
    expires: float | None
    newest: int
    number: int | None
    attempts: int | None
    answered: int | None
    earlier: Sequence[tuple[str, str, str, float]]

    @property
    def waits(self) -> bool:
        return self.number is not None and self.answered is None

    @property
    def arrival(self) -> Arrival | None:
        if self.number is None:
            return None
        if self.answered is not None:
            return Arrival.ANSWERED
        return Arrival.UNFINISHED if self.attempts else Arrival.NEW


LOOK: Final = f"""
SELECT {NOW}, c.sequence, c.last_id, c.epoch, c.holder, c.expires,
    coalesce((SELECT id FROM events WHERE sender_id = w.name ORDER BY id DESC LIMIT 1), 0),
    i.number, i.attempts, i.answered,
    (
        SELECT coalesce(
            json_agg(
                json_build_array(e.message_id, e.payload, e.holder, e.place)
                ORDER BY e.attempts = 0, e.number
            ),
            '[]'
        )
        FROM bespeak_inbox e WHERE e.conversation_id = w.name
        AND (e.attempts = 0, e.number) < (i.attempts = 0, i.number)
        AND i.answered IS NULL AND e.answered IS NULL AND e.attempts < {ATTEMPTS}
    )
FROM (SELECT %(name)s::text AS name, %(message)s::text AS message) w
LEFT JOIN bespeak_conversations c ON c.conversation_id = w.name
LEFT JOIN bespeak_inbox i ON i.conversation_id = w.name AND i.message_id = w.message
"""

COUNT: Final = "SELECT count(*), coalesce(max(id), 0) FROM events WHERE sender_id = %(name)s"

UNFLUSHED: Final = "set_config('synchronous_commit', 'off', true)"
"""Commits without waiting for the disk: nothing is lost if a lease is lost with the server, and
the next step that is committed takes it to disk, too."""

EPOCH: Final = f"({NOW} * 1000000)::bigint"

BEGUN: Final = f"""
begun AS (
    UPDATE bespeak_inbox SET attempts = attempts + %(attempt)s, holder = %(holder)s,
        place = CASE WHEN %(attempt)s = 0 THEN {NOW} + %(seconds)s ELSE 0 END,
        begun = CASE WHEN attempts = 0 THEN %(last_id)s ELSE begun END
    WHERE number = %(number)s AND EXISTS (SELECT FROM taken)
)
"""

TAKE_NEW: Final = f"""
WITH taken AS (
    INSERT INTO bespeak_conversations
        (conversation_id, sequence, last_id, epoch, holder, expires)
    VALUES (%(name)s, %(sequence)s, %(last_id)s, {EPOCH}, %(holder)s, {NOW} + %(seconds)s)
    ON CONFLICT DO NOTHING RETURNING epoch
), {BEGUN} SELECT epoch, {UNFLUSHED} FROM taken
"""

TAKE_OVER: Final = f"""
WITH taken AS (
    UPDATE bespeak_conversations SET sequence = %(sequence)s, last_id = %(last_id)s,
        epoch = greatest(epoch + 1, {EPOCH}), holder = %(holder)s,
        expires = {NOW} + %(seconds)s, awaited = FALSE
    WHERE conversation_id = %(name)s AND epoch = %(epoch)s AND sequence = %(seen_sequence)s
        AND (expires = %(seen_expires)s OR expires = 0)
    RETURNING epoch
), {BEGUN} SELECT epoch, {UNFLUSHED} FROM taken
"""

WAIT: Final = f"""
WITH held AS (
    UPDATE bespeak_conversations SET awaited = TRUE WHERE conversation_id = %(name)s
    AND epoch = %(epoch)s AND expires = %(seen_expires)s RETURNING 1
), place AS (
    UPDATE bespeak_inbox SET holder = %(holder)s, place = {NOW} + %(seconds)s
    WHERE number = %(number)s AND place < {NOW} + %(seconds)s * 2 / 3
) SELECT EXISTS (SELECT FROM held), {UNFLUSHED}
"""

FENCE: Final = """
fence AS (
    SELECT 1 FROM bespeak_conversations
    WHERE conversation_id = %(name)s AND epoch = %(epoch)s AND sequence = %(after)s FOR UPDATE
)
"""

ADDED: Final = """
added AS (
    INSERT INTO events (sender_id, type_name, timestamp, intent_name, action_name, data)
    SELECT %(name)s, type_name, timestamp, intent_name, action_name, data FROM fence, unnest(
        %(types)s::text[], %(timestamps)s::float8[], %(intents)s::text[], %(actions)s::text[],
        %(data)s::text[]
    ) WITH ORDINALITY AS e(type_name, timestamp, intent_name, action_name, data, number)
    ORDER BY number RETURNING id
)
"""

MOVED: Final = """
moved AS (
    UPDATE bespeak_conversations SET sequence = %(sequence)s,
        last_id = coalesce((SELECT max(id) FROM added), last_id)
    FROM fence WHERE conversation_id = %(name)s RETURNING last_id
)
"""

ANSWERED: Final = """
answered AS (
    UPDATE bespeak_inbox SET answered = moved.last_id, payload = NULL, place = 0
    FROM moved WHERE conversation_id = %(name)s AND message_id = %(answered)s
)
"""

CANCELLED: Final = """
cancelled AS (
    DELETE FROM bespeak_reminders USING moved
    WHERE conversation_id = %(name)s AND name = ANY(%(cancelled)s)
)
"""

SCHEDULED: Final = f"""
scheduled AS (
    INSERT INTO bespeak_reminders ({wire.REMINDER})
    SELECT r->>0, r->>1, r->>2, r->>3, (r->>4)::float8, (r->>5)::boolean, r->>6
    FROM moved, json_array_elements(%(reminders)s::json) AS r
    ON CONFLICT (conversation_id, name) DO UPDATE SET intent = excluded.intent,
        entities = excluded.entities, due = excluded.due,
        kill_on_message = excluded.kill_on_message, channel = excluded.channel, claimed = 0
)
"""

SNAPSHOT: Final = """
snapshot AS (
    INSERT INTO bespeak_snapshots (conversation_id, sequence, last_id, state)
    SELECT %(name)s, %(sequence)s, last_id, %(state)s FROM moved
    ON CONFLICT (conversation_id) DO UPDATE SET sequence = excluded.sequence,
        last_id = excluded.last_id, state = excluded.state
)
"""

SENT: Final = """
sent AS (
    INSERT INTO bespeak_outbox (conversation_id, channel, said, attempts, due)
    SELECT w->>1, w->>2, w->>3, (w->>4)::integer, (w->>5)::float8
    FROM moved, json_array_elements(%(outgoing)s::json) WITH ORDINALITY AS t(w, number)
    ORDER BY number RETURNING id
)
"""
