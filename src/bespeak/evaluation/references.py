"""Names that one part of a project uses and another does not have."""

from typing import Final

from bespeak.data.problems import Place, Problems, near
from bespeak.data.project import Project
from bespeak.dialogue.story import MUST_NOT_BE_SET
from bespeak.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    VALIDATE_SLOT_MAPPINGS,
    Domain,
    MappingType,
    Slot,
    SlotMapping,
)
from bespeak.events import ActionExecuted, ActiveLoop, UserUttered

_SAID_BY_THE_ENGINE = frozenset(
    ("utter_default", "utter_restart", "utter_ask_rephrase", "utter_action_error")
)

NAMED: Final = 5
"""Responses that a note names where there may be hundreds."""


def check(project: Project, found: Problems) -> None:
    """Record what intents, actions, responses, forms and slots do not agree about."""
    if project.steps and not project.has_domain:
        place = Place(project.steps[0].source, project.steps[0].line)
        found.error(place, "there are stories or rules, but no domain that says what is in them.")
        return
    _check_intents(project, found)
    _check_actions(project, found)
    _check_responses(project, found)
    _check_forms(project, found)
    for slot in project.domain.slots.values():
        for i, mapping in enumerate(slot.mappings):
            place = project.places.get(("mappings", f"{slot.name}/{i}"), Place())
            _check_mapping(slot, mapping, place, project.domain, found)


def _check_intents(project: Project, found: Problems) -> None:
    domain, places = project.domain, project.places
    listed = [name for name in domain.intents if name not in DEFAULT_INTENTS]
    if project.has_nlu and project.has_domain:
        examples: dict[str, Place] = {}
        for example in project.training_data.examples:
            if example.base_intent:
                examples.setdefault(example.base_intent, _place(example.source))
        for name in listed:
            if name not in examples:
                found.warning(
                    places.get(("intents", name), Place()),
                    f"the intent {name!r} has no examples.{near(name, examples)}",
                )
        for name, place in examples.items():
            if name not in domain.intents and name not in DEFAULT_INTENTS:
                found.warning(
                    place,
                    f"the intent {name!r} has examples, but the domain does not list it."
                    f"{near(name, domain.intents)}",
                )
    if not project.steps:
        return
    told = {
        event.intent_name
        for step in project.steps
        for event in step.events
        if isinstance(event, UserUttered)
    }
    for name in listed:
        if name not in told:
            found.warning(
                places.get(("intents", name), Place()),
                f"the intent {name!r} is not used in any story or rule.",
            )


def _place(source: str) -> Place:
    file, _, line = source.rpartition(":")
    return Place(file, int(line)) if file and line.isdigit() else Place(source)


def _check_actions(project: Project, found: Problems) -> None:
    domain, seen = project.domain, set[str]()
    for step in project.steps:
        for event, line in zip(step.events, step.lines, strict=True):
            place = Place(step.source, line or step.line)
            if isinstance(event, ActionExecuted):
                name = event.name
                if not name or name in seen or domain.knows_action(name):
                    continue
                seen.add(name)
                what = "response" if name.startswith("utter_") else "action"
                found.error(
                    place,
                    f"the domain has no {what} {name!r}, which {step.name!r} uses."
                    f"{near(name, domain.action_names)}",
                )
            elif isinstance(event, ActiveLoop):
                loop = event.name
                known = loop is None or loop in domain.action_index or loop == MUST_NOT_BE_SET
                if known or loop in seen:
                    continue
                seen.add(str(loop))
                found.error(
                    place,
                    f"the domain has no form {loop!r}, which {step.name!r} uses."
                    f"{near(loop, domain.forms)}",
                )


def _check_responses(project: Project, found: Problems) -> None:
    domain = project.domain
    bases = {name.split("/", 1)[0] for name in domain.responses}
    for name in domain.actions:
        if name.startswith("utter_") and name not in bases:
            found.warning(
                project.places.get(("actions", name), Place()),
                f"the action {name!r} is listed, but there is no response of that name."
                f"{near(name, domain.responses)}",
            )
    labels = {e.intent for e in project.training_data.examples if e.is_retrieval and e.intent}
    for label in sorted(labels):
        if f"utter_{label}" not in domain.responses:
            source = next(e.source for e in project.training_data.examples if e.intent == label)
            found.warning(
                _place(source),
                f"there is no response 'utter_{label}' for the examples of {label!r}."
                f"{near(f'utter_{label}', domain.responses)}",
            )
    if project.steps:
        _tell_unused(project, found)


