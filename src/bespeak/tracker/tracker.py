"""The conversation so far: its events, and what they add up to.

Everything that changes what the engine believes about a conversation is in `fold` (and `stepped`,
its part for events that simply happen), and nothing else may change it.

Two views are kept side by side, both immutable and shared between trackers, so that recording an
event costs the same in a long conversation as in a short one: `events`, all that happened, and
`past`, a chain of those that still hold (without what was rewound, what came before a restart or
a session, and the turns that a form's own questions took), each with how things stood after it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import reduce
from typing import Any

from bespeak.domain import LISTEN, REQUESTED_SLOT, SESSION_START, Domain, Slot
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    EntitiesAdded,
    Event,
    FollowupAction,
    HandoffAccepted,
    HandoffClosed,
    HandoffRequested,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.tracker.heard import Heard, remembered
from bespeak.tracker.log import Log


class Control(StrEnum):
    """Who answers the user now."""

    ASSISTANT = "assistant"
    QUEUE = "queue"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Loop:
    """The active form: whether it was left for something else, or declined to go on."""

    name: str
    interrupted: bool = False
    rejected: bool = False
    trigger: UserUttered | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand between two events.

    `known_slots` are those that an event has set (to anything, None included) since the slots
    were last reset. `latest_action` is None before the first one. `steps` counts the actions
    since the assistant last listened, for the turn's circuit breaker. `listening` says that it is
    the user's turn.
    """

    slots: Mapping[str, Any] = field(default_factory=dict)
    known_slots: frozenset[str] = frozenset()
    latest_message: UserUttered | None = None
    latest_action: ActionExecuted | None = None
    loop: Loop | None = None
    followup_action: str | None = LISTEN
    paused: bool = False
    steps: int = 0
    listening: bool = False

    @property
    def action(self) -> str | None:
        """The latest action's name, or its text if it is an end-to-end one."""
        return self.latest_action.label if self.latest_action else None

    @property
    def active_loop(self) -> str | None:
        return self.loop.name if self.loop else None

    @property
    def requested_slot(self) -> str | None:
        asked = self.slots.get(REQUESTED_SLOT)
        return asked if isinstance(asked, str) else None


@dataclass(frozen=True, slots=True)
class Past:
    """An event that still holds, how things stood after it, and what came before it."""

    event: Event
    after: Situation
    before: "Past | None"


@dataclass(frozen=True, slots=True)
class Tracker:
    """A conversation as it stands; `record` returns how it stands after more has happened.

    `events` may begin late in a long conversation: `earlier` counts those left out (a store gives
    a snapshot and what came after it), and `origin` is how things stood where `past` begins.
    `loops` are the forms that were ever active. `output_channel` is the name of the channel that
    answers go to, for response variations. `session_at` is how many events there were when the
    session began. `heard` is how the session's latest messages sounded, those that a rewind took
    back included: a customer does not calm down by it.
    """

    conversation_id: str
    slot_types: Mapping[str, Slot] = field(default_factory=dict, repr=False)
    events: Log = field(default_factory=Log)
    earlier: int = 0
    now: Situation = field(default_factory=Situation)
    past: Past | None = field(default=None, repr=False)
    origin: Situation = field(default_factory=Situation, repr=False)
    loops: frozenset[str] = frozenset()
    control: Control = Control.ASSISTANT
    output_channel: str = ""
    session_at: int = 0
    heard: tuple[Heard, ...] = ()

    @classmethod
    def start(cls, conversation_id: str, domain: Domain) -> "Tracker":
        """Return the tracker of a conversation in which nothing has happened yet."""
        fresh = Situation(slots=domain.initial_slots)
        return cls(conversation_id, domain.slots, now=fresh, origin=fresh)

    def record(self, events: Iterable[Event]) -> "Tracker":
        """Return the tracker as it stands once these events have happened too."""
        return reduce(fold, events, self)

    @property
    def history(self) -> list[Event]:
        """The events that still hold, oldest first."""
        return [past.event for past in reversed(list(walked(self.past)))]

    @property
    def slots(self) -> Mapping[str, Any]:
        return self.now.slots

    @property
    def latest_message(self) -> UserUttered | None:
        return self.now.latest_message

    @property
    def latest_action(self) -> str | None:
        return self.now.action

    @property
    def active_loop(self) -> str | None:
        return self.now.active_loop

    @property
    def requested_slot(self) -> str | None:
        return self.now.requested_slot

    @property
    def followup_action(self) -> str | None:
        return self.now.followup_action

    @property
    def listening(self) -> bool:
        return self.now.listening

    @property
    def sequence(self) -> int:
        """How many events there are, those left out counted."""
        return self.earlier + len(self.events)

    @property
    def last_rejected(self) -> str | None:
        """The action that declined, if that was the last thing any action did."""
        for event in reversed(self.events):
            match event:
                case ActionExecutionRejected(name=name):
                    return name
                case ActionExecuted():
                    return None
        return None


