"""What cannot be equal in two runs is given a name; everything else stays as it was."""

from __future__ import annotations

import re
from typing import Any

TIMES = {"timestamp", "latest_event_time", "date_time", "trained_at"}
MODEL = {"model_id": "<model>", "model_file": "<model file>"}
UUID = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
REFUSED = (
    "Failed to validate the events format. For more information about the format visit the docs."
    " Error: "
)
CRASHED = "An unexpected error occurred. Error: "
ENGINE_VERSION = re.compile(r"\b\d+\.\d+\.\d+(\.?(dev|a|b|rc)\d+)?\b")


def normalised(value: Any, key: str = "") -> Any:
    """The value with times, generated ids, model names and engine versions replaced."""
    if isinstance(value, dict):
        if key == "metadata" and value.keys() == {"assistant_id", "model_id"}:
            return f"<stamps of {value['assistant_id']}>"
        return {name: normalised(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [normalised(item) for item in value]
    if key == "help" and (value is None or str(value).startswith("https://")):
        return "<link or null>"
    if value is None:
        return None
    if key in TIMES and isinstance(value, int | float | str):
        return "<time>"
    if key in MODEL and isinstance(value, str):
        return MODEL[key]
    if key in ("version", "minimum_compatible_version") and isinstance(value, str):
        return ENGINE_VERSION.sub("<version>", value)
    if isinstance(value, str) and value.startswith(REFUSED):
        return f"{REFUSED}<what the schema says>"
    if isinstance(value, str) and value.startswith(CRASHED):
        return f"{CRASHED}<what went wrong>"
    if isinstance(value, str):
        return ADDRESS.sub("<address>", UUID.sub("<id>", value))
    return value


def of_last_session(events: list[Any]) -> list[Any]:
    """The events from the last `session_started` on.

    Where a session begins depends on Rasa's store: with the `action_session_start` before that
    event, or with the event itself. Wherever only the last session is told, this evens it out.
    """
    starts = [i for i, event in enumerate(events) if event["event"] == "session_started"]
    return events[starts[-1] :] if starts else events
