"""Holding a suite's conversations with a running engine and writing down what happened."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt

from tests.compat.engines import Engine, action_server
from tests.compat.listening import Call, Listener, listening
from tests.compat.normalise import normalised, of_last_session
from tests.compat.scripts import Script, Step, Suite
from tests.compat.socket_client import Socket

TIMEOUT = 60.0
KEPT_REPLY_HEADERS = ("content-type", "filename", "www-authenticate", "allow")


@dataclass
class Player:
    """One engine's server, and what has been heard from it."""

    suite: Suite
    client: httpx.Client
    listener: Listener
    socket: Socket = field(init=False)
    domains: list[Any] = field(default_factory=list)
    """The domains sent to the action server, each once, in the order they were first seen."""

    def script(self, script: Script) -> dict[str, Any]:
        """What one conversation came to."""
        steps = [self._played(script, step) for step in script.steps]
        if any(step.kind == "connect" for step in script.steps):
            self.socket.close()
        played: dict[str, Any] = {"name": script.name, "steps": steps}
        if script.final:
            played["final"] = self._final(script.conversation)
        return played

    def _played(self, script: Script, step: Step) -> dict[str, Any]:
        before = time.time()
        taken: dict[str, Any] = {"step": dict(step.as_written)}
        if step.kind == "wait":
            time.sleep(float(step.what))
        elif step.kind == "connect":
            self.socket = Socket(self.client.base_url, step.what, self.suite.jwt_secret)
            taken["connected"] = self.socket.connected
        elif step.kind == "emit":
            taken["received"] = normalised(self.socket.answers(*step.what))
        else:
            got = self._request(script, step, before)
            taken.update(_reply(got, step.options.get("only_status", False)))
        heard = [self._call(call, script.bodies) for call in self.listener.heard()]
        if heard:
            taken["heard"] = heard
        return taken

    def _request(self, script: Script, step: Step, now: float) -> httpx.Response:
        method, path, body = _address(step, step.options.get("as", script.conversation), now)
        headers = dict(step.options.get("headers", {}))
        if claims := step.options.get("bearer"):
            signed = jwt.encode({"user": claims}, self.suite.jwt_secret, algorithm="HS256")
            headers["Authorization"] = f"Bearer {signed}"
        query = {**self.suite.query, **step.options.get("query", {})}
        if step.options.get("anonymous"):
            query = dict(step.options.get("query", {}))
        if isinstance(body, str):
            return self.client.request(method, path, params=query, headers=headers, content=body)
        if body is None:
            return self.client.request(method, path, params=query, headers=headers)
        return self.client.request(method, path, params=query, headers=headers, json=body)

    def _final(self, conversation: str) -> dict[str, Any]:
        """The whole tracker, and which of its events still hold."""
        everything = self._tracker(conversation, "ALL")
        applied = self._tracker(conversation, "APPLIED")
        positions = positions_of(applied["events"] or [], everything["events"] or [])
        tracker: dict[str, Any] = normalised(everything)
        return {"tracker": tracker, "applied": positions}

    def _tracker(self, conversation: str, events: str) -> dict[str, Any]:
        got = self.client.get(
            f"/conversations/{conversation}/tracker",
            params={**self.suite.query, "include_events": events},
        )
        tracker: dict[str, Any] = got.json()
        return tracker

    def _call(self, call: Call, bodies: str) -> dict[str, Any]:
        body = dict(call.body)
        if "domain" in body:
            body["domain"] = self._domain(body["domain"])
        if "tracker" in body:
            events = of_last_session(body["tracker"]["events"])
            body["tracker"] = {**body["tracker"], "events": events}
        if bodies == "brief" and "tracker" in body:
            body["tracker"] = _brief(body["tracker"])
        kept: dict[str, Any] = {"path": call.path, "body": normalised(body)}
        if call.query:
            kept["query"] = call.query
        if call.headers != {"content-type": "application/json"}:
            kept["headers"] = call.headers
        return kept

    def _domain(self, domain: Any) -> str:
        if domain not in self.domains:
            self.domains.append(domain)
        return f"<domain {self.domains.index(domain)}>"


def play(suite: Suite, engine: Engine, actions_python: str) -> dict[str, Any]:
    """The suite's recording, made with this engine."""
    trained = engine.train(suite.folder)
    if not suite.actions:
        return _with_server(suite, engine, trained, "")
    log = trained.with_name(f"{trained.name}-actions.log")
    with action_server(actions_python, suite.folder, log) as url:
        return _with_server(suite, engine, trained, url)


