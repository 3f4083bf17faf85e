"""Each action, on the conversations recorded from Rasa: it must do what Rasa's did.

Every recorded log is replayed up to a point at which an action ran (or slots were extracted); ours
runs on the tracker folded from there, and what it returns must be what comes next in the log. The
requests that custom actions cause must be those that Rasa's action server heard.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bespeak.actions.book import ActionBook
from bespeak.actions.executor import Executor
from bespeak.actions.local import LocalActions
from bespeak.actions.wire import Answer, EventJson, Scope, request
from bespeak.data.domain import build, read
from bespeak.data.files import Files
from bespeak.data.problems import Problems
from bespeak.domain import LISTEN, SESSION_METADATA, SESSION_START, Domain
from bespeak.errors import ActionError, ActionRejected
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActiveLoop,
    BotUttered,
    EntitiesAdded,
    Event,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
    UserUttered,
    from_dict,
    to_dict,
)
from bespeak.tracker import Tracker
from tests.compat.normalise import normalised

COMPAT = Path(__file__).parents[2] / "compat"
OUTPUTS = {None: "collector", "rest": "collector"}
ELSEWHERE = {
    "A tracker that is only looked at": "Rasa's answer is of a session that it did not keep",
    "Rejected from outside": "the script posts a rejection that no action made",
}
BOTS = (
    "actions",
    "augmented",
    "basics",
    "e2e",
    "forms",
    "mappings",
    "memo",
    "rules",
    "session_action",
    "sessions",
    "sessions_endless",
    "sessions_fresh",
    "two_stage",
    "validation",
)


@cache
def recording(bot: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((COMPAT / "recordings" / f"{bot}.json").read_text())
    return found


@cache
def domain_of(bot: str) -> Domain:
    problems = Problems()
    found = read([COMPAT / "bots" / bot / "domain.yml"], Files(problems))
    domain = build(found.wire, found.places, problems)
    problems.raise_errors()
    return domain


def scripts() -> Iterator[Any]:
    for bot in BOTS:
        path = COMPAT / "recordings" / f"{bot}.json"
        for script in recording(bot)["scripts"] if path.exists() else ():
            if script.get("final") and script["name"] not in ELSEWHERE:
                yield pytest.param(bot, script, id=f"{bot}: {script['name']}")


class Heard:
    """Runs a bot's actions in process, and keeps what an action server would have heard."""

    def __init__(self, actions: Executor | None) -> None:
        self.actions = actions
        self.events = EventJson()
        self.bodies: list[Any] = []

    async def run(self, action: str, tracker: Tracker, domain: Domain, within: str = "") -> Answer:
        body = request(action, tracker, events=self.events, scope=Scope.SESSION)
        self.bodies.append(json.loads(body))
        if self.actions is None:
            raise ActionError("This bot has no actions.", action=action)
        return await self.actions.run(action, tracker, domain, within)

    async def close(self) -> None:
        if self.actions is not None:
            await self.actions.close()


@pytest.mark.parametrize(("bot", "script"), list(scripts()))
def test_actions_do_what_they_did_in_rasa(bot: str, script: Mapping[str, Any]) -> None:
    domain = domain_of(bot)
    log = [event_of(wire) for wire in script["final"]["tracker"]["events"]]
    own = COMPAT / "bots" / bot / "actions.py"
    sender = script["final"]["tracker"]["sender_id"]
    heard = Heard(LocalActions(f"tests.compat.bots.{bot}.actions") if own.exists() else None)

    asyncio.run(replay(log, domain, ActionBook(domain, executor=heard), sender))

    asked = [
        call["body"]
        for step in script["steps"]
        for call in step.get("heard") or ()
        if "next_action" in call["body"]
    ]
    asked = [told(body) for body in asked]
    ours = [told(body) for body in heard.bodies]
    assert len(ours) == len(asked)
    assert [part_of(body, recorded) for body, recorded in zip(ours, asked, strict=True)] == asked


async def replay(log: list[Event], domain: Domain, book: ActionBook, name: str) -> None:
    tracker = replace(Tracker.start(name, domain), output_channel="collector")
    for i, event in enumerate(log):
        before, tracker = tracker, tracker.record([event])
        match event:
            case UserUttered() if came_from_outside(log, i):
                tracker = replace(tracker, output_channel=OUTPUTS.get(event.channel, "callback"))
                same(await book.extract_slots(tracker, domain), log, i)
            case ActionExecuted(confidence=float()) if event.name != LISTEN and not posted(log, i):
                same(await done_by(book, event, before, domain), log, i)
            case ActionExecutionRejected(policy=str(), name=rejected):
                with pytest.raises(ActionRejected):
                    await book.action(rejected).run(attempted(before), domain)
            case ActionExecutionRejected(policy=None, name=declined):
                # the form's own validation declined: the log has what came of it, no action
                same(await book.action(declined).run(attempted(before), domain), log, i - 1)
            case _:
                pass
    await book.close()


