"""What to say to a bot: the YAML scripts that both engines play.

A suite is one server's worth of scripts: which bot it starts, with which flags and
environment, and the conversations to hold with it. The format is described in
`README.md` beside this file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
BOTS = HERE / "bots"
SCRIPTS = HERE / "scripts"
RECORDINGS = HERE / "recordings"

KINDS = (
    "user",
    "callback",
    "stream",
    "append",
    "replace",
    "trigger",
    "execute",
    "predict",
    "say",
    "tracker",
    "story",
    "request",
    "wait",
    "connect",
    "emit",
)
"""The kinds of step; each step has exactly one of these keys."""


@dataclass(frozen=True)
class Step:
    """One call to the server, or a pause."""

    kind: str
    what: Any
    options: Mapping[str, Any]
    as_written: Mapping[str, Any]


@dataclass(frozen=True)
class Script:
    """One conversation."""

    name: str
    steps: Sequence[Step]
    conversation: str
    bodies: str = "brief"
    """`full` keeps whole action-server requests in the recording, `brief` their gist."""
    final: bool = True
    """Whether the tracker is read back when the last step is done."""


@dataclass(frozen=True)
class Suite:
    """The scripts of one running server."""

    name: str
    folder: Path
    scripts: Sequence[Script]
    flags: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    jwt_secret: str = ""

    @property
    def actions(self) -> bool:
        """Whether the bot has actions of its own."""
        return (self.folder / "actions.py").exists()

    @property
    def recording(self) -> Path:
        return RECORDINGS / f"{self.name}.json"


def suites(names: Sequence[str] = ()) -> list[Suite]:
    """All suites in the order of their names, or only those named."""
    paths = sorted(SCRIPTS.glob("*.yml"))
    unknown = set(names) - {path.stem for path in paths}
    if unknown:
        raise ValueError(f"No script is called {', '.join(sorted(unknown))}; see {SCRIPTS}.")
    return [read(path) for path in paths if not names or path.stem in names]


def read(path: Path) -> Suite:
    """The suite in a file; `ValueError` says which script does not fit the format."""
    raw = yaml.safe_load(path.read_text())
    listed = [_script(path, item) for item in raw["scripts"]]
    names = [script.conversation for script in listed]
    if len(names) != len(set(names)):
        raise ValueError(f"{path}: two scripts share a conversation.")
    return Suite(
        name=path.stem,
        folder=BOTS / raw.get("bot", path.stem),
        scripts=listed,
        flags=tuple(raw.get("flags", ())),
        environment=raw.get("environment", {}),
        query=raw.get("query", {}),
        jwt_secret=raw.get("jwt_secret", ""),
    )


def _script(path: Path, item: Mapping[str, Any]) -> Script:
    name = item["name"]
    return Script(
        name=name,
        steps=[_step(path, name, step) for step in item["steps"]],
        conversation=item.get("conversation", re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")),
        bodies=item.get("bodies", "brief"),
        final=item.get("final", True),
    )


def _step(path: Path, script: str, step: Mapping[str, Any]) -> Step:
    kinds = [kind for kind in KINDS if kind in step]
    if len(kinds) != 1:
        raise ValueError(f"{path}, {script!r}: {dict(step)} needs exactly one of {KINDS}.")
    kind = kinds[0]
    options = {key: value for key, value in step.items() if key != kind}
    return Step(kind, step[kind], options, step)
