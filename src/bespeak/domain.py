"""What the assistant knows of: its intents, entities, slots, responses, forms and actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

LISTEN: Final = "action_listen"
RESTART: Final = "action_restart"
SESSION_START: Final = "action_session_start"
DEFAULT_FALLBACK: Final = "action_default_fallback"
DEACTIVATE_LOOP: Final = "action_deactivate_loop"
REVERT_FALLBACK: Final = "action_revert_fallback_events"
ASK_AFFIRMATION: Final = "action_default_ask_affirmation"
ASK_REPHRASE: Final = "action_default_ask_rephrase"
TWO_STAGE_FALLBACK: Final = "action_two_stage_fallback"
UNLIKELY_INTENT: Final = "action_unlikely_intent"
BACK: Final = "action_back"
SNIPPET: Final = "..."
EXTRACT_SLOTS: Final = "action_extract_slots"
VALIDATE_SLOT_MAPPINGS: Final = "action_validate_slot_mappings"

DEFAULT_ACTIONS: Final = (
    LISTEN,
    RESTART,
    SESSION_START,
    DEFAULT_FALLBACK,
    DEACTIVATE_LOOP,
    REVERT_FALLBACK,
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    TWO_STAGE_FALLBACK,
    UNLIKELY_INTENT,
    BACK,
    SNIPPET,
    EXTRACT_SLOTS,
)
NLU_FALLBACK: Final = "nlu_fallback"
DEFAULT_INTENTS: Final = ("restart", "back", "out_of_scope", "session_start", NLU_FALLBACK)

REQUESTED_SLOT: Final = "requested_slot"
SESSION_METADATA: Final = "session_started_metadata"
KNOWLEDGE_BASE_ACTION: Final = "action_query_knowledge_base"
KNOWLEDGE_BASE_SLOTS: Final = (
    "knowledge_base_listed_objects",
    "knowledge_base_last_object",
    "knowledge_base_last_object_type",
)


class SlotType(StrEnum):
    TEXT = "text"
    BOOL = "bool"
    FLOAT = "float"
    LIST = "list"
    CATEGORICAL = "categorical"
    ANY = "any"
    CUSTOM = "custom"


class MappingType(StrEnum):
    FROM_ENTITY = "from_entity"
    FROM_TEXT = "from_text"
    FROM_INTENT = "from_intent"
    FROM_TRIGGER_INTENT = "from_trigger_intent"
    FROM_SENTIMENT = "from_sentiment"
    CUSTOM = "custom"


@dataclass(frozen=True)
class MappingCondition:
    """When a mapping counts: `active_loop` None means while no loop is active."""

    active_loop: str | None = None
    requested_slot: str | None = None


@dataclass(frozen=True)
class SlotMapping:
    """How a slot is filled from a message. Which fields matter depends on `type`.

    `half_life` is how many messages later one counts half for a sentiment.
    """

    type: MappingType
    entity: str | None = None
    role: str | None = None
    group: str | None = None
    intents: tuple[str, ...] = ()
    not_intents: tuple[str, ...] = ()
    conditions: tuple[MappingCondition, ...] = ()
    value: Any = None
    action: str | None = None
    half_life: float | None = None


@dataclass(frozen=True)
class Slot:
    """A thing the assistant remembers.

    `kind` is the type as written in domain.yml: one of `SlotType`, or the path of a class with
    `feature(value) -> Sequence[float]`, loaded by the domain's reader into `custom`.
    """

    name: str
    type: SlotType = SlotType.TEXT
    mappings: tuple[SlotMapping, ...] = ()
    initial_value: Any = None
    influences_conversation: bool = True
    values: tuple[str, ...] = ()
    minimum: float = 0.0
    maximum: float = 1.0
    kind: str = ""
    custom: Any = field(default=None, compare=False)

    def accept(self, value: Any) -> Any:
        """Return the value as the slot keeps it: a list slot wraps what is not a list."""
        if self.type is SlotType.LIST and value and not isinstance(value, list):
            return [value]
        return value

    def feature(self, value: Any) -> tuple[float, ...]:
        """Return what policies see of the value; empty where the slot has no influence."""
        if not self.influences_conversation:
            return ()
        match self.type:
            case SlotType.TEXT:
                return (1.0 if value is not None else 0.0,)
            case SlotType.BOOL:
                truth = _truth(value)
                return (0.0, 0.0) if truth is None else (1.0, float(truth))
            case SlotType.FLOAT:
                return self._float_feature(value)
            case SlotType.LIST:
                return (1.0 if isinstance(value, Sequence) and len(value) > 0 else 0.0,)
            case SlotType.CATEGORICAL:
                return self._categorical_feature(value)
            case SlotType.CUSTOM:
                return tuple(float(x) for x in self.custom.feature(value))
            case SlotType.ANY:
                return ()

    def _float_feature(self, value: Any) -> tuple[float, ...]:
        try:
            clipped = max(self.minimum, min(self.maximum, float(value)))
        except (TypeError, ValueError):
            return (0.0, 0.0)
        return (1.0, (clipped - self.minimum) / (self.maximum - self.minimum))

    def _categorical_feature(self, value: Any) -> tuple[float, ...]:
        known = [*self.values, "__other__"]
        if value is None:
            return (0.0,) * len(known)
        said = str(value).lower()
        at = known.index(said) if said in known else len(known) - 1
        return tuple(1.0 if i == at else 0.0 for i in range(len(known)))


def _truth(value: Any) -> bool | None:
    """Read a boolean as Rasa's bool slot does; None where it cannot."""
    match value:
        case bool():
            return value
        case int() | float():
            return value == 1.0
        case str() if value.isnumeric():
            return float(value) == 1.0
        case str() if value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
        case _:
            return None


