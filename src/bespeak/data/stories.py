"""Stories, rules and test stories: every path through the steps, with what they imply.

Implied are `action_listen` before each user turn and at the end, and the slots that a user turn's
entities fill. Blocks are joined where one ends in the checkpoint that another begins with. A way
back to an earlier block is gone once; of paths that look the same to policies, one is kept.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bespeak.data.problems import Place, Problems, near
from bespeak.data.steps import GENERATED, START, Step
from bespeak.dialogue.states import State, state, states
from bespeak.dialogue.story import MUST_NOT_BE_SET, Story, StoryKind
from bespeak.domain import LISTEN, Domain, MappingType, SlotType
from bespeak.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.message import Entity
from bespeak.tracker import Tracker

_UNDOING = (ActionReverted, UserUtteranceReverted, Restarted)


@dataclass(frozen=True, slots=True)
class ExpectedStep:
    """One thing that a test story says happens.

    `event` is what is expected: a `UserUttered` with text, intent and entities (with offsets), an
    `ActionExecuted`, or what the story sets. `implied` ones do not stand in the file.
    """

    event: Event
    line: int
    implied: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedStory:
    """A test story: what the user says, and what the assistant should do, in order."""

    name: str
    source: str
    line: int
    steps: tuple[ExpectedStep, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(step.event for step in self.steps)


def expanded(steps: Sequence[Step], domain: Domain, problems: Problems) -> list[Story]:
    """Return every path through the steps, stories first, then rules, in the files' order."""
    rules = [step for step in steps if step.is_rule]
    stories = [step for step in steps if not step.is_rule]
    return [
        story
        for kind, group in ((StoryKind.STORY, stories), (StoryKind.RULE, rules))
        if group
        for story in _Expansion(kind, group, domain, problems).stories()
    ]


def expectations(
    steps: Sequence[Step], domain: Domain, problems: Problems
) -> tuple[ExpectedStory, ...]:
    """Return the test stories among the steps; rules are no tests."""
    stories = [step for step in steps if not step.is_rule]
    if not stories:
        return ()
    expansion = _Expansion(StoryKind.STORY, stories, domain, problems, are_tests=True)
    lines = {step.name: step.line for step in reversed(stories)}
    return tuple(
        ExpectedStory(
            story.name,
            story.source,
            lines.get(story.names[0], 0) if story.names else 0,
            tuple(
                ExpectedStep(event, line, implied=not line)
                for event, line in zip(story.events, story.lines, strict=True)
            ),
        )
        for story in expansion.stories()
    )


@dataclass(frozen=True, slots=True)
class _Path:
    """A way through some of the steps.

    `seen` is what policies saw before each action on it, `now` what they see at its end.
    """

    tracker: Tracker
    seen: tuple[Any, ...] = ()
    now: Any = None
    lines: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    source: str = ""
    unpredictable: frozenset[int] = frozenset()


