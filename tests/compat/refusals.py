"""Projects with a fault each: what `train` says to them. `python -m tests.compat.refusals`.

Recorded is whether Rasa refuses, and which of the names that matter its answer holds.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.compat.engines import WORK, Engine, rasa
from tests.compat.pretty import pretty
from tests.compat.scripts import HERE, RECORDINGS

RECORDING = RECORDINGS / "refusals.json"


@dataclass(frozen=True)
class Case:
    """One project, and the names that its fault is about."""

    name: str
    files: Mapping[str, Any]
    names: Sequence[str]


def cases() -> list[Case]:
    """All projects, in the order of the file."""
    read = yaml.safe_load((HERE / "refusals.yml").read_text())
    return [
        Case(item["name"], {**read["base"], **item.get("files", {})}, item.get("names", ()))
        for item in read["cases"]
    ]


def answer(case: Case, engine: Engine) -> dict[str, Any]:
    """Whether the engine refused to train, and which names it said."""
    folder = WORK / "refusals" / engine.name / case.name.replace(" ", "-")
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in case.files.items():
        _write(folder / path, content)
    done = engine.call(folder, "train")
    told = done.stdout.replace("\n", " ")
    return {
        "refused": done.returncode != 0,
        "names": [name for name in case.names if name in told],
    }


def recorded() -> dict[str, Any]:
    """What Rasa did with each."""
    kept: dict[str, Any] = json.loads(RECORDING.read_text())
    return kept


def main() -> int:
    engine = rasa()
    if engine is None:
        print("No Rasa here: name its virtual environment in BESPEAK_RASA_VENV.", file=sys.stderr)
        return 1
    kept = {}
    for case in cases():
        kept[case.name] = answer(case, engine)
        print(f"{case.name}: {kept[case.name]}", flush=True)
    RECORDING.write_text(pretty(kept) + "\n")
    return 0


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    )


if __name__ == "__main__":
    sys.exit(main())
