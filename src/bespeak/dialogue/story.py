"""A story or rule of the training data: events, and where they were written down."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bespeak.events import ActionExecuted, Event
from bespeak.tracker import Tracker

MUST_NOT_BE_SET: Final = "should_not_be_set"
"""The value of a slot, or name of a loop, that a rule wants to be absent."""


class StoryKind(StrEnum):
    STORY = "story"
    RULE = "rule"


@dataclass(frozen=True)
class Story:
    """One path through a story or rule, checkpoints and `or` resolved.

    `tracker` holds its events. `lines` gives for each event the line of the step it came from
    (0 where a step only implied it); `source` is the file. A rule's events begin with its
    conditions and the snippet marker. `augmented` ones were glued together from others: only
    learned policies look at them. `names` of the stories and rules on the path, in order.
    `unpredictable` actions (the first ones, before any user turn) are no decision of the story.
    """

    name: str
    tracker: Tracker
    kind: StoryKind = StoryKind.STORY
    source: str = ""
    lines: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    augmented: bool = False
    unpredictable: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_rule(self) -> bool:
        return self.kind is StoryKind.RULE

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(self.tracker.events)

    @property
    def actions(self) -> tuple[str, ...]:
        return tuple(e.label for e in self.tracker.events if isinstance(e, ActionExecuted))
