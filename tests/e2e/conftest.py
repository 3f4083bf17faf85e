"""A trained bot for the servers of these tests, and the databases they may use."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.serving import Listener, act, bespeak, endpoints, listening, write_project
from tests.engine.stores.conftest import running_postgres

Project = Callable[..., Path]


@pytest.fixture(scope="session")
def trained_bot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's folder, with a model. Copy it; do not change it."""
    folder = write_project(tmp_path_factory.mktemp("bot"))
    bespeak("train", "--data", "data.yml", cwd=folder)
    return folder


@pytest.fixture
def project(trained_bot: Path, tmp_path: Path) -> Project:
    """Make a copy of the trained bot with these endpoints and credentials."""

    def made(endpoints: str = "", credentials: str = "rest:\n") -> Path:
        folder = tmp_path / "project"
        shutil.copytree(trained_bot, folder)
        (folder / "endpoints.yml").write_text(endpoints)
        (folder / "credentials.yml").write_text(credentials)
        return folder

    return made


@pytest.fixture
def actions() -> Iterator[Listener]:
    """The bot's action server."""
    with listening(act) as listener:
        yield listener


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Mapping[str, Any]]:
    with running_postgres() as server:
        yield server.section


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """A section `tracker_store`: each test runs on both databases."""
    if request.param == "sqlite":
        return {"type": "SQL", "dialect": "sqlite", "db": "conversations.db"}
    server = request.getfixturevalue("postgres_server")
    name = f"faults_{abs(hash(request.node.nodeid))}"
    return {
        "type": "SQL",
        "dialect": "postgresql",
        "db": name,
        "login_db": "postgres",
        **server,
    }


@pytest.fixture
def durable(project: Project, actions: Listener, store: Mapping[str, Any]) -> Path:
    """The bot with its action server and a database."""
    return project(endpoints(actions.url, store))
