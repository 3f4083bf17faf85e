"""What no test story touches: the corners of a project that could break unseen."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from bespeak.assistant import Assistant
from bespeak.domain import (
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    REQUESTED_SLOT,
    SESSION_METADATA,
    Domain,
)
from bespeak.evaluation.dialogue import Action, Heard, Outcome
from bespeak.events import ActionExecuted, SlotSet, UserUttered
from bespeak.policies.rules import RulePolicy

OUR_SLOTS: Final = (REQUESTED_SLOT, SESSION_METADATA)


@dataclass(frozen=True)
class Coverage:
    """Of one kind (intents, rules, …): how many there are, and which no test story touches."""

    kind: str
    total: int
    untouched: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        return {"total": self.total, "untouched": list(self.untouched)}

    def told(self, most: int = 6) -> str:
        """Return it as a line, with at most so many names."""
        names = ", ".join(self.untouched[:most])
        more = f" and {len(self.untouched) - most} more" if len(self.untouched) > most else ""
        return f"{len(self.untouched)} of {self.total} {self.kind}: {names}{more}"


def coverage(outcomes: Sequence[Outcome], assistant: Assistant) -> list[Coverage]:
    """Say of each kind of thing in the domain, and of the rules, what was left untouched.

    An action is touched by being expected. What a form asks with is touched by the form; a slot
    by being set; a rule by having decided.
    """
    domain = assistant.domain
    intents, labels, slots = _mentioned(outcomes)
    done = {label.partition("/")[0] for label in labels}
    asked = set(_questions(domain, done))
    own = [name for name in (*domain.actions, *domain.forms) if _is_decided(name, domain)]
    return [
        _kind("intents", (name for name in domain.intents if name not in DEFAULT_INTENTS), intents),
        _kind("actions and forms", own, done),
        _kind(
            "responses",
            domain.responses,
            {*done, *labels, *asked, *(f"utter_{name}" for name in intents)},
        ),
        _kind("slots", (name for name in domain.slots if name not in OUR_SLOTS), slots),
        _rules(outcomes, assistant),
    ]


def _mentioned(outcomes: Sequence[Outcome]) -> tuple[set[str], set[str], set[str]]:
    """Return the intents, action labels and slots of all steps."""
    intents: set[str] = set()
    labels: set[str] = set()
    slots: set[str] = set()
    for outcome in outcomes:
        for step, came in outcome.steps:
            match step.event:
                case UserUttered(intent=intent) if intent is not None:
                    intents.update(name for name in (intent.name, intent.full_name) if name)
                case ActionExecuted():
                    labels.add(step.event.label)
                case SlotSet(name=name):
                    slots.add(name)
                case _:
                    pass
            match came:
                case Action(predicted=predicted):
                    labels.add(predicted)
                case Heard(expected_intent=str(intent_name)):
                    intents.add(intent_name)
                case _:
                    pass
    return intents, labels, slots


def _is_decided(name: str, domain: Domain) -> bool:
    """Say whether a policy decides on this action, and nothing else makes it run: no response, and
    none that validates, asks or extracts for a form or a slot.
    """
    mapping = {m.action for slot in domain.slots.values() for m in slot.mappings}
    of_forms = name.startswith(("validate_", "action_ask_"))
    ours = name in DEFAULT_ACTIONS or name == "action_validate_slot_mappings"
    return not (of_forms or ours or name in mapping or name in domain.responses)


def _questions(domain: Domain, done: Collection[str]) -> Iterator[str]:
    """Yield the responses by which the forms that ran ask."""
    for name, form in domain.forms.items():
        if name in done:
            for slot in form.required_slots:
                yield f"utter_ask_{name}_{slot}"
                yield f"utter_ask_{slot}"


def _kind(kind: str, names: Iterable[str], touched: Collection[str]) -> Coverage:
    known = list(dict.fromkeys(names))
    return Coverage(kind, len(known), tuple(name for name in known if name not in touched))


def _rules(outcomes: Sequence[Outcome], assistant: Assistant) -> Coverage:
    known = [
        f"'{place.name}'"
        for policy in assistant.policies
        if isinstance(policy, RulePolicy)
        for entry in policy.book.rules.entries.values()
        for place in entry.places
    ]
    fired = {
        f"'{rule}'" for outcome in outcomes for action in outcome.actions for rule in action.rules
    }
    return _kind("rules", known, fired)
