"""Rules and forms, exactly: what the assistant always does, whatever else it learned."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bespeak.dialogue.states import State, seen
from bespeak.dialogue.story import MUST_NOT_BE_SET, Story
from bespeak.domain import DEFAULT_FALLBACK, LISTEN, Domain
from bespeak.errors import TrainingError
from bespeak.events import LoopInterrupted
from bespeak.policies import rule_checks
from bespeak.policies.policy import Prediction
from bespeak.policies.rule_book import (
    Decision,
    Difference,
    Entry,
    Place,
    Reason,
    RuleBook,
    Table,
    difference,
    states_of,
)
from bespeak.tracker import Tracker

_FILE: Final = "rules.json"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A rule that did not fire, and the first feature that kept it from doing so."""

    places: tuple[Place, ...]
    action: str
    difference: Difference

    def __str__(self) -> str:
        turn, feature, expected, found = self.difference
        when = "now" if turn == 0 else f"{turn} action{'s' if turn > 1 else ''} ago"
        wanted = "nothing" if expected in (None, MUST_NOT_BE_SET) else repr(expected)
        rules = ", ".join(str(place) for place in self.places)
        return (
            f"Rule {rules} would do '{self.action}', but wants {feature} {wanted} {when}; "
            f"it is {'nothing' if found is None else repr(found)}."
        )


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """Why rules decided as they did: what fired (with its `places`, if it was a rule), and the
    nearest ones that did not."""

    action: str | None
    why: str
    places: tuple[Place, ...] = ()
    near: tuple[NearMiss, ...] = ()


class RulePolicy:
    """Do what a rule says, go on with a form, and fall back where nobody knows better.

    Rules beat stories only by being surer. `core_fallback_threshold` is the confidence of the
    fallback action where no rule fits. With `check_for_contradictions` off, rules are learned
    unchecked, and their turns are not hidden from learned policies.
    """

    name: Final = "RulePolicy"

    def __init__(
        self,
        *,
        priority: int = 4,
        core_fallback_threshold: float = 0.3,
        core_fallback_action_name: str = DEFAULT_FALLBACK,
        enable_fallback_prediction: bool = True,
        restrict_rules: bool = True,
        check_for_contradictions: bool = True,
        use_nlu_confidence_as_score: bool = False,
        max_history: int | None = None,
    ) -> None:
        """Keep the options. `max_history` is accepted as Rasa does: rules look at all they need."""
        self.priority = priority
        self.core_fallback_threshold = core_fallback_threshold
        self.core_fallback_action_name = core_fallback_action_name
        self.enable_fallback_prediction = enable_fallback_prediction
        self.restrict_rules = restrict_rules
        self.check_for_contradictions = check_for_contradictions
        self.use_nlu_confidence_as_score = use_nlu_confidence_as_score
        self.book = RuleBook()

    def train(self, stories: Sequence[Story], domain: Domain) -> None:
        """Learn the rules. Raises `TrainingError`, saying all that does not fit together."""
        fallback = self.core_fallback_action_name
        if fallback and not domain.knows_action(fallback):
            raise TrainingError(
                f"RulePolicy falls back to '{fallback}', which is no action of the domain. "
                "List it under 'actions' in domain.yml, or change 'core_fallback_action_name' "
                "in config.yml."
            )
        rules, told = rule_checks.apart(stories)
        problems = list(rule_checks.restricted(rules)) if self.restrict_rules else []
        if self.check_for_contradictions:
            sure = fallback if self.enable_fallback_prediction else None
            self.book, found = rule_checks.learn(rules, told, domain, sure)
            problems += found
        else:
            self.book = RuleBook.learn(rules, told, domain)
        if problems:
            listed = "\n".join(f"- {problem}" for problem in problems)
            raise TrainingError(f"Rules and stories do not fit together:\n{listed}")

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction:
        said = self.book.decide(tracker, domain)
        return Prediction(
            self.name,
            self.priority,
            self._scores(said, tracker),
            events=(LoopInterrupted(True),) if said.interrupted else (),
            no_user=said.reason is Reason.LOOP,
            end_to_end=said.reason is Reason.TEXT,
            hide_rule_turn=said.source in self.book.hidden,
            why=self._why(said),
        )

    def explain(self, tracker: Tracker, domain: Domain, nearest: int = 3) -> RuleExplanation:
        """Say why the rules decide as they do here, and why the `nearest` others do not fire."""
        said = self.book.decide(tracker, domain)
        fired = self.book.rules.entries.get(said.source)
        shown = seen(self.book.look_at(tracker, domain))
        missed = [
            (missing, entry)
            for entry in self.book.rules.entries.values()
            if (missing := difference(entry, shown)) is not None and entry is not fired
        ]
        missed.sort(key=lambda pair: _distance(pair[1], pair[0], shown))
        near = tuple(NearMiss(entry.places, entry.action, miss) for miss, entry in missed[:nearest])
        places = fired.places if fired else ()
        return RuleExplanation(said.action, self._why(said), places, near)

    def save(self, folder: Path) -> None:
        kept = {
            "rules": [_entry_dict(entry) for entry in self.book.rules.entries.values()],
            "unhappy": [_entry_dict(entry) for entry in self.book.unhappy.entries.values()],
            "hidden": sorted(self.book.hidden),
        }
        (folder / _FILE).write_text(json.dumps(kept, indent=1), encoding="utf-8")

    def load(self, folder: Path) -> None:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        self.book = RuleBook(
            Table(_entry(wire) for wire in kept["rules"]),
            Table(_entry(wire) for wire in kept["unhappy"]),
            frozenset(kept["hidden"]),
        )

    def _scores(self, said: Decision, tracker: Tracker) -> dict[str, float]:
        # The fallback always has its score, and gets its turn where the rule's action declined.
        scores: dict[str, float] = {}
        if self.enable_fallback_prediction:
            scores[self.core_fallback_action_name] = self.core_fallback_threshold
        if said.action is not None:
            scores[said.action] = 1.0
            message = tracker.latest_message
            if self.use_nlu_confidence_as_score and message and message.intent:
                scores[said.action] = message.intent.confidence
        return scores

    def _why(self, said: Decision) -> str:
        match said.reason:
            case Reason.DEFAULT:
                return f"{said.action} always follows its intent"
            case Reason.LOOP if said.action == LISTEN:
                return "the form has asked and waits for the answer"
            case Reason.LOOP:
                return f"the form {said.action} goes on"
            case Reason.NONE:
                return "no rule fits"
        entry = self.book.rules.entries[said.source]
        rules = ", ".join(str(place) for place in entry.places[:3])
        if entry.action != said.action:
            return f"rule {rules} has answered, back to the form {said.action}"
        return f"rule {rules}"


def _distance(entry: Entry, missing: Difference, shown: Sequence[State]) -> tuple[int, int]:
    """Rank near misses: by how far back they fit, then by how early in that state they fail."""
    order = ("previous action", "intent", "text", "entities", "active loop")
    step = order.index(missing.feature) if missing.feature in order else len(order)
    same_intent = entry.states[-1].intent == shown[-1].intent
    return (-missing.turn, -step - same_intent)


def _entry_dict(entry: Entry) -> dict[str, Any]:
    return {"key": entry.key, "action": entry.action, "places": [list(p) for p in entry.places]}


def _entry(wire: Mapping[str, Any]) -> Entry:
    places = tuple(Place(*place) for place in wire["places"])
    return Entry(wire["key"], states_of(wire["key"]), wire["action"], places)
