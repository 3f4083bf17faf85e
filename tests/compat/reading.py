"""Recording what Rasa reads from each bot: `python -m tests.compat.reading [BOT…]`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bespeak.data import project
from bespeak.dialogue.story import Story
from bespeak.domain import DEFAULT_INTENTS, Domain
from bespeak.events import Event, to_dict
from bespeak.message import Example
from tests.compat.engines import BLANK_ENDPOINTS, Engine, rasa
from tests.compat.pretty import pretty
from tests.compat.scripts import BOTS, HERE, RECORDINGS

READINGS = RECORDINGS / "readings"
SCRIPT = HERE / "reading_of_rasa.py"


def bots(names: Sequence[str] = ()) -> list[Path]:
    """The folders of all bots in the order of their names, or of those named."""
    return [path for path in sorted(BOTS.iterdir()) if not names or path.name in names]


def by_rasa(engine: Engine, bot: Path) -> dict[str, Any]:
    """What Rasa reads from a project; `RuntimeError` with its log if it can't."""
    done = subprocess.run(
        [engine.command[0], str(SCRIPT)],
        cwd=bot,
        env=engine.surroundings(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"Rasa could not read {bot.name}:\n{done.stderr[-4000:]}")
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def by_bespeak(bot: Path) -> dict[str, Any]:
    """What we read, in the words of `reading_of_rasa.py`."""
    read = project.read(bot, environment=BLANK_ENDPOINTS)
    data = read.training_data
    intents = sorted({*read.domain.intents, *DEFAULT_INTENTS})
    return {
        "domain": json.loads(json.dumps(read.domain.wire)),
        "actions": list(read.domain.action_names),
        "intents": intents,
        "featurized_entities": {name: _entities(read.domain, name) for name in intents},
        "conversations": sorted(
            (_conversation(story) for story in (*read.stories, *read.rules)),
            key=lambda item: json.dumps(item, sort_keys=True),
        ),
        "examples": [_example(example) for example in data.examples if example.intent],
        "synonyms": dict(data.synonyms),
        "regexes": [{"name": item.name, "pattern": item.pattern} for item in data.patterns],
        "lookups": [{"name": item.name, "elements": list(item.elements)} for item in data.lookups],
    }


def recorded(bot: Path) -> dict[str, Any]:
    """What Rasa read from a bot, as it was recorded."""
    read: dict[str, Any] = json.loads((READINGS / f"{bot.name}.json").read_text())
    return read


def main() -> int:
    engine = rasa()
    if engine is None:
        print("No Rasa here: name its virtual environment in BESPEAK_RASA_VENV.", file=sys.stderr)
        return 1
    READINGS.mkdir(exist_ok=True)
    for bot in bots(sys.argv[1:]):
        (READINGS / f"{bot.name}.json").write_text(pretty(by_rasa(engine, bot)) + "\n")
        print(f"{bot.name}: read")
    return 0


def _entities(domain: Domain, intent: str) -> list[str]:
    return sorted(domain.influential_entities(intent) or ())


def _conversation(story: Story) -> dict[str, Any]:
    return {"rule": story.is_rule, "events": [_event(event) for event in story.events]}


def _event(event: Event) -> dict[str, Any]:
    wire = to_dict(event)
    if wire["event"] == "user":
        entities = [
            {key: entity[key] for key in ("entity", "value", "role", "group") if entity.get(key)}
            for entity in wire["parse_data"]["entities"]
        ]
        intent = wire["parse_data"]["intent"].get("name")
        return {"event": "user", "intent": intent, "text": wire["text"], "entities": entities}
    if wire["event"] == "action":
        return {"event": "action", "name": wire["name"], "text": wire["action_text"]}
    return {key: value for key, value in wire.items() if key not in ("timestamp", "metadata")}


def _example(example: Example) -> dict[str, Any]:
    told: dict[str, Any] = {"text": example.message.text, "intent": example.base_intent}
    if example.is_retrieval:
        told["intent_response_key"] = example.intent
    if example.entities:
        told["entities"] = [entity.to_dict() for entity in example.entities]
    if example.metadata:
        told["metadata"] = dict(example.metadata)
    return told


if __name__ == "__main__":
    sys.exit(main())
