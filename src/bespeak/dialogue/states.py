"""What policies see of a conversation: one state for each decision, and no more than matters.

A state is what Rasa's policies call one: the latest message (intent and featurised entities, or
text), the slots that carry information, the previous action and the active form. Empty parts are
left out. Since a message is featurised by its intent or by its text, and until a decision is made
either is possible, a live state carries both; `seen` settles it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from bespeak.dialogue.story import MUST_NOT_BE_SET
from bespeak.domain import LISTEN, UNLIKELY_INTENT, Domain, Slot
from bespeak.events import ActionExecuted, Event, UserUttered
from bespeak.tracker import SNAPSHOT_HISTORY, Situation, Tracker, stepped, walked

Feature: TypeAlias = tuple[float, ...] | str
"""A slot's feature vector, or `MUST_NOT_BE_SET`."""

Moment: TypeAlias = tuple[Situation, ActionExecuted | None]
"""How things stood when an action was chosen, and that action (None: it is to be chosen now)."""

HORIZON: Final = SNAPSHOT_HISTORY
"""How many events a bounded look back reaches at most: as many as a snapshot keeps, so that a
conversation just loaded and one still in memory get the same answers."""


@dataclass(frozen=True, slots=True)
class State:
    """One moment at which an action is chosen. `previous` is an action's name or text."""

    intent: str | None = None
    text: str | None = None
    entities: tuple[str, ...] = ()
    slots: Mapping[str, Feature] = field(default_factory=dict)
    previous: str | None = None
    previous_is_text: bool = False
    loop: str | None = None

    @property
    def empty(self) -> bool:
        return self == State()

    @property
    def after_listening(self) -> bool:
        """Say whether the user spoke last."""
        return self.previous == LISTEN and not self.previous_is_text

    @property
    def wordless(self) -> bool:
        """Say whether nothing is known of a message."""
        return self.intent is None and self.text is None and not self.entities

    def as_dict(self) -> dict[str, Any]:
        """Return Rasa's form, empty parts left out."""
        user: dict[str, Any] = {}
        if self.text is not None:
            user["text"] = self.text
        if self.intent is not None:
            user["intent"] = self.intent
        if self.entities:
            user["entities"] = self.entities
        key = "action_text" if self.previous_is_text else "action_name"
        parts = {
            "user": user,
            "slots": dict(self.slots),
            "prev_action": {key: self.previous} if self.previous is not None else {},
            "active_loop": {"name": self.loop} if self.loop is not None else {},
        }
        return {name: part for name, part in parts.items() if part}

    @classmethod
    def from_dict(cls, wire: Mapping[str, Any]) -> "State":
        """Return the state of which this is Rasa's form."""
        user, action = wire.get("user", {}), wire.get("prev_action", {})
        return cls(
            user.get("intent"),
            user.get("text"),
            tuple(user.get("entities", ())),
            {
                name: value if isinstance(value, str) else tuple(value)
                for name, value in wire.get("slots", {}).items()
            },
            action.get("action_name", action.get("action_text")),
            "action_text" in action,
            wire.get("active_loop", {}).get("name"),
        )

    def by_intent(self) -> "State":
        """The state as it is when the message is featurised by its intent."""
        return self if self.text is None else self._saying(self.intent, None, self.entities)

    def by_text(self) -> "State":
        """The state as it is when the message is featurised by its text."""
        if self.intent is None and not self.entities:
            return self
        return self._saying(None, self.text, ())

    def _saying(self, intent: str | None, text: str | None, entities: tuple[str, ...]) -> "State":
        """The state with another message (`replace` takes thrice as long, and turns make many)."""
        return State(
            intent, text, entities, self.slots, self.previous, self.previous_is_text, self.loop
        )

    def settled(self) -> "State":
        """The state of a message long answered, or told in a story: an intent beats a text."""
        return self.by_intent() if self.intent and self.text else self


@dataclass(frozen=True, slots=True)
class RuleOnly:
    """Slots and loops that rules mention and stories do not: hidden from learned policies."""

    slots: frozenset[str] = frozenset()
    loops: frozenset[str] = frozenset()


