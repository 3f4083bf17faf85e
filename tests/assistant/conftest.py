"""A real sandbox on a free port, and the actions run as an action server runs them."""

import asyncio
import inspect
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
import yaml
from fastapi import FastAPI
from filelock import FileLock
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.utils import all_subclasses
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from actions.services.customers import customer_service
from actions.services.orders import order_service
from actions.services.payments import payment_service
from actions.services.products import product_service
from actions.services.registry import ADAPTERS
from actions.services.settings import FILE_VARIABLE, ServiceSettings
from actions.services.shipping import shipping_service
from actions.services.tickets import ticket_service
from bespeak.data import project
from sandbox.app import create_app
from sandbox.database import open_database
from sandbox.faults import FaultPlan
from sandbox.security import DEMO_API_KEY
from sandbox.seed import seed
from sandbox.times import utc_now

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Trained:
    """A model of the project at the root, and what `bespeak train` said.

    `config` is the project's, but for the preset: with PyTorch installed or without, tests hold
    conversations with the model that a fresh installation trains.
    """

    models: Path
    said: str
    config: Path


@dataclass
class Shop:
    """The sandbox, running."""

    url: str
    database: Engine

    @property
    def settings(self) -> ServiceSettings:
        """How to reach it."""
        return ServiceSettings("sandbox", self.url, DEMO_API_KEY)


@dataclass
class FaultyShop(Shop):
    """The sandbox, running, where things go wrong: by the header of a request, or as told."""

    app: FastAPI

    def breaks(self, plan: str) -> None:
        """From now on, `plan` happens: `500`, `slow:/orders`, `lost:/refunds:1`."""
        self.app.state.faults = FaultPlan.read(plan)


@dataclass
class Conversation:
    """What an action is told of a conversation, and what it answered."""

    executor: ActionExecutor
    domain: Mapping[str, Any]
    slots: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    asked: str | None = None
    loop: str | None = None
    log: list[dict[str, Any]] = field(default_factory=list)

    def hears(
        self,
        text: str,
        *,
        intent: str = "inform",
        message_id: str = "m-1",
        metadata: Mapping[str, Any] | None = None,
        **entities: str | list[str],
    ) -> None:
        """The customer's message; an entity may have several values."""
        named = [
            (name, value, text.find(value))
            for name, values in entities.items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        found: list[dict[str, Any]] = [
            {"entity": name, "value": value}
            | ({"start": at, "end": at + len(value)} if at >= 0 else {})
            for name, value, at in named
        ]
        self.said = {
            "text": text,
            "message_id": message_id,
            "intent": {"name": intent},
            "entities": found,
            "metadata": metadata or {},
        }
        self.log.append({"event": "user", **self.said})

    def goes_on(self) -> str:
        """Hear what an action goes on with as if the customer had said it; returns its intent."""
        heard = self.log[-1]
        assert heard["event"] == "user", "no action has gone on with anything"
        self.said = {**heard["parse_data"], "text": heard["text"], "metadata": heard["metadata"]}
        return str(self.said["intent"]["name"])

    def run(self, action: str) -> list[dict[str, Any]]:
        """Run an action, keep the slots it sets, and return what it says."""
        return self._run(action, [])

    def validate(self, form: str, **candidates: Any) -> list[dict[str, Any]]:
        """Offer a form's validation the candidates, as the form does."""
        self.slots |= candidates
        return self._run(
            f"validate_{form}",
            [
                {"event": "slot", "name": "requested_slot", "value": self.asked},
                {"event": "action", "name": form},
                *(
                    {"event": "slot", "name": name, "value": candidates[name]}
                    for name in candidates
                ),
            ],
        )

    def extracts(self, **candidates: Any) -> list[dict[str, Any]]:
        """Let the message fill slots, as the engine does before anything is decided."""
        self.slots |= candidates
        return self._run(
            "action_validate_slot_mappings",
            [{"event": "slot", "name": name, "value": candidates[name]} for name in candidates],
        )

    def _run(self, action: str, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        tracker = {
            "sender_id": "somebody",
            "slots": {**self.slots, "requested_slot": self.asked},
            "latest_message": self.said,
            "active_loop": {"name": self.loop} if self.loop else {},
            "events": [*(self.log or [{"event": "user"}]), *events],
        }
        result = asyncio.run(
            self.executor.run({"next_action": action, "tracker": tracker, "domain": self.domain})
        )
        assert result is not None
        self.log += result.events
        for event in result.events:
            if event["event"] == "slot" and event["name"] == "requested_slot":
                self.asked = event["value"]
            elif event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        said: list[dict[str, Any]] = result.responses
        for answer in said:
            assert answer["response"] in self.domain["responses"], "the domain has no such response"
        return said


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of the demo's shop, seed 7, to be copied."""
    file = tmp_path_factory.mktemp("sandbox") / "shop.db"
    database = open_database(str(file))
    with Session(database) as session, session.begin():
        seed(session, seed=7, now=utc_now())
    database.dispose()
    return file


@pytest.fixture
def shop(stocked: Path, tmp_path: Path) -> Iterator[Shop]:
    """The demo's shop, as on its first day, on a port of its own."""
    database = open_database(str(shutil.copy(stocked, tmp_path / "shop.db")))
    with served(create_app(database)) as url:
        yield Shop(url, database)
    database.dispose()


@pytest.fixture
def faulty(shop: Shop) -> Iterator[FaultyShop]:
    """`shop` once more, through a door where things go wrong."""
    app = create_app(shop.database, with_faults=True, slow_seconds=0.6)
    with served(app) as url:
        yield FaultyShop(url, shop.database, app)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve on a free port, and give the address."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none"))
        thread = threading.Thread(target=server.run, args=([door],))
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def domain() -> Mapping[str, Any]:
    """CloudMart's domain, as actions are told it."""
    return project.read(ROOT).domain.wire


