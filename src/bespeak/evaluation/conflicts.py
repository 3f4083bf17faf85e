"""Stories that disagree: the same past, and then different actions, which nobody can learn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bespeak.data.problems import Place, Problem, Severity
from bespeak.dialogue.states import State, moments, state
from bespeak.dialogue.story import Story
from bespeak.domain import LISTEN, UNLIKELY_INTENT, Domain
from bespeak.events import ActionExecuted


@dataclass(frozen=True)
class Conflict:
    """After `last` happened, stories go on differently: for each action, who wants it and where."""

    last: str
    actions: dict[str, tuple[tuple[str, Place], ...]]

    def problem(self) -> Problem:
        places = [place for told in self.actions.values() for _, place in told]
        said = "; ".join(
            f"{action!r} in {', '.join(f'{name!r} ({place})' for name, place in told[:3])}"
            + (f" and {len(told) - 3} more" if len(told) > 3 else "")
            for action, told in self.actions.items()
        )
        text = f"Story structure conflict after {self.last}: {said}."
        first, *others = places
        return Problem(text, first.file, first.line, Severity.WARNING, tuple(dict.fromkeys(others)))


def conflicts(
    stories: Sequence[Story], domain: Domain, max_history: int | None = None
) -> list[Conflict]:
    """Return the situations after which stories do different things.

    A situation is what policies see of the last `max_history` moments (None: of all). What
    happens before anybody said anything does not count, and rules are not looked at.
    """
    told: dict[Any, dict[str, dict[tuple[str, Place], None]]] = {}
    seen: dict[Any, State] = {}
    for story in stories:
        if story.is_rule or story.augmented:
            continue
        for key, now, action, line in _decided(story, domain, max_history):
            seen.setdefault(key, now)
            here = told.setdefault(key, {}).setdefault(action, {})
            here[story.name, Place(story.source, line)] = None
    return [
        Conflict(last, {action: tuple(places) for action, places in actions.items()})
        for key, actions in told.items()
        if (len(actions) > 1 or UNLIKELY_INTENT in actions) and (last := _last(seen[key]))
    ]


def _decided(
    story: Story, domain: Domain, max_history: int | None
) -> Iterator[tuple[Any, State, str, int]]:
    """Yield for each action of a story: its situation, the newest state, its name, its line."""
    lines = _lines(story)
    history: list[Any] = []
    whole: int = 0
    for now, action in moments(story.tracker):
        if action is None:
            return
        current = state(now, domain)
        frozen = (
            current.intent,
            current.text,
            current.entities,
            tuple(sorted(current.slots.items())),
            current.previous,
            current.previous_is_text,
            current.loop,
        )
        history.append(frozen)
        whole = hash((whole, frozen))
        key = whole if max_history is None else tuple(history[-max_history:])
        yield key, current, action.label, lines.get(id(action), 0)


def _lines(story: Story) -> dict[int, int]:
    """Return the line of each event; one that is only implied has that of the one before it."""
    found: dict[int, int] = {}
    latest = 0
    for event, line in zip(story.events, story.lines, strict=True):
        latest = line or latest
        if isinstance(event, ActionExecuted):
            found[id(event)] = latest
    return found


def _last(now: State) -> str:
    """Say what happened last in a situation; "" where nothing has happened yet."""
    if now.previous is not None and now.previous_is_text:
        return f"bot utterance {now.previous!r}"
    if now.previous is not None and now.previous != LISTEN:
        return f"action {now.previous!r}"
    if now.intent is not None:
        return f"intent {now.intent!r}"
    if now.text is not None:
        return f"user utterance {now.text!r}"
    return ""
