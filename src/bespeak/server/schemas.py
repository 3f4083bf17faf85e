"""Shapes of bodies and answers, as JSON schemas for the API's page. The doors read requests."""

from collections.abc import Mapping
from typing import Any, Final


def ref(name: str) -> dict[str, Any]:
    """Point to one of `COMPONENTS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def json(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {"application/json": schema}


_TEXT: Final = {"type": "string"}
_NULLABLE: Final = {"type": ["string", "null"]}
_OBJECT: Final[dict[str, Any]] = {"type": "object"}

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Failure": {
        "type": "object",
        "required": ["version", "status", "message", "reason", "details", "help", "code"],
        "properties": {
            "version": _TEXT,
            "status": {"const": "failure"},
            "message": _TEXT,
            "reason": _TEXT,
            "details": _OBJECT,
            "help": _NULLABLE,
            "code": {"type": "integer"},
        },
    },
    "Event": {
        "type": "object",
        "required": ["event"],
        "properties": {
            "event": _TEXT,
            "timestamp": {"type": ["number", "null"]},
            "metadata": {"type": ["object", "null"]},
        },
        "example": {"event": "slot", "name": "city", "value": "Rome"},
    },
    "Tracker": {
        "type": "object",
        "required": ["sender_id", "slots", "latest_message", "events", "active_loop"],
        "properties": {
            "sender_id": _TEXT,
            "slots": _OBJECT,
            "latest_message": {"type": ["object", "null"]},
            "latest_event_time": {"type": ["number", "null"]},
            "followup_action": _NULLABLE,
            "paused": {"type": "boolean"},
            "events": {"type": ["array", "null"], "items": ref("Event")},
            "latest_input_channel": _NULLABLE,
            "active_loop": _OBJECT,
            "latest_action": _OBJECT,
            "latest_action_name": _NULLABLE,
        },
    },
    "Answered": {
        "type": "object",
        "required": ["tracker"],
        "properties": {
            "tracker": ref("Tracker"),
            "messages": {"type": "array", "items": _OBJECT},
        },
    },
    "Prediction": {
        "type": "object",
        "required": ["scores", "policy", "confidence", "tracker"],
        "properties": {
            "scores": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["action", "score"],
                    "properties": {"action": _TEXT, "score": {"type": "number"}},
                },
            },
            "policy": _NULLABLE,
            "confidence": {"type": "number"},
            "tracker": ref("Tracker"),
        },
    },
    "ParseData": {
        "type": "object",
        "properties": {
            "text": _TEXT,
            "intent": _OBJECT,
            "entities": {"type": "array", "items": _OBJECT},
            "intent_ranking": {"type": "array", "items": _OBJECT},
        },
    },
}

EVENTS: Final = json({"anyOf": [ref("Event"), {"type": "array", "items": ref("Event")}]})

ACTION: Final = json(
    {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": _TEXT,
            "policy": _NULLABLE,
            "confidence": {"type": ["number", "null"]},
        },
    }
)

INTENT: Final = json(
    {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": _TEXT,
            "entities": {"anyOf": [{"type": "array", "items": _OBJECT}, _OBJECT]},
        },
    }
)

MESSAGE: Final = json(
    {
        "type": "object",
        "required": ["text", "sender"],
        "properties": {
            "text": _TEXT,
            "sender": {"const": "user"},
            "parse_data": {"anyOf": [ref("ParseData"), {"type": "null"}]},
        },
    }
)

PARSE: Final = json(
    {
        "type": "object",
        "required": ["text"],
        "properties": {"text": _TEXT, "message_id": _TEXT},
    }
)

MODEL: Final = json(
    {
        "type": "object",
        "properties": {
            "model_file": _TEXT,
            "model_server": _OBJECT,
            "remote_storage": _TEXT,
        },
    }
)

PROJECT: Final = {"application/x-yaml": _TEXT}
NLU_DATA: Final = {"application/x-yaml": _TEXT, "application/json": _OBJECT}
