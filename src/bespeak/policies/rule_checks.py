"""What does not fit together in rules and stories, found before anything is learned from them.

Three kinds: a rule that holds more than one user turn; a rule that leaves out what its action
does in other rules; and a rule or story whose next action another rule contradicts.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bespeak.dialogue.states import State, moments, seen, state
from bespeak.dialogue.story import MUST_NOT_BE_SET, Story
from bespeak.domain import DEFAULT_FALLBACK, LISTEN, SNIPPET, Domain
from bespeak.events import ActionExecuted, ActionExecutionRejected, ActiveLoop, SlotSet, UserUttered
from bespeak.policies.examples import lines, unpredictable
from bespeak.policies.rule_book import (
    BY_DEFAULT,
    BY_LOOP,
    Decision,
    Place,
    RuleBook,
    active_loop,
    default_sources,
    key_of,
    loop_sources,
)
from bespeak.tracker import Tracker

USER_TURNS_A_RULE: Final = 1


class ProblemKind(StrEnum):
    RESTRICTED = "restricted"
    INCOMPLETE = "incomplete"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong, as a sentence that names all `places`; the first is where to look first."""

    kind: ProblemKind
    text: str
    places: tuple[Place, ...]

    def __str__(self) -> str:
        return self.text


def check(
    stories: Sequence[Story],
    domain: Domain,
    *,
    restrict_rules: bool = True,
    fallback_action: str | None = DEFAULT_FALLBACK,
) -> list[RuleProblem]:
    """Return all that does not fit together in the stories and rules."""
    rules, told = apart(stories)
    _, problems = learn(rules, told, domain, fallback_action)
    return [*(restricted(rules) if restrict_rules else ()), *problems]


def apart(stories: Sequence[Story]) -> tuple[list[Story], list[Story]]:
    """Return the rules and the stories, without those glued together from others."""
    given = [story for story in stories if not story.augmented]
    return [s for s in given if s.is_rule], [s for s in given if not s.is_rule]


def learn(
    rules: Sequence[Story],
    stories: Sequence[Story],
    domain: Domain,
    fallback_action: str | None = DEFAULT_FALLBACK,
) -> tuple[RuleBook, list[RuleProblem]]:
    """Return what the rules say, checked against each other and the stories.

    General rules that only end a turn give way where a story goes on and a longer rule agrees.
    """
    problems = list(incomplete(rules, domain))
    book = RuleBook.learn(rules, stories, domain)
    replay = _Replay(book, domain, fallback_action)
    for rule in rules:
        replay.collect(rule)
    for one in (*stories, *rules):
        problems.extend(replay.contradictions(one))
    known = replay.sources.keys() | default_sources() | loop_sources(domain)
    book.hidden = frozenset(known - replay.told)
    return book, problems


def restricted(rules: Sequence[Story]) -> Iterator[RuleProblem]:
    """Yield the rules that hold more than one user turn."""
    for rule in rules:
        turns = [event for event in rule.events if isinstance(event, UserUttered)]
        if len(turns) > USER_TURNS_A_RULE:
            place = Place(rule.name, rule.source, lines(rule).get(id(turns[USER_TURNS_A_RULE]), 0))
            text = (
                f"The rule {place} holds {len(turns)} user turns, but a rule holds at most "
                f"{USER_TURNS_A_RULE}. Write it as a story, or part it into several rules."
            )
            yield RuleProblem(ProblemKind.RESTRICTED, text, (place,))


@dataclass(slots=True)
class _Effects:
    """The slots and forms that an action sets in the rules, and the first place that says so."""

    slots: dict[str, Place] = field(default_factory=dict)
    loops: dict[str, Place] = field(default_factory=dict)


def incomplete(rules: Sequence[Story], domain: Domain) -> Iterator[RuleProblem]:
    """Yield the rules that go on after an action without what it sets in other rules."""
    effects = _effects(rules, domain)
    for rule in rules:
        line_of = lines(rule)
        before: ActionExecuted | None = None
        for now, action in moments(rule.tracker):
            goes_on = action is None or action.name != SNIPPET
            if before and before.name and before.name != SNIPPET and goes_on:
                place = Place(rule.name, rule.source, line_of.get(id(before), 0))
                seen_now = state(now, domain)
                yield from _missing(before.name, effects, seen_now, place)
            before = action


def _effects(rules: Sequence[Story], domain: Domain) -> dict[str, _Effects]:
    effects: dict[str, _Effects] = defaultdict(_Effects)
    for rule in rules:
        line_of = lines(rule)
        action: str | None = None
        for event in rule.events:
            place = Place(rule.name, rule.source, line_of.get(id(event), 0))
            match event:
                case ActionExecuted():
                    action = event.label
                case UserUttered():
                    action = None  # slots that entities fill are not the work of action_listen
                case SlotSet(name=slot) if action and slot in domain.slots:
                    if domain.slots[slot].feature(None):
                        effects[action].slots.setdefault(slot, place)
                case ActiveLoop(name=loop) if action:
                    effects[action].loops.setdefault(loop or MUST_NOT_BE_SET, place)
                case _:
                    pass  # nothing that a rule must tell
    return effects


