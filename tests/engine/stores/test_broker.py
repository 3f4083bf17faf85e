"""Events out to files, tables and queues: real ones."""

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
import pytest

from bespeak.errors import StoreError
from bespeak.events import BotUttered, Event, HandoffRequested, SlotSet, to_dict
from bespeak.stores.broker import FileEventBroker, Published, Relay
from bespeak.stores.build import event_broker
from tests.engine.stores.conftest import free_port

pytestmark = pytest.mark.anyio

STEP: Sequence[Event] = (
    SlotSet("city", "Zürich", timestamp=1.5),
    HandoffRequested("angry", timestamp=1.5),
    BotUttered("Grüezi", {"buttons": None}, timestamp=2.5),
)
BODIES = [{"sender_id": "ada", **to_dict(event)} for event in (STEP[0], STEP[2])]


async def test_a_file_gets_a_line_for_each_event(tmp_path: Path) -> None:
    broker = event_broker({"type": "file", "path": str(tmp_path / "events.log")})
    assert broker is not None
    await broker.publish("ada", STEP)
    await broker.publish("ada", STEP[:1])
    await broker.close()
    lines = (tmp_path / "events.log").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [*BODIES, BODIES[0]]
    assert lines[0].startswith('{"sender_id": "ada", "event": "slot", "timestamp": 1.5')


async def test_a_file_out_of_reach_is_told_of_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bespeak.stores.broker.CLOSING_SECONDS", 0.1)
    broker = FileEventBroker(str(tmp_path / "missing" / "events.log"))
    await broker.publish("ada", STEP)
    with pytest.raises(StoreError, match=r"2 events did not reach .*bespeak export"):
        await broker.close()


async def test_a_table_gets_a_row_for_each_event(tmp_path: Path) -> None:
    path = tmp_path / "events.db"
    broker = event_broker({"type": "SQL", "db": str(path)})
    assert broker is not None
    await broker.publish("ada", STEP)
    await broker.close()
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT id, sender_id, data FROM events ORDER BY id").fetchall()
    connection.close()
    assert [(id, name, json.loads(data)) for id, name, data in rows] == [
        (1, "ada", BODIES[0]),
        (2, "ada", BODIES[1]),
    ]


async def test_a_table_of_postgresql_gets_them_too(postgres_server: Mapping[str, Any]) -> None:
    broker = event_broker(
        {"type": "SQL", "dialect": "postgresql", "db": "postgres", **postgres_server}
    )
    assert broker is not None
    await broker.publish("ada", STEP)
    await broker.close()
    with psycopg.connect(
        host=postgres_server["url"],
        port=postgres_server["port"],
        user=postgres_server["username"],
        dbname="postgres",
    ) as connection:
        rows = connection.execute("SELECT sender_id, data FROM events ORDER BY id").fetchall()
        connection.execute("DROP TABLE events")
    assert [(name, json.loads(data)) for name, data in rows] == [("ada", body) for body in BODIES]


async def test_what_fails_is_sent_again_in_order() -> None:
    sent: list[str] = []
    broken = True

    async def send(batch: Sequence[Published]) -> None:
        if broken:
            raise StoreError("down")
        sent.extend(item.body for item in batch)

    relay = Relay(send, "the test", retry_seconds=0.01)
    relay.put([Published("ada", "1"), Published("ada", "2")])
    await asyncio.sleep(0.05)
    relay.put([Published("ada", "3")])
    broken = False
    await relay.close()
    assert sent == ["1", "2", "3"]


async def test_what_fails_is_let_go_where_it_should_not_be_kept() -> None:
    tries = 0

    async def send(batch: Sequence[Published]) -> None:
        nonlocal tries
        tries += 1
        raise StoreError("down")

    relay = Relay(send, "the test", keep=False)
    relay.put([Published("ada", "1")])
    with pytest.raises(StoreError, match="1 events did not reach the test"):
        await relay.close()
    assert tries == 1


