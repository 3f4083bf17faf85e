"""Ask Rasa's own TED, where there is an environment of Rasa 3.6.21."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import engines
from benchmarks.dialogue_cases import Case
from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.events import Event, to_dict

DRIVER = Path(__file__).with_name("rasa_ted.py")


def python() -> Path | None:
    """Return the interpreter of the environment in which Rasa is, or None."""
    found = engines.rasa()
    return None if found is None else found.program.with_name("python")


def ted(
    interpreter: Path,
    domain: Domain,
    stories: Sequence[Story],
    asked: Sequence[Case],
    max_history: int,
) -> tuple[list[tuple[str, float]], float]:
    """Train Rasa's TED and return its action and confidence in each case, and the seconds."""
    told = {
        "domain": domain.wire,
        "max_history": max_history,
        "stories": [_wire(story.events) for story in stories],
        "situations": [_wire(case.before.history) for case in asked],
    }
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "question.json", Path(folder) / "answer.json"
        question.write_text(json.dumps(told))
        done = subprocess.run(
            [str(interpreter), str(DRIVER), str(question), str(answer)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"Rasa's TED failed:\n{done.stderr[-3000:]}")
        said = json.loads(answer.read_text())
    return [(action, sure) for action, sure in said["answers"]], said["seconds"]


def _wire(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [{**to_dict(event, ours=False), "timestamp": float(i)} for i, event in enumerate(events)]
