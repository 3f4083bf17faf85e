"""What SQLite keeps of a conversation: rows in, rows out, and the tables they are in."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bespeak.errors import Conflict, StoreError
from bespeak.stores import schema, wire
from bespeak.stores.store import Kept, Lease
from bespeak.stores.threads import Transaction

ROWS_AT_ONCE: Final = 500
_EVENT_COLUMNS: Final = "id, sender_id, type_name, timestamp, intent_name, action_name, data"


def load(connection: sqlite3.Connection, conversation_id: str) -> Kept:
    found = connection.execute(
        "SELECT sequence, last_id, state FROM bespeak_snapshots WHERE conversation_id = ?",
        (conversation_id,),
    ).fetchone()
    sequence, last_id, state = found or (0, 0, None)
    rows = connection.execute(
        "SELECT data FROM events WHERE sender_id = ? AND id > ? ORDER BY id",
        (conversation_id, last_id),
    )
    events = [wire.event(data, conversation_id) for (data,) in rows]
    snapshot = None if state is None else wire.parsed(state)
    return Kept(snapshot, events, sequence + len(events))


def extend(tx: Transaction, lease: Lease, rows: Sequence[wire.Row], after: int) -> int:
    """Add the rows if the lease still holds and nobody came first; return the last event's id."""
    fence = (lease.conversation_id, lease.epoch, after)
    if not rows:
        found = tx.execute(
            "SELECT last_id FROM bespeak_conversations "
            "WHERE conversation_id = ? AND epoch = ? AND sequence = ?",
            fence,
        ).fetchone()
        if found is None:
            raise lost(lease)
        return int(found[0])
    ids = tx.ids(len(rows))
    moved = tx.execute(
        "UPDATE bespeak_conversations SET sequence = ?, last_id = ? "
        "WHERE conversation_id = ? AND epoch = ? AND sequence = ?",
        (after + len(rows), ids[-1], *fence),
    )
    if not moved.rowcount:
        raise lost(lease)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        values: list[Any] = []
        for id, row in zip(ids[start:], part, strict=False):
            values += (id, lease.conversation_id, row.type_name, row.timestamp)
            values += (row.intent_name, row.action_name, row.data)
        marks = ", ".join(["(?, ?, ?, ?, ?, ?, ?)"] * len(part))
        tx.execute(f"INSERT INTO events ({_EVENT_COLUMNS}) VALUES {marks}", values)
    return ids[-1]


def lost(lease: Lease) -> Conflict:
    return Conflict(
        f"The conversation {lease.conversation_id!r} went on without this turn: somebody else "
        "holds it now, appended first, or deleted it."
    )


def put(tx: Transaction, row: tuple[Any, ...]) -> int:
    added = tx.execute(
        f"INSERT INTO bespeak_outbox ({wire.WAITING}) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "attempts = excluded.attempts, due = excluded.due, claimed = 0",
        row,
    )
    return int(row[0] or added.lastrowid or 0)


def forget_answered(tx: Transaction, horizon: float) -> None:
    """Let go of messages that were answered before `horizon`.

    Numbers grow with time, so the walk ends at the first young one.
    """
    first_young = tx.execute(
        "SELECT number FROM bespeak_inbox WHERE arrived >= ? ORDER BY number LIMIT 1", (horizon,)
    ).fetchone()
    if first_young is not None:
        tx.execute(
            "DELETE FROM bespeak_inbox WHERE number < ? AND answered IS NOT NULL", first_young
        )


def create(connection: sqlite3.Connection, path: Path) -> None:
    """Add the tables that are missing. Raises `StoreError` if a newer Bespeak made them."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in (*schema.RASA_SQLITE, *schema.OURS_SQLITE):
            connection.execute(statement)
        with closing(connection.execute("SELECT max(version) FROM bespeak_schema")) as found:
            (version,) = found.fetchone()
        if version is None:
            connection.execute("INSERT INTO bespeak_schema VALUES (?)", (schema.VERSION,))
        elif version > schema.VERSION:
            raise StoreError(
                f"The conversations in '{path}' were kept by a newer Bespeak (tables of version "
                f"{version}, this one knows {schema.VERSION}). Install that one to go on."
            )
    finally:
        connection.execute("COMMIT")


def explained(path: Path, error: sqlite3.Error) -> str:
    """Say what is wrong with the file, and what to do."""
    what = str(error)
    if "unable to open" in what:
        hint = f"Does the folder '{path.resolve().parent}' exist, and may we write there?"
    elif "locked" in what:
        hint = "Another program keeps it locked: end that one (a database browser, a backup)."
    elif "readonly" in what:
        hint = "Make the file and its folder writable for this user."
    elif "not a database" in what or "malformed" in what:
        hint = "Restore it from a backup, or choose another file under tracker_store: db."
    elif "full" in what:
        hint = "Make room on the disk."
    else:
        hint = "Nothing of this step was kept."
    return f"The conversations in '{path}' cannot be reached: {what}. {hint}"