def walked(past: Past | None) -> Iterator[Past]:
    """Yield the chain, newest first."""
    while past is not None:
        yield past
        past = past.before


def fold(tracker: Tracker, event: Event) -> Tracker:
    """Return what the tracker is after one more event: the only place where it changes."""
    events = tracker.events.extended(event)
    match event:
        case Restarted() | SessionStarted():
            fresh = _fresh(tracker)
            if isinstance(event, Restarted):
                fresh = replace(fresh, followup_action=SESSION_START)
            began = tracker.session_at if isinstance(event, Restarted) else tracker.sequence
            return replace(
                tracker,
                events=events,
                now=fresh,
                past=None,
                origin=_fresh(tracker),
                session_at=began,
                heard=(),
            )
        case UserUtteranceReverted():
            past = _before_latest(_before_latest(tracker.past, UserUttered), ActionExecuted)
            return replace(tracker, events=events, past=past, now=_after(tracker, past))
        case ActionReverted():
            past = _before_latest(tracker.past, ActionExecuted)
            return replace(tracker, events=events, past=past, now=_after(tracker, past))
    now = stepped(tracker.now, event, tracker.slot_types)
    loops, control, heard = tracker.loops, tracker.control, tracker.heard
    match event:
        case UserUttered():
            heard = remembered(heard, event)
        case ActiveLoop(name=str(name)):
            loops = loops | {name}
        case HandoffRequested():
            control = Control.QUEUE
        case HandoffAccepted():
            control = Control.AGENT
        case HandoffClosed():
            control = Control.ASSISTANT
        case ActionExecuted(name=str(name)) if name in loops and not _new_or_unhappy(
            name, tracker.past
        ):
            past = _without_questions(tracker, name)
            return replace(tracker, events=events, now=now, past=past)
    before = _after(tracker, tracker.past)
    after = now if before is tracker.now else stepped(before, event, tracker.slot_types)
    return Tracker(  # `replace` takes thrice as long, and every event comes here
        tracker.conversation_id,
        tracker.slot_types,
        events,
        tracker.earlier,
        now,
        Past(event, after, tracker.past),
        tracker.origin,
        loops,
        control,
        tracker.output_channel,
        tracker.session_at,
        heard,
    )


