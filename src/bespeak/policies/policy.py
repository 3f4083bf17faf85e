"""What a dialogue policy is, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bespeak.dialogue.story import Story
from bespeak.domain import LISTEN, Domain
from bespeak.events import Event
from bespeak.tracker import Tracker


@dataclass(frozen=True, slots=True)
class Prediction:
    """How likely each action is, by one policy.

    `scores` has only actions above 0 (names, or end-to-end texts). `events` become part of the
    conversation whoever wins, `optional_events` only if this prediction does. `no_user` marks a
    form going on, which beats all that look at the message; `end_to_end` a decision on its text.
    `hide_rule_turn` says that only a rule did this, so that learned policies never see the turn.
    `why` says in one line what fired.
    """

    policy: str
    priority: int
    scores: Mapping[str, float] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    optional_events: tuple[Event, ...] = ()
    no_user: bool = False
    end_to_end: bool = False
    hide_rule_turn: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""

    @property
    def confidence(self) -> float:
        return max(self.scores.values(), default=0.0)

    @property
    def action(self) -> str:
        """The likeliest action; among equals the first; `action_listen` where all are 0."""
        return max(self.scores, key=lambda name: self.scores[name], default=LISTEN)


class Policy(Protocol):
    """Says what to do next. Pure: the same tracker always gets the same answer.

    Its options are its `__init__` keywords, `priority` among them. One whose predictions are
    nothing but scores may have an attribute `yields` that is true: it is not asked where another
    of higher priority is certain, since it could not change anything.
    """

    priority: int

    def train(self, stories: Sequence[Story], domain: Domain) -> None:
        """Learn from stories and rules. Raises `TrainingError` where these contradict."""
        ...

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction | None:
        """Return how likely each action is, or None to leave it to the other policies."""
        ...

    def save(self, folder: Path) -> None: ...
    def load(self, folder: Path) -> None: ...
