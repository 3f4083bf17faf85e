"""Run by Rasa's Python: writes and reads conversations with Rasa's own tracker stores.

    python rasa_side.py write  STORE NAME     two sessions, saved turn by turn
    python rasa_side.py go_on  STORE NAME     one more turn
    python rasa_side.py read   STORE NAME     prints {"all": [...], "session": [...]}: event JSON

STORE is JSON: the keywords of Rasa's store class, with "type" sql or redis.
"""
# mypy: ignore-errors

import asyncio
import json
import sys

from rasa.core.tracker_store import RedisTrackerStore, SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    SessionStarted,
    SlotSet,
    UserUttered,
)

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [greet, book]
    entities: [city]
    slots:
      city: {type: text, mappings: [{type: from_entity, entity: city}]}
    responses:
      utter_greet: [{text: "Hello"}]
    """
)


def session(start: float) -> list:
    return [
        ActionExecuted("action_session_start", timestamp=start),
        SessionStarted(timestamp=start + 0.1),
        ActionExecuted("action_listen", timestamp=start + 0.2),
    ]


def turn(text: str, start: float) -> list:
    parse_data = {
        "text": text,
        "intent": {"name": "book", "confidence": 0.98765},
        "entities": [{"entity": "city", "value": "Zürich", "start": 3, "end": 9}],
        "intent_ranking": [{"name": "book", "confidence": 0.98765}],
    }
    return [
        UserUttered(
            text,
            parse_data["intent"],
            parse_data["entities"],
            parse_data,
            timestamp=start,
            input_channel="rest",
            message_id=f"id-{start}",
            metadata={"page": "home"},
        ),
        SlotSet("city", "Zürich", timestamp=start + 0.1),
        DefinePrevUserUtteredFeaturization(False, timestamp=start + 0.2),
        ActionExecuted("utter_greet", "RulePolicy", 1.0, timestamp=start + 0.3),
        BotUttered(
            "Hello 🚆", {"buttons": [{"title": "x", "payload": "/x"}]}, timestamp=start + 0.4
        ),
        ActionExecuted("action_listen", "RulePolicy", 1.0, timestamp=start + 0.5),
    ]


async def main() -> None:
    what, options, name = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3]
    kind = {"sql": SQLTrackerStore, "redis": RedisTrackerStore}[options.pop("type")]
    store = kind(domain=DOMAIN, **options)
    if what == "read":
        whole = await store.retrieve_full_tracker(name)
        last = await store.retrieve(name)
        shown = {
            "all": [event.as_dict() for event in whole.events],
            "session": [event.as_dict() for event in last.events],
            "city": last.get_slot("city"),
        }
        print(json.dumps(shown))
        return
    parts = (
        [session(100.0), turn("to Zürich", 101.0), session(200.0), turn("to Bern", 201.0)]
        if what == "write"
        else [turn("and back", 9_000_000_000.0)]
    )
    for part in parts:
        tracker = await store.get_or_create_tracker(name, append_action_listen=False)
        tracker.model_id = "m"
        tracker.update_with_events(part, DOMAIN, override_timestamp=False)
        await store.save(tracker)


asyncio.run(main())
