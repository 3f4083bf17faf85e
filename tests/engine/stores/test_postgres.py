"""Conversations in PostgreSQL."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest

from bespeak.errors import ProjectError, StoreError
from bespeak.stores.build import tracker_store
from bespeak.testing.stores import Opened, TrackerStoreContract, message, said, steps, told


class TestPostgresTrackerStore(TrackerStoreContract):
    @pytest.fixture
    def opened(self, postgres_section: Mapping[str, Any]) -> Opened:
        return lambda: tracker_store(postgres_section)


def connected(section: Mapping[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=section["url"],
        port=section["port"],
        user=section["username"],
        dbname=section["db"],
        autocommit=True,
    )


@pytest.mark.anyio
async def test_the_tables_are_in_the_schema_that_is_named(
    postgres_section: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tracker_store(postgres_section)
    await store.ping()
    await store.close()
    monkeypatch.setenv("POSTGRESQL_SCHEMA", "chats")
    store = tracker_store(postgres_section)
    with pytest.raises(StoreError, match="Create the schema 'chats'"):
        await store.ping()
    await store.close()

    with connected(postgres_section) as connection:
        connection.execute("CREATE SCHEMA chats")
    store = tracker_store(postgres_section)
    await told(store, *steps(3))
    await store.close()
    with connected(postgres_section) as connection:
        assert connection.execute("SELECT count(*) FROM chats.events").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM public.events").fetchone() == (0,)
        connection.execute("UPDATE chats.bespeak_schema SET version = 99")
    store = tracker_store(postgres_section)
    with pytest.raises(StoreError, match=r"newer Bespeak \(tables of version 99"):
        await store.ping()
    await store.close()


@pytest.mark.anyio
async def test_what_postgresql_cannot_hold_is_refused_with_the_reason(
    postgres_section: Mapping[str, Any],
) -> None:
    store = tracker_store(postgres_section)
    for name in ("x" * 256, "a\0b"):
        with pytest.raises(StoreError, match="too long, or holds a character"):
            await store.arrive(message(to=name))
    await store.close()


@pytest.mark.anyio
async def test_a_database_that_is_missing_is_made_only_where_that_was_asked_for(
    postgres_section: Mapping[str, Any],
) -> None:
    section = {**postgres_section, "login_db": None}
    store = tracker_store(section)
    with pytest.raises(StoreError, match="login_db"):
        await store.ping()
    await store.close()
    store = tracker_store(postgres_section)
    await told(store, said("x"))
    await store.close()


def test_the_number_of_connections_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQL_POOL_SIZE", "many")
    with pytest.raises(ProjectError, match="SQL_POOL_SIZE is 'many'"):
        tracker_store({"type": "SQL", "dialect": "postgresql"})
