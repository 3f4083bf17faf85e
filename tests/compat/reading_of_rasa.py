# mypy: disable-error-code="import-not-found"
"""What Rasa reads from a project, as JSON: run by Rasa's own Python, in the project's folder.

Printed are the domain as it is stored in a model, the conversations that the stories and
rules stand for (checkpoints and alternatives resolved, nothing glued together), and the
examples of understanding.
"""

import contextlib
import json
import sys
from typing import Any

from rasa.shared.core.generator import TrainingDataGenerator
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RESPONSE_KEY, TEXT


def main() -> None:
    with contextlib.redirect_stdout(sys.stderr):
        reading = read()
    json.dump(reading, sys.stdout, ensure_ascii=False)


def read() -> dict[str, Any]:
    importer = TrainingDataImporter.load_from_config("config.yml", "domain.yml", ["data"])
    domain = importer.get_domain()
    nlu = importer.get_nlu_data()
    return {
        "domain": domain.as_dict(),
        "actions": domain.action_names_or_texts,
        "intents": domain.intents,
        "featurized_entities": {
            intent: sorted(domain.intent_properties[intent]["used_entities"])
            for intent in domain.intents
        },
        "conversations": conversations(importer, domain),
        "examples": [example(message) for message in nlu.intent_examples],
        "synonyms": nlu.entity_synonyms,
        "regexes": nlu.regex_features,
        "lookups": nlu.lookup_tables,
        "responses": nlu.responses,
    }


def conversations(importer: TrainingDataImporter, domain: Any) -> list[dict[str, Any]]:
    generator = TrainingDataGenerator(
        importer.get_stories(), domain, remove_duplicates=True, augmentation_factor=0
    )
    trackers = generator.generate()
    read = [
        {
            "rule": bool(tracker.is_rule_tracker),
            "events": [event_of(event) for event in tracker.events],
        }
        for tracker in trackers
    ]
    return sorted(read, key=lambda item: json.dumps(item, sort_keys=True))


def event_of(event: Any) -> dict[str, Any]:
    """What an event of a story says, without what only a live one has."""
    stored = event.as_dict()
    if stored["event"] == "user":
        parsed = stored["parse_data"]
        told = {"intent": parsed["intent"].get("name") or None, "text": stored["text"]}
        entities = [
            {key: entity[key] for key in ("entity", "value", "role", "group") if entity.get(key)}
            for entity in parsed["entities"]
        ]
        return {"event": "user", **told, "entities": entities}
    if stored["event"] == "action":
        return {"event": "action", "name": stored["name"] or None, "text": stored["action_text"]}
    return {key: value for key, value in stored.items() if key not in ("timestamp", "metadata")}


def example(message: Any) -> dict[str, Any]:
    return {
        key: message.get(key)
        for key in (TEXT, INTENT, INTENT_RESPONSE_KEY, ENTITIES, "metadata")
        if message.get(key)
    }


if __name__ == "__main__":
    main()
