"""What policies learn from: each decision of a story, with the states that led to it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bespeak.dialogue.states import RuleOnly, State, moments, retold, state
from bespeak.dialogue.story import MUST_NOT_BE_SET, Story
from bespeak.domain import UNLIKELY_INTENT, Domain
from bespeak.events import ActionExecuted


@dataclass(frozen=True, slots=True)
class Example:
    """A decision: the states up to it, oldest first, the action taken, and who says so.

    `line` is where the story's file names the action (0 where it is only implied).
    """

    states: tuple[State, ...]
    action: str
    story: Story
    line: int = 0


def examples(
    stories: Iterable[Story],
    domain: Domain,
    *,
    only_set_slots: bool = False,
    without_unlikely: bool = False,
) -> Iterator[Example]:
    """Yield every decision of the stories that they did not start with.

    `without_unlikely` passes over `action_unlikely_intent`, as if it had not come in between.
    """
    for story in stories:
        line_of = lines(story)
        opening = unpredictable(story)
        so_far: list[State] = []
        for now, action in moments(story.tracker):
            if action is None:
                break
            so_far.append(state(now, domain, only_set_slots=only_set_slots).settled())
            if without_unlikely:
                if so_far[-1].previous == UNLIKELY_INTENT:
                    so_far.pop()
                if action.name == UNLIKELY_INTENT:
                    continue
            if id(action) not in opening:
                yield Example(tuple(so_far), action.label, story, line_of.get(id(action), 0))


def rule_only(stories: Sequence[Story], domain: Domain) -> RuleOnly:
    """Return the slots and forms that rules mention and stories do not."""
    ruled_slots, ruled_loops = _mentioned([s for s in stories if s.is_rule], domain, True)
    told_slots, told_loops = _mentioned(
        [s for s in stories if not s.is_rule and not s.augmented], domain, False
    )
    return RuleOnly(
        frozenset(ruled_slots - told_slots), frozenset(ruled_loops - told_loops - {MUST_NOT_BE_SET})
    )


def lines(story: Story) -> dict[int, int]:
    """Return the line each event came from, by the event's identity."""
    return {id(event): line for event, line in zip(story.events, story.lines, strict=False)}


def unpredictable(story: Story) -> frozenset[int]:
    """Return the identities of the actions that are no decision of the story."""
    events = story.events
    return frozenset(
        id(events[i])
        for i in story.unpredictable
        if i < len(events) and isinstance(events[i], ActionExecuted)
    )


def _mentioned(
    stories: Sequence[Story], domain: Domain, only_set_slots: bool
) -> tuple[set[str], set[str]]:
    slots: set[str] = set()
    loops: set[str] = set()
    for story in stories:
        # A form told twice in a row leaves one run: what it set in between was still told.
        told = [now for now, _ in retold(story.events, domain)]
        for now in told[:-1]:
            one = state(now, domain, only_set_slots=only_set_slots)
            slots.update(one.slots)
            loops.update((one.loop,) if one.loop else ())
    return slots, loops
