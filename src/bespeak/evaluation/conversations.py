"""Hold whole conversations with the real actions, and see what came of them.

Each conversation runs in an engine of its own, on a store in memory; actions and services are
those of endpoints.yml. A turn's actions and words must come in the order in which they are
expected; what is not expected does not disturb. An unexpected apology for a failed action does.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from bespeak.assistant import Assistant
from bespeak.data.conversations import (
    Answers,
    ConversationStep,
    Does,
    Effect,
    Knows,
    Says,
    Script,
)
from bespeak.engine import Engine
from bespeak.events import ActionExecuted, ActionFailed, BotUttered, Event
from bespeak.message import UserMessage
from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.tracker import Tracker


@dataclass(frozen=True)
class Failure:
    """A step that did not come true: what was expected, and what came instead."""

    line: int
    text: str


@dataclass(frozen=True)
class Held:
    """How one conversation went; `events` are all that happened in it."""

    script: Script
    failures: tuple[Failure, ...]
    events: tuple[Event, ...] = field(default=(), repr=False)

    @property
    def passed(self) -> bool:
        return not self.failures


class Stage:
    """Where conversations are held: the assistant, and the services that effects ask."""

    def __init__(self, assistant: Assistant, services: Mapping[str, Mapping[str, Any]]) -> None:
        self.assistant = assistant
        self.services = services

    async def hold(self, script: Script) -> Held:
        """Hold one conversation from its beginning."""
        engine = Engine(self.assistant, InMemoryTrackerStore())
        failures: list[Failure] = []
        try:
            for says, expected in _turns(script.steps):
                seen = 0
                if says is not None:
                    seen = len((await engine.tracker(script.name)).events)
                    await engine.handle(
                        UserMessage(script.name, says.text, metadata=script.metadata), _nobody
                    )
                tracker = await engine.tracker(script.name)
                came = list(tracker.events[seen:])
                failures += self._check_turn(says, expected, came, tracker)
                failures += [
                    failure
                    for step in expected
                    if isinstance(step, Effect)
                    for failure in await self._check_effect(step)
                ]
            events = tuple((await engine.tracker(script.name)).events)
        finally:
            engine.parser.close()
        return Held(script, tuple(failures), events)

    def _check_turn(
        self,
        says: Says | None,
        expected: Sequence[ConversationStep],
        came: Sequence[Event],
        tracker: Tracker,
    ) -> Iterator[Failure]:
        did = [event.label for event in came if isinstance(event, ActionExecuted)]
        said = [event.text or "" for event in came if isinstance(event, BotUttered)]
        left_did, left_said = list(did), list(said)
        for step in expected:
            match step:
                case Does(action=action, line=line):
                    if not _take(action, left_did):
                        yield Failure(line, f"expected action {action}; came {_listed(did)}")
                case Answers(text=text, line=line):
                    if not _take(text.strip(), left_said):
                        yield Failure(line, f"expected {text!r}; was said {_listed(said)}")
                case Knows(slots=slots, line=line):
                    for name, value in slots.items():
                        if tracker.slots.get(name) != value:
                            found = tracker.slots.get(name)
                            yield Failure(line, f"expected slot {name} = {value!r}; is {found!r}")
        for event in came:
            if isinstance(event, ActionFailed):
                line = says.line if says else 0
                yield Failure(line, f"the action {event.name} failed: {event.cause}")

    async def _check_effect(self, effect: Effect) -> list[Failure]:
        service = self.services.get(effect.service)
        if service is None:
            known = ", ".join(sorted(self.services)) or "none"
            text = f"endpoints.yml has no service {effect.service!r}; it has {known}"
            return [Failure(effect.line, text)]
        token = service.get("token")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with httpx.AsyncClient(base_url=str(service.get("url", "")), timeout=10) as client:
            try:
                answer = await client.request(
                    effect.method.upper(), effect.path, json=effect.body, headers=headers
                )
            except httpx.HTTPError as error:
                text = f"the service {effect.service!r} cannot be reached: {error!r}"
                return [Failure(effect.line, text)]
        if answer.status_code != effect.status:
            text = f"expected status {effect.status} of {effect.path}; came {answer.status_code}"
            return [Failure(effect.line, text)]
        found = answer.json() if answer.content else None
        differences = list(_differences(effect.expect, found, "")) if effect.expect else []
        return [Failure(effect.line, f"{effect.path}: {text}") for text in differences]


async def _nobody(said: BotUttered) -> None:
    """The words are read from the log."""


def _turns(
    steps: Sequence[ConversationStep],
) -> Iterator[tuple[Says | None, list[ConversationStep]]]:
    """Part the steps into turns: what the user says, and what must come of it."""
    says: Says | None = None
    expected: list[ConversationStep] = []
    for step in steps:
        if isinstance(step, Says):
            if says is not None or expected:
                yield says, expected
            says, expected = step, []
        else:
            expected.append(step)
    yield says, expected


def _take(wanted: str, left: list[str]) -> bool:
    """Say whether `wanted` is still to come, and drop all up to it."""
    at = next((i for i, one in enumerate(left) if one.strip() == wanted), None)
    if at is None:
        return False
    del left[: at + 1]
    return True


def _listed(found: Sequence[str]) -> str:
    return ", ".join(repr(one) for one in found) or "nothing"


def _differences(expected: Any, found: Any, where: str) -> Iterator[str]:
    """Yield where `found` does not hold what is expected: objects may have more, lists not."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for key, value in expected.items():
            yield from _differences(value, found.get(key), f"{where}.{key}" if where else key)
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for i, (left, right) in enumerate(zip(expected, found, strict=True)):
            yield from _differences(left, right, f"{where}[{i}]")
    elif expected != found:
        yield f"expected {where or 'the answer'} = {expected!r}; is {found!r}"