def state(now: Situation, domain: Domain, *, only_set_slots: bool = False) -> State:
    """Return what policies see of a situation.

    With `only_set_slots`, slots that no event has set are left out whatever their initial value
    (rules speak only of the slots they name).
    """
    return _Seer(domain, only_set_slots).state(now)


def states(
    tracker: Tracker,
    domain: Domain,
    *,
    only_set_slots: bool = False,
    last: int | None = None,
    hide: RuleOnly | None = None,
) -> list[State]:
    """Return the states before each action that still holds, and the present one, oldest first.

    `last` wants only so many of the newest ones (None: all), and looks no further back than
    `HORIZON` events. `hide` leaves out the turns that only rules handled, what only rules know
    of, and where `action_unlikely_intent` came in between, as learned policies want it.
    """
    seer = _Seer(domain, only_set_slots)
    if hide is None:
        return [seer.state(now) for now, _ in _moments(tracker, last)]
    if last is None:
        return _shown(moments(tracker), seer, hide)
    wanted, complete = last, False
    shown: list[State] = []
    while not complete and len(shown) <= last:  # what was counted may fall away: look further
        past, complete = _visible_moments(tracker, wanted)
        shown = _shown(past, seer, hide)
        wanted *= 2
    return shown[-last:]


def visible(past: Iterable[Moment], domain: Domain, hide: RuleOnly) -> list[State]:
    """Return the states of moments as learned policies want them: see `states`."""
    return _shown(past, _Seer(domain, False), hide)


def moments(tracker: Tracker) -> list[Moment]:
    """Return each situation in which an action was chosen that still holds, oldest first.

    The present situation comes last, with None.
    """
    return _moments(tracker, None)


def retold(events: Iterable[Event], domain: Domain) -> Iterator[Moment]:
    """Yield the moments of events as if a conversation had begun with them, nothing taken back."""
    now = Situation(slots=domain.initial_slots)
    for event in events:
        if isinstance(event, ActionExecuted):
            yield now, event
        now = stepped(now, event, domain.slots)
    yield now, None


def seen(shown: Sequence[State], *, by_text: bool = False) -> list[State]:
    """Return live states as a lookup wants them: each message by its text or by its intent.

    `by_text` says which side of the newest message counts, if it has not been answered yet.
    """
    if not shown:
        return []
    newest = shown[-1]
    if newest.after_listening:
        newest = newest.by_text() if by_text else newest.by_intent()
    return [one.settled() for one in (*shown[:-1], newest)]


def featurized_by_text(message: UserUttered) -> bool | None:
    """Say which side of a message counts: its text, its intent, or (None) still either."""
    if message.featurize_text is not None:
        return message.featurize_text
    if message.text and not message.intent_name:
        return True
    if message.intent_name and not message.text:
        return False
    return None


def decides_visibility(now: Situation) -> bool:
    """Say whether the action chosen here decides if the turn is hidden.

    A follow-up action, and a form's own `action_listen`, go with the action before them.
    """
    return not now.followup_action and now.action != now.active_loop


class _Seer:
    """Turns situations into states; remembers the slots it saw last, as most events set none."""

    def __init__(self, domain: Domain, only_set_slots: bool) -> None:
        self._domain = domain
        self._only_set = only_set_slots
        self._telling = [slot for slot in domain.slots.values() if slot.influences_conversation]
        self._slots: tuple[Mapping[str, Any], frozenset[str], dict[str, Feature]] | None = None
        self._told: dict[str, tuple[Any, Feature | None]] = {}

    def state(self, now: Situation) -> State:
        intent, text, entities = _user(now.latest_message, self._domain)
        action = now.latest_action
        return State(
            intent,
            text,
            entities,
            self._features(now),
            action.label if action else None,
            bool(action and not action.name),
            now.active_loop,
        )

    def _features(self, now: Situation) -> dict[str, Feature]:
        known = self._slots
        if known and known[0] is now.slots and known[1] is now.known_slots:
            return known[2]
        features: dict[str, Feature] = {}
        for slot in self._telling:
            name = slot.name
            if name in now.slots and not (self._only_set and name not in now.known_slots):
                feature = self._feature(slot, now.slots[name])
                if feature is not None:
                    features[name] = feature
        self._slots = (now.slots, now.known_slots, features)
        return features

    def _feature(self, slot: Slot, value: Any) -> Feature | None:
        """Return what policies see of a slot's value, None where that is nothing."""
        known = self._told.get(slot.name)
        if known and known[0] is value:
            return known[1]
        told: Feature | None = slot.feature(value)
        if not told:
            told = None
        elif value == MUST_NOT_BE_SET:
            told = MUST_NOT_BE_SET
        elif not any(told):
            told = None
        self._told[slot.name] = (value, told)
        return told