def _tell_unused(project: Project, found: Problems) -> None:
    """Tell responses that no story says; where there are custom actions, those may say them."""
    domain = project.domain
    told = {
        event.name
        for step in project.steps
        for event in step.events
        if isinstance(event, ActionExecuted)
    }
    custom = [
        name
        for name in domain.actions
        if not name.startswith("utter_") and name not in DEFAULT_ACTIONS
    ]
    bases = dict.fromkeys(name.split("/", 1)[0] for name in domain.responses)
    unused = [
        name
        for name in bases
        if name not in told
        and not name.startswith("utter_ask_")
        and name not in _SAID_BY_THE_ENGINE
    ]
    if custom and unused:
        more = f" and {len(unused) - NAMED} more" if len(unused) > NAMED else ""
        found.note(
            project.places.get(("responses", unused[0]), Place()),
            f"no story or rule uses these responses, but custom actions may: "
            f"{', '.join(unused[:NAMED])}{more}.",
        )
        return
    for name in unused:
        found.warning(
            project.places.get(("responses", name), Place()),
            f"the response {name!r} is not used in any story or rule.",
        )


def _check_forms(project: Project, found: Problems) -> None:
    domain, places = project.domain, project.places
    for form in domain.forms.values():
        for slot in form.required_slots:
            if slot not in domain.slots:
                found.error(
                    places.get(
                        ("required_slots", f"{form.name}/{slot}"),
                        places.get(("forms", form.name), Place()),
                    ),
                    f"the form {form.name!r} asks for the slot {slot!r}, which the domain does "
                    f"not have.{near(slot, domain.slots)}",
                )
        for intent in form.ignored_intents:
            if intent not in domain.intents and intent not in DEFAULT_INTENTS:
                found.warning(
                    places.get(("forms", form.name), Place()),
                    f"the form {form.name!r} ignores the intent {intent!r}, which the domain does "
                    f"not list.{near(intent, domain.intents)}",
                )


def _check_mapping(
    slot: Slot, mapping: SlotMapping, place: Place, domain: Domain, found: Problems
) -> None:
    what = f"the slot {slot.name!r}"
    for condition in mapping.conditions:
        form = domain.forms.get(condition.active_loop or "")
        if condition.active_loop and form is None:
            found.error(
                place,
                f"{what} has a mapping for the form {condition.active_loop!r}, which the domain "
                f"does not have.{near(condition.active_loop, domain.forms)}",
            )
        elif (
            form is not None
            and form.required_slots
            and slot.name not in form.required_slots
            and mapping.type is not MappingType.FROM_TRIGGER_INTENT
        ):
            found.error(
                place,
                f"{what} has a mapping for the form {form.name!r}, but is not among its "
                "required_slots: add it there.",
            )
    if mapping.type is MappingType.FROM_ENTITY and mapping.entity not in domain.entities:
        found.warning(
            place,
            f"{what} is filled from the entity {mapping.entity!r}, which the domain does not "
            f"list: the mapping is skipped.{near(mapping.entity, domain.entities)}",
        )
    known_intents = {*domain.intents, *DEFAULT_INTENTS}
    for intent in sorted({*mapping.intents} - known_intents):
        found.warning(
            place,
            f"{what} is filled on the intent {intent!r}, which the domain does not list."
            f"{near(intent, known_intents)}",
        )
    for intent in sorted({*mapping.not_intents} - known_intents):
        found.note(
            place,
            f"{what} is not filled on the intent {intent!r}, which the domain does not list."
            f"{near(intent, known_intents)}",
        )
    if mapping.action and not domain.knows_action(mapping.action):
        known = (*domain.actions, VALIDATE_SLOT_MAPPINGS)
        found.warning(
            place,
            f"{what} is filled by the action {mapping.action!r}, which the domain does not list."
            f"{near(mapping.action, known)}",
        )