class _Expansion:
    """Walks the steps in an order in which each comes after those that lead to it."""

    def __init__(
        self,
        kind: StoryKind,
        steps: Sequence[Step],
        domain: Domain,
        problems: Problems,
        *,
        are_tests: bool = False,
    ) -> None:
        self.kind = kind
        self.steps = steps
        self.domain = domain
        self.problems = problems
        self.are_tests = are_tests
        self.finished: list[_Path] = []
        self.ends_seen: set[Any] = set()

    def stories(self) -> list[Story]:
        order, back = _ordered(self.steps)
        self._tell_dangling()
        waiting: dict[int, list[_Path]] = {}
        start = _Path(Tracker.start("", self.domain))
        returned = self._walk(order, back, {START: [start]}, waiting)
        if returned:
            self._walk(order, back, {}, returned)
        return [self._story(path) for path in self.finished]

    def _walk(
        self,
        order: Sequence[int],
        back: set[tuple[int, int]],
        at: Mapping[str, list[_Path]],
        waiting: Mapping[int, list[_Path]],
    ) -> dict[int, list[_Path]]:
        """Go through all steps once; return the paths that lead back, by the step they lead to.

        `at` has the paths that have come to a checkpoint, `waiting` those that have come to a step.
        """
        here: defaultdict[str, list[tuple[int | None, _Path]]] = defaultdict(list)
        for name, paths in at.items():
            here[name] = [(None, path) for path in paths]
        returned: defaultdict[int, list[_Path]] = defaultdict(list)
        begun = _by_start(self.steps)
        for i in order:
            step = self.steps[i]
            incoming = list(waiting.get(i, ()))
            for checkpoint in step.starts:
                incoming += [
                    path
                    for origin, path in here[checkpoint.name]
                    if (origin is None or (origin, i) not in back)
                    and all(
                        path.tracker.slots.get(slot) == value
                        for slot, value in checkpoint.conditions.items()
                    )
                ]
            paths = [self._through(step, path) for path in self._distinct(incoming)]
            if not step.ends:
                self._finish(paths)
            for end in step.ends:
                here[end] += [(i, path) for path in paths]
                for target in begun.get(end, ()):
                    if (i, target) in back:
                        returned[target] += paths
                if end not in begun:
                    self.finished += paths  # a dangling end is still an end
        return dict(returned)

    def _distinct(self, paths: Sequence[_Path]) -> list[_Path]:
        """Return one of those paths that policies cannot tell apart."""
        if self.are_tests:
            return list(paths)
        unique: dict[Any, _Path] = {}
        for path in paths:
            unique.setdefault((path.seen, path.now), path)
        return list(unique.values())

    def _finish(self, paths: Sequence[_Path]) -> None:
        for path in paths:
            looks = (path.seen, path.now)
            if self.are_tests or looks not in self.ends_seen:
                self.ends_seen.add(looks)
                self.finished.append(path)

    def _through(self, step: Step, path: _Path) -> _Path:
        """Return the path after one more step."""
        tracker, seen = path.tracker, list(path.seen)
        lines, unpredictable = list(path.lines), set(path.unpredictable)
        first_action = _first_action(step)
        names = path.names
        if step.name and step.name not in names:
            names = (*names, step.name)
        for event, line, index in _explicit(step, self.domain):
            if isinstance(event, _UNDOING) and not self.are_tests:
                self.finished.append(
                    replace(
                        path,
                        tracker=tracker,
                        lines=tuple(lines),
                        names=names,
                        source=step.source,
                        unpredictable=frozenset(unpredictable),
                    )
                )
            if isinstance(event, ActionExecuted):
                if first_action is not None and index == first_action:
                    unpredictable.add(len(tracker.events))
                seen.append(_frozen(state(tracker.now, self.domain)))
            tracker = tracker.record([event])
            lines.append(line)
            if isinstance(event, _UNDOING):
                seen = [_frozen(s) for s in states(tracker, self.domain)[:-1]]
        return _Path(
            tracker,
            tuple(seen),
            _frozen(state(tracker.now, self.domain)),
            tuple(lines),
            names,
            path.source or step.source,
            frozenset(unpredictable),
        )

    def _story(self, path: _Path) -> Story:
        name = " > ".join(path.names)
        return Story(
            name,
            replace(path.tracker, conversation_id=name),
            self.kind,
            path.source,
            path.lines,
            path.names,
            unpredictable=path.unpredictable,
        )

    def _tell_dangling(self) -> None:
        begun = {start.name for step in self.steps for start in step.starts}
        ended = {end for step in self.steps for end in step.ends}
        what = "rule" if self.kind is StoryKind.RULE else "story"
        if START not in begun:
            self.problems.warning(
                Place(self.steps[0].source, self.steps[0].line),
                f"every {what} begins with a checkpoint: none begins a conversation.",
            )
        for step in self.steps:
            place = Place(step.source, step.line)
            for start in step.starts:
                if start.name not in ended and start.name != START:
                    self.problems.warning(
                        place,
                        f"{what} {step.name!r} begins with the checkpoint {start.name!r}, in "
                        f"which nothing ends: it is never reached.{near(start.name, ended)}",
                    )
            for end in step.ends:
                if end not in begun and not end.startswith(GENERATED):
                    self.problems.warning(
                        place,
                        f"{what} {step.name!r} ends in the checkpoint {end!r}, with which "
                        f"nothing begins.{near(end, begun - {START})}",
                    )