def _moments(tracker: Tracker, last: int | None) -> list[Moment]:
    found: list[Moment] = [(tracker.past.after if tracker.past else tracker.origin, None)]
    for step in walked(tracker.past):
        if last is not None and len(found) >= last:
            break
        if isinstance(step.event, ActionExecuted):
            found.append((step.before.after if step.before else tracker.origin, step.event))
    found.reverse()
    return found


def _visible_moments(tracker: Tracker, wanted: int) -> tuple[list[Moment], bool]:
    """Return the newest moments, so many that more than `wanted` can be shown, and whether
    these are all there are.

    They begin where the user spoke in a turn that is not hidden, since what comes after that
    does not depend on what came before; or else at the beginning, or at the horizon.
    """
    found: list[Moment] = [(tracker.past.after if tracker.past else tracker.origin, None)]
    visible = 0
    for reach, step in enumerate(walked(tracker.past)):
        if not isinstance(step.event, ActionExecuted):
            continue
        now, action = found[-1]
        if decides_visibility(now) and not (action and action.hide_rule_turn):
            visible += now.action != UNLIKELY_INTENT
            if visible > wanted and now.action == LISTEN:
                return found[::-1], False
        if reach >= HORIZON:
            while len(found) > 1 and found[-1][0].action != LISTEN:
                found.pop()  # what is left begins with a whole turn
            break
        found.append((step.before.after if step.before else tracker.origin, step.event))
    return found[::-1], True


def _shown(past: Iterable[Moment], seer: _Seer, hide: RuleOnly) -> list[State]:
    """Return the states of the moments that are not hidden.

    A rule's turn leaves no trace: the next visible state follows the last visible action, and
    within a turn the message is that of the last visible state.
    """
    shown: list[State] = []
    previous: ActionExecuted | None = None
    hidden = False
    for now, action in past:
        if not hidden:
            previous = now.latest_action
        if decides_visibility(now):
            hidden = bool(action and action.hide_rule_turn)
        if hidden:
            continue
        one = _without(seer.state(now), hide)
        heard = shown[-1] if shown and not one.after_listening else one
        done = previous if previous is not now.latest_action else None
        if heard is not one or done is not None:  # built anew: `replace` takes thrice as long
            one = State(
                heard.intent,
                heard.text,
                heard.entities,
                one.slots,
                done.label if done else one.previous,
                not done.name if done else one.previous_is_text,
                one.loop,
            )
        shown.append(one)
    return [one for one in shown if one.previous != UNLIKELY_INTENT or one.previous_is_text]


def _user(
    message: UserUttered | None, domain: Domain
) -> tuple[str | None, str | None, tuple[str, ...]]:
    if message is None or message.empty:
        return None, None, ()
    by_text = featurized_by_text(message)
    text = message.text if message.text and by_text is not False else None
    if by_text:
        return None, text, ()
    if not message.entities:
        return message.intent_name, text, ()
    wanted = domain.influential_entities(message.intent_name)
    labels = {label for entity in message.entities for label in entity.labels}
    entities = labels if wanted is None else labels & wanted
    return message.intent_name, text, tuple(sorted(entities))


def _without(one: State, hide: RuleOnly) -> State:
    loop_hidden = one.loop in hide.loops
    if not loop_hidden and hide.slots.isdisjoint(one.slots):
        return one
    slots = {name: value for name, value in one.slots.items() if name not in hide.slots}
    return replace(one, slots=slots, loop=None if loop_hidden else one.loop)
