"""The tables: Rasa's `events` as Rasa 3.6 makes it, and ours beside it.

A conversation's events are the rows of `events` with its `sender_id`, in the order of their ids;
the n-th of them has sequence number n. Our tables refer to those ids:

bespeak_conversations   how many events there are, the id of the last, who holds the lease, and
                        whether somebody waits for it (PostgreSQL notifies them)
bespeak_snapshots       a tracker as it was after the event `last_id`
bespeak_inbox           messages: `begun` and `answered` are the ids of the last event before their
                        answer and of the last one in it; `attempts` counts the turns that began
                        it; `place` says until when the process `holder` is going to begin it
bespeak_outbox          answers that are still to be delivered
bespeak_reminders       intents that come from outside when they are due
bespeak_schema          the version of all this

A database that Rasa wrote lacks our tables: they are added when it is opened, and a conversation
is counted when it is first held. Where Rasa went on writing in between, the last id differs and
the conversation is counted again.
"""

from typing import Final

VERSION: Final = 1

RASA_SQLITE: Final = (
    """
    CREATE TABLE IF NOT EXISTS events (
        id INTEGER NOT NULL,
        sender_id VARCHAR(255) NOT NULL,
        type_name VARCHAR(255) NOT NULL,
        timestamp FLOAT,
        intent_name VARCHAR(255),
        action_name VARCHAR(255),
        data TEXT,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_events_sender_id ON events (sender_id)",
)

RASA_POSTGRES: Final = (
    """
    CREATE TABLE IF NOT EXISTS events (
        id SERIAL NOT NULL,
        sender_id VARCHAR(255) NOT NULL,
        type_name VARCHAR(255) NOT NULL,
        timestamp FLOAT,
        intent_name VARCHAR(255),
        action_name VARCHAR(255),
        data TEXT,
        PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX IF NOT EXISTS ix_events_sender_id ON events (sender_id)",
    # The index above cannot find the newest events of a long conversation; this one can.
    "CREATE INDEX IF NOT EXISTS bespeak_events_order ON events (sender_id, id)",
)


def ours(number: str, real: str) -> tuple[str, ...]:
    """Return the statements that make our tables.

    `number` is how the dialect spells a primary key that counts up and never goes back, `real` its
    type of double precision.
    """
    return (
        "CREATE TABLE IF NOT EXISTS bespeak_schema (version INTEGER NOT NULL)",
        f"""
        CREATE TABLE IF NOT EXISTS bespeak_conversations (
            conversation_id VARCHAR(255) PRIMARY KEY,
            sequence BIGINT NOT NULL,
            last_id BIGINT NOT NULL,
            epoch BIGINT NOT NULL,
            holder TEXT NOT NULL,
            expires {real} NOT NULL,
            awaited BOOLEAN NOT NULL DEFAULT FALSE
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS bespeak_snapshots (
            conversation_id VARCHAR(255) PRIMARY KEY,
            sequence BIGINT NOT NULL,
            last_id BIGINT NOT NULL,
            state TEXT NOT NULL
        )
        """,
        f"""
        CREATE TABLE IF NOT EXISTS bespeak_inbox (
            number {number},
            conversation_id VARCHAR(255) NOT NULL,
            message_id VARCHAR(255) NOT NULL,
            payload TEXT,
            arrived {real} NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            begun BIGINT,
            answered BIGINT,
            holder TEXT NOT NULL,
            place {real} NOT NULL,
            UNIQUE (conversation_id, message_id)
        )
        """,
        """
        CREATE INDEX IF NOT EXISTS bespeak_inbox_open
        ON bespeak_inbox (conversation_id, number) WHERE answered IS NULL
        """,
        f"""
        CREATE TABLE IF NOT EXISTS bespeak_outbox (
            id {number},
            conversation_id VARCHAR(255) NOT NULL,
            channel TEXT NOT NULL,
            said TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            due {real} NOT NULL,
            claimed {real} NOT NULL DEFAULT 0
        )
        """,
        "CREATE INDEX IF NOT EXISTS bespeak_outbox_due ON bespeak_outbox (due)",
        "CREATE INDEX IF NOT EXISTS bespeak_outbox_of ON bespeak_outbox (conversation_id)",
        f"""
        CREATE TABLE IF NOT EXISTS bespeak_reminders (
            conversation_id VARCHAR(255) NOT NULL,
            name TEXT NOT NULL,
            intent TEXT NOT NULL,
            entities TEXT NOT NULL,
            due {real} NOT NULL,
            kill_on_message BOOLEAN NOT NULL,
            channel TEXT NOT NULL,
            claimed {real} NOT NULL DEFAULT 0,
            PRIMARY KEY (conversation_id, name)
        )
        """,
        "CREATE INDEX IF NOT EXISTS bespeak_reminders_due ON bespeak_reminders (due)",
    )


OURS_SQLITE: Final = ours("INTEGER PRIMARY KEY AUTOINCREMENT", "REAL")
OURS_POSTGRES: Final = ours("BIGSERIAL PRIMARY KEY", "DOUBLE PRECISION")

VERSION_POSTGRES: Final = (
    f"""
    INSERT INTO bespeak_schema
    SELECT {VERSION} WHERE NOT EXISTS (SELECT FROM bespeak_schema)
    """,
)

OF_A_CONVERSATION: Final = {
    "events": "sender_id",
    "bespeak_conversations": "conversation_id",
    "bespeak_snapshots": "conversation_id",
    "bespeak_inbox": "conversation_id",
    "bespeak_outbox": "conversation_id",
    "bespeak_reminders": "conversation_id",
}
"""Every table that holds something of a conversation, and the column that says which."""
