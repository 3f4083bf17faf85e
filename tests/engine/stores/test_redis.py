"""Conversations in Redis."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from redis import Redis

from bespeak.stores.build import tracker_store
from bespeak.testing.stores import Opened, TrackerStoreContract, said, steps, told


class TestRedisTrackerStore(TrackerStoreContract):
    @pytest.fixture
    def opened(self, redis_section: Mapping[str, Any]) -> Opened:
        return lambda: tracker_store(redis_section)


@pytest.mark.anyio
async def test_a_conversation_is_forgotten_after_its_silence(
    redis_section: Mapping[str, Any],
) -> None:
    store = tracker_store({**redis_section, "record_exp": 0.2})
    async with store.turn("ada") as lease:
        await store.append(lease, steps(3), after=0, snapshot={"old": True})
    await asyncio.sleep(0.3)
    async with store.turn("ada") as lease:
        assert lease.sequence == 0
        await store.append(lease, [said("new")], after=0)
        kept = await store.load("ada")
    assert (kept.snapshot, list(kept.events), kept.sequence) == (None, [said("new")], 1)
    await store.close()


@pytest.mark.anyio
async def test_conversations_that_only_rasa_knew_are_listed_too(
    redis_section: Mapping[str, Any],
) -> None:
    with Redis(port=redis_section["port"]) as client:
        client.set(f"{redis_section['key_prefix']}:tracker:old", '{"events": [], "name": "old"}')
    store = tracker_store(redis_section)
    await told(store, said("x"), to="new")
    assert await store.conversation_ids() == ["new", "old"]
    await store.close()
