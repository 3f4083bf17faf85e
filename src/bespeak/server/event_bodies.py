"""Events that API clients post: checked as Rasa's schema checks them, then read."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from bespeak.channels.requests import body, parsed
from bespeak.errors import RequestError
from bespeak.events import EVENT_TYPES, OURS, Event, from_dict

LARGEST: Final = 10_000_000

MAY_BE_TOLD: Final = frozenset(
    name for name in EVENT_TYPES if not name.startswith(OURS) and name != "session_ended"
)

_OBJECT: Final = (dict, type(None))
_TEXT: Final = (str, type(None))

FIELDS: Final[Mapping[str, Mapping[str, tuple[type, ...]]]] = {
    "user": {"text": _TEXT, "input_channel": _TEXT, "message_id": _TEXT, "parse_data": (dict,)},
    "action": {
        "policy": _TEXT,
        "confidence": (int, float, type(None)),
        "name": _TEXT,
        "hide_rule_turn": (bool,),
        "action_text": _TEXT,
    },
    "slot": {"name": (str,)},
    "entities": {"entities": (list,)},
    "bot": {"text": _TEXT, "data": _OBJECT},
    "agent": {"text": _TEXT, "data": _OBJECT},
    "followup": {"name": (str,)},
    "active_loop": {"name": _TEXT},
    "form": {"name": _TEXT},
    "action_execution_rejected": {
        "name": (str,),
        "policy": _TEXT,
        "confidence": (int, float, type(None)),
    },
    "reminder": {"intent": (str,), "date_time": (str,), "name": _TEXT},
    "cancel_reminder": {"intent": _TEXT, "name": _TEXT},
}
"""Which types a field may have, where it is given."""

NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "slot": ("name", "value"),
    "entities": ("entities",),
}


async def read(request: Request) -> list[Event]:
    """Return the events of the body: one, or a list of them.

    Raises `RequestError` (400), saying which one is wrong and why.
    """
    content = await body(request, LARGEST)
    try:
        wires = parsed(content)
    except ValueError as error:
        raise _refused(str(error)) from None
    wires = wires if isinstance(wires, list) else [wires]
    return [
        _read(wire, f"event {i}" if len(wires) > 1 else "the event") for i, wire in enumerate(wires)
    ]


def _read(wire: Any, which: str) -> Event:
    if not isinstance(wire, dict):
        raise _refused(f"{which} is no object.")
    kind = wire.get("event")
    if not isinstance(kind, str) or kind not in MAY_BE_TOLD:
        known = ", ".join(sorted(MAY_BE_TOLD))
        raise _refused(f"{which} has the type {kind!r}, which is none of: {known}.")
    for name in NEEDED.get(kind, ()):
        if name not in wire:
            raise _refused(f"{which} ({kind}) lacks {name!r}.")
    wanted = {"metadata": _OBJECT, "timestamp": (int, float, type(None)), **FIELDS.get(kind, {})}
    for name, types in wanted.items():
        if name in wire and not _is(wire[name], types):
            raise _refused(f"{which} ({kind}) has a {name!r} of the wrong type.")
    if kind == "user" and wire.get("text") is None and not wire.get("parse_data"):
        raise _refused(f"{which} (user) has neither 'text' nor 'parse_data'.")
    try:
        return from_dict(wire)
    except ValueError as error:
        raise _refused(f"{which} ({kind}): {error}") from None


def _is(value: Any, types: tuple[type, ...]) -> bool:
    """JSON's true is no number, though Python's is."""
    return isinstance(value, types) and (not isinstance(value, bool) or bool in types)


def _refused(why: str) -> RequestError:
    return RequestError(
        400,
        "BadRequest",
        "Failed to validate the events format. For more information about the format visit the "
        f"docs. Error: {why}",
    )
