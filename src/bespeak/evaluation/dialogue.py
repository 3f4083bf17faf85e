"""Test stories, step by step: what the assistant would have done where the story says what it
should do.

As in Rasa, custom actions are not run: slots come from the story. Where a form is predicted and
the story wants something else, the form is taken to decline once. With `e2e`, what users say goes
through the pipeline, and intent and entities must be as the story has them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bespeak.assistant import Assistant
from bespeak.data.annotations import annotated
from bespeak.data.stories import ExpectedStep, ExpectedStory
from bespeak.domain import LISTEN, SESSION_START, UNLIKELY_INTENT
from bespeak.evaluation.scores import ClassificationReport, report
from bespeak.events import ActionExecuted, ActionExecutionRejected, UserUttered, user_uttered
from bespeak.message import Entity, UserMessage
from bespeak.policies.policy import Prediction
from bespeak.policies.rules import RulePolicy
from bespeak.tracker import Tracker

LIMIT = 10
STOPPED = "circuit breaker tripped"


@dataclass(frozen=True)
class Action:
    """What was expected at a step, and what came.

    `unlikely` notes a mere warning before it; `rules` are the names of those that decided.
    """

    expected: str
    predicted: str
    policy: str
    confidence: float
    line: int
    unlikely: bool = False
    rules: tuple[str, ...] = ()

    @property
    def right(self) -> bool:
        return self.expected == self.predicted


@dataclass(frozen=True)
class Heard:
    """What a message should have meant, and what the pipeline made of it."""

    text: str
    expected_intent: str | None
    predicted_intent: str | None
    expected: tuple[Entity, ...]
    predicted: tuple[Entity, ...]
    line: int

    @property
    def right(self) -> bool:
        return self.expected_intent == self.predicted_intent and _keys(self.expected) == _keys(
            self.predicted
        )


@dataclass(frozen=True)
class Outcome:
    """How one test story went: for each step of it, what came of that, in order."""

    story: ExpectedStory
    steps: tuple[tuple[ExpectedStep, Action | Heard | None], ...]

    @property
    def actions(self) -> list[Action]:
        return [came for _, came in self.steps if isinstance(came, Action)]

    @property
    def heard(self) -> list[Heard]:
        return [came for _, came in self.steps if isinstance(came, Heard)]

    @property
    def passed(self) -> bool:
        return all(came is None or came.right for _, came in self.steps)

    @property
    def warned(self) -> bool:
        return any(action.unlikely for action in self.actions)


@dataclass(frozen=True)
class Evaluation:
    """How all test stories went."""

    outcomes: tuple[Outcome, ...]
    e2e: bool

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.passed]

    @property
    def passed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.passed]

    @property
    def warned(self) -> list[Outcome]:
        return [outcome for outcome in self.passed if outcome.warned]

    @property
    def actions(self) -> list[Action]:
        return [action for outcome in self.outcomes for action in outcome.actions]

    def report(self) -> ClassificationReport:
        """Score actions, and with `e2e` intents and entities, as one list of labels."""
        gold = [action.expected for action in self.actions]
        predicted = [action.predicted for action in self.actions]
        for outcome in self.outcomes:
            for heard in outcome.heard:
                gold.append(heard.expected_intent or "None")
                predicted.append(heard.predicted_intent or "None")
                for wanted, said in aligned(heard.expected, heard.predicted, heard.text):
                    gold.append(wanted)
                    predicted.append(said)
        return report(gold, predicted)

    def as_dict(self) -> dict[str, Any]:
        """Return what `POST /model/test/stories` answers."""
        scored = self.report()
        right = sum(action.right for action in self.actions)
        return {
            "report": self.report_dict(),
            "precision": scored.weighted.precision,
            "f1": scored.weighted.f1,
            "accuracy": right / len(self.actions) if self.actions else 0.0,
            "actions": [
                {
                    "action": action.expected,
                    "predicted": action.predicted,
                    "policy": action.policy or None,
                    "confidence": action.confidence,
                }
                for action in self.actions
            ],
            "in_training_data_fraction": self.in_training_data_fraction,
            "is_end_to_end_evaluation": self.e2e,
        }

    def report_dict(self) -> dict[str, Any]:
        """Return the content of `story_report.json`."""
        told = self.report().as_dict()
        total = len(self.outcomes)
        if total:
            told["conversation_accuracy"] = {
                "accuracy": len(self.passed) / total,
                "correct": len(self.passed),
                "with_warnings": len(self.warned),
                "total": total,
            }
        return told

    @property
    def in_training_data_fraction(self) -> float:
        """The share of actions that a policy knows by heart (rules or memorised stories)."""
        by_heart = ("RulePolicy", "MemoizationPolicy", "AugmentedMemoizationPolicy")
        known = sum(action.policy in by_heart for action in self.actions)
        return known / len(self.actions) if self.actions else 0.0


def evaluate(
    stories: Sequence[ExpectedStory], assistant: Assistant, *, e2e: bool = False
) -> Iterator[Outcome]:
    """Yield how each story went, as soon as it is known."""
    for story in stories:
        yield _played(story, assistant, e2e)


def _played(story: ExpectedStory, assistant: Assistant, e2e: bool) -> Outcome:
    now = Tracker.start(story.name, assistant.domain)
    steps: list[tuple[ExpectedStep, Action | Heard | None]] = []
    for i, step in enumerate(story.steps):
        came: Action | Heard | None = None
        match step.event:
            case ActionExecuted() if i > 0:
                now, came = _acted(step.event, step.line, now, assistant)
            case UserUttered() if e2e:
                now, came = _listened(step.event, step.line, now, assistant)
            case _:
                now = now.record([step.event])
        steps.append((step, came))
    return Outcome(story, tuple(steps))


def _acted(
    event: ActionExecuted, line: int, now: Tracker, assistant: Assistant
) -> tuple[Tracker, Action]:
    """Compare one action with the prediction; go on as the story says."""
    fired = _fired(now, assistant)
    now, prediction, predicted = _predicted(event.label, now, assistant)
    unlikely = predicted == UNLIKELY_INTENT and event.label != UNLIKELY_INTENT
    if unlikely:
        now = now.record([ActionExecuted(UNLIKELY_INTENT, prediction.policy)])
        now, prediction, predicted = _predicted(event.label, now, assistant)
    came = Action(
        event.label,
        predicted,
        prediction.policy,
        prediction.confidence,
        line,
        unlikely,
        fired if prediction.policy == RulePolicy.name else (),
    )
    done = replace(event, policy=prediction.policy or None, confidence=prediction.confidence)
    return now.record([done]), came


def _fired(now: Tracker, assistant: Assistant) -> tuple[str, ...]:
    """Return the names of the rules that say what comes next."""
    return tuple(
        place.name
        for policy in assistant.policies
        if isinstance(policy, RulePolicy)
        for place in policy.explain(now, assistant.domain, nearest=0).places
    )


def _predicted(
    expected: str, now: Tracker, assistant: Assistant
) -> tuple[Tracker, Prediction, str]:
    """Return the prediction; a form that the story passes over is taken to decline first."""
    if now.now.steps >= LIMIT and now.latest_action not in (LISTEN, SESSION_START):
        return now, Prediction("", 0), STOPPED
    prediction = assistant.decide(now)
    predicted = _full_name(prediction.action, expected, now, assistant)
    declines = predicted == now.active_loop and predicted in assistant.domain.forms
    if predicted != expected and prediction.policy and declines:
        now = now.record([ActionExecutionRejected(predicted)])
        prediction = assistant.decide(now)
        predicted = _full_name(prediction.action, expected, now, assistant)
    return now, prediction, predicted


def _full_name(action: str, expected: str, now: Tracker, assistant: Assistant) -> str:
    """Return `utter_faq/hours` for `utter_faq` where the story asks for it so."""
    base = action.removeprefix("utter_")
    if action == expected or base not in assistant.domain.retrieval_intents:
        return action
    message = now.latest_message
    if message is None:
        return action
    selector: Mapping[str, Any] = message.parse.get("response_selector") or {}
    selected = selector.get(base) or selector.get("default") or {}
    name = selected.get("response", {}).get("utter_action")
    if name is None and message.intent is not None and message.intent.full_name:
        name = f"utter_{message.intent.full_name}"
    return name or action


def _listened(
    event: UserUttered, line: int, now: Tracker, assistant: Assistant
) -> tuple[Tracker, Heard]:
    """Understand what the user says; go on with what the story says that it means."""
    wanted = event.intent.full_name or event.intent.name if event.intent else None
    if not event.text:
        heard = Heard("", wanted, wanted, event.entities, event.entities, line)
        return now.record([event]), heard
    [parse_data] = assistant.parse([UserMessage("", event.text)])
    said = user_uttered(event.text, parse_data)
    intent = said.intent_name
    if wanted != intent:
        intent = _full_intent(parse_data, intent)
    heard = Heard(event.text, wanted, intent, event.entities, said.entities, line)
    if heard.right:
        return now.record([replace(event, parse=said.parse)]), heard
    return now.record([event]), heard


def _full_intent(parse_data: Mapping[str, Any], base: str | None) -> str | None:
    selector: Mapping[str, Any] = parse_data.get("response_selector") or {}
    if base is None or base not in selector.get("all_retrieval_intents", []):
        return base
    selected = selector.get(base) or selector.get("default") or {}
    key = selected.get("response", {}).get("intent_response_key")
    return key or base


def aligned(
    expected: Sequence[Entity], predicted: Sequence[Entity], text: str
) -> list[tuple[str, str]]:
    """Pair what was expected with what was found, in the order of the text; "None" for nothing."""
    gold = {_span(entity): _annotated(entity, text) for entity in expected}
    said = {_span(entity): _annotated(entity, text) for entity in predicted}
    return [(gold.get(span, "None"), said.get(span, "None")) for span in sorted({*gold, *said})]


def _span(entity: Entity) -> tuple[int, int]:
    return (entity.start or 0, entity.end or 0)


def _annotated(entity: Entity, text: str) -> str:
    """Write one entity as training data would: `[Oslo](city)`."""
    surface = text[entity.start : entity.end]
    return annotated(surface, (replace(entity, start=0, end=len(surface)),))


def _keys(entities: Sequence[Entity]) -> set[tuple[Any, ...]]:
    """What must agree: span, type and value (as text: an extractor's number may be a float)."""
    return {
        (entity.start, entity.end, entity.name, _comparable(entity.value)) for entity in entities
    }


def _comparable(value: Any) -> str:
    return str(value)