def _missing(
    action: str, effects: dict[str, _Effects], now: State, place: Place
) -> Iterator[RuleProblem]:
    if action not in effects:
        return
    remedy = (
        "Add it to the rule, or 'wait_for_user_input: false' where this is the rule's last action."
    )
    slots = {name: at for name, at in effects[action].slots.items() if name not in now.slots}
    if slots:
        listed = ", ".join(f"'{name}' in {at}" for name, at in slots.items())
        text = (
            f"The rule {place} is incomplete: '{action}' does not set slots there that it sets in "
            f"other rules: {listed}. {remedy} A slot that must not be set is written as 'null'."
        )
        yield RuleProblem(ProblemKind.INCOMPLETE, text, (place, *slots.values()))
    loops = effects[action].loops
    if loops and now.loop not in loops:
        listed = ", ".join(
            f"'active_loop: {'null' if name == MUST_NOT_BE_SET else name}' in {at}"
            for name, at in loops.items()
        )
        text = (
            f"The rule {place} is incomplete: '{action}' is not followed by an active_loop there, "
            f"as it is in other rules: {listed}. {remedy}"
        )
        yield RuleProblem(ProblemKind.INCOMPLETE, text, (place, *loops.values()))


class _Replay:
    """Stories and rules, told again step by step, with what the rules would have done.

    `sources` says for each rule (by its key) who speaks by it and for which action; `told` are
    the sources that agree with a story.
    """

    def __init__(self, book: RuleBook, domain: Domain, fallback_action: str | None) -> None:
        self.sources: dict[str, list[tuple[Place, str | None]]] = defaultdict(list)
        self.told: set[str] = set()
        self._book = book
        self._domain = domain
        self._fallback = fallback_action

    def collect(self, rule: Story) -> None:
        """Note which rule speaks for each action of this one."""
        for action, said, place in self._steps(rule):
            if said.source.startswith((BY_DEFAULT, BY_LOOP)):
                self.sources[said.source].append((Place(said.source), said.action))
            else:
                self.sources[said.source].append((place, action.label))

    def contradictions(self, story: Story) -> Iterator[RuleProblem]:
        """Yield where the rules want another action than the story or rule tells."""
        for action, said, place in self._steps(story):
            if said.action == action.label:
                if not story.is_rule:
                    self.told.add(said.source)
                continue
            if said.action is None:
                continue
            if not story.is_rule and self._gives_way(said):
                self._book.rules.forget(said.source)
                continue
            against = [at for at, wanted in self.sources[said.source] if wanted != action.label]
            if against:
                yield self._problem(story, action.label, said, place, tuple(dict.fromkeys(against)))

    def _problem(
        self,
        story: Story,
        action: str,
        said: Decision,
        place: Place,
        against: tuple[Place, ...],
    ) -> RuleProblem:
        kind = "rule" if story.is_rule else "story"
        wants = (
            "" if said.action == self._fallback else f", where the next action is {said.action!r}"
        )
        text = (
            f"In the {kind} {place} the next action is '{action}', which contradicts "
            f"{', '.join(str(at) for at in against)}{wants}. Change one of them, or add what "
            "tells them apart (a slot, a condition, an entity)."
        )
        return RuleProblem(ProblemKind.CONTRADICTION, text, (place, *against))

    def _gives_way(self, said: Decision) -> bool:
        """Say whether a story may simply overrule a rule's last step.

        That is a general `action_listen` after a single action, where a longer rule goes on.
        """
        if said.action != LISTEN or said.source.count("prev_action") > 1:
            return False
        start = said.source[:-2]
        return any(key.startswith(start) for key in self._book.rules.entries if key != said.source)

    def _steps(self, story: Story) -> Iterator[tuple[ActionExecuted, Decision, Place]]:
        """Yield each decision of the story, what the rules say, and where it is written."""
        line_of, opening = lines(story), unpredictable(story)
        told = Tracker.start(story.name, self._domain)
        skip = True  # nothing comes before the first action, so no rule can know it
        for event in story.tracker.history:
            if isinstance(event, ActionExecuted):
                if event.name == SNIPPET:
                    skip = True
                elif skip or id(event) in opening:
                    skip = False
                else:
                    told, said = self._said(told, event, story)
                    yield event, said, Place(story.name, story.source, line_of.get(id(event), 0))
            told = told.record((event,))

    def _said(
        self, told: Tracker, action: ActionExecuted, story: Story
    ) -> tuple[Tracker, Decision]:
        """Return what the rules say; where a story leaves a form, after the form declined."""
        said = self._decide(told, story)
        loop = active_loop(told)
        if loop and said.action == loop and action.label != loop:
            told = told.record((ActionExecutionRejected(loop),))
            said = self._decide(told, story)
        return told, said

    def _decide(self, told: Tracker, story: Story) -> Decision:
        said = self._book.decide(told, self._domain)
        if said.action is not None or not story.is_rule:
            return said
        key = said.source or key_of(_whole(told, self._domain))
        return Decision(self._fallback or LISTEN, key, said.reason, said.interrupted)


def _whole(told: Tracker, domain: Domain) -> list[State]:
    """Return the states that stand for a situation no rule fits."""
    shown = seen([state(now, domain) for now, _ in moments(told)])
    for i in range(len(shown) - 1, -1, -1):
        if shown[i].previous == SNIPPET:
            return shown[i + 1 :]
    return shown
