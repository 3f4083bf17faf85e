"""Stories by heart: the same situation gets the same action again."""

import json
import logging
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from bespeak.dialogue.states import (
    HORIZON,
    RuleOnly,
    State,
    decides_visibility,
    retold,
    seen,
    states,
    visible,
)
from bespeak.dialogue.story import Story
from bespeak.domain import LISTEN, UNLIKELY_INTENT, Domain
from bespeak.events import ActionExecuted, BotUttered, Event, UserFeaturization, UserUttered
from bespeak.policies.examples import examples, rule_only
from bespeak.policies.options import history_length
from bespeak.policies.policy import Prediction
from bespeak.policies.rule_book import Place
from bespeak.tracker import Tracker, walked

log = logging.getLogger(__name__)

_FILE: Final = "memory.json"


_Key: TypeAlias = tuple[int, ...]
"""A situation: the numbers of its states, oldest first."""


class Memory(NamedTuple):
    """An action, and the story that took it."""

    action: str
    place: Place


class Numbers:
    """Gives each state that a story was in a number."""

    def __init__(self, known: Iterable[State] = ()) -> None:
        self.states = list(known)
        self._of = {_frozen(one): i for i, one in enumerate(self.states)}

    def add(self, one: State) -> int:
        number = self._of.setdefault(_frozen(one), len(self.states))
        if number == len(self.states):
            self.states.append(one)
        return number

    def key(self, shown: Sequence[State]) -> _Key | None:
        """Return the key of a situation, None if no story was ever in one of its states."""
        key: list[int] = []
        for one in reversed(shown):
            number = self._of.get(_frozen(one))
            if number is None:
                return None
            key.append(number)
        return tuple(reversed(key))


class MemoizationPolicy:
    """Repeat the action that a story took in the same situation; otherwise say nothing.

    A situation is the last `max_history` states (None: all of them), turns that only rules
    handled left out. Two stories that disagree about one are both forgotten, since a guess is the
    learned policy's business. `enable_feature_string_compression` changes nothing here: it made
    Rasa's file smaller.
    """

    name = "MemoizationPolicy"

    def __init__(
        self,
        *,
        priority: int = 3,
        max_history: int | None = None,
        use_nlu_confidence_as_score: bool = False,
        enable_feature_string_compression: bool = True,
        featurizer: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        self.priority = priority
        self.max_history = history_length(max_history, featurizer)
        self.use_nlu_confidence_as_score = use_nlu_confidence_as_score
        self.enable_feature_string_compression = enable_feature_string_compression
        self.memories: dict[_Key, Memory] = {}
        self.numbers = Numbers()
        self.longest = 0
        self.hide = RuleOnly()

    def train(self, stories: Sequence[Story], domain: Domain) -> None:
        self.memories, self.numbers, self.longest = {}, Numbers(), 0
        self.hide = rule_only(stories, domain)
        ambiguous: set[_Key] = set()
        told = [story for story in stories if not story.is_rule and not story.augmented]
        for example in examples(told, domain):
            shown = example.states[-(self.max_history or len(example.states)) :]
            key = tuple(self.numbers.add(one) for one in shown)
            place = Place(example.story.name, example.story.source, example.line)
            if (
                self.memories.setdefault(key, Memory(example.action, place)).action
                != example.action
            ):
                ambiguous.add(key)
            self.longest = max(self.longest, len(shown))
        for key in ambiguous:
            del self.memories[key]
        log.debug("%s knows %d situations.", self.name, len(self.memories))

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction:
        memory = self.recall(tracker, domain)
        if memory is None:
            return Prediction(self.name, self.priority, why="no story was here")
        message = tracker.latest_message
        score = 1.0
        if self.use_nlu_confidence_as_score and message and message.intent:
            score = message.intent.confidence
        return Prediction(
            self.name, self.priority, {memory.action: score}, why=f"story {memory.place}"
        )

    def recall(self, tracker: Tracker, domain: Domain) -> Memory | None:
        """Return what a story did in this situation."""
        # One more state than any memory has is enough to know that none of them fits.
        last = self.max_history or self.longest + 1
        return self._remembered(seen(states(tracker, domain, last=last, hide=self.hide)))

    def save(self, folder: Path) -> None:
        kept = {
            "states": [one.as_dict() for one in self.numbers.states],
            "memories": [[key, m.action, m.place] for key, m in self.memories.items()],
            "longest": self.longest,
            "hide": {"slots": sorted(self.hide.slots), "loops": sorted(self.hide.loops)},
        }
        (folder / _FILE).write_text(json.dumps(kept), encoding="utf-8")

    def load(self, folder: Path) -> None:
        kept = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        self.numbers = Numbers(State.from_dict(wire) for wire in kept["states"])
        self.memories = {
            tuple(key): Memory(action, Place(*place)) for key, action, place in kept["memories"]
        }
        self.longest = kept["longest"]
        self.hide = RuleOnly(frozenset(kept["hide"]["slots"]), frozenset(kept["hide"]["loops"]))

    def _remembered(self, shown: Sequence[State]) -> Memory | None:
        key = self.numbers.key(shown) if len(shown) <= self.longest else None
        return self.memories.get(key) if key is not None else None


class AugmentedMemoizationPolicy(MemoizationPolicy):
    """Repeat the action of a story even where the conversation was longer than the story.

    Where nothing fits, the oldest actions are forgotten one by one, and with them what slots and
    forms they set, until a story fits what is left.
    """

    name = "AugmentedMemoizationPolicy"

    def recall(self, tracker: Tracker, domain: Domain) -> Memory | None:
        return super().recall(tracker, domain) or self._recall_the_end(tracker, domain)

    def _recall_the_end(self, tracker: Tracker, domain: Domain) -> Memory | None:
        events, starts = self._recent(tracker)
        for start in starts:
            shown = visible(retold(events[start:], domain), domain, self.hide)
            shown = shown[-(self.max_history or len(shown)) :]
            memory = self._remembered(seen(shown))
            if memory:
                return memory
        return None

    def _recent(self, tracker: Tracker) -> tuple[list[Event], list[int]]:
        """Return the newest events that count, oldest first, and where in them to begin.

        That is at each action; of hidden ones that nothing tells apart, at the oldest.
        """
        newest: list[Event] = []
        begins: dict[Hashable, int] = {}
        actions = visible = shown = effects = 0
        for reach, step in enumerate(walked(tracker.past)):
            if reach >= HORIZON or (not self.max_history and visible > self.longest):
                break  # more can be seen than any story has
            newest.append(step.event)
            if not isinstance(step.event, ActionExecuted):
                effects += not isinstance(step.event, UserUttered | UserFeaturization | BotUttered)
                continue
            actions += 1
            before = step.before.after if step.before else tracker.origin
            decides = decides_visibility(before)
            shown += not (decides and step.event.hide_rule_turn)
            visible += (
                decides and not step.event.hide_rule_turn and before.action != UNLIKELY_INTENT
            )
            begins[step.event.label, shown, effects] = len(newest)
            enough = self.max_history and actions > self.max_history
            if enough and step.event.name == LISTEN:
                break
        return newest[::-1], [len(newest) - at for at in sorted(begins.values(), reverse=True)]


def _frozen(one: State) -> Hashable:
    user = (one.intent, one.text, one.entities)
    action = (one.previous, one.previous_is_text)
    return (user, action, one.loop, frozenset(one.slots.items()))
