"""Conversations that Rasa 3.6.21 wrote are gone on with, and Rasa can go on with ours."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from bespeak.events import (
    ActionExecuted,
    BotUttered,
    Event,
    HandoffRequested,
    SessionStarted,
    SlotSet,
    UserUttered,
    to_dict,
)
from bespeak.stores.build import tracker_store
from bespeak.stores.sqlite import SQLiteTrackerStore
from bespeak.testing.stores import ONE_OF_EACH, said, told

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
RASA_SIDE = HERE / "rasa_side.py"
Section = Mapping[str, Any]


def rasa(what: str, section: Section, name: str) -> Any:
    """Have Rasa itself write or read; skips where it is not installed."""
    folder = Path(os.environ.get("BESPEAK_RASA_VENV", ".venv-rasa"))
    python = folder / "bin" / "python"
    if not python.exists():
        pytest.skip("Rasa 3.6.21 is not installed here (BESPEAK_RASA_VENV)")
    keywords = {key: value for key, value in section.items() if key != "url"}
    keywords["type"] = str(keywords["type"]).lower()
    if "url" in section:
        keywords["host"] = section["url"]
    keywords.pop("login_db", None)
    done = subprocess.run(
        [str(python), str(RASA_SIDE), what, json.dumps(keywords), name],
        capture_output=True,
        text=True,
        env={**os.environ, "SQLALCHEMY_SILENCE_UBER_WARNING": "1"},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if what == "read" else None


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A database as Rasa left it: two sessions of 'ada', nine events each."""
    path = tmp_path / "rasa.db"
    connection = sqlite3.connect(path)
    connection.executescript((HERE / "written_by_rasa.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


async def test_rasas_conversation_is_read_as_it_is(written: Path) -> None:
    store = SQLiteTrackerStore(written)
    events = await store.events("ada")
    assert len(events) == 18
    assert isinstance(events[1], SessionStarted)
    user = events[3]
    assert isinstance(user, UserUttered)
    assert (user.text, user.intent_name, user.message_id) == ("to Zürich", "book", "id-101.0")
    assert events[7] == BotUttered("Hello 🚆", {"buttons": [{"title": "x", "payload": "/x"}]})
    with sqlite3.connect(written) as connection:
        rows = connection.execute("SELECT data FROM events ORDER BY id").fetchall()
    connection.close()
    assert [to_dict(event) for event in events] == [json.loads(data) for (data,) in rows]
    assert await store.conversation_ids() == ["ada"]
    await store.close()


async def test_rasas_conversation_goes_on_where_it_was(written: Path) -> None:
    store = SQLiteTrackerStore(written)
    async with store.turn("ada") as lease:
        assert lease.sequence == 18
        await store.append(lease, [said("and on")], after=18, snapshot={"so": "far"})
    kept = await store.load("ada")
    assert (kept.snapshot, list(kept.events), kept.sequence) == ({"so": "far"}, [], 19)
    await store.close()


async def test_what_rasa_adds_in_between_is_counted(written: Path) -> None:
    store = SQLiteTrackerStore(written)
    async with store.turn("ada") as lease:
        await store.append(lease, [said("ours")], after=18, snapshot={"at": 19})
    await store.close()

    with sqlite3.connect(written) as connection:  # as Rasa would
        data = json.dumps({"event": "slot", "timestamp": 300.0, "name": "city", "value": "Bern"})
        connection.execute(
            "INSERT INTO events (sender_id, type_name, timestamp, action_name, data) "
            "VALUES ('ada', 'slot', 300.0, 'city', ?)",
            (data,),
        )
    connection.close()

    store = SQLiteTrackerStore(written)
    kept = await store.load("ada")
    assert (kept.snapshot, kept.sequence) == ({"at": 19}, 20)
    assert list(kept.events) == [SlotSet("city", "Bern")]
    async with store.turn("ada") as lease:
        assert lease.sequence == 20
        await store.append(lease, [said("ours again")], after=20)
    assert (await store.load("ada")).sequence == 21
    await store.close()


async def test_the_table_is_as_rasa_makes_it(tmp_path: Path, written: Path) -> None:
    store = SQLiteTrackerStore(tmp_path / "ours.db")
    await told(store, *ONE_OF_EACH)
    await store.close()

    def shape(path: Path) -> list[Any]:
        with sqlite3.connect(path) as connection:
            found: list[Any] = connection.execute("PRAGMA table_info(events)").fetchall()
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'events'"
            ).fetchall():
                found.append((name, *connection.execute(f"PRAGMA index_info({name})")))
        connection.close()
        return found

    assert shape(tmp_path / "ours.db") == shape(written)


async def test_the_columns_hold_what_rasa_would_put_there(tmp_path: Path, written: Path) -> None:
    """The same events, written by us, make the same rows."""
    ours = tmp_path / "ours.db"
    theirs, store = SQLiteTrackerStore(written), SQLiteTrackerStore(ours)
    await told(store, *await theirs.events("ada"))
    await theirs.close()
    await store.close()

    def rows(path: Path) -> list[Any]:
        with sqlite3.connect(path) as connection:
            found = connection.execute("SELECT * FROM events ORDER BY id").fetchall()
        connection.close()
        return [(*row[:-1], json.loads(row[-1])) for row in found]

    assert rows(ours) == rows(written)


async def test_rasas_value_in_redis_goes_on_where_it_was(redis_section: Section) -> None:
    """A value that Rasa left, put there by hand; once as it is, once laid out in another way."""
    value = (HERE / "written_by_rasa.json").read_text(encoding="utf-8").strip()
    for each in (value, json.dumps(json.loads(value), indent=1)):
        client = Redis(port=redis_section["port"], decode_responses=True)
        key = f"{redis_section['key_prefix']}:tracker:ada"
        client.set(key, each)
        store = tracker_store(redis_section)
        assert len((await store.load("ada")).events) == 18
        async with store.turn("ada") as lease:
            assert lease.sequence == 18
            await store.append(lease, [said("on")], after=18, snapshot={"at": 19})
            await store.append(lease, [said("and on")], after=19)
        kept = await store.load("ada")
        assert (kept.snapshot, list(kept.events), kept.sequence) == (
            {"at": 19},
            [said("and on")],
            20,
        )
        left = json.loads(str(client.get(key)))
        assert left["name"] == "ada"
        assert left["events"][:18] == json.loads(value)["events"]
        assert [event["text"] for event in left["events"][18:]] == ["on", "and on"]
        await store.delete("ada")
        assert client.keys(f"{redis_section['key_prefix']}:*") == [
            f"{redis_section['key_prefix']}:bespeak:count"
        ]
        await store.close()
        client.close()


async def test_rasa_reads_what_we_wrote_after_it_and_we_what_it_wrote_after_us(
    section: Section,
) -> None:
    if "dialect" in section:  # the database must exist before Rasa comes
        store = tracker_store(section)
        await store.ping()
        await store.close()
    rasa("write", section, "ada")
    store = tracker_store(section)
    async with store.turn("ada") as lease:
        assert lease.sequence == 18
        events: list[Event] = [
            SlotSet("city", "Genève", timestamp=300.0),
            HandoffRequested("angry", "billing", timestamp=300.5),
            ActionExecuted("action_listen", timestamp=301.0),
        ]
        await store.append(lease, events, after=18, snapshot={"at": 21})
    await store.close()

    seen = rasa("read", section, "ada")
    assert len(seen["all"]) == 21
    assert seen["all"][-3:][0] == to_dict(events[0])
    assert [event["event"] for event in seen["all"][-2:]] == ["export", "action"]
    assert seen["city"] == "Genève"

    rasa("go_on", section, "ada")
    store = tracker_store(section)
    kept = await store.load("ada")
    assert kept.sequence == 27
    if section["type"] == "redis":  # Rasa wrote the whole value anew: the snapshot is let go
        assert (kept.snapshot, len(kept.events)) == (None, 27)
    else:
        assert (kept.snapshot, len(kept.events)) == ({"at": 21}, 6)
    assert (await store.events("ada"))[18:21] == events
    async with store.turn("ada") as lease:
        assert lease.sequence == 27
        await store.append(lease, [said("on")], after=27)
    assert (await store.load("ada")).sequence == 28
    await store.close()