def _with_server(suite: Suite, engine: Engine, trained: Path, actions_url: str) -> dict[str, Any]:
    with listening(actions_url) as listener:
        environment = {
            "ACTIONS_URL": f"{listener.url}/webhook",
            "CALLBACK_URL": f"{listener.url}/callback",
            "NLG_URL": f"{listener.url}/nlg",
            **suite.environment,
        }
        with (
            engine.serve(trained, suite.flags, environment) as url,
            httpx.Client(base_url=url, timeout=TIMEOUT) as client,
        ):
            player = Player(suite, client, listener)
            scripts = [player.script(script) for script in suite.scripts]
    played = {"suite": suite.name, "bot": suite.folder.name, "scripts": scripts}
    return {**played, "domains": player.domains, "published": _published(trained)}


def _published(trained: Path) -> list[Any]:
    """What the event broker of type `file` wrote down, where the bot has one."""
    log = trained.with_name(f"{trained.name}-run") / "published.log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [normalised(json.loads(line)) for line in lines]


def positions_of(part: Sequence[Any], whole: Sequence[Any]) -> list[int | Any]:
    """Where each item of `part` stands in `whole`; an item found nowhere stands for itself."""
    positions: list[int | Any] = []
    start = 0
    for item in part:
        place = next((i for i in range(start, len(whole)) if whole[i] == item), None)
        positions.append(normalised(item) if place is None else place)
        start = start if place is None else place + 1
    return positions


def _address(step: Step, conversation: str, now: float) -> tuple[str, str, Any]:
    """Method, path and body of a step in terms of Rasa's HTTP API."""
    base = f"/conversations/{conversation}"
    match step.kind:
        case "user" | "stream" | "callback":
            channel = "callback" if step.kind == "callback" else "rest"
            extra = {
                key: step.options[key]
                for key in ("metadata", "input_channel")
                if key in step.options
            }
            query = "?stream=true" if step.kind == "stream" else ""
            body = {"sender": conversation, "message": step.what, **extra}
            return "POST", f"/webhooks/{channel}/webhook{query}", body
        case "append":
            return "POST", f"{base}/tracker/events", _dated(step.what, now)
        case "replace":
            return "PUT", f"{base}/tracker/events", _dated(step.what, now)
        case "trigger":
            return "POST", f"{base}/trigger_intent", step.what
        case "execute":
            return "POST", f"{base}/execute", step.what
        case "predict":
            return "POST", f"{base}/predict", None
        case "say":
            return "POST", f"{base}/messages", {"sender": "user", **step.what}
        case "tracker":
            return "GET", f"{base}/tracker?include_events={step.what}", None
        case "story":
            return "GET", f"{base}/story", None
        case _:
            raw = step.what
            path = raw["path"].replace("{id}", conversation)
            return raw.get("method", "GET"), path, raw.get("body")


def _dated(events: Any, now: float) -> Any:
    """Events whose negative `timestamp` means so many seconds ago."""
    if isinstance(events, list):
        return [_dated(event, now) for event in events]
    stamp = events.get("timestamp")
    return {**events, "timestamp": now + stamp} if stamp is not None and stamp <= 0 else events


def _reply(got: httpx.Response, only_status: bool) -> dict[str, Any]:
    reply: dict[str, Any] = {"status": got.status_code}
    kind = got.headers.get("content-type", "")
    if only_status:
        return reply
    if kind != "application/json":
        reply["headers"] = {
            key: got.headers[key] for key in KEPT_REPLY_HEADERS if key in got.headers
        }
    if kind.startswith("text/event-stream"):
        reply["body"] = [normalised(json.loads(line)) for line in got.text.splitlines() if line]
    elif kind.startswith("application/json"):
        reply["body"] = normalised(_told(got))
    elif got.text:
        reply["body"] = normalised({"version": got.text})["version"]
    return reply


def _told(got: httpx.Response) -> Any:
    """The JSON of a reply; a change tells of the last session only."""
    body = got.json()
    if got.request.method in ("POST", "PUT") and isinstance(body, dict):
        for state in (body, body.get("tracker")):
            if isinstance(state, dict) and isinstance(state.get("events"), list):
                state["events"] = of_last_session(state["events"])
    return body


def _brief(tracker: Mapping[str, Any]) -> dict[str, Any]:
    """What an action goes by, with the events counted and only those of this turn kept."""
    events = tracker["events"]
    last = max((i for i, event in enumerate(events) if event["event"] == "user"), default=0)
    slots = {name: value for name, value in tracker["slots"].items() if value is not None}
    return {
        "events": {"count": len(events), "latest": events[last + 1 :]},
        "slots": slots,
        **{key: tracker[key] for key in ("active_loop", "latest_action_name", "followup_action")},
    }
