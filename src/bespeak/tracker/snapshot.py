"""What is needed to go on with a conversation without its events so far."""

from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import Any, Final

from bespeak.domain import Domain
from bespeak.events import ActionExecuted, UserUttered, from_dict, to_dict
from bespeak.tracker.heard import Heard
from bespeak.tracker.tracker import Control, Loop, Past, Situation, Tracker, stepped, walked

SNAPSHOT_HISTORY: Final = 400
"""How many of the events that still hold a snapshot keeps: decisions look back less far."""


def snapshot(tracker: Tracker) -> dict[str, Any]:
    """Return as JSON what is needed to go on without the events so far."""
    kept = [step for _, step in zip(range(SNAPSHOT_HISTORY), walked(tracker.past), strict=False)]
    origin = kept[-1].before.after if kept and kept[-1].before else tracker.origin
    heard = [astuple(each) for each in tracker.heard]
    return {
        "sequence": tracker.sequence,
        "now": _situation_dict(tracker.now),
        "origin": _situation_dict(origin),
        "history": [to_dict(step.event) for step in reversed(kept)],
        "loops": sorted(tracker.loops),
        "control": tracker.control.value,
        "session_at": tracker.session_at,
        **({"heard": heard} if heard else {}),
    }


def restored(conversation_id: str, domain: Domain, kept: Mapping[str, Any]) -> Tracker:
    """Return the tracker that `snapshot` described; its `events` begin after it."""
    origin = _situation(kept["origin"], domain)
    past: Past | None = None
    for wire in kept["history"]:
        event = from_dict(wire)
        after = stepped(past.after if past else origin, event, domain.slots)
        past = Past(event, after, past)
    return Tracker(
        conversation_id,
        domain.slots,
        earlier=kept["sequence"],
        now=_situation(kept["now"], domain),
        past=past,
        origin=origin,
        loops=frozenset(kept["loops"]),
        control=Control(kept["control"]),
        session_at=kept["session_at"],
        heard=tuple(Heard(*each) for each in kept.get("heard", ())),
    )


def _situation_dict(now: Situation) -> dict[str, Any]:
    return {
        "slots": dict(now.slots),
        "known_slots": sorted(now.known_slots),
        "latest_message": to_dict(now.latest_message) if now.latest_message else None,
        "featurize_text": now.latest_message.featurize_text if now.latest_message else None,
        "latest_action": to_dict(now.latest_action) if now.latest_action else None,
        "loop": None
        if now.loop is None
        else {
            "name": now.loop.name,
            "interrupted": now.loop.interrupted,
            "rejected": now.loop.rejected,
            "trigger": to_dict(now.loop.trigger) if now.loop.trigger else None,
        },
        "followup_action": now.followup_action,
        "paused": now.paused,
        "steps": now.steps,
        "listening": now.listening,
    }


def _situation(wire: Mapping[str, Any], domain: Domain) -> Situation:
    message, loop = _user(wire["latest_message"]), wire["loop"]
    action = from_dict(wire["latest_action"]) if wire["latest_action"] else None
    known = {name: value for name, value in wire["slots"].items() if name in domain.slots}
    return Situation(
        slots={**domain.initial_slots, **known},
        known_slots=frozenset(wire["known_slots"]) & frozenset(domain.slots),
        latest_message=replace(message, featurize_text=wire["featurize_text"]) if message else None,
        latest_action=action if isinstance(action, ActionExecuted) else None,
        loop=Loop(loop["name"], loop["interrupted"], loop["rejected"], _user(loop["trigger"]))
        if loop
        else None,
        followup_action=wire["followup_action"],
        paused=wire["paused"],
        steps=wire["steps"],
        listening=wire["listening"],
    )


def _user(wire: Mapping[str, Any] | None) -> UserUttered | None:
    event = from_dict(wire) if wire else None
    return event if isinstance(event, UserUttered) else None
