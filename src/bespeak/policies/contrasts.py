"""Conversations that no story tells, made from stories: to learn where to keep silent.

Stories say what to do, never where nobody knows. What they leave open is made up here: messages
where no story has them, after which nothing is right, and digressions, after which a story goes
on as if nothing had been.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, TypeAlias

from bespeak.dialogue.states import State
from bespeak.domain import LISTEN
from bespeak.policies.examples import Example

SEED: Final = 42

STRANGE: Final = 600
"""How many messages out of place are made at most."""

DIGRESSIONS: Final = 200
"""How many digressions are made at most."""

Answer: TypeAlias = tuple[str | None, str | None]
"""What the assistant did before it listened, and the intent that it heard then."""


@dataclass(frozen=True, slots=True)
class Told:
    """One story: `actions[i]` was chosen in `states[i]` ("" where the story just opens with it)."""

    states: tuple[State, ...]
    actions: tuple[str, ...]

    @classmethod
    def of(cls, examples: Iterable[Example]) -> "list[Told]":
        """Return the stories that the decisions are of; those of one follow each other."""
        found = []
        for _, decisions in groupby(examples, key=lambda example: id(example.story)):
            given = list(decisions)
            states, actions = given[-1].states, [decision.action for decision in given]
            found.append(cls(states, (*[""] * (len(states) - len(actions)), *actions)))
        return found

    @property
    def turns(self) -> list[range]:
        """The states of each user turn."""
        starts = [i for i, one in enumerate(self.states) if one.after_listening]
        return [range(a, b) for a, b in zip(starts, [*starts[1:], len(self.states)], strict=True)]

    @property
    def begun_by_user(self) -> bool:
        """Say whether the user begins it, with nothing going on."""
        first = self.states[1] if len(self.states) > 1 else self.states[0]
        return first.after_listening and first.loop is None

    def answer(self, i: int) -> Answer:
        """Return what the message of state `i` answers to, and its intent."""
        return self.states[i - 1].previous, self.states[i].intent


def answers(told: Sequence[Told]) -> set[Answer]:
    """Return what stories have users say, and after which action."""
    return {one.answer(turn[0]) for one in told for turn in one.turns if turn[0] > 0}


def out_of_place(told: Sequence[Told]) -> list[tuple[State, ...]]:
    """Return situations in which the user says what no story has there, nor begins with.

    Only where the assistant waits outside of a form: what is said to a form is the form's affair.
    """
    begins = {one.states[1].intent for one in told if one.begun_by_user}
    known = answers(told)
    intents = sorted({intent for _, intent in known if intent is not None} - begins)
    found: dict[Answer, tuple[State, ...]] = {}
    for one in told:
        for i in _waits(one):
            waiting = one.states[i]
            for intent in intents:
                asked = (waiting.previous, intent)
                if asked not in known and asked not in found:
                    found[asked] = (*one.states[: i + 1], _hearing(waiting, intent))
    made = list(found.values())
    return random.Random(SEED).sample(made, min(STRANGE, len(made)))


def digressed(told: Sequence[Told]) -> Iterator[tuple[tuple[State, ...], str]]:
    """Yield decisions after users asked for something else in the middle of a story.

    What they asked for is the first turn of another story. Not where what they go on with might
    as well answer what they were asked in between.
    """
    known = answers(told)
    asides = [(one, one.turns[0]) for one in told if one.begun_by_user]
    asides = [(one, turn) for one, turn in asides if not any(one.states[i].loop for i in turn)]
    places = [(one, turn) for one in told for turn in one.turns[1:] if not one.states[turn[0]].loop]
    pairs = [
        (place, aside)
        for place in places
        for aside in asides
        if (aside[0].states[aside[1][-1]].previous, place[0].states[place[1][0]].intent)
        not in known
    ]
    for (one, turn), (other, aside) in random.Random(SEED).sample(
        pairs, min(DIGRESSIONS, len(pairs))
    ):
        slots = one.states[turn[0] - 1].slots
        between = [replace(s, slots={**slots, **s.slots}) for s in (other.states[i] for i in aside)]
        before = (*one.states[: turn[0]], *between)
        for i in turn:
            yield (*before, *one.states[turn[0] : i + 1]), one.actions[i]


def _waits(one: Told) -> Iterator[int]:
    """Yield where the assistant, having done something, is about to listen outside of a form."""
    for i, (now, action) in enumerate(zip(one.states, one.actions, strict=True)):
        if action == LISTEN and now.previous is not None and now.loop is None:
            yield i


def _hearing(waiting: State, intent: str) -> State:
    return replace(
        waiting, intent=intent, text=None, entities=(), previous=LISTEN, previous_is_text=False
    )
