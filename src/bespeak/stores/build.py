"""From a section of endpoints.yml to a tracker store or an event broker.

Nothing is reached here: a store connects when it is first used, and `ping` says whether it can.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from bespeak.errors import ProjectError
from bespeak.extend import build, load
from bespeak.stores import BROKERS, BUILTIN
from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.stores.sqlite import SQLiteTrackerStore
from bespeak.stores.store import EventBroker, TrackerStore
from bespeak.stores.turns import LEASE_SECONDS

DEFAULT: Final = {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
"""Where the server keeps conversations unless endpoints.yml says otherwise: beside the project."""

ELSEWHERE: Final = {
    "mongod": "MongoDB",
    "mongo": "MongoDB",
    "dynamo": "DynamoDB",
}
"""Kinds of stores that Rasa has and we have not."""

ENDPOINT_KEYS: Final = ("params", "headers", "basic_auth", "token", "token_name", "cafile")
"""What every endpoint may have and a database has no use for."""


def tracker_store(section: Mapping[str, Any] | None) -> TrackerStore:
    """Build the store of `tracker_store:`; in memory where there is none.

    Raises `ExtensionError` where the name leads nowhere or the options do not fit, `ProjectError`
    where their values make no sense.
    """
    name, options = _parts(section)
    if name is None:
        return InMemoryTrackerStore()
    if (rasas := ELSEWHERE.get(name.lower())) is not None:
        raise ProjectError(
            f"tracker_store: conversations in {rasas} (type: {name}) are not supported. Keep them "
            "in SQLite or PostgreSQL (type: SQL) or Redis (type: redis), and bring the old ones "
            "along with 'rasa export' into an 'event_broker: {type: sql}'; or name a store of "
            "your own by its module path."
        )
    if name.lower() == "redis":
        load(BUILTIN["redis"], extra="redis")
    store: TrackerStore = _built("stores", BUILTIN, name, options)
    _check(store, name, TrackerStore)
    return store


def event_broker(section: Mapping[str, Any] | None) -> EventBroker | None:
    """Build the broker of `event_broker:`; None where there is none. Raises as `tracker_store`."""
    if section is None:
        return None
    name, options = _parts(section)
    broker: EventBroker = _built("brokers", BROKERS, name or "pika", options)
    _check(broker, name or "pika", EventBroker)
    return broker


def sql_store(
    url: str | None = None,
    *,
    dialect: str = "sqlite",
    port: int | str | None = None,
    db: str = "rasa.db",
    username: str | None = None,
    password: str | None = None,
    login_db: str | None = None,
    query: Mapping[str, Any] | None = None,
    synchronous: str = "NORMAL",
    lease_seconds: float = LEASE_SECONDS,
) -> TrackerStore:
    """Build a SQLite or PostgreSQL store. `url` is a host, or a whole address with its dialect."""
    database = Database.of(url, dialect, port, db, username, password, query, "tracker_store")
    if database.dialect == "postgresql":
        store: TrackerStore = load(
            "bespeak.stores.postgres.PostgresTrackerStore", extra="postgres"
        )(
            database.host,
            port=database.port,
            db=database.name,
            username=database.username,
            password=database.password,
            login_db=login_db,
            query=database.query,
            lease_seconds=lease_seconds,
        )
        return store
    if database.name in ("", ":memory:"):
        return InMemoryTrackerStore()
    return SQLiteTrackerStore(database.name, synchronous=synchronous, lease_seconds=lease_seconds)


def sql_broker(
    url: str | None = None,
    *,
    dialect: str = "sqlite",
    port: int | str | None = None,
    db: str = "events.db",
    username: str | None = None,
    password: str | None = None,
) -> EventBroker:
    """Build a broker that writes into a table of SQLite or PostgreSQL."""
    database = Database.of(url, dialect, port, db, username, password, None, "event_broker")
    if database.dialect == "postgresql":
        broker: EventBroker = load(
            "bespeak.stores.postgres_broker.PostgresEventBroker", extra="postgres"
        )(
            database.host,
            port=database.port,
            db=database.name,
            username=database.username,
            password=database.password,
            query=database.query,
        )
        return broker
    sqlite: EventBroker = load("bespeak.stores.broker.SQLiteEventBroker")(database.name)
    return sqlite


@dataclass(frozen=True, slots=True)
class Database:
    """Which database is meant."""

    dialect: str
    host: str
    port: int | None
    name: str
    username: str | None
    password: str | None
    query: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        url: str | None,
        dialect: str,
        port: int | str | None,
        db: str,
        username: str | None,
        password: str | None,
        query: Mapping[str, Any] | None,
        section: str,
    ) -> "Database":
        """Read Rasa's options, a whole address in `url` (`postgresql://user@host/db`) included."""
        host, query = url or "localhost", dict(query or {})
        if "://" in host:
            parts = urlsplit(host)
            dialect, host, port = (
                parts.scheme,
                parts.hostname or "localhost",
                _port_of(parts, section),
            )
            username = unquote(parts.username) if parts.username else None
            password = unquote(parts.password) if parts.password else None
            db, query = unquote(parts.path.removeprefix("/")), dict(parse_qsl(parts.query))
        elif ":" in host and not host.startswith("["):
            parts = urlsplit(f"//{host}")
            host, port = parts.hostname or host, _port_of(parts, section) or port
        kind = dialect.split("+")[0].lower()
        kind = "postgresql" if kind == "postgres" else kind
        if kind not in ("sqlite", "postgresql"):
            raise ProjectError(
                f"{section}: the dialect {dialect!r} is not supported. Use sqlite or postgresql."
            )
        return cls(kind, host, _number(port, section), db, username, password, query)


def _port_of(parts: Any, section: str) -> int | None:
    try:
        port: int | None = parts.port
    except ValueError as error:
        raise ProjectError(f"{section}: the url {parts.geturl()!r} is wrong: {error}.") from None
    return port


def _number(port: int | str | None, section: str) -> int | None:
    try:
        return None if port is None or port == "" else int(port)
    except ValueError:
        raise ProjectError(f"{section}: the port {port!r} is not a number.") from None


def _parts(section: Mapping[str, Any] | None) -> tuple[str | None, dict[str, Any]]:
    options = {str(key): value for key, value in (section or {}).items()}
    plain = options.pop("type", None)
    name = options.pop("store_type", plain)
    for key in ENDPOINT_KEYS:
        options.pop(key, None)
    return (None if name is None else str(name)), options


def _built(family: str, builtin: Mapping[str, str], name: str, options: Mapping[str, Any]) -> Any:
    """Build by name; ours are known in any case of letters, as in Rasa."""
    ours = name.lower() if name.lower() in builtin else name
    return build(family, builtin, {**options, "name": ours})


def _check(built: Any, name: str, protocol: type) -> None:
    """Say what a class of somebody's own still lacks, before a conversation is lost to it."""
    wanted = [method for method in vars(protocol) if not method.startswith("_")]
    missing = [method for method in wanted if not callable(getattr(built, method, None))]
    if missing:
        raise ProjectError(
            f"{name!r} is no {protocol.__name__}: it lacks {', '.join(missing)}. The protocol "
            "is described in bespeak.stores.store; stores written for Rasa must be ported to it."
        )
