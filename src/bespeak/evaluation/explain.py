"""Why the assistant did what it did: each turn of a conversation, taken apart.

The log keeps what was understood, the model's id and where the time went. Everything else is a
pure function of the log's prefix and the model, so it is computed again when somebody asks: which
component understood what, what became of each slot mapping, what each policy said, which rule
fired and what the nearest others lacked. A turn costs nothing for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bespeak.assistant import FOLLOWUP, Assistant
from bespeak.dialogue.slots import SlotDecision, considered
from bespeak.domain import LISTEN, MappingType
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionFailed,
    ActiveLoop,
    BotUttered,
    EntitiesAdded,
    Event,
    LoopInterrupted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from bespeak.message import Message
from bespeak.policies.rules import NearMiss, RuleExplanation, RulePolicy
from bespeak.tracker import Tracker

TOP: Final = 3

NEAREST: Final = 12
"""Near misses to look at, of which those that say something are told."""


@dataclass(frozen=True)
class Understood:
    """What one component added to the message; `added` is told in a line each."""

    component: str
    added: tuple[str, ...]


@dataclass(frozen=True)
class Filled:
    """What became of a slot: what its mapping decided, and what the log says came of that.

    `decision` is None where no mapping gave the value, but a custom action. A slot whose mapping
    was `taken` and that is not `filled` was left out by the action that validates slots.
    """

    slot: str
    decision: SlotDecision | None
    filled: bool
    value: Any

    @property
    def why(self) -> str:
        if self.decision is None:
            return "an action gave it"
        if self.decision.taken and not self.filled:
            return f"{self.decision.reason}, but the validation left it out"
        if self.filled and not self.decision.taken:
            return f"{self.decision.reason}; it gave this"
        if self.filled and self.value != self.decision.value:
            return f"{self.decision.reason} as {self.decision.value!r}; the validation changed it"
        return self.decision.reason


@dataclass(frozen=True)
class PolicySaid:
    """What one policy said: its likeliest actions, and in a line what made it say so."""

    policy: str
    action: str | None
    confidence: float
    why: str
    scores: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Step:
    """One decision: the action, who chose it, what all said, what came of it.

    `now` is what the present model would do; it differs where another one decided then.
    """

    action: str
    policy: str
    confidence: float
    rejected: bool
    now: str
    said: tuple[PolicySaid, ...]
    rules: RuleExplanation | None
    came: tuple[str, ...]


@dataclass(frozen=True)
class TurnExplained:
    """One turn, from what came in to the listening."""

    message_id: str
    text: str
    intent: str | None
    confidence: float
    understood: tuple[Understood, ...]
    slots: tuple[Filled, ...]
    steps: tuple[Step, ...]
    timings: Mapping[str, float]
    model_id: str
    same_model: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the turn as JSON."""
        return {
            "message_id": self.message_id,
            "text": self.text,
            "model_id": self.model_id,
            "same_model": self.same_model,
            "intent": {"name": self.intent, "confidence": self.confidence},
            "understood": [
                {"component": u.component, "added": list(u.added)} for u in self.understood
            ],
            "slots": [
                {
                    "slot": slot.slot,
                    "mapping": slot.decision.mapping.type.value if slot.decision else None,
                    "taken": slot.filled,
                    "value": slot.value,
                    "reason": slot.why,
                }
                for slot in self.slots
            ],
            "steps": [_step_dict(step) for step in self.steps],
            "timings": dict(self.timings),
        }


def explained(
    tracker: Tracker, assistant: Assistant, *, message_id: str | None = None
) -> list[TurnExplained]:
    """Explain every turn of a conversation, or the one that a message began.

    `tracker` holds all events. Turns that another model decided are explained as this one would
    have decided them, and say so (`same_model`).
    """
    return [
        _turn(turn, assistant)
        for turn in _turns(tracker, assistant)
        if message_id is None or turn[0].message_id == message_id
    ]


def told(turn: TurnExplained) -> str:
    """Return the explanation as lines for a terminal."""
    lines = [f"Understood as {turn.intent or 'nothing'} ({turn.confidence:.2f})"]
    if not turn.same_model:
        lines.append("  (another model decided then; this is what the present one says)")
    for understood in turn.understood:
        lines.extend(f"  {understood.component}: {added}" for added in understood.added)
    lines += _slot_lines(turn.slots)
    for step in turn.steps:
        lines += _step_lines(step)
    if turn.timings:
        spent = ", ".join(
            f"{name.removesuffix('_ms')} {ms} ms" for name, ms in turn.timings.items()
        )
        lines.append(f"Time: {spent}")
    return "\n".join(lines)


# --- taking a conversation apart ---------------------------------------------------------------

_Moments = tuple[UserUttered, Sequence[tuple[Event, Tracker]]]
"""A message, and each event from it on with the tracker as it stood before that event."""


