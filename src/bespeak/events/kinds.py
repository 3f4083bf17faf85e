"""What can happen in a conversation: the closed union `Event`.

An event is a fact: it is frozen, it is never taken back, and a conversation is nothing but its
events in order. What each one means is said in `tracker.fold`. Equality leaves timestamp and
metadata out, so a test compares events as it would words.

Events that Rasa does not know carry the prefix `bespeak_`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias

from bespeak.message import Entity, Intent

OURS: Final = "bespeak_"

STAMPS: Final = frozenset({"model_id", "assistant_id"})
"""What an event's metadata says of the model; it is no part of a message's own metadata."""


@dataclass(frozen=True, slots=True)
class _Event:
    """What all events have: when it happened (seconds since the epoch), and free metadata."""

    type: ClassVar[str]
    timestamp: float | None = field(default=None, compare=False, kw_only=True)
    metadata: Mapping[str, Any] = field(default_factory=dict, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class UserUttered(_Event):
    """The user said something, or an intent came from outside.

    `parse` is the rest of the parse data (`intent_ranking`, `response_selector`, …) as JSON.
    `featurize_text` says which side policies look at: the text (end to end), the intent, or,
    while it is None, either.
    """

    type = "user"
    text: str | None
    intent: Intent | None = None
    entities: tuple[Entity, ...] = ()
    message_id: str | None = field(default=None, compare=False)
    channel: str | None = field(default=None, compare=False)
    parse: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    featurize_text: bool | None = field(default=None, compare=False)

    @property
    def intent_name(self) -> str | None:
        return self.intent.name if self.intent else None

    @property
    def empty(self) -> bool:
        return not self.text and not self.intent_name and not self.entities

    @property
    def parse_data(self) -> dict[str, Any]:
        """The parse data as action servers see it."""
        return {
            "intent": self.intent.to_dict() if self.intent else {},
            "entities": [entity.to_dict() for entity in self.entities],
            "text": self.text,
            "message_id": self.message_id,
            "metadata": {k: v for k, v in self.metadata.items() if k not in STAMPS},
            **self.parse,
        }


@dataclass(frozen=True, slots=True)
class BotUttered(_Event):
    """The assistant said something. `data` has the keys of `BOT_DATA`, each possibly None."""

    type = "bot"
    text: str | None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> dict[str, Any]:
        """The complete message, as a channel sends it: data, text and metadata in one."""
        whole: dict[str, Any] = {**self.data, "text": self.text, **self.metadata}
        if whole.get("image") == whole.get("attachment"):
            whole["attachment"] = None  # an image is written down twice, but sent once
        return whole


@dataclass(frozen=True, slots=True)
class AgentUttered(_Event):
    """A person at the desk said something."""

    type = "agent"
    text: str | None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionExecuted(_Event):
    """An action was carried out: one with a name, or the end-to-end bot text `text`."""

    type = "action"
    name: str | None
    policy: str | None = field(default=None, compare=False)
    confidence: float | None = field(default=None, compare=False)
    text: str | None = None
    hide_rule_turn: bool = field(default=False, compare=False)

    @property
    def label(self) -> str:
        return self.name or self.text or ""


@dataclass(frozen=True, slots=True)
class ActionExecutionRejected(_Event):
    """An action declined: something else must be predicted."""

    type = "action_execution_rejected"
    name: str
    policy: str | None = field(default=None, compare=False)
    confidence: float | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SlotSet(_Event):
    type = "slot"
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class AllSlotsReset(_Event):
    """All slots go back to their initial values."""

    type = "reset_slots"


@dataclass(frozen=True, slots=True)
class ActiveLoop(_Event):
    """A form begins, or (None) the active one ends."""

    type = "active_loop"
    name: str | None


@dataclass(frozen=True, slots=True)
class LoopInterrupted(_Event):
    """The form came back from something else: it asks again without validating."""

    type = "loop_interrupted"
    interrupted: bool


@dataclass(frozen=True, slots=True)
class UserFeaturization(_Event):
    """Which side of the latest message the policies decided on: its text, or its intent."""

    type = "user_featurization"
    use_text: bool


@dataclass(frozen=True, slots=True)
class EntitiesAdded(_Event):
    """A policy found entities in the latest message."""

    type = "entities"
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class FollowupAction(_Event):
    """The next action is decided already."""

    type = "followup"
    name: str


@dataclass(frozen=True, slots=True)
class SessionStarted(_Event):
    type = "session_started"


@dataclass(frozen=True, slots=True)
class SessionEnded(_Event):
    type = "session_ended"


@dataclass(frozen=True, slots=True)
class Restarted(_Event):
    type = "restart"


@dataclass(frozen=True, slots=True)
class UserUtteranceReverted(_Event):
    """The latest message and all that came of it no longer hold."""

    type = "rewind"


@dataclass(frozen=True, slots=True)
class ActionReverted(_Event):
    """The latest action and all that came of it no longer hold."""

    type = "undo"


@dataclass(frozen=True, slots=True)
class ConversationPaused(_Event):
    type = "pause"


@dataclass(frozen=True, slots=True)
class ConversationResumed(_Event):
    type = "resume"


@dataclass(frozen=True, slots=True)
class ReminderScheduled(_Event):
    """At `at` the intent comes from outside, unless the user speaks first (`kill_on_message`)."""

    type = "reminder"
    intent: str
    at: datetime
    entities: Any = None
    name: str | None = None
    kill_on_message: bool = True


@dataclass(frozen=True, slots=True)
class ReminderCancelled(_Event):
    """Reminders that match all that is given are off; with nothing given, all are."""

    type = "cancel_reminder"
    name: str | None = None
    intent: str | None = None
    entities: Any = None


@dataclass(frozen=True, slots=True)
class StoryExported(_Event):
    type = "export"


@dataclass(frozen=True, slots=True)
class ActionFailed(_Event):
    """An action raised, timed out or could not be reached; `cause` is fit for the log."""

    type = "bespeak_action_failed"
    name: str
    cause: str = field(default="", compare=False)
    request_id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TurnStopped(_Event):
    """The circuit breaker ended a turn that did not come to listen."""

    type = "bespeak_turn_stopped"
    actions: int
    last: str = ""


@dataclass(frozen=True, slots=True)
class HandoffRequested(_Event):
    """The assistant or the customer wants a person: the conversation waits in a queue."""

    type = "bespeak_handoff_requested"
    reason: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class HandoffAccepted(_Event):
    type = "bespeak_handoff_accepted"
    agent: str


@dataclass(frozen=True, slots=True)
class HandoffClosed(_Event):
    """The conversation goes back to the assistant."""

    type = "bespeak_handoff_closed"
    agent: str = ""


Event: TypeAlias = (
    UserUttered
    | BotUttered
    | AgentUttered
    | ActionExecuted
    | ActionExecutionRejected
    | SlotSet
    | AllSlotsReset
    | ActiveLoop
    | LoopInterrupted
    | UserFeaturization
    | EntitiesAdded
    | FollowupAction
    | SessionStarted
    | SessionEnded
    | Restarted
    | UserUtteranceReverted
    | ActionReverted
    | ConversationPaused
    | ConversationResumed
    | ReminderScheduled
    | ReminderCancelled
    | StoryExported
    | ActionFailed
    | TurnStopped
    | HandoffRequested
    | HandoffAccepted
    | HandoffClosed
)


def stamped(event: Event, now: float, metadata: Mapping[str, Any] | None = None) -> Event:
    """Return the event as it happened now, in the model that `metadata` names."""
    merged = {**(metadata or {}), **event.metadata} if metadata else event.metadata
    return replace(event, timestamp=now, metadata=merged)


def is_ours(event: Event) -> bool:
    """Say whether Rasa's action servers, brokers and API clients would not know the event."""
    return event.type.startswith(OURS)
