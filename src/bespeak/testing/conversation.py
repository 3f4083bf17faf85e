"""Talk to an assistant in a test: train a project, say things, see what comes."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from textwrap import dedent
from typing import TypeVar

from bespeak.assistant import Assistant
from bespeak.data import project
from bespeak.data.config import Endpoints, read_endpoints
from bespeak.engine import Engine
from bespeak.events import BotUttered, Event
from bespeak.loading import load
from bespeak.message import UserMessage
from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.stores.store import TrackerStore
from bespeak.training import train

T = TypeVar("T")


def trained(files: Mapping[str, str], folder: Path | None = None) -> Assistant:
    """Write a project's files (name to content), train it, and return the assistant.

    Raises what `bespeak train` would tell.
    """
    with tempfile.TemporaryDirectory(prefix="bespeak-project-") as temporary:
        home = folder or Path(temporary)
        for name, content in files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(content), encoding="utf-8")
        endpoints = home / "endpoints.yml"
        told = read_endpoints(endpoints) if endpoints.exists() else Endpoints()
        archive = train(project.read(home), home / "models")
        return load(archive.path, told).assistant


class Conversation:
    """One user talking to an engine: `answers = await Conversation(engine).says("hello")`."""

    def __init__(self, engine: Engine, name: str = "ann", channel: str = "rest") -> None:
        self.engine = engine
        self.name = name
        self.channel = channel

    async def says(self, text: str, *, message_id: str = "", **metadata: object) -> list[str]:
        """Say something and return the texts of the answers."""
        answers: list[str] = []

        async def deliver(said: BotUttered) -> None:
            answers.append(said.text or "")

        message = UserMessage(
            self.name, text, self.channel, message_id=message_id, metadata=metadata
        )
        await self.engine.handle(message, deliver)
        return answers

    async def events(self) -> list[Event]:
        """Return all that has happened."""
        return list((await self.engine.tracker(self.name)).events)


def talking(
    assistant: Assistant,
    scenario: Callable[[Engine], Awaitable[T]],
    *,
    store: TrackerStore | None = None,
    clock: Callable[[], float] = time.time,
) -> T:
    """Run a scenario with an engine around the assistant, and close the engine after it."""

    async def run() -> T:
        engine = Engine(assistant, store or InMemoryTrackerStore(), clock=clock)
        try:
            return await scenario(engine)
        finally:
            await engine.close()

    return asyncio.run(run())
