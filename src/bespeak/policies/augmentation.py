"""Stories glued together to longer ones, so that learned policies do not lean on the distant past.

A conversation rarely ends where a story does: what comes next is another story. The glued ones
say so, and that slots may still be set from earlier.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.events import ActionExecuted, Event
from bespeak.tracker import Tracker

SEED: Final = 42
ROUNDS: Final = 3
STORIES_A_FACTOR: Final = 10


def augmented(stories: Sequence[Story], domain: Domain, factor: int = 50) -> list[Story]:
    """Return at most `factor` x 10 stories glued from the given ones (none where it is 0).

    Rules are left alone. There are three rounds, each of which may go on from what the one before
    made, so that up to four stories follow each other. The same input always gives the same.
    """
    told = [s for s in stories if not s.is_rule and not s.augmented and s.actions]
    if factor <= 0 or not told:
        return []
    chance = random.Random(SEED)
    parts = [_Part.of(story, domain) for story in told]
    endings: list[tuple[int, ...]] = [(i,) for i in range(len(told))]
    glued: dict[tuple[int, ...], _Part] = {(i,): part for i, part in enumerate(parts)}
    share = -(-factor * STORIES_A_FACTOR // ROUNDS)
    for _ in range(ROUNDS):
        chosen = chance.sample(endings, min(factor, len(endings)))
        pairs = [(first, then) for first in chosen for then in range(len(told))]
        for first, then in chance.sample(pairs, min(share, len(pairs))):
            path = (*first, then)
            if path not in glued:
                glued[path] = glued[first].followed_by(parts[then])
                endings.append(path)
    made = [part.story for path, part in glued.items() if len(path) > 1]
    return chance.sample(made, min(factor * STORIES_A_FACTOR, len(made)))


@dataclass(frozen=True, slots=True)
class _Part:
    """A story that may be gone on with: `until` is how it stands before its last action.

    Where two stories meet, the assistant listens once, so the first one's last action goes.
    """

    story: Story
    events: tuple[Event, ...]
    end: int
    until: Tracker

    @classmethod
    def of(cls, story: Story, domain: Domain) -> "_Part":
        events = story.events
        end = max(i for i, event in enumerate(events) if isinstance(event, ActionExecuted))
        return cls(story, events, end, Tracker.start(story.name, domain).record(events[:end]))

    def followed_by(self, then: "_Part") -> "_Part":
        first, second = self.story, then.story
        until = self.until.record(then.events[: then.end])
        whole = replace(
            first,
            name=f"{first.name} > {second.name}",
            tracker=until.record(then.events[then.end :]),
            lines=(*first.lines[: self.end], *second.lines),
            names=(*first.names, *second.names),
            augmented=True,
            unpredictable=frozenset(
                {
                    *(i for i in first.unpredictable if i < self.end),
                    *(i + self.end for i in second.unpredictable),
                }
            ),
        )
        return _Part(whole, (*self.events[: self.end], *then.events), self.end + then.end, until)