@dataclass(frozen=True)
class Form:
    """What a form asks for, in order, and the intents whose messages never fill it."""

    name: str
    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class ResponseCondition:
    """A variation counts while the slot has this value."""

    slot: str
    value: Any


@dataclass(frozen=True)
class Variation:
    """One way to say a response: `content` has the keys of domain.yml without those below."""

    content: Mapping[str, Any]
    channel: str | None = None
    conditions: tuple[ResponseCondition, ...] = ()
    id: str | None = None

    @property
    def text(self) -> str | None:
        text = self.content.get("text")
        return text if isinstance(text, str) else None


@dataclass(frozen=True)
class EntityType:
    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influences_conversation: bool = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The names under which policies know its values."""
        qualified = (f"{self.name}#{label}" for label in (*self.roles, *self.groups))
        return (self.name, *qualified)


@dataclass(frozen=True)
class IntentType:
    """`use_entities` None means all; `ignore_entities` None means those without influence."""

    name: str
    use_entities: tuple[str, ...] | None = None
    ignore_entities: tuple[str, ...] | None = None
    is_retrieval: bool = False


@dataclass(frozen=True)
class SessionConfig:
    """`expiration_minutes` 0 means that a session never ends."""

    expiration_minutes: float = 60.0
    carry_over_slots: bool = True


@dataclass(frozen=True)
class Domain:
    """All of domain.yml, checked.

    `slots` holds the automatic ones too. `actions` are the listed names, `texts` the bot texts of
    end-to-end stories. `wire` is the domain as an action server gets it: as in the files, intents
    sorted, defaults not added.
    """

    intents: Mapping[str, IntentType] = field(default_factory=dict)
    entities: Mapping[str, EntityType] = field(default_factory=dict)
    slots: Mapping[str, Slot] = field(default_factory=dict)
    responses: Mapping[str, tuple[Variation, ...]] = field(default_factory=dict)
    actions: tuple[str, ...] = ()
    actions_with_domain: frozenset[str] = frozenset()
    forms: Mapping[str, Form] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    session: SessionConfig = SessionConfig()
    store_entities_as_slots: bool = True
    wire: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @cached_property
    def action_names(self) -> tuple[str, ...]:
        """Every action a policy may choose, in Rasa's order: defaults, listed ones, responses,
        forms, end-to-end texts."""
        responses = [name for name in sorted(self.responses) if name not in self.actions]
        user = [name for name in (*self.actions, *responses) if name not in DEFAULT_ACTIONS]
        forms = [name for name in self.forms if name not in self.actions]
        return (*DEFAULT_ACTIONS, *user, *forms, *self.texts)

    @cached_property
    def action_index(self) -> Mapping[str, int]:
        return {name: i for i, name in enumerate(self.action_names)}

    @cached_property
    def initial_slots(self) -> Mapping[str, Any]:
        return {name: slot.initial_value for name, slot in self.slots.items()}

    @cached_property
    def retrieval_intents(self) -> tuple[str, ...]:
        return tuple(name for name, intent in self.intents.items() if intent.is_retrieval)

    def knows_action(self, name: str) -> bool:
        return name in self.action_index or name == VALIDATE_SLOT_MAPPINGS

    def influential_entities(self, intent: str | None) -> frozenset[str] | None:
        """Return the entity labels that policies see after this intent; None means any label.

        Unknown intents hide nothing.
        """
        return self._influential.get(intent) if intent is not None else None

    @cached_property
    def _influential(self) -> Mapping[str, frozenset[str]]:
        names = {*self.intents, *DEFAULT_INTENTS}
        return {
            name: self._labels_after(self.intents.get(name, IntentType(name))) for name in names
        }

    def _labels_after(self, intent: IntentType) -> frozenset[str]:
        silent = [e.name for e in self.entities.values() if not e.influences_conversation]
        if intent.use_entities is None:
            included = {name for name in self.entities if name not in silent}
            for entity in self.entities.values():
                included.update(entity.labels[1:])
        else:
            included = self._with_labels(intent.use_entities)
        ignored = silent if intent.ignore_entities is None else intent.ignore_entities
        return frozenset(included - self._with_labels(ignored))

    def _with_labels(self, names: Sequence[str]) -> set[str]:
        labels = set(names)
        for name in names:
            if name in self.entities:
                labels.update(self.entities[name].labels)
        return labels