@pytest.fixture
def conversation(
    shop: Shop, domain: Mapping[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Conversation]:
    """A conversation whose actions talk to `shop`."""
    endpoints = tmp_path / "endpoints.yml"
    write_endpoints(endpoints, shop.url)
    monkeypatch.setenv(FILE_VARIABLE, str(endpoints))
    forget_services()
    executor = ActionExecutor()
    executor.register_package("actions")
    for action in all_subclasses(Action):  # others that this process knows may share a name
        if action.__module__.startswith("actions.") and not inspect.isabstract(action):
            executor.register_action(action)
    yield Conversation(executor, domain)
    forget_services()


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """CloudMart, trained once for all tests, in however many processes they run."""
    base = tmp_path_factory.getbasetemp()
    home = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cloudmart"
    home.mkdir(exist_ok=True)
    models, log, config = home / "models", home / "train.log", home / "config.yml"
    with FileLock(home / "lock"):
        if not log.exists():
            config.write_text(yaml.safe_dump(_draft()), encoding="utf-8")
            done = bespeak("train", "--config", str(config), "--out", str(models))
            assert done.returncode == 0, done.stderr
            log.write_text(done.stdout + done.stderr, encoding="utf-8")
    return Trained(models, log.read_text(encoding="utf-8"), config)


def _draft() -> dict[str, Any]:
    config: dict[str, Any] = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    [classifier] = (one for one in config["pipeline"] if one["name"] == "DIETClassifier")
    classifier["preset"] = "draft"
    return config


@pytest.fixture
def now() -> datetime:
    """A moment that does not move."""
    return datetime(2026, 11, 20, 12)


def responses(said: list[dict[str, Any]]) -> list[Any]:
    """The names of what was said."""
    return [answer["response"] for answer in said]


def write_endpoints(file: Path, url: str) -> None:
    """An `endpoints.yml` whose services are all at `url`."""
    entry = {"adapter": "sandbox", "url": url, "token": DEMO_API_KEY, "timeout": 1}
    services = {"services": dict.fromkeys(ADAPTERS, entry)}
    file.write_text(yaml.safe_dump(services), encoding="utf-8")


def forget_services() -> None:
    """Let the next action connect anew."""
    for service in (
        order_service,
        shipping_service,
        payment_service,
        customer_service,
        ticket_service,
        product_service,
    ):
        service.cache_clear()


def bespeak(*arguments: str, endpoints: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder."""
    return subprocess.run(
        [sys.executable, "-m", "bespeak", *arguments],
        cwd=ROOT,
        env=environment(endpoints),
        capture_output=True,
        text=True,
        timeout=900,
    )


def environment(endpoints: Path | None) -> dict[str, str]:
    """The environment of a command whose actions read `endpoints`."""
    wide = {**os.environ, "COLUMNS": "200"}
    return wide if endpoints is None else {**wide, FILE_VARIABLE: str(endpoints)}
