"""The two-stage fallback: ask what was meant, then to rephrase, then give up."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from bespeak.actions.action import Action
from bespeak.actions.builtin import OUT_OF_SCOPE, clarified
from bespeak.domain import (
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    DEFAULT_FALLBACK,
    LISTEN,
    NLU_FALLBACK,
    TWO_STAGE_FALLBACK,
    Domain,
)
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.tracker import Tracker


class TwoStageFallback:
    """A loop that ends when the user clarified what was meant, or when nothing helped.

    `action` finds the actions it asks with, any of which the project may replace.
    """

    def __init__(self, action: Callable[[str], Action]) -> None:
        self.action = action

    async def run(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        events: list[Event] = []
        begins = tracker.active_loop != TWO_STAGE_FALLBACK
        if begins:
            events.append(ActiveLoop(TWO_STAGE_FALLBACK))
        gives_up = _gives_up(tracker)
        if not gives_up and not _is_clear(tracker):
            asked = ASK_AFFIRMATION if begins or _intent(tracker) == NLU_FALLBACK else ASK_REPHRASE
            return [*events, *await self.action(asked).run(tracker, domain)]
        events.append(ActiveLoop(None))
        if gives_up:
            return [*events, *await self.action(DEFAULT_FALLBACK).run(tracker, domain)]
        message = tracker.latest_message
        again = [clarified(message)] if message is not None else []
        return [*events, UserUtteranceReverted(), ActionExecuted(LISTEN), *again]


def _intent(tracker: Tracker) -> str | None:
    return tracker.latest_message.intent_name if tracker.latest_message else None


def _is_clear(tracker: Tracker) -> bool:
    return _intent(tracker) not in (NLU_FALLBACK, OUT_OF_SCOPE)


def _gives_up(tracker: Tracker) -> bool:
    """Say whether the rephrased message is unclear as well, or its meaning was denied again."""
    newest = list(islice(_intents(tracker), 3))
    return newest[:2] == [NLU_FALLBACK, NLU_FALLBACK] or newest == [
        OUT_OF_SCOPE,
        NLU_FALLBACK,
        OUT_OF_SCOPE,
    ]


def _intents(tracker: Tracker) -> Iterator[str | None]:
    """Yield the intents of the messages so far, newest first; an undone message breaks the row."""
    for event in reversed(tracker.events):
        match event:
            case UserUttered():
                yield event.intent_name
            case UserUtteranceReverted():
                yield "(undone)"
            case Restarted():
                return
            case _:
                pass  # only what the user said counts
