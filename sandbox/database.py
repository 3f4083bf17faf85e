"""The shop's database: one SQLite file, one writer at a time."""

from sqlite3 import Connection as SQLiteConnection

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import ConnectionPoolEntry

from sandbox.tables import Table


def open_database(path: str) -> Engine:
    """The database at `path`, its tables made where they are missing.

    Every transaction takes the write lock as it begins, so two requests that
    read, decide and write never decide on the same facts.
    """
    engine = create_engine(f"sqlite:///{path}")
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    Table.metadata.create_all(engine)
    return engine


def _prepare(connection: SQLiteConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # the driver's own BEGIN would come too late
    connection.execute("PRAGMA busy_timeout = 5000")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