def stepped(now: Situation, event: Event, slot_types: Mapping[str, Slot]) -> Situation:
    """Return how things stand after an event that undoes nothing."""
    match event:
        case UserUttered():
            return replace(now, latest_message=event, followup_action=None, listening=False)
        case SlotSet(name=name, value=value):
            if name not in slot_types:
                return now  # the check before training names slots that do not exist
            slots = {**now.slots, name: slot_types[name].accept(value)}
            ever_set = now.known_slots if name in now.known_slots else now.known_slots | {name}
            return Situation(  # as most events are of this kind, built anew (see `fold`)
                slots,
                ever_set,
                now.latest_message,
                now.latest_action,
                now.loop,
                now.followup_action,
                now.paused,
                now.steps,
                now.listening,
            )
        case ActionExecuted():
            loop = now.loop
            if loop is not None:
                rejected = loop.rejected and event.name != loop.name
                loop = replace(loop, interrupted=False, rejected=rejected)
            listening = event.name in (LISTEN, SESSION_START)
            return replace(
                now,
                latest_action=event,
                loop=loop,
                followup_action=None,
                steps=0 if listening else now.steps + 1,
                listening=listening,
            )
        case ActionExecutionRejected(name=name):
            if now.loop is None or now.loop.name != name:
                return now
            return replace(now, loop=replace(now.loop, rejected=True))
        case ActiveLoop(name=None):
            return replace(now, loop=None)
        case ActiveLoop(name=str(name)):
            return replace(now, loop=Loop(name, trigger=now.latest_message))
        case LoopInterrupted(interrupted=interrupted):
            if now.loop is None:
                return now
            return replace(now, loop=replace(now.loop, interrupted=interrupted))
        case UserFeaturization(use_text=use_text):
            if now.action != LISTEN or now.latest_message is None:
                return now  # it speaks of the message that the policies just decided on
            return replace(now, latest_message=replace(now.latest_message, featurize_text=use_text))
        case EntitiesAdded(entities=entities):
            if now.action != LISTEN or now.latest_message is None:
                return now
            known = now.latest_message.entities
            added = tuple(entity for entity in entities if entity not in known)
            return replace(
                now, latest_message=replace(now.latest_message, entities=(*known, *added))
            )
        case AllSlotsReset():
            initial = {name: slot.initial_value for name, slot in slot_types.items()}
            return replace(now, slots=initial, known_slots=frozenset())
        case FollowupAction(name=name):
            return replace(now, followup_action=name)
        case ConversationPaused():
            return replace(now, paused=True)
        case ConversationResumed():
            return replace(now, paused=False)
        case _:
            return now  # what was said or noted changes nothing that decisions rest on


def decisions(tracker: Tracker) -> Iterator[tuple[Situation, ActionExecuted]]:
    """Yield how things stood before each action that still holds, and the action, oldest first."""
    for past in reversed(list(walked(tracker.past))):
        if isinstance(past.event, ActionExecuted):
            yield past.before.after if past.before else tracker.origin, past.event


def _fresh(tracker: Tracker) -> Situation:
    return Situation(slots={name: slot.initial_value for name, slot in tracker.slot_types.items()})


def _after(tracker: Tracker, past: Past | None) -> Situation:
    return past.after if past else tracker.origin


def _before_latest(past: Past | None, kind: type[Event]) -> Past | None:
    """Return the chain before its newest event of this kind (all of it goes if there is none)."""
    for step in walked(past):
        if isinstance(step.event, kind):
            return step.before
    return None


def _new_or_unhappy(form: str, past: Past | None) -> bool:
    """Say whether this run of the form is its first, or comes back from an unhappy path.

    Otherwise the turn was the form's own question and its answer, which stories do not tell.
    """
    later_action: str | None = None
    for step in walked(past):
        match step.event:
            case ActiveLoop(name=None):
                return True
            case ActionExecutionRejected(name=name) if name == form:
                return True
            case UserUttered() if later_action is not None and later_action != form:
                return True
            case ActionExecuted(name=name):
                if name == form:
                    return False
                later_action = name
    return True


def _without_questions(tracker: Tracker, form: str) -> Past | None:
    """Return the chain without messages and actions since the form last ran."""
    kept: list[Event] = []
    past = tracker.past
    for step in walked(tracker.past):
        if isinstance(step.event, ActionExecuted) and step.event.name == form:
            past = step
            break
        if not isinstance(step.event, ActionExecuted | UserUttered | UserFeaturization):
            kept.append(step.event)
    else:
        past = None
    for event in reversed(kept):
        after = stepped(_after(tracker, past), event, tracker.slot_types)
        past = Past(event, after, past)
    return past
