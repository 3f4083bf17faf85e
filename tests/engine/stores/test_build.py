"""From endpoints.yml to a store or a broker."""

from pathlib import Path
from typing import Any

import pytest

from bespeak.errors import BespeakError, ExtensionError, ProjectError, StoreError
from bespeak.stores.broker import FileEventBroker, SQLiteEventBroker
from bespeak.stores.build import Database, event_broker, tracker_store
from bespeak.stores.kafka import KafkaEventBroker
from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.stores.pika import PikaEventBroker
from bespeak.stores.postgres import PostgresTrackerStore
from bespeak.stores.redis import RedisTrackerStore
from bespeak.stores.sqlite import SQLiteTrackerStore


class HalfAStore:
    """Somebody's own store that was not finished."""

    def __init__(self, url: str = "") -> None:
        self.url = url

    async def load(self, conversation_id: str) -> None: ...


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        (None, InMemoryTrackerStore),
        ({}, InMemoryTrackerStore),
        ({"type": "memory"}, InMemoryTrackerStore),
        ({"type": "SQL"}, SQLiteTrackerStore),
        (
            {"type": "sql", "dialect": "sqlite", "db": "x.db", "query": {"timeout": 3}},
            SQLiteTrackerStore,
        ),
        ({"store_type": "SQL", "url": "sqlite:///x.db"}, SQLiteTrackerStore),
        ({"type": "SQL", "db": ":memory:"}, InMemoryTrackerStore),
        (
            {"type": "SQL", "dialect": "postgresql", "url": "db:5433", "token": None},
            PostgresTrackerStore,
        ),
        ({"type": "SQL", "url": "postgresql+psycopg2://me:pw@db/chats"}, PostgresTrackerStore),
        (
            {"type": "redis", "url": "localhost", "port": "6379", "record_exp": 30},
            RedisTrackerStore,
        ),
        ({"type": "bespeak.stores.memory.InMemoryTrackerStore"}, InMemoryTrackerStore),
    ],
)
def test_a_section_names_its_store(section: dict[str, Any] | None, kind: type) -> None:
    assert isinstance(tracker_store(section), kind)


@pytest.mark.parametrize(
    ("section", "error", "says"),
    [
        ({"type": "mongod", "url": "mongodb://x"}, ProjectError, "MongoDB .* PostgreSQL"),
        ({"type": "dynamo"}, ProjectError, "DynamoDB"),
        ({"type": "SQL", "dialect": "mysql"}, ProjectError, "'mysql' is not supported"),
        ({"type": "SQL", "url": "oracle://x/y"}, ProjectError, "'oracle' is not supported"),
        ({"type": "SQL", "synchronous": "off"}, ProjectError, "NORMAL or FULL"),
        ({"type": "SQL", "dialect": "postgresql", "port": "many"}, ProjectError, "'many'"),
        (
            {"type": "SQL", "dialect": "postgresql", "query": {"nonsense": 1}},
            ProjectError,
            "nonsense",
        ),
        ({"type": "SQL", "usrename": "me"}, ExtensionError, "usrename.*username"),
        ({"type": "redis", "port": "x"}, ProjectError, "numbers"),
        ({"type": "reddis"}, ExtensionError, "Did you mean 'redis'"),
        (
            {"type": f"{__name__}.HalfAStore", "url": "x"},
            ProjectError,
            "lacks turn, events, append",
        ),
    ],
)
def test_a_section_that_makes_no_sense_is_refused_with_what_to_do(
    section: dict[str, Any], error: type[BespeakError], says: str
) -> None:
    with pytest.raises(error, match=says):
        tracker_store(section)


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ({"type": "file", "path": "x.log"}, FileEventBroker),
        ({"type": "SQL"}, SQLiteEventBroker),
        ({"url": "localhost", "username": "u", "password": "p", "queues": "q"}, PikaEventBroker),
        ({"type": "kafka", "url": "x:9092", "security_protocol": "plaintext"}, KafkaEventBroker),
    ],
)
def test_a_section_names_its_broker(section: dict[str, Any], kind: type) -> None:
    assert isinstance(event_broker(section), kind)


def test_no_section_is_no_broker() -> None:
    assert event_broker(None) is None


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"type": "kafka", "url": "x", "security_protocol": "NONE"}, "SASL_SSL"),
        ({"type": "pika", "url": "https://x"}, "no address of RabbitMQ"),
        ({"type": "pika", "url": "x", "port": "x"}, "not a number"),
    ],
)
def test_a_broker_that_makes_no_sense_is_refused(section: dict[str, Any], says: str) -> None:
    with pytest.raises(ProjectError, match=says):
        event_broker(section)


def test_a_whole_address_says_everything() -> None:
    found = Database.of(
        "postgresql://me:s%40cret@db.example:5433/chats?sslmode=require",
        "sqlite",
        None,
        "rasa.db",
        None,
        None,
        None,
        "tracker_store",
    )
    assert found == Database(
        "postgresql", "db.example", 5433, "chats", "me", "s@cret", {"sslmode": "require"}
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("section", "says"),
    [
        ({"type": "SQL", "db": "/nowhere/at/all/rasa.db"}, "'/nowhere/at/all' exist"),
        (
            {"type": "SQL", "dialect": "postgresql", "url": "127.0.0.1", "port": 1},
            "Does the server",
        ),
        ({"type": "redis", "url": "127.0.0.1", "port": 1}, "Does the server run"),
    ],
)
async def test_a_store_out_of_reach_says_so_and_what_to_do(
    section: dict[str, Any], says: str
) -> None:
    store = tracker_store(section)
    with pytest.raises(StoreError, match=says):
        await store.ping()
    await store.close()


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "rasa.db"
    path.write_text("Dear diary, " * 100)
    store = tracker_store({"type": "SQL", "db": str(path)})
    with pytest.raises(StoreError, match=r"not a database.*another file"):
        await store.ping()
    await store.close()
    assert path.read_text().startswith("Dear diary")
