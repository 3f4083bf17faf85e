"""Holding what an engine did against what Rasa did, and saying where they part.

Where the two part on purpose, `differences.yml` names the script, the quirk of Rasa
that is not copied, and the reason; what we do instead stands in `intended/`.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from tests.compat.pretty import pretty
from tests.compat.scripts import HERE, Suite

INTENDED = HERE / "intended"
LINES = 120
"""As many lines of a difference are shown; the first ones tell the story."""


@dataclass(frozen=True)
class Intended:
    """One conversation that goes otherwise than with Rasa, and why."""

    suite: str
    script: str
    quirk: str
    reason: str


@cache
def intended() -> Sequence[Intended]:
    """Every difference that is meant, in the order of the file."""
    listed = yaml.safe_load((HERE / "differences.yml").read_text()) or []
    return [
        Intended(item["suite"], script, str(item["quirk"]), item["reason"])
        for item in listed
        for script in item["scripts"]
    ]


def recording(suite: Suite) -> dict[str, Any]:
    """What Rasa did, as it was recorded."""
    recorded: dict[str, Any] = json.loads(suite.recording.read_text())
    return recorded


def intended_recording(suite: str) -> dict[str, Any]:
    """What we do instead, by the names of the scripts."""
    path = INTENDED / f"{suite}.json"
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return kept


def script_of(recorded: Mapping[str, Any], name: str) -> dict[str, Any]:
    """One script's part of a recording, with the domains it speaks of put in."""
    found = next((item for item in recorded["scripts"] if item["name"] == name), None)
    if found is None:
        raise LookupError(f"The recording of {recorded['suite']} has no script {name!r}.")
    filled: dict[str, Any] = _with_domains(found, recorded["domains"])
    return filled


def difference(expected: Any, got: Any) -> str:
    """The lines in which two values differ, with what they stand in; empty if in none."""
    if expected == got:
        return ""
    parts = [
        f"{where}\n{_lines(old, new)}" for where, old, new in _parting(expected, got) if old != new
    ]
    lines = "\n".join(parts).splitlines()
    more = [f"… and {len(lines) - LINES} lines more"] if len(lines) > LINES else []
    return "\n".join([*lines[:LINES], *more])


def _parting(expected: Any, got: Any) -> list[tuple[str, Any, Any]]:
    """The steps of two played scripts in pairs; anything else is one pair."""
    if not (isinstance(expected, dict) and "steps" in expected and "steps" in got):
        return [("", expected, got)]
    pairs = [
        (f"step {number}: {json.dumps(old['step'], ensure_ascii=False)}", old, new)
        for number, (old, new) in enumerate(zip(expected["steps"], got["steps"], strict=True), 1)
    ]
    return [*pairs, ("the tracker in the end", expected.get("final"), got.get("final"))]


def _lines(expected: Any, got: Any) -> str:
    lines = difflib.unified_diff(
        pretty(expected).splitlines(),
        pretty(got).splitlines(),
        "expected",
        "got",
        lineterm="",
        n=2,
    )
    return "\n".join(lines)


def _with_domains(value: Any, domains: Sequence[Any]) -> Any:
    if isinstance(value, dict):
        return {key: _with_domains(item, domains) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_domains(item, domains) for item in value]
    if isinstance(value, str) and value.startswith("<domain "):
        return domains[int(value[8:-1])]
    return value
