"""A domain as a model archive keeps it: everything checked already, so that loading is quick."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from bespeak.data.slots import own_options
from bespeak.domain import (
    Domain,
    EntityType,
    Form,
    IntentType,
    MappingCondition,
    MappingType,
    ResponseCondition,
    SessionConfig,
    Slot,
    SlotMapping,
    SlotType,
    Variation,
)
from bespeak.extend import load


def domain_dict(domain: Domain) -> dict[str, Any]:
    """Return the domain as JSON."""
    return {
        "intents": [asdict(intent) for intent in domain.intents.values()],
        "entities": [asdict(entity) for entity in domain.entities.values()],
        "slots": [_slot_dict(slot) for slot in domain.slots.values()],
        "responses": {
            name: [asdict(variation) for variation in variations]
            for name, variations in domain.responses.items()
        },
        "actions": list(domain.actions),
        "actions_with_domain": sorted(domain.actions_with_domain),
        "forms": [asdict(form) for form in domain.forms.values()],
        "texts": list(domain.texts),
        "session": asdict(domain.session),
        "store_entities_as_slots": domain.store_entities_as_slots,
        "wire": dict(domain.wire),
    }


def domain_from(told: Mapping[str, Any]) -> Domain:
    """Return the domain that `domain_dict` wrote down.

    Raises `ExtensionError` where the class of a custom slot cannot be imported.
    """
    intents = [
        IntentType(**_tuples(intent, "use_entities", "ignore_entities"))
        for intent in told["intents"]
    ]
    entities = [EntityType(**_tuples(entity, "roles", "groups")) for entity in told["entities"]]
    forms = [Form(**_tuples(form, "required_slots", "ignored_intents")) for form in told["forms"]]
    written = told["wire"].get("slots") or {}
    slots = [_slot(slot, written.get(slot["name"]) or {}) for slot in told["slots"]]
    return Domain(
        intents={intent.name: intent for intent in intents},
        entities={entity.name: entity for entity in entities},
        slots={slot.name: slot for slot in slots},
        responses={
            name: tuple(_variation(variation) for variation in variations)
            for name, variations in told["responses"].items()
        },
        actions=tuple(told["actions"]),
        actions_with_domain=frozenset(told["actions_with_domain"]),
        forms={form.name: form for form in forms},
        texts=tuple(told["texts"]),
        session=SessionConfig(**told["session"]),
        store_entities_as_slots=told["store_entities_as_slots"],
        wire=told["wire"],
    )


def _slot_dict(slot: Slot) -> dict[str, Any]:
    told = {name: getattr(slot, name) for name in Slot.__dataclass_fields__ if name != "custom"}
    return {**told, "mappings": [asdict(mapping) for mapping in slot.mappings]}


def _slot(told: Mapping[str, Any], written: Mapping[str, Any]) -> Slot:
    """Return a slot; one of the project's own type is built again from its options."""
    slot_type = SlotType(told["type"])
    is_own = slot_type is SlotType.CUSTOM
    custom = load(told["kind"])(**own_options(written)) if is_own else None
    return Slot(
        **{
            **_tuples(told, "values"),
            "type": slot_type,
            "mappings": tuple(_mapping(mapping) for mapping in told["mappings"]),
            "custom": custom,
        }
    )


def _mapping(told: Mapping[str, Any]) -> SlotMapping:
    return SlotMapping(
        **{
            **_tuples(told, "intents", "not_intents"),
            "type": MappingType(told["type"]),
            "conditions": tuple(MappingCondition(**c) for c in told["conditions"]),
        }
    )


def _variation(told: Mapping[str, Any]) -> Variation:
    conditions = tuple(ResponseCondition(**c) for c in told["conditions"])
    return Variation(**{**told, "conditions": conditions})


def _tuples(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """JSON knows lists only: these fields are tuples."""
    return {
        key: tuple(value) if key in names and value is not None else value
        for key, value in told.items()
    }
