"""A PostgreSQL server: connections to it, tables in it, and news from it."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from bespeak.errors import ProjectError, StoreError

log = logging.getLogger(__name__)

CONNECTIONS: Final = 10
WAIT_SECONDS: Final = 5.0
"""How long a call waits for a connection before it fails: the server is down, or overloaded."""

_LOCK: Final = 0x0BE5_9EA4  # any number that nobody else locks


class Server:
    """A database and how to log in to it; connects when it is first asked.

    `tables` are statements that make what is missing, run once when it is first reached. Rasa's
    variables count: POSTGRESQL_SCHEMA, SQL_POOL_SIZE, SQL_MAX_OVERFLOW.
    """

    def __init__(
        self,
        host: str,
        *,
        port: int | None,
        db: str,
        username: str | None,
        password: str | None,
        login_db: str | None = None,
        query: Mapping[str, Any] | None = None,
        tables: Sequence[str],
    ) -> None:
        options = {str(key): str(value) for key, value in (query or {}).items()}
        self.schema = os.environ.get("POSTGRESQL_SCHEMA", "")
        if self.schema:
            path = f"-csearch_path={self.schema}"
            options["options"] = " ".join(filter(None, (options.get("options"), path)))
        options.setdefault("connect_timeout", "10")
        options.setdefault("application_name", "bespeak")
        login = {"host": host, "port": port, "user": username, "password": password, **options}
        given = {key: str(value) for key, value in login.items() if value is not None}
        try:
            self.address = make_conninfo(dbname=db, **given)
            self._login = make_conninfo(dbname=login_db, **given) if login_db else ""
        except psycopg.ProgrammingError as error:
            raise ProjectError(
                f"tracker_store: PostgreSQL cannot take an option: {error}"
            ) from None
        self.name, self.host = db, host
        self._tables = tables
        self._size = _pool_size()
        self._pool: AsyncConnectionPool | None = None
        self._opening = asyncio.Lock()

    async def rows(
        self, query: str, values: Mapping[str, Any] | None = None, *, again: bool = True
    ) -> list[tuple[Any, ...]]:
        """Run one statement and return its rows. Raises `StoreError` where the server fails.

        With `again` a statement whose connection broke is sent once more: it must not matter that
        it may have been carried out.
        """
        pool = self._pool or await self._open()
        try:
            async with pool.connection(timeout=WAIT_SECONDS) as connection:
                cursor = await connection.execute(query.encode(), values)
                return await cursor.fetchall() if cursor.description else []
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            if not again or isinstance(error, PoolTimeout | PoolClosed):
                raise StoreError(self._explained(error)) from error
        except psycopg.Error as error:
            raise StoreError(self._explained(error)) from error
        await pool.check()  # the server came back: the other connections are broken, too
        return await self.rows(query, values, again=False)

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _open(self) -> AsyncConnectionPool:
        async with self._opening:
            if self._pool is not None:
                return self._pool
            pool = AsyncConnectionPool(
                self.address,
                min_size=1,
                max_size=self._size,
                kwargs={"autocommit": True},
                open=False,
                name="bespeak",
            )
            try:
                if self._login:
                    await self._create_database()
                await self._create_tables()
                await pool.open(wait=True, timeout=2 * WAIT_SECONDS)
            except (psycopg.Error, PoolTimeout) as error:
                await pool.close()
                raise StoreError(self._explained(error)) from error
            self._pool = pool
            return pool

    async def _create_database(self) -> None:
        async with await psycopg.AsyncConnection.connect(
            self._login, autocommit=True
        ) as connection:
            found = await connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", (self.name,)
            )
            if await found.fetchone() is None:
                with contextlib.suppress(
                    psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation
                ):
                    await connection.execute(
                        sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name))
                    )

    async def _create_tables(self) -> None:
        """Make what is missing; processes that start at once come one after the other."""
        async with await psycopg.AsyncConnection.connect(self.address) as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
            for statement in self._tables:
                await connection.execute(statement.encode())

    def _explained(self, error: Exception) -> str:
        what = " ".join(str(error).split()) or type(error).__name__
        if isinstance(error, psycopg.errors.InvalidSchemaName):
            hint = f"Create the schema {self.schema!r} (POSTGRESQL_SCHEMA), or unset the variable."
        elif isinstance(error, psycopg.errors.InvalidCatalogName) or "does not exist" in what:
            hint = "Create it, or name a 'login_db' from which it may be created."
        elif isinstance(error, psycopg.errors.InsufficientPrivilege):
            hint = "The user may not do that: grant it, or have its owner create the tables."
        elif isinstance(error, psycopg.errors.DataError):
            hint = "A name or an id is too long, or holds a character that PostgreSQL refuses."
        else:
            hint = "Does the server run, and are url, port, username and password right?"
        return f"The database {self.name!r} on {self.host} cannot be used: {what}. {hint}"


class Bells:
    """Waits for notifications on a channel of the server, each for a name."""

    def __init__(self, address: str, channel: str) -> None:
        self._address, self._channel = address, channel
        self._expected: dict[str, asyncio.Event] = {}
        self._listening: asyncio.Task[None] | None = None
        self._ready = False

    def expect(self, name: str) -> bool:
        """Take note of what is rung from now on; False while we cannot hear yet."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        if self._ready:
            self._expected[name] = asyncio.Event()
        return self._ready

    async def heard(self, name: str, timeout: float) -> None:
        """Return once the expected bell rang, or time is up."""
        try:
            async with asyncio.timeout(timeout):
                await self._expected[name].wait()
        except TimeoutError:
            pass
        finally:
            self._expected.pop(name, None)

    def ring(self, name: str) -> None:
        if (bell := self._expected.get(name)) is not None:
            bell.set()

    def is_expected(self, name: str) -> bool:
        return name in self._expected

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
            self._listening = None

    async def _listen(self) -> None:
        try:
            async with await psycopg.AsyncConnection.connect(
                self._address, autocommit=True
            ) as connection:
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
                self._ready = True
                async for notification in connection.notifies():
                    self.ring(notification.payload)
        except psycopg.Error as error:
            log.info("Notifications of PostgreSQL ended, we ask instead: %s", error)
        finally:
            self._ready = False


def _pool_size() -> int:
    """Return how many connections Rasa's variables allow."""
    total = 0
    for name in ("SQL_POOL_SIZE", "SQL_MAX_OVERFLOW"):
        value = os.environ.get(name, "")
        if value and not value.isdecimal():
            raise ProjectError(f"The variable {name} is {value!r}: it must be a number.")
        total += int(value or 0)
    return total or CONNECTIONS
