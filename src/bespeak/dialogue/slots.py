"""What a message fills: each slot mapping considered, with the reason why it counted or did not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bespeak.dialogue import mood
from bespeak.domain import (
    DEFAULT_INTENTS,
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    SESSION_METADATA,
    Domain,
    MappingCondition,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
)
from bespeak.events import SlotSet
from bespeak.tracker import Situation, Tracker

AUTOMATIC_SLOTS: Final = frozenset({REQUESTED_SLOT, SESSION_METADATA, *KNOWLEDGE_BASE_SLOTS})
"""Slots that the engine fills itself: no mapping of theirs is ever considered."""


@dataclass(frozen=True, slots=True)
class SlotDecision:
    """What became of one mapping of a slot.

    `taken` says that the slot is set to `value`. `action` names the custom action that must be
    asked, where the mapping leaves the value to one. `reason` is a sentence for `explain`.
    """

    slot: str
    mapping: SlotMapping
    value: Any
    taken: bool
    reason: str
    action: str | None = None


def considered(tracker: Tracker, domain: Domain) -> list[SlotDecision]:
    """Return a decision for every mapping that was looked at, for the latest message.

    Slots come in the order of the domain's file, the mappings of each in list order; those after
    the first that yields a value are not looked at. The tracker has the message recorded already.
    """
    return [
        decision
        for slot in domain.slots.values()
        if slot.mappings and slot.name not in AUTOMATIC_SLOTS
        for decision in _slot_decisions(slot, tracker, domain)
    ]


def slot_events(decisions: Iterable[SlotDecision]) -> list[SlotSet]:
    """Return the events of what was taken, in order."""
    return [SlotSet(each.slot, each.value) for each in decisions if each.taken]


def _slot_decisions(slot: Slot, tracker: Tracker, domain: Domain) -> list[SlotDecision]:
    found: list[SlotDecision] = []
    for mapping in slot.mappings:
        decision = _decision(slot, mapping, tracker, domain)
        found.append(decision)
        if decision.taken:
            break
    return found


def _decision(slot: Slot, mapping: SlotMapping, tracker: Tracker, domain: Domain) -> SlotDecision:
    now = tracker.now
    hindrance = (
        _unknown(mapping, domain)
        or _unwanted_intent(mapping, now, domain)
        or _unmet_conditions(slot.name, mapping, now)
        or _ambiguous_entity(slot.name, mapping, now, domain)
        or _no_trigger(mapping, now)
    )
    if hindrance:
        return SlotDecision(slot.name, mapping, None, False, hindrance)
    if mapping.type is MappingType.CUSTOM:
        reason = (
            f"{mapping.action} is asked"
            if mapping.action
            else "a validation action gives the value, if any"
        )
        return SlotDecision(slot.name, mapping, None, False, reason, mapping.action)
    if mapping.type is MappingType.FROM_SENTIMENT:
        return _of_sentiment(slot, mapping, tracker)
    values = _values(mapping, now)
    if not values:
        return SlotDecision(slot.name, mapping, None, False, f"no {_sought(mapping)} was found")
    value = values if slot.type is SlotType.LIST else values[-1]
    if value is None and now.slots.get(slot.name) is None:
        return SlotDecision(slot.name, mapping, None, False, "there is no value, nor was one set")
    return SlotDecision(slot.name, mapping, value, True, f"{_sought(mapping)} gives it")


def _of_sentiment(slot: Slot, mapping: SlotMapping, tracker: Tracker) -> SlotDecision:
    """Decide by the messages so far; a slot that has the value already is left alone."""
    message = tracker.latest_message
    if message is None or "sentiment" not in message.parse:
        reason = "the message has no sentiment"
        return SlotDecision(slot.name, mapping, None, False, reason)
    value = mood.value(mapping, slot.type, tracker.heard)
    if value == tracker.slots.get(slot.name):
        return SlotDecision(
            slot.name, mapping, None, False, f"the {mapping.value} is {value} still"
        )
    count = len(tracker.heard)
    latest = "the latest message" if count == 1 else f"the latest {count} messages"
    return SlotDecision(
        slot.name, mapping, value, True, f"the {mapping.value} over {latest} gives it"
    )


def _unknown(mapping: SlotMapping, domain: Domain) -> str | None:
    if mapping.type is MappingType.FROM_ENTITY and mapping.entity not in domain.entities:
        return f"the domain has no entity {mapping.entity!r}"
    if mapping.type is MappingType.FROM_INTENT:
        for intent in mapping.intents:
            if intent not in domain.intents and intent not in DEFAULT_INTENTS:
                return f"the domain has no intent {intent!r}"
    return None


def _unwanted_intent(mapping: SlotMapping, now: Situation, domain: Domain) -> str | None:
    intent = now.latest_message.intent_name if now.latest_message else None
    if mapping.intents:
        if intent in mapping.intents:
            return None
        return f"the intent is {intent!r}, not {_any_of(mapping.intents)}"
    if intent in mapping.not_intents:
        return f"the intent is {intent!r}, which the mapping excludes"
    form = domain.forms.get(now.active_loop) if now.active_loop else None
    if form is not None and intent in form.ignored_intents:
        loops = [condition.active_loop for condition in mapping.conditions]
        if not loops or form.name in loops:
            return f"{form.name} ignores messages of the intent {intent!r}"
    return None


def _unmet_conditions(slot: str, mapping: SlotMapping, now: Situation) -> str | None:
    if not mapping.conditions or mapping.type is MappingType.FROM_TRIGGER_INTENT:
        return None
    if now.loop is not None and now.loop.rejected and now.requested_slot == slot:
        return f"{now.loop.name} was just rejected while it asked for this slot"
    if any(_holds(condition, now) for condition in mapping.conditions):
        return None
    asked = f" that asks for {now.requested_slot}" if now.requested_slot else ""
    state = f"in {now.active_loop}{asked}" if now.active_loop else "outside any form"
    return f"no condition holds {state}"


def _holds(condition: MappingCondition, now: Situation) -> bool:
    if condition.active_loop is None:
        return now.active_loop is None
    return condition.active_loop == now.active_loop and (
        not condition.requested_slot or condition.requested_slot == now.requested_slot
    )


def _ambiguous_entity(
    slot: str, mapping: SlotMapping, now: Situation, domain: Domain
) -> str | None:
    """Hinder an entity that could as well fill another slot of the form, unless it was asked for.

    Only the very same mapping on two required slots makes it ambiguous: one with a role, or with
    other intents or conditions, tells them apart.
    """
    if mapping.type is not MappingType.FROM_ENTITY or now.requested_slot == slot:
        return None
    form = domain.forms.get(now.active_loop) if now.active_loop else None
    if form is None or slot not in form.required_slots:
        return None
    sharing = [
        name
        for name in form.required_slots
        if name in domain.slots
        for other in domain.slots[name].mappings
        if other == mapping
    ]
    if len(sharing) < 2:
        return None
    return f"{form.name} did not ask for it, and {mapping.entity!r} could fill {_any_of(sharing)}"


def _no_trigger(mapping: SlotMapping, now: Situation) -> str | None:
    if mapping.type is not MappingType.FROM_TRIGGER_INTENT:
        return None
    if now.active_loop is None:
        return "no form is active that the intent could have begun"
    loops = [condition.active_loop for condition in mapping.conditions]
    if loops and now.active_loop not in loops:
        return f"the active form is {now.active_loop}"
    return None


def _values(mapping: SlotMapping, now: Situation) -> list[Any]:
    message = now.latest_message
    match mapping.type:
        case MappingType.FROM_ENTITY:
            wanted = (mapping.entity, mapping.role, mapping.group)
            return [
                entity.value
                for entity in (message.entities if message else ())
                if (entity.name, entity.role, entity.group) == wanted
            ]
        case MappingType.FROM_TEXT:
            return [message.text if message else None]
        case MappingType.FROM_INTENT | MappingType.FROM_TRIGGER_INTENT:
            return [mapping.value]
        case MappingType.CUSTOM | MappingType.FROM_SENTIMENT:
            return []  # a custom action's, and the whole conversation's


def _sought(mapping: SlotMapping) -> str:
    if mapping.type is MappingType.FROM_TEXT:
        return "the message's text"
    if mapping.type is not MappingType.FROM_ENTITY:
        return "the intent"
    role = f" in the role {mapping.role!r}" if mapping.role is not None else ""
    group = f" of group {mapping.group!r}" if mapping.group is not None else ""
    return f"entity {mapping.entity!r}{role}{group}"


def _any_of(names: Sequence[str]) -> str:
    return " or ".join(repr(name) for name in dict.fromkeys(names))