def _explicit(step: Step, domain: Domain) -> Iterator[tuple[Event, int, int]]:
    """Yield a step's events and those they imply, with their lines and which of its own it is."""
    listening = False
    for index, (event, line) in enumerate(zip(step.events, step.lines, strict=True)):
        if isinstance(event, UserUttered):
            if not listening:
                yield ActionExecuted(LISTEN), 0, -1
            yield event, line, index
            listening = False
            for filled in slots_of(event.entities, domain):
                yield _in_rule(filled) if step.is_rule else filled, 0, -1
            continue
        listening = isinstance(event, ActionExecuted) and event.name == LISTEN
        yield _in_rule(event) if step.is_rule else event, line, index
    if not step.ends and not listening:
        yield ActionExecuted(LISTEN), 0, -1


def _in_rule(event: Event) -> Event:
    """In a rule, null means that the slot or loop must not be set."""
    match event:
        case SlotSet(name=name, value=None):
            return SlotSet(name, MUST_NOT_BE_SET)
        case ActiveLoop(name=None):
            return ActiveLoop(MUST_NOT_BE_SET)
        case _:
            return event


def slots_of(entities: Sequence[Entity], domain: Domain) -> list[SlotSet]:
    """Return the slots that a story's user turn fills, in the domain's order."""
    if not domain.store_entities_as_slots or not entities:
        return []
    events: list[SlotSet] = []
    for slot in domain.slots.values():
        values = [
            entity.value
            for mapping in slot.mappings
            if mapping.type is MappingType.FROM_ENTITY
            and not (mapping.conditions and mapping.conditions[0].active_loop is not None)
            for entity in entities
            if (entity.name, entity.role, entity.group)
            == (mapping.entity, mapping.role, mapping.group)
        ]
        if values:
            value = values if slot.type is SlotType.LIST else values[-1]
            events.append(SlotSet(slot.name, value))
    return events


def _first_action(step: Step) -> int | None:
    """Return which event is an action before any user turn, if the step begins a conversation."""
    if all(start.name != START for start in step.starts):
        return None
    for index, event in enumerate(step.events):
        match event:
            case UserUttered():
                return None
            case ActionExecuted():
                return index
    return None


def _ordered(steps: Sequence[Step]) -> tuple[list[int], set[tuple[int, int]]]:
    """Return the steps' numbers, each after those that lead to it, and the edges that lead back."""
    begun = _by_start(steps)
    following = [[target for end in step.ends for target in begun.get(end, ())] for step in steps]
    back: set[tuple[int, int]] = set()
    order: list[int] = []
    unseen, on_path, done = 0, 1, 2
    marks = [unseen] * len(steps)
    for root in reversed(range(len(steps))):
        if marks[root] != unseen:
            continue
        marks[root] = on_path
        trail = [(root, iter(reversed(following[root])))]
        while trail:
            at, rest = trail[-1]
            target = next(rest, None)
            if target is None:
                marks[at] = done
                order.append(at)
                trail.pop()
            elif marks[target] == on_path:
                back.add((at, target))
            elif marks[target] == unseen:
                marks[target] = on_path
                trail.append((target, iter(reversed(following[target]))))
    order.reverse()
    return order, back


def _by_start(steps: Sequence[Step]) -> dict[str, list[int]]:
    """Return the numbers of the steps that begin at each checkpoint."""
    begun: dict[str, list[int]] = {}
    for i, step in enumerate(steps):
        for start in step.starts:
            begun.setdefault(start.name, []).append(i)
    return begun


def _frozen(seen: State) -> tuple[Any, ...]:
    return (
        seen.intent,
        seen.text,
        seen.entities,
        tuple(sorted(seen.slots.items())),
        seen.previous,
        seen.loop,
    )
