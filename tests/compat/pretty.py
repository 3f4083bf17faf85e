"""JSON that a person reads and a diff tells apart: what fits on a line stays on it."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 180


def pretty(value: Any, indent: int = 0) -> str:
    """The value as JSON with sorted keys, broken where a line would grow too long."""
    line = json.dumps(value, ensure_ascii=False, sort_keys=True)
    if indent + len(line) <= WIDTH or not value or not isinstance(value, dict | list):
        return line
    inner = " " * (indent + 1)
    if isinstance(value, dict):
        parts = [
            f"{inner}{json.dumps(key, ensure_ascii=False)}: {pretty(value[key], indent + 1)}"
            for key in sorted(value)
        ]
        opening, closing = "{", "}"
    else:
        parts = [f"{inner}{pretty(item, indent + 1)}" for item in value]
        opening, closing = "[", "]"
    body = ",\n".join(parts)
    return f"{opening}\n{body}\n{' ' * indent}{closing}"
