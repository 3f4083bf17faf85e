"""stories.yml and rules.yml, step by step, as they are written: blocks between checkpoints.

`or` is read as Rasa reads it: the steps before it are repeated for each alternative, and all of
them end in a checkpoint of their own, from which the rest of the story goes on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.turns import Turns
from bespeak.data.yaml import YamlList, YamlMap, plain
from bespeak.domain import SNIPPET, Domain
from bespeak.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    SessionEnded,
    SessionStarted,
    StoryExported,
    UserUtteranceReverted,
)

START: Final = "STORY_START"
GENERATED: Final = "GENR_"

_SECTIONS: Final = {"stories": "story", "rules": "rule"}
_STEP_KEYS: Final = (
    "intent",
    "user",
    "or",
    "action",
    "bot",
    "checkpoint",
    "slot_was_set",
    "active_loop",
    "metadata",
)
_USER: Final = ("intent", "user", "entities", "metadata")
_TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "intent": _USER,
    "user": _USER,
    "checkpoint": ("checkpoint", "slot_was_set"),
}
_ITEM_KEYS: Final = ("metadata", "steps")
_RULE_KEYS: Final = (*_ITEM_KEYS, "condition", "conversation_start", "wait_for_user_input")
_EVENTS: Final[Mapping[str, Event]] = {
    event.type: event
    for event in (
        UserUtteranceReverted(),
        ActionReverted(),
        Restarted(),
        ConversationPaused(),
        ConversationResumed(),
        AllSlotsReset(),
        SessionStarted(),
        SessionEnded(),
        StoryExported(),
    )
}


@dataclass(frozen=True)
class Checkpoint:
    """Where a block begins; `conditions` are slots that must have these values there."""

    name: str
    conditions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """The part of a story or rule between two checkpoints: what is written, nothing implied.

    `starts` and `ends` are checkpoints; a story begins at `START`, and ends where `ends` is empty.
    `lines` has the line of each event. `conditions` counts a rule's events that are conditions.
    """

    name: str
    source: str
    line: int
    starts: tuple[Checkpoint, ...]
    ends: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    lines: tuple[int, ...] = ()
    is_rule: bool = False
    conditions: int = 0

    def with_event(self, event: Event, line: int) -> "Step":
        return replace(self, events=(*self.events, event), lines=(*self.lines, line))


def read(
    content: YamlMap, domain: Domain, problems: Problems, *, are_tests: bool = False
) -> list[Step]:
    """Return the steps of one file; what is wrong is recorded in `problems`, and left out."""
    steps: list[Step] = []
    for section, title in _SECTIONS.items():
        items = content.get(section)
        if items is None:
            continue
        if not isinstance(items, YamlList):
            problems.error(
                content.at(section), f"expected a list under {section!r}, found {kind(items)}."
            )
            continue
        for i, item in enumerate(items):
            if not isinstance(item, YamlMap):
                problems.error(items.at(i), f"expected - {title}: ..., found {kind(item)}.")
            elif title in item:
                steps += _Block(title, item, domain, problems, are_tests).steps()
            else:
                hint = next((near(key, (title,)) for key in item if near(key, (title,))), "")
                problems.error(
                    items.at(i),
                    f"expected the key {title!r} with a name, found {', '.join(map(str, item))}."
                    f"{hint}",
                )
    return steps


class _Block:
    """Reads one story or rule: `done` and `current` are its steps, `current` still growing."""

    def __init__(
        self, title: str, item: YamlMap, domain: Domain, problems: Problems, is_test: bool
    ) -> None:
        self.title = title
        self.item = item
        self.problems = problems
        self.name = str(item[title] or "")
        self.turns = Turns(f"{title} {self.name!r}", domain, problems, is_test)
        self.done: list[Step] = []
        self.current: list[Step] = []
        self.starts: list[Checkpoint] = []

    def steps(self) -> list[Step]:
        name, written = self.item[self.title], self.item.get("steps")
        place = self.item.at(self.title)
        if name is not None and not isinstance(name, str):
            self.problems.error(place, f"expected the {self.title}'s name, found {kind(name)}.")
            return []
        if not name:
            self.problems.warning(place, f"the {self.title} has no name.")
        known = (self.title, *(_RULE_KEYS if self.title == "rule" else _ITEM_KEYS))
        for key in self.item:
            if key not in known:
                self.problems.error(
                    self.item.at(key),
                    f"a {self.title} has no {key!r}.{near(key, known)} "
                    f"Known here: {', '.join(known)}.",
                )
        if not written:
            self.problems.warning(place, f"the {self.title} {name!r} has no steps: it is skipped.")
            return []
        if not isinstance(written, YamlList):
            self.problems.error(
                self.item.at("steps"), f"expected a list of steps, found {kind(written)}."
            )
            return []
        if self.title == "rule":
            self._read_conditions()
            if not self.item.get("conversation_start"):
                self._add(ActionExecuted(SNIPPET), 0)
        self._read_steps(written)
        if self.title == "rule" and self.item.get("wait_for_user_input") is False:
            self._add(ActionExecuted(SNIPPET), 0)
        return [*self.done, *self.current]

    def _read_conditions(self) -> None:
        conditions = self.item.get("condition") or ()
        if not isinstance(conditions, YamlList):
            if conditions:
                self.problems.error(
                    self.item.at("condition"),
                    f"expected a list of conditions, found {kind(conditions)}.",
                )
            return
        self._read_steps(conditions, ("slot_was_set", "active_loop"))
        self.current = [replace(step, conditions=len(step.events)) for step in self.current]

    def _read_steps(self, steps: YamlList, allowed: Sequence[str] = _STEP_KEYS) -> None:
        for i, step in enumerate(steps):
            if not isinstance(step, YamlMap):
                self._refuse(steps.at(i), step, allowed)
                continue
            which = next((key for key in allowed if key in step), None)
            if which is None:
                self._refuse(steps.at(i), step, allowed)
                continue
            together = _TOGETHER.get(which, (which,))
            for key in step:
                if key not in together:
                    self.problems.error(
                        step.at(key),
                        f"{self.title} {self.name!r}: {key!r} cannot stand in one step with "
                        f"{which!r}: write it as a step of its own, with a dash."
                        if key in _STEP_KEYS
                        else f"{self.title} {self.name!r}: a step with {which!r} has no {key!r}."
                        f"{near(key, together)}",
                    )
            self._read_step(which, step)

    def _refuse(self, place: Place, step: Any, allowed: Sequence[str]) -> None:
        keys = list(step) if isinstance(step, dict) else []
        hint = next((near(key, allowed) for key in keys if near(key, allowed)), "")
        found = f"the keys {', '.join(map(str, keys))}" if keys else kind(step)
        self.problems.error(
            place,
            f"{self.title} {self.name!r}: expected a step with one of {', '.join(allowed)}, "
            f"found {found}.{hint}",
        )

    def _read_step(self, which: str, step: YamlMap) -> None:
        line = step.line
        match which:
            case "intent" | "user":
                said = self.turns.user(step)
                if said is not None:
                    self._add(said, line)
            case "or":
                self._or(step)
            case "action":
                self._action(step)
            case "bot":
                if isinstance(step["bot"], str) and step["bot"]:
                    self._add(ActionExecuted(None, text=step["bot"]), line)
                else:
                    self.turns.wrong(step, "bot", "the text that the bot says")
            case "checkpoint":
                self._checkpoint(step)
            case "slot_was_set":
                for event, at in self.turns.slots(step):
                    self._add(event, at)
            case "active_loop":
                loop = step["active_loop"]
                if loop is None or isinstance(loop, str):
                    self._add(ActiveLoop(loop), line)
                else:
                    self.turns.wrong(step, "active_loop", "a form's name or null")

    def _action(self, step: YamlMap) -> None:
        name = step["action"]
        if not isinstance(name, str) or not name:
            self.turns.wrong(step, "action", "an action's name")
        elif name in _EVENTS:
            self._add(_EVENTS[name], step.line)
        else:
            self._add(ActionExecuted(name), step.line)

    def _add(self, event: Event, line: int) -> None:
        self._ensure()
        self.current = [step.with_event(event, line) for step in self.current]

    def _ensure(self) -> None:
        """Begin a new step where the last ones ended in a checkpoint."""
        self.done += [step for step in self.current if step.ends]
        unfinished = [step for step in self.current if not step.ends]
        if unfinished:
            self.current = unfinished
            return
        starts: Iterable[Checkpoint] = self.starts
        if self.current:
            names = dict.fromkeys(name for step in self.current for name in step.ends)
            starts = [Checkpoint(name) for name in names]
        self.current = [
            Step(
                self.name,
                self.item.file,
                self.item.at(self.title).line,
                tuple(starts) or (Checkpoint(START),),
                is_rule=self.title == "rule",
            )
        ]

    def _or(self, step: YamlMap) -> None:
        alternatives: list[tuple[Event, int]] = []
        written = step["or"]
        if not isinstance(written, YamlList):
            self.turns.wrong(step, "or", "a list of intents or slots")
            return
        for i, item in enumerate(written):
            if isinstance(item, YamlMap) and "intent" in item:
                said = self.turns.user(item)
                if said is not None:
                    alternatives.append((said, item.line))
            elif isinstance(item, YamlMap) and "slot_was_set" in item:
                alternatives += self.turns.slots(item)
            else:
                self._refuse(written.at(i), item, ("intent", "slot_was_set"))
                return
        if len(alternatives) == 1:
            self._add(*alternatives[0])
        elif alternatives:
            self._ensure()
            end = f"{GENERATED}OR_{self.item.file}:{step.lines['or']}"
            self.current = [
                replace(before.with_event(event, line), ends=(end,))
                for before in self.current
                for event, line in alternatives
            ]

    def _checkpoint(self, step: YamlMap) -> None:
        name = step["checkpoint"]
        if not isinstance(name, str) or not name:
            self.turns.wrong(step, "checkpoint", "a checkpoint's name")
            return
        conditions: dict[str, Any] = {}
        slots = step.get("slot_was_set") or YamlList(step.file, step.line)
        if not isinstance(slots, YamlList) or not all(isinstance(s, YamlMap) for s in slots):
            self.turns.wrong(step, "slot_was_set", "slots with values such as - city: Rome")
            return
        for written in slots:
            for slot, value in written.items():
                self.turns.check_slot(str(slot), written.at(slot))
                conditions[str(slot)] = plain(value)
        if not self.current:
            self.starts.append(Checkpoint(name, conditions))
            return
        if conditions:
            self.problems.warning(
                step.at("slot_was_set"),
                f"{self.title} {self.name!r}: slots count only at a checkpoint that begins a "
                f"{self.title}; here they are ignored.",
            )
        ended = [before for before in self.current if before.ends]
        self.current = [
            *(before if before.ends else replace(before, ends=(name,)) for before in self.current),
            *(replace(before, ends=(name,)) for before in ended),
        ]
