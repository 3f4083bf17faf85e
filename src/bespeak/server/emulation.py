"""Parse data in the shape of other vendors' services, for clients written for those."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4


def wit(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what wit.ai's `/message` would answer."""
    entities: dict[str, list[dict[str, Any]]] = {}
    for entity in parsed["entities"]:
        name, role = entity["entity"], entity.get("role", entity["entity"])
        start, end = entity.get("start", 0), entity.get("end", 0)
        found = {
            "confidence": entity.get("confidence_entity") or 1,
            "name": name,
            "value": entity["value"],
            "body": parsed["text"][start:end],
            "start": start,
            "end": end,
            "role": role,
            "entities": [],
        }
        entities.setdefault(f"{name}:{role}", []).append(found)
    return {"text": parsed["text"], "intents": [parsed["intent"]], "entities": entities}


def luis(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what LUIS's v3 `/predict` would answer."""
    ranked = parsed.get("intent_ranking") or [parsed["intent"]]
    values: dict[str, Any] = {}
    instances: dict[str, Any] = {}
    for entity in parsed["entities"]:
        key = entity.get("role", entity["entity"])
        values[key] = [entity["value"]]
        placed = "start" in entity and "end" in entity
        instances[key] = [
            {
                "role": entity.get("role"),
                "type": entity["entity"],
                "text": entity["value"],
                "startIndex": entity.get("start"),
                "length": entity["end"] - entity["start"] if placed else None,
                "score": entity.get("confidence"),
                "modelType": entity.get("extractor"),
            }
        ]
    return {
        "query": parsed["text"],
        "prediction": {
            "normalizedQuery": parsed["text"],
            "topIntent": parsed["intent"]["name"],
            "intents": {intent["name"]: {"score": intent["confidence"]} for intent in ranked},
            "entities": {"$instance": instances, **values},
        },
    }


def dialogflow(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Dialogflow's `detectIntent` would answer."""
    parameters: dict[str, list[Any]] = {}
    for entity in parsed["entities"]:
        parameters.setdefault(entity["entity"], []).append(entity["value"])
    name = parsed["intent"]["name"]
    return {
        "responseId": str(uuid4()),
        "queryResult": {
            "queryText": parsed["text"],
            "action": name,
            "parameters": parameters,
            "fulfillmentText": "",
            "fulfillmentMessages": [],
            "outputContexts": [],
            "intent": {"name": name, "displayName": name},
            "intentDetectionConfidence": parsed["intent"]["confidence"],
        },
    }


EMULATIONS: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "wit": wit,
    "luis": luis,
    "dialogflow": dialogflow,
}