def _turns(tracker: Tracker, assistant: Assistant) -> Iterator[_Moments]:
    now = Tracker.start(tracker.conversation_id, assistant.domain)
    heard: UserUttered | None = None
    moments: list[tuple[Event, Tracker]] = []
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if heard is not None:
                yield heard, moments
            heard, moments = event, []
        moments.append((event, now))
        now = now.record([event])
    if heard is not None:
        yield heard, moments


def _turn(turn: _Moments, assistant: Assistant) -> TurnExplained:
    heard, moments = turn
    model_id = str(heard.metadata.get("model_id", ""))
    return TurnExplained(
        message_id=heard.message_id or "",
        text=heard.text or "",
        intent=heard.intent_name,
        confidence=heard.intent.confidence if heard.intent else 0.0,
        understood=_understood(heard, assistant),
        slots=tuple(_filled(heard, moments, assistant)),
        steps=tuple(_steps(moments, assistant)),
        timings=_timings(moments),
        model_id=model_id,
        same_model=model_id == assistant.model_id,
    )


def _understood(heard: UserUttered, assistant: Assistant) -> tuple[Understood, ...]:
    """Run the pipeline once more and note what each component changed."""
    if assistant.pipeline is None or heard.text is None or heard.metadata.get("is_external"):
        return ()
    message = Message(heard.text, metadata=heard.metadata, received_at=heard.timestamp or 0.0)
    notes: list[Understood] = []
    for component in assistant.pipeline.components:
        [after] = component.process([message])
        if added := _added(message, after):
            notes.append(Understood(type(component).__name__, tuple(added)))
        message = after
    return tuple(notes)


def _added(before: Message, after: Message) -> list[str]:
    added: list[str] = []
    if after.intent is not None and after.intent != before.intent:
        told_ranking = ", ".join(f"{i.name} {i.confidence:.2f}" for i in after.ranking[:TOP])
        told_intent = f"intent {after.intent.name} ({after.intent.confidence:.2f})"
        added.append(f"{told_intent}; ranking: {told_ranking}" if told_ranking else told_intent)
    for entity in after.entities:
        if entity not in before.entities:
            role = f", role {entity.role}" if entity.role else ""
            added.append(f"entity {entity.name} = {entity.value!r}{role}")
    if after.response_selector != before.response_selector:
        names = sorted(set(after.response_selector) - {"all_retrieval_intents"})
        added.append(f"responses of {', '.join(names)}")
    sentiment = after.attributes.get("sentiment")
    if sentiment is not None and "sentiment" not in before.attributes:
        added.append(f"sentiment {sentiment['label']} ({sentiment['score']:+.2f})")
    return added


def _filled(
    heard: UserUttered, moments: Sequence[tuple[Event, Tracker]], assistant: Assistant
) -> Iterator[Filled]:
    """Put what the mappings decide beside what the log says that the message filled."""
    logged = {}
    for event, _ in moments[1:]:
        if isinstance(event, SlotSet):
            logged[event.name] = event.value
        elif not isinstance(event, BotUttered | ActionFailed):
            break
    decisions = considered(moments[0][1].record([heard]), assistant.domain)
    for decision in decisions:
        slot = decision.slot
        asked = decision.taken or decision.mapping.type is MappingType.CUSTOM
        filled = asked and slot in logged
        yield Filled(slot, decision, filled, logged[slot] if filled else None)
    explained_slots = {d.slot for d in decisions if d.taken or d.mapping.type is MappingType.CUSTOM}
    for slot, value in logged.items():
        if slot not in explained_slots:
            yield Filled(slot, None, True, value)


_PRELUDE = UserFeaturization | LoopInterrupted | EntitiesAdded


def _steps(moments: Sequence[tuple[Event, Tracker]], assistant: Assistant) -> Iterator[Step]:
    """Yield each decision; what a prediction adds before its action belongs to it."""
    decision: Tracker | None = None
    for i, (event, before) in enumerate(moments):
        if isinstance(event, _PRELUDE):
            decision = decision or before
            continue
        decided = isinstance(event, ActionExecutionRejected) or (
            isinstance(event, ActionExecuted) and event.policy is not None
        )
        if decided and isinstance(event, ActionExecuted | ActionExecutionRejected):
            yield _step(event, decision or before, _results(moments[i + 1 :]), assistant)
        decision = None


def _step(
    event: ActionExecuted | ActionExecutionRejected,
    before: Tracker,
    came: Sequence[Event],
    assistant: Assistant,
) -> Step:
    label = event.label if isinstance(event, ActionExecuted) else event.name
    said: list[PolicySaid] = []
    rules: RuleExplanation | None = None
    if event.policy != FOLLOWUP:
        for policy in assistant.policies:
            said.append(_said(policy, before, assistant))
            if isinstance(policy, RulePolicy):
                rules = _without_ends(policy.explain(before, assistant.domain, NEAREST), label)
    return Step(
        label,
        event.policy or "",
        event.confidence or 0.0,
        isinstance(event, ActionExecutionRejected),
        assistant.decide(before).action,
        tuple(said),
        rules,
        tuple(_result(result) for result in came),
    )


