"""The default actions: what each does to the conversation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from bespeak.actions.nlg import Generator
from bespeak.actions.utter import Utter
from bespeak.dialogue.responses import bot_uttered
from bespeak.dialogue.sessions import session_start
from bespeak.domain import (
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    BACK,
    DEACTIVATE_LOOP,
    DEFAULT_FALLBACK,
    LISTEN,
    NLU_FALLBACK,
    REQUESTED_SLOT,
    RESTART,
    REVERT_FALLBACK,
    SESSION_START,
    UNLIKELY_INTENT,
    Domain,
)
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.tracker import Tracker, walked

OUT_OF_SCOPE: Final = "out_of_scope"


class Does:
    """Does what a function of the conversation says, after saying `response` where it exists."""

    def __init__(
        self,
        effect: Callable[[Tracker, Domain], Sequence[Event]],
        generator: Generator,
        response: str | None = None,
    ) -> None:
        self.effect = effect
        self.said = Utter(response, generator, optional=True) if response else None

    async def run(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        said = await self.said.run(tracker, domain) if self.said else []
        return [*said, *self.effect(tracker, domain)]


def default_actions(generator: Generator) -> Mapping[str, Does]:
    """Return the default actions by name, but for the two-stage fallback, which asks others."""
    return {
        LISTEN: Does(_nothing, generator),
        RESTART: Does(_restart, generator, "utter_restart"),
        SESSION_START: Does(session_start, generator),
        DEFAULT_FALLBACK: Does(_rewind, generator, "utter_default"),
        DEACTIVATE_LOOP: Does(_deactivate, generator),
        REVERT_FALLBACK: Does(_revert_fallback, generator),
        ASK_AFFIRMATION: Does(_ask_affirmation, generator),
        ASK_REPHRASE: Does(_nothing, generator, "utter_ask_rephrase"),
        UNLIKELY_INTENT: Does(_nothing, generator),
        BACK: Does(_back, generator, "utter_back"),
    }


def clarified(message: UserUttered) -> UserUttered:
    """Return the message again, now that the user confirmed what was meant."""
    intent = message.intent
    return replace(
        message, intent=replace(intent, confidence=1.0) if intent else None, timestamp=None
    )


def _nothing(tracker: Tracker, domain: Domain) -> list[Event]:
    return []


def _restart(tracker: Tracker, domain: Domain) -> list[Event]:
    return [Restarted()]


def _rewind(tracker: Tracker, domain: Domain) -> list[Event]:
    return [UserUtteranceReverted()]


def _back(tracker: Tracker, domain: Domain) -> list[Event]:
    return [UserUtteranceReverted(), UserUtteranceReverted()]


def _deactivate(tracker: Tracker, domain: Domain) -> list[Event]:
    return [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)]


def _ask_affirmation(tracker: Tracker, domain: Domain) -> list[Event]:
    intent = _guessed_intent(tracker)
    message = {
        "text": f"Did you mean '{intent}'?",
        "buttons": [
            {"title": "Yes", "payload": f"/{intent}"},
            {"title": "No", "payload": f"/{OUT_OF_SCOPE}"},
        ],
        "utter_action": ASK_AFFIRMATION,
    }
    return [bot_uttered(message)]


def _guessed_intent(tracker: Tracker) -> str | None:
    """Return what the user most likely meant: where nothing was sure, the best of the guesses."""
    message = tracker.latest_message
    if message is None:
        return None
    ranking = message.parse.get("intent_ranking") or []
    if message.intent_name == NLU_FALLBACK and len(ranking) > 1:
        name = ranking[1].get("name")
        return name if isinstance(name, str) else None
    return message.intent_name


def _revert_fallback(tracker: Tracker, domain: Domain) -> list[Event]:
    """Undo the questions of a fallback, so that stories need not tell of them.

    A rephrased message stands in for what was not understood; an affirmed one is sure.
    """
    message = tracker.latest_message
    match message, _latest_actions(tracker):
        case UserUttered(), [action, *_] if action == ASK_REPHRASE:
            # the rephrased message, the refusal before it, and what was not understood at first
            undone, again = 3, replace(message, timestamp=None)
        case UserUttered(), [action, before, *_] if (action, before) == (
            ASK_AFFIRMATION,
            ASK_REPHRASE,
        ):
            undone, again = 4, clarified(message)
        case UserUttered(), [action, *_] if action == ASK_AFFIRMATION:
            undone, again = 2, clarified(message)
        case _:
            return []
    return [*[UserUtteranceReverted()] * undone, ActionExecuted(LISTEN), again]


def _latest_actions(tracker: Tracker) -> list[str | None]:
    """Return the two latest actions that still hold, newest first, listening left out."""
    actions = (
        step.event.name for step in walked(tracker.past) if isinstance(step.event, ActionExecuted)
    )
    return list(islice((name for name in actions if name != LISTEN), 2))
