"""Events out to a table of PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bespeak.events import Event
from bespeak.stores.broker import Published, Relay, published
from bespeak.stores.postgres_server import Server

TABLE: Final = """
CREATE TABLE IF NOT EXISTS events
(id SERIAL NOT NULL, sender_id VARCHAR(255), data TEXT, PRIMARY KEY (id))
"""


class PostgresEventBroker:
    """Add each event to the table `events(id, sender_id, data)` of the database `db`."""

    def __init__(
        self,
        host: str = "localhost",
        *,
        port: int | None = None,
        db: str = "events",
        username: str | None = None,
        password: str | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> None:
        self._server = Server(
            host,
            port=port,
            db=db,
            username=username,
            password=password,
            query=query,
            tables=[TABLE],
        )
        self._relay = Relay(self._insert, f"the database {db!r}")

    async def publish(self, conversation_id: str, events: Sequence[Event]) -> None:
        self._relay.put(published(conversation_id, events))

    async def close(self) -> None:
        try:
            await self._relay.close()
        finally:
            await self._server.close()

    async def _insert(self, batch: Sequence[Published]) -> None:
        await self._server.rows(
            "INSERT INTO events (sender_id, data) SELECT sender_id, data "
            "FROM unnest(%(names)s::text[], %(bodies)s::text[]) "
            "WITH ORDINALITY AS e(sender_id, data, number) ORDER BY number",
            {
                "names": [item.conversation_id for item in batch],
                "bodies": [item.body for item in batch],
            },
            again=False,
        )