def _without_ends(rules: RuleExplanation, action: str) -> RuleExplanation:
    """Keep the near misses that say something: those that would have done something else.

    A rule that would only have ended the turn is none, and at a turn's end nothing was missed.
    """
    near = [miss for miss in rules.near if miss.action not in (LISTEN, action)][:TOP]
    return replace(rules, near=() if action == LISTEN else tuple(near))


def _said(policy: Any, before: Tracker, assistant: Assistant) -> PolicySaid:
    prediction = policy.predict(before, assistant.domain)
    if prediction is None:
        return PolicySaid(type(policy).__name__, None, 0.0, "had nothing to say")
    best = sorted(prediction.scores.items(), key=lambda one: -one[1])[:TOP]
    return PolicySaid(
        type(policy).__name__,
        prediction.action if prediction.scores else None,
        prediction.confidence,
        prediction.why,
        tuple(best),
    )


def _results(later: Sequence[tuple[Event, Tracker]]) -> list[Event]:
    came: list[Event] = []
    for event, _ in later:
        if isinstance(event, ActionExecuted | ActionExecutionRejected | UserUttered | _PRELUDE):
            break
        came.append(event)
    return came


def _result(event: Event) -> str:
    match event:
        case SlotSet(name=name, value=value):
            return f"slot {name} = {value!r}"
        case BotUttered():
            return f"said {event.metadata.get('utter_action', 'something')}"
        case ActiveLoop(name=name):
            return f"form {name} is active" if name else "the form ends"
        case ActionFailed(cause=cause):
            return f"failed: {cause}"
        case _:
            return event.type


def _timings(moments: Sequence[tuple[Event, Tracker]]) -> Mapping[str, float]:
    for event, _ in reversed(moments):
        if isinstance(event, ActionExecuted) and "bespeak_timings" in event.metadata:
            return dict(event.metadata["bespeak_timings"])
    return {}


# --- telling ----------------------------------------------------------------------------------


def _slot_lines(slots: Sequence[Filled]) -> list[str]:
    """Tell what was filled, and why something was not: each reason once, with all its slots."""
    if not slots:
        return []
    lines = ["Slots"]
    missing: dict[str, dict[str, None]] = {}
    for one in slots:
        if one.filled:
            lines.append(f"  {one.slot} = {one.value!r}: {one.why}")
        else:
            why = "no entity" if one.why.startswith("no entity") else one.why
            missing.setdefault(why, {})[one.slot] = None
    without = missing.pop("no entity", {})
    for why, names in missing.items():
        lines.append(f"  {', '.join(names)} {'is' if len(names) == 1 else 'are'} not filled: {why}")
    if without:
        lines.append(f"  {', '.join(without)}: no entity for it was found")
    return lines


def _step_lines(step: Step) -> list[str]:
    verb = "declined, chosen by" if step.rejected else "by"
    lines = [f"{step.action} {verb} {step.policy or 'the engine'} ({step.confidence:.2f})"]
    if step.now != step.action:
        lines.append(f"  (the present model would do {step.now})")
    if step.action == LISTEN and not step.rejected:
        chose = next((said.why for said in step.said if said.policy == step.policy), "")
        return [f"{lines[0]}{f': {chose}' if chose else ''}", *lines[1:]]
    for said in step.said:
        what = f"{said.action} ({said.confidence:.2f})" if said.action else "nothing"
        lines.append(f"  {said.policy}: {what}{f'; {said.why}' if said.why else ''}")
    if step.rules is not None:
        lines.extend(f"  not: {miss}" for miss in _telling(step.rules))
    lines.extend(f"  -> {came}" for came in step.came)
    return lines


def _telling(rules: RuleExplanation) -> Sequence[NearMiss]:
    """Return the near misses of a person's interest: all where no rule fits, else those of the
    same moment that a slot, an entity or a form kept from firing.
    """
    if rules.action is None:
        return rules.near
    elsewhere = ("intent", "text", "previous action")
    return [miss for miss in rules.near if miss.difference.feature not in elsewhere]


def _step_dict(step: Step) -> dict[str, Any]:
    return {
        "action": step.action,
        "policy": step.policy,
        "confidence": step.confidence,
        "rejected": step.rejected,
        "now": step.now,
        "policies": [
            {
                "policy": said.policy,
                "action": said.action,
                "confidence": said.confidence,
                "why": said.why,
                "scores": [{"action": name, "score": score} for name, score in said.scores],
            }
            for said in step.said
        ],
        "rule": _rule_dict(step.rules),
        "came": list(step.came),
    }


def _rule_dict(rules: RuleExplanation | None) -> dict[str, Any] | None:
    if rules is None:
        return None
    return {
        "action": rules.action,
        "why": rules.why,
        "places": [str(place) for place in rules.places],
        "near_misses": [str(miss) for miss in rules.near],
    }
