"""What rules say: which of them fits a conversation, and what follows from it.

A rule is learned as one entry for each action in it: the states since the rule's snippet marker,
newest last. An entry fits a conversation whose newest states have all that the entry's states
name; what else these hold does not matter. Of several that fit, the most specific one counts,
which is the one with the longest key.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeAlias

from bespeak.dialogue.states import State, seen, states
from bespeak.dialogue.story import MUST_NOT_BE_SET, Story
from bespeak.domain import LISTEN, RESTART, SESSION_START, SNIPPET, Domain
from bespeak.policies.examples import examples
from bespeak.tracker import Tracker

DEFAULTS: Final[Mapping[str, str]] = {
    "restart": RESTART,
    "back": "action_back",
    "session_start": SESSION_START,
}
"""What intents of the engine's own do, whatever the stories say."""

BY_DEFAULT: Final = "predicting default action with intent "
BY_LOOP: Final = "handling active loops and forms - "
"""How sources are called that no rule of the assistant stands behind."""

INTERRUPTED: Final = "loop_was_interrupted"
NO_LOOP: Final = "do_not_predict_loop_action"

_Heads: TypeAlias = tuple[str | None, bool, str | None, str | None]


class Place(NamedTuple):
    """Where something is written down: the name of the rule or story, its file and line."""

    name: str
    source: str = ""
    line: int = 0

    def __str__(self) -> str:
        if not self.source:
            return f"'{self.name}'"
        return (
            f"'{self.name}' ({self.source}:{self.line})"
            if self.line
            else (f"'{self.name}' ({self.source})")
        )


class Reason(StrEnum):
    """Which step of the algorithm came to the decision."""

    TEXT = "text"
    DEFAULT = "default"
    LOOP = "loop"
    RULE = "rule"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the rules say: an action, or None. `source` is the key of what fired.

    `interrupted` says that the form comes back from something else.
    """

    action: str | None
    source: str
    reason: Reason
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a rule says: after these states, that action."""

    key: str
    states: tuple[State, ...]
    action: str
    places: tuple[Place, ...] = ()


class Difference(NamedTuple):
    """The first feature in which a conversation differs from an entry.

    `turn` counts states back from the newest (0). `found` None means that there is nothing.
    """

    turn: int
    feature: str
    expected: Any
    found: Any


class Table:
    """Entries by key, found by what they say of the newest state."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: dict[str, Entry] = {}
        self.longest = 0
        self._by_head: dict[_Heads, list[Entry]] = {}
        for entry in entries:
            self.entries[entry.key] = entry
            self.longest = max(self.longest, len(entry.states))
            self._by_head.setdefault(_head(entry.states[-1]), []).append(entry)

    def fitting(self, shown: Sequence[State]) -> Iterator[Entry]:
        """Yield the entries that fit a conversation."""
        newest = shown[-1]
        action = (newest.previous, newest.previous_is_text)
        intents = (None,) if newest.intent is None else (newest.intent, None)
        texts = (None,) if newest.text is None else (newest.text, None)
        if newest.previous is None:  # nothing else counts at the very beginning
            for entry in self.entries.values():
                if entry.states[-1].previous is None and difference(entry, shown) is None:
                    yield entry
            return
        for intent in intents:
            for text in texts:
                for entry in self._by_head.get((*action, intent, text), ()):
                    if difference(entry, shown) is None:
                        yield entry

    def forget(self, key: str) -> None:
        entry = self.entries.pop(key)
        self._by_head[_head(entry.states[-1])].remove(entry)


@dataclass(slots=True)
class RuleBook:
    """All that was learned from rules.

    `unhappy` holds what rules and stories say of forms that were left for something else: its
    entries' actions are `INTERRUPTED` and `NO_LOOP`. `hidden` are the sources that no story
    reproduces: their turns leave no trace for learned policies.
    """

    rules: Table = field(default_factory=Table)
    unhappy: Table = field(default_factory=Table)
    hidden: frozenset[str] = frozenset()

    @classmethod
    def learn(cls, rules: Sequence[Story], stories: Sequence[Story], domain: Domain) -> "RuleBook":
        entries: dict[str, Entry | None] = {}
        unhappy: dict[str, Entry] = {}
        for example in examples(rules, domain, only_set_slots=True):
            since = _since_snippet(example.states)
            place = Place(example.story.name, example.story.source, example.line)
            entry = Entry(key_of(since), since, example.action, (place,))
            if since:
                entries[entry.key] = _agreed(entries.get(entry.key, entry), entry)
            _learn_unhappy(unhappy, example.states, example.action)
        for example in examples(stories, domain):
            _learn_unhappy(unhappy, example.states, example.action)
        kept = [entry for entry in entries.values() if entry and entry.action != SNIPPET]
        return cls(Table(kept), Table(unhappy.values()))

    def decide(self, tracker: Tracker, domain: Domain) -> Decision:
        """Say what the rules want next, in Rasa's order of precedence."""
        live = self.look_at(tracker, domain)
        from_text = Decision(None, "", Reason.NONE)
        if tracker.latest_action == LISTEN:  # the text counts only right after it was said
            from_text = self._by_rules(tracker, seen(live, by_text=True), Reason.TEXT)
            default = _default(tracker)
            if default and not from_text.action:
                return default
        by_loop = _happy_path(tracker)
        if by_loop:
            return by_loop
        if from_text.action:
            return from_text
        found = self._by_rules(tracker, seen(live), Reason.RULE)
        if from_text.interrupted and not found.interrupted:
            return Decision(found.action, found.source, found.reason, True)
        return found

    def look_at(self, tracker: Tracker, domain: Domain) -> list[State]:
        """Return as many of the newest states as any entry can speak of."""
        return states(tracker, domain, last=max(self.rules.longest, self.unhappy.longest, 1))

    def _by_rules(self, tracker: Tracker, shown: Sequence[State], reason: Reason) -> Decision:
        best = max(self.rules.fitting(shown), key=lambda entry: len(entry.key), default=None)
        action = best.action if best else None
        source = best.key if best else ""
        loop = active_loop(tracker)
        if loop is None:
            return Decision(action, source, reason if action else Reason.NONE)
        conditions = {entry.action for entry in self.unhappy.fitting(shown)}
        if best and action == LISTEN and not _loop_named(best.states[-1]):
            # A rule that says nothing of forms ended the turn: back to the form.
            if NO_LOOP not in conditions:
                return Decision(loop, source, reason)
            action = None
        return Decision(
            action, source, reason if action else Reason.NONE, INTERRUPTED in conditions
        )


