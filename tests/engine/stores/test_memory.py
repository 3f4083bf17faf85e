"""Conversations in memory."""

import pytest

from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.testing.stores import Opened, TrackerStoreContract


class TestInMemoryTrackerStore(TrackerStoreContract):
    shared = False

    @pytest.fixture
    def opened(self) -> Opened:
        return InMemoryTrackerStore
