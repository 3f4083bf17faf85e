"""Conversations that no story tells, and what is right in them: what a learned policy is for.

All are made from the stories of a project, so that what is right is known, and by a seed, so
that they are the same each time.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Final

from bespeak.dialogue.states import State, seen, states
from bespeak.dialogue.story import Story
from bespeak.domain import LISTEN, Domain
from bespeak.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from bespeak.policies.examples import unpredictable
from bespeak.tracker import Tracker

MOST: Final = 60
"""How many conversations of a kind are made at most."""


@dataclass(frozen=True)
class Case:
    """A conversation and the action that is right in it; None: nobody can know."""

    before: Tracker
    action: str | None


def left_out(stories: Sequence[Story], folds: int, seed: int) -> Iterator[tuple[list[Story], ...]]:
    """Yield the stories to learn from and those to be tested on, each of them once."""
    shuffled = list(stories)
    random.Random(seed).shuffle(shuffled)
    folds = min(folds, len(shuffled))
    for fold in range(folds):
        tested = shuffled[fold::folds]
        yield [story for story in shuffled if story not in tested], tested


def told(stories: Sequence[Story], domain: Domain) -> list[Case]:
    """Return each decision of the stories once."""
    cases = [case for story in stories for case in _decisions(story.events, domain, story, after=1)]
    return _once(cases, domain)


def recombined(stories: Sequence[Story], domain: Domain, seed: int) -> list[Case]:
    """Let users break a story off where they are asked something, and begin another one."""
    chance = random.Random(seed)
    cases: list[Case] = []
    for first, at in _breaks(stories, chance):
        then = chance.choice([story for story in stories if _begins_with_user(story)])
        events = (*first.events[:at], *then.events)
        cases += _decisions(events, domain, first, after=at)
    return _once(cases, domain)


def digressed(stories: Sequence[Story], domain: Domain, seed: int) -> list[Case]:
    """Let users ask for something else in the middle of a story, and then go on with it.

    Not where what they go on with might as well answer what they were asked in between.
    """
    chance = random.Random(seed)
    follows = _follows(stories)
    asides = [_first_turn(story) for story in stories if _begins_with_user(story)]
    asides = [aside for aside in asides if not any(isinstance(e, ActiveLoop) for e in aside)]
    cases: list[Case] = []
    for first, at in _breaks(stories, chance) if asides else ():
        aside = chance.choice(asides)
        back = first.events[at + 1]
        answer = isinstance(back, UserUttered) and (_asked(aside, len(aside)), back.intent_name)
        if answer not in follows:
            events = (*first.events[:at], *aside, *first.events[at:])
            cases += _decisions(events, domain, first, after=at + len(aside))
    return _once(cases, domain)


def carried_over(stories: Sequence[Story], domain: Domain, seed: int) -> list[Case]:
    """Let a story begin with a slot set that another one filled and this one never mentions."""
    chance = random.Random(seed)
    filled = [e for s in stories for e in s.events if isinstance(e, SlotSet) and e.value]
    cases: list[Case] = []
    for story in chance.sample(list(stories), min(MOST, len(stories))):
        mentioned = {e.name for e in story.events if isinstance(e, SlotSet)}
        others = [e for e in filled if e.name not in mentioned]
        if others:
            events = (chance.choice(others), *story.events)
            cases += _decisions(events, domain, story, after=1)
    return _once(cases, domain)


def out_of_place(stories: Sequence[Story], domain: Domain, seed: int) -> list[Case]:
    """Let users say where a story waits what neither begins a story nor follows there in any.

    Nothing that was told says what to do then: the policy should leave it to the fallback.
    """
    chance = random.Random(seed)
    follows = _follows(stories)
    begins = {_said(s.events)[0][1].intent_name for s in stories if _begins_with_user(s)}
    heard = {e.intent_name: e for s in stories for _, e in _said(s.events) if e.intent_name}
    cases: list[Case] = []
    for story, at in _breaks(stories, chance, also_ends=True):
        asked = _asked(story.events, at)
        strange = [i for i in heard if i not in begins and (asked, i) not in follows]
        if strange:
            said = replace(heard[chance.choice(sorted(strange))], entities=())
            events = [*story.events[:at], ActionExecuted(LISTEN), said]
            cases.append(Case(Tracker.start("someone", domain).record(events), None))
    return _once(cases, domain)


def _decisions(
    events: Sequence[Event], domain: Domain, opened: Story, after: int
) -> Iterator[Case]:
    """Yield the decisions among events from `after` on, and the conversation before each."""
    opening = unpredictable(opened)
    before = Tracker.start("someone", domain)
    for i, event in enumerate(events):
        if isinstance(event, ActionExecuted) and i >= after and id(event) not in opening:
            yield Case(before, event.label)
        before = before.record([event])


def _breaks(
    stories: Sequence[Story], chance: random.Random, *, also_ends: bool = False
) -> list[tuple[Story, int]]:
    """Return places where a story waits for the user outside of a form, and then goes on."""
    found: list[tuple[Story, int]] = []
    for story in stories:
        loop, acted = None, False
        for i, (event, then) in enumerate(zip_longest(story.events, story.events[1:])):
            goes_on = isinstance(then, UserUttered) or (also_ends and then is None)
            if isinstance(event, ActiveLoop):
                loop = event.name
            elif _listens(event) and acted and loop is None and goes_on:
                found.append((story, i))
            acted = acted or (isinstance(event, ActionExecuted) and not _listens(event))
    return chance.sample(found, min(MOST, len(found)))


def _follows(stories: Sequence[Story]) -> set[tuple[str | None, str | None]]:
    """Return what was last done before each message of the stories, and its intent."""
    return {(_asked(s.events, i), e.intent_name) for s in stories for i, e in _said(s.events)}


def _begins_with_user(story: Story) -> bool:
    return len(story.events) > 1 and isinstance(story.events[1], UserUttered)


def _first_turn(story: Story) -> tuple[Event, ...]:
    """Return the events up to where the assistant listens again."""
    listens = [i for i, e in enumerate(story.events) if _listens(e)]
    return story.events[: listens[1]] if len(listens) > 1 else story.events


def _said(events: Sequence[Event]) -> list[tuple[int, UserUttered]]:
    return [(i, event) for i, event in enumerate(events) if isinstance(event, UserUttered)]


def _asked(events: Sequence[Event], at: int) -> str | None:
    """Return the last action before `at` but listening."""
    actions = [e for e in events[:at] if isinstance(e, ActionExecuted) and not _listens(e)]
    return actions[-1].label if actions else None


def _listens(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.name == LISTEN


def _once(cases: Iterable[Case], domain: Domain) -> list[Case]:
    """Leave out what looks the same to a policy."""
    found: dict[str, Case] = {}
    for case in cases:
        shown: list[State] = seen(states(case.before, domain))
        found.setdefault(repr(([one.as_dict() for one in shown], case.action)), case)
    return list(found.values())