def difference(entry: Entry, shown: Sequence[State]) -> Difference | None:
    """Return where a conversation first differs from an entry, None if the entry fits."""
    for turn, (wanted, found) in enumerate(
        zip(reversed(entry.states), reversed(shown), strict=False)
    ):
        if wanted.previous is None and found.previous is None:
            continue  # both are the very beginning
        if found.previous != wanted.previous or found.previous_is_text != wanted.previous_is_text:
            return Difference(turn, "previous action", wanted.previous, found.previous)
        if wanted.intent and found.intent != wanted.intent:
            return Difference(turn, "intent", wanted.intent, found.intent)
        if wanted.text and found.text != wanted.text:
            return Difference(turn, "text", wanted.text, found.text)
        if wanted.entities and found.entities != wanted.entities:
            return Difference(turn, "entities", wanted.entities, found.entities or None)
        if wanted.loop and _differs(wanted.loop, found.loop):
            return Difference(turn, "active loop", wanted.loop, found.loop)
        for slot, value in wanted.slots.items():
            if _differs(value, found.slots.get(slot)):
                return Difference(turn, f"slot {slot}", value, found.slots.get(slot))
    if len(entry.states) > len(shown):
        missing = entry.states[-len(shown) - 1].previous
        return Difference(len(shown), "previous action", missing, None)
    return None


def key_of(shown: Sequence[State]) -> str:
    """Return the canonical form of states; the length of a rule's decides between rules."""
    return json.dumps([one.as_dict() for one in shown], sort_keys=True)


def states_of(key: str) -> tuple[State, ...]:
    """Return the states of which `key_of` made the key."""
    return tuple(State.from_dict(wire) for wire in json.loads(key))


def active_loop(tracker: Tracker) -> str | None:
    loop = tracker.active_loop
    return None if loop == MUST_NOT_BE_SET else loop


def default_sources() -> frozenset[str]:
    return frozenset(BY_DEFAULT + intent for intent in DEFAULTS)


def loop_sources(domain: Domain) -> frozenset[str]:
    return frozenset(
        source
        for form in domain.forms
        for source in (BY_LOOP + form, f"{BY_LOOP}{form} - {LISTEN}")
    )


def _head(newest: State) -> _Heads:
    return newest.previous, newest.previous_is_text, newest.intent, newest.text


def _differs(wanted: Any, found: Any) -> bool:
    if wanted == MUST_NOT_BE_SET:
        return bool(found) and found != MUST_NOT_BE_SET
    return bool(found != wanted)


def _default(tracker: Tracker) -> Decision | None:
    message = tracker.latest_message
    intent = message.intent_name if message else None
    if intent is None or intent not in DEFAULTS:
        return None
    return Decision(DEFAULTS[intent], BY_DEFAULT + intent, Reason.DEFAULT)


def _happy_path(tracker: Tracker) -> Decision | None:
    """A form goes on by itself, whatever the rules say, unless it declined to."""
    form, last = active_loop(tracker), tracker.now.latest_action
    if form is None or last is None or (tracker.now.loop and tracker.now.loop.rejected):
        return None
    if last.name != form:
        return Decision(form, BY_LOOP + form, Reason.LOOP)
    return Decision(LISTEN, f"{BY_LOOP}{form} - {LISTEN}", Reason.LOOP)


def _since_snippet(shown: Sequence[State]) -> tuple[State, ...]:
    for i in range(len(shown) - 1, -1, -1):
        if shown[i].previous == SNIPPET and not shown[i].previous_is_text:
            return tuple(shown[i + 1 :])
    return tuple(shown)


def _agreed(known: Entry | None, entry: Entry) -> Entry | None:
    """Return what two entries of one key say together: nothing (ever after) if they disagree."""
    if known is None or known.action != entry.action:
        return None
    places = known.places if entry.places[0] in known.places else known.places + entry.places
    return Entry(known.key, known.states, known.action, places)


def _learn_unhappy(unhappy: dict[str, Entry], shown: Sequence[State], action: str) -> None:
    """Note what a rule or story says of a form that was left for something else.

    What stands inside a form in training data is always an unhappy path. The entry's key is the
    newest state and the action before it, so that the answer just given counts, not its intent.
    """
    newest = shown[-1]
    loop = _loop_named(newest)
    if loop is None:
        return
    before = shown[-2] if len(shown) > 1 else None
    context: tuple[State, ...] = ()
    if before is not None and before.previous:
        context = (State(previous=before.previous, previous_is_text=before.previous_is_text),)
    since = _since_snippet((*context, newest))
    if not since:
        return
    if newest.after_listening and action == loop:
        condition = INTERRUPTED
    elif not newest.after_listening and action != loop:
        condition = NO_LOOP
    else:
        return
    key = key_of(since)
    unhappy[key] = Entry(key, since, condition)


def _loop_named(one: State) -> str | None:
    return None if one.loop == MUST_NOT_BE_SET else one.loop
