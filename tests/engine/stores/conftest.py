"""Real databases for the stores' tests: PostgreSQL and Redis, started for the session."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

Section = Mapping[str, Any]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sqlite_section(tmp_path: Path) -> Section:
    return {"type": "SQL", "db": str(tmp_path / "rasa.db")}


class PostgresServer:
    """A PostgreSQL server of our own in a temporary folder."""

    def __init__(self, binaries: str, folder: Path) -> None:
        self.user = "postgres" if os.geteuid() == 0 else getpass.getuser()
        self.port = free_port()
        self.data = folder / "data"
        self.data.mkdir()
        if os.geteuid() == 0:  # the server refuses to run as root
            for path in (folder, self.data):
                shutil.chown(path, self.user)
        _as(
            self.user, f"{binaries}/initdb", "-D", str(self.data), "-A", "trust", "-E", "UTF8", "-N"
        )
        self._control = (f"{binaries}/pg_ctl", "-D", str(self.data), "-w", "-l", f"{folder}/log")
        self._options = f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"

    @property
    def section(self) -> Section:
        return {"url": "127.0.0.1", "port": self.port, "username": self.user}

    def start(self) -> None:
        _as(self.user, *self._control, "-o", self._options, "start")

    def kill(self) -> None:
        """As if the machine had lost it: no farewell, nothing written that was not yet."""
        os.kill(int((self.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        _until(lambda: not _answers(self.port))

    def stop(self) -> None:
        _as(self.user, *self._control, "-m", "immediate", "stop")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    binaries = _postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (initdb was not found)")
    with TemporaryDirectory(prefix="bespeak-pg-") as folder:
        server = PostgresServer(binaries, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Section]:
    """A PostgreSQL server for all tests; gives how to log in, without a database."""
    with running_postgres() as server:
        yield server.section


@pytest.fixture
def postgres_section(postgres_server: Section, request: pytest.FixtureRequest) -> Section:
    """A database of this test's own; `login_db` has it made."""
    name = f"test_{abs(hash(request.node.nodeid))}"
    return {
        "type": "SQL",
        "dialect": "postgresql",
        "db": name,
        "login_db": "postgres",
        **postgres_server,
    }


@contextmanager
def running_redis(port: int) -> Iterator[subprocess.Popen[bytes]]:
    if shutil.which("redis-server") is None:
        pytest.skip("Redis is not installed (redis-server was not found)")
    command = ["redis-server", "--port", str(port), "--save", "", "--bind", "127.0.0.1"]
    with (
        TemporaryDirectory(prefix="bespeak-redis-") as folder,
        subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL) as server,
    ):
        _until(lambda: _answers(port))
        try:
            yield server
        finally:
            server.kill()


@pytest.fixture(scope="session")
def redis_server() -> Iterator[int]:
    """A Redis server for all tests; gives its port."""
    port = free_port()
    with running_redis(port):
        yield port


@pytest.fixture
def redis_section(redis_server: int, request: pytest.FixtureRequest) -> Section:
    prefix = f"test{abs(hash(request.node.nodeid))}"
    return {"type": "redis", "url": "127.0.0.1", "port": redis_server, "key_prefix": prefix}


@pytest.fixture(params=["sqlite", "postgres", "redis"])
def section(request: pytest.FixtureRequest) -> Section:
    """Each durable store in turn, as endpoints.yml names it."""
    found: Section = request.getfixturevalue(f"{request.param}_section")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _postgres_binaries() -> str | None:
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if newest:
        return str(newest[-1].parent)
    found = shutil.which("initdb")
    return None if found is None else str(Path(found).parent)


def _as(user: str, *command: str) -> None:
    switch = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []
    subprocess.run([*switch, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("The server did not start within ten seconds.")