def attempted(before: Tracker) -> Tracker:
    """Return the tracker an action saw that declined: the log does not keep what its prediction
    came with."""
    return before.record([UserFeaturization(False)] if before.latest_action == LISTEN else [])


async def done_by(
    book: ActionBook, executed: ActionExecuted, before: Tracker, domain: Domain
) -> list[Event]:
    try:
        got = list(await book.action(executed.label).run(before, domain))
    except ActionRejected:
        raise
    except ActionError:
        return []  # Rasa's log has nothing of a failure
    if any(isinstance(event, UserUttered) for event in got):
        now = before.record([executed, *got])
        got += await book.extract_slots(now, domain)
    return got


def same(got: Any, log: list[Event], i: int) -> None:
    """Require that the log goes on with what we got, and then with something new."""
    executed = log[i]
    starts = isinstance(executed, ActionExecuted) and executed.name == SESSION_START
    fresh = not any(isinstance(event, SlotSet) for event in log[i + 1 : i + 3])
    got = [
        event
        for event in got
        if not isinstance(event, ActionFailed)  # ours
        # Rasa loses the metadata of a session that carries nothing over
        and not (fresh and isinstance(event, SlotSet) and event.name == SESSION_METADATA)
    ]
    follow = log[i + 1 : i + 1 + len(got)]
    assert [comparable(to_dict(event)) for event in got] == [
        comparable(to_dict(event)) for event in follow
    ]
    rest = log[i + 1 + len(got) :]
    if not starts:  # then, slots may be posted
        assert not rest or not isinstance(rest[0], BotUttered | SlotSet | ActiveLoop), rest[0]


def came_from_outside(log: list[Event], i: int) -> bool:
    """Say whether the message began a turn: others were said again by an action, or posted."""
    said = log[i]
    later = next((e for e in log[i + 1 :] if not isinstance(e, SlotSet | BotUttered)), None)
    if later is None:
        return isinstance(said, UserUttered) and said.message_id is not None
    return isinstance(
        later, UserFeaturization | EntitiesAdded | LoopInterrupted | ActionExecutionRejected
    )


def posted(log: list[Event], i: int) -> bool:
    """Say whether the script made the action up, and posted it with what came of it."""
    after = log[i + 1] if i + 1 < len(log) else None
    return isinstance(after, BotUttered) and not after.data


def told(body: Any) -> Any:
    """Leave out where the session is cut: it depends on Rasa's store, and on the turn."""
    found = comparable(body)
    events = found["tracker"].get("events")
    if isinstance(events, dict):
        del events["count"]
    elif events and events[0].get("name") == SESSION_START:
        del events[0]
    return found


def part_of(body: Any, recorded: Any) -> Any:
    """Return of the body what was recorded: some scripts keep only a few keys, and the latest
    events."""
    if isinstance(body, list) and isinstance(recorded, dict):
        return {"latest": body[-len(recorded["latest"]) :] if recorded["latest"] else []}
    if not isinstance(recorded, dict) or not isinstance(body, dict):
        return body
    return {key: part_of(body[key], value) for key, value in recorded.items() if key in body}


def event_of(wire: Mapping[str, Any]) -> Event:
    return from_dict(restored(wire))


def restored(value: Any) -> Any:
    """Put a number where the recording has a name for one, and leave stamps out."""
    match value:
        case dict():
            return {
                key: "2026-01-01T00:00:00" if key == "date_time" else restored(item)
                for key, item in value.items()
                if not (key == "metadata" and isinstance(item, str))
            }
        case list():
            return [restored(item) for item in value]
        case "<time>":
            return 0.0
        case _:
            return value


def comparable(value: Any) -> Any:
    """Leave out what is stamped on: times, model and assistant."""
    return _without_stamps(normalised(value))


def _without_stamps(value: Any) -> Any:
    if isinstance(value, dict) and value.get("event") == "cancel_reminder":
        return {"event": "cancel_reminder"}  # Rasa does not write down which
    stamps = {"timestamp", "latest_event_time", "model_id", "assistant_id", "domain", "version"}
    match value:
        case dict():
            kept = {k: _without_stamps(v) for k, v in value.items() if k not in stamps}
            if isinstance(kept.get("metadata"), str) or kept.get("metadata") == {}:
                del kept["metadata"]
            return kept
        case list():
            return [_without_stamps(item) for item in value]
        case _:
            return value
