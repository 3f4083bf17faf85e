"""Who may hold a conversation in SQLite: taking the lease, in the order of arrival."""

from time import time
from typing import Any

from bespeak.stores import wire
from bespeak.stores.store import ATTEMPTS, Arrival, Lease
from bespeak.stores.threads import Transaction
from bespeak.stores.turns import Holder


def take(
    tx: Transaction, holder: Holder, seconds: float, conversation_id: str, message_id: str
) -> Lease | None:
    """Take the lease unless somebody else who lives holds it, or waits with an earlier message.

    Who is refused keeps its place in line.
    """
    now = time()
    message = tx.execute(
        "SELECT number, attempts, answered, place FROM bespeak_inbox "
        "WHERE conversation_id = ? AND message_id = ?",
        (conversation_id, message_id),
    ).fetchone()
    held = tx.execute(
        "SELECT sequence, last_id, epoch, holder, expires FROM bespeak_conversations "
        "WHERE conversation_id = ?",
        (conversation_id,),
    ).fetchone()
    number, attempts, answered, place = message or (0, 0, None, 0.0)
    waits = message is not None and answered is None
    earlier = _earlier(tx, conversation_id, number, attempts) if waits else []
    if (held is not None and holder.is_other(held[3], held[4], now)) or any(
        holder.is_other(other, until, now) for _, _, other, until in earlier
    ):
        if waits and place < now + seconds * 2 / 3:
            tx.execute(
                "UPDATE bespeak_inbox SET holder = ?, place = ? WHERE number = ?",
                (holder.name, now + seconds, number),
            )
        return None
    sequence, last_id, previous = held[:3] if held is not None else (0, 0, 0)
    newest = tx.execute(
        "SELECT max(id) FROM events WHERE sender_id = ?", (conversation_id,)
    ).fetchone()[0]
    if (newest or 0) != last_id:  # Rasa wrote here, before us or in between
        sequence, last_id = tx.execute(
            "SELECT count(*), coalesce(max(id), 0) FROM events WHERE sender_id = ?",
            (conversation_id,),
        ).fetchone()
    epoch = max(previous + 1, int(now * 1e6))
    tx.execute(
        "INSERT INTO bespeak_conversations "
        "(conversation_id, sequence, last_id, epoch, holder, expires) "
        "VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (conversation_id) DO UPDATE SET sequence = excluded.sequence, "
        "last_id = excluded.last_id, epoch = excluded.epoch, holder = excluded.holder, "
        "expires = excluded.expires",
        (
            conversation_id,
            sequence,
            last_id,
            epoch,
            holder.name,
            now + seconds,
        ),
    )
    cut = [
        wire.message(conversation_id, id, payload)
        for id, payload, other, until in earlier
        if not holder.is_alive(other, until, now)
    ]
    if waits:  # where others must be finished first, this one has not been begun
        tx.execute(
            "UPDATE bespeak_inbox SET attempts = attempts + ?, place = ?, holder = ?, "
            "begun = CASE WHEN attempts = 0 THEN ? ELSE begun END WHERE number = ?",
            (0 if cut else 1, now + seconds if cut else 0, holder.name, last_id, number),
        )
    arrival = None
    if message is not None:
        arrival = Arrival.UNFINISHED if attempts else Arrival.NEW
        arrival = arrival if answered is None else Arrival.ANSWERED
    return Lease(conversation_id, epoch, sequence, previous, arrival, cut)


def _earlier(
    tx: Transaction, conversation_id: str, number: int, attempts: int
) -> list[tuple[Any, ...]]:
    """Return the messages whose turn comes before that of this one: those that were begun, then
    those that arrived; each with who is going to begin it, and until when."""
    return tx.execute(
        "SELECT message_id, payload, holder, place FROM bespeak_inbox "
        "WHERE conversation_id = ? AND answered IS NULL AND attempts < ? "
        "AND (attempts = 0, number) < (?, ?) ORDER BY attempts = 0, number",
        (conversation_id, ATTEMPTS, attempts == 0, number),
    ).fetchall()