async def test_kafka_gets_each_event_in_order() -> None:
    kafka = pytest.importorskip("confluent_kafka")
    cluster = kafka.Producer({"test.mock.num.brokers": 1})  # librdkafka's own broker, in process
    (server,) = (f"{b.host}:{b.port}" for b in cluster.list_topics(timeout=10).brokers.values())
    broker = event_broker(
        {
            "type": "kafka",
            "url": server,
            "topic": "events",
            "security_protocol": "PLAINTEXT",
            "partition_by_sender": True,
        }
    )
    assert broker is not None
    await broker.publish("ada", STEP)
    await broker.close()

    consumer = kafka.Consumer(
        {"bootstrap.servers": server, "group.id": "g", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe(["events"])
    found = [message for message in consumer.consume(2, timeout=30) if message.error() is None]
    consumer.close()
    assert [json.loads(message.value()) for message in found] == BODIES
    assert {message.key() for message in found} == {b"ada"}


@pytest.fixture(scope="module")
def rabbit() -> Iterator[int]:
    """A RabbitMQ server of our own; gives its port."""
    pytest.importorskip("aio_pika")
    program = "/usr/lib/rabbitmq/bin/rabbitmq-server"
    if not Path(program).exists():
        pytest.skip("RabbitMQ is not installed (rabbitmq-server was not found)")
    port, user = free_port(), "rabbitmq" if os.geteuid() == 0 else ""
    with TemporaryDirectory(prefix="bespeak-rabbit-") as folder:
        if user:
            shutil.chown(folder, user)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "RABBITMQ_NODENAME": f"bespeak{port}@localhost",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": folder,
            "RABBITMQ_LOG_BASE": folder,
            "ERL_EPMD_PORT": str(free_port()),
        }
        switch = ["runuser", "-u", user, "--"] if user else []
        with subprocess.Popen(
            [*switch, program], env=environment, stdout=subprocess.PIPE, text=True, cwd=folder
        ) as server:
            assert server.stdout is not None
            for line in server.stdout:
                if "completed with" in line:
                    break
            else:
                pytest.skip("RabbitMQ did not start here")
            yield port
            stop = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "stop"]
            subprocess.run([*switch, *stop], env=environment, check=True, capture_output=True)
            subprocess.run([*switch, "epmd", "-kill"], env=environment, capture_output=True)


async def test_rabbitmq_gets_each_event_in_order(rabbit: int) -> None:
    aio_pika = pytest.importorskip("aio_pika")
    broker = event_broker(
        {
            "url": "127.0.0.1",
            "port": rabbit,
            "username": "guest",
            "password": "guest",
            "queues": ["one", "two"],
        }
    )
    assert broker is not None
    await broker.publish("ada", STEP)
    await broker.close()

    connection = await aio_pika.connect(f"amqp://guest:guest@127.0.0.1:{rabbit}/")
    async with connection:
        channel = await connection.channel()
        for name in ("one", "two"):
            queue = await channel.get_queue(name)
            for body in BODIES:
                message = await queue.get(timeout=5)
                await message.ack()
                assert json.loads(message.body) == body
                assert message.delivery_mode == aio_pika.DeliveryMode.PERSISTENT


async def test_rabbitmq_out_of_reach_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("aio_pika")
    monkeypatch.setattr("bespeak.stores.broker.CLOSING_SECONDS", 0.2)
    broker = event_broker({"type": "pika", "url": "127.0.0.1", "port": 1})
    assert broker is not None
    began = time.monotonic()
    await broker.publish("ada", STEP)
    assert time.monotonic() - began < 5
    with pytest.raises(StoreError, match="2 events did not reach RabbitMQ"):
        await broker.close()


async def test_rabbitmq_out_of_reach_fails_the_step_where_it_should() -> None:
    pytest.importorskip("aio_pika")
    broker = event_broker(
        {
            "type": "pika",
            "url": "127.0.0.1",
            "port": 1,
            "raise_on_failure": True,
            "connection_attempts": 2,
            "retry_delay_in_seconds": 0.01,
        }
    )
    assert broker is not None
    with pytest.raises(StoreError, match="cannot be reached"):
        await broker.publish("ada", STEP)
    await broker.close()
