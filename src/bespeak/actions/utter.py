"""What the bot says by itself: responses, answers found by a selector, end-to-end texts."""

import logging
from collections.abc import Mapping
from typing import Any, Final

from bespeak.actions.nlg import Generator
from bespeak.dialogue.responses import bot_uttered
from bespeak.domain import Domain
from bespeak.errors import ActionError
from bespeak.events import BotUttered, Event
from bespeak.tracker import Tracker

log = logging.getLogger(__name__)

APOLOGY_RESPONSE: Final = "utter_action_error"
APOLOGY: Final = "I'm sorry, something went wrong on my side. Please try again in a moment."


async def uttered(
    response: str, tracker: Tracker, domain: Domain, generator: Generator
) -> BotUttered | None:
    """Return the response as said here and now; None where there is nothing to say."""
    message = await generator.generate(response, tracker, domain, {})
    return bot_uttered({**message, "utter_action": response}) if message is not None else None


class Utter:
    """Says a response. A missing one is an error in the log, unless it is `optional`."""

    def __init__(self, response: str, generator: Generator, *, optional: bool = False) -> None:
        self.response = response
        self.generator = generator
        self.optional = optional

    async def run(self, tracker: Tracker, domain: Domain) -> list[Event]:
        said = await uttered(self.response, tracker, domain, self.generator)
        if said is not None:
            return [said]
        if not self.optional:
            log.error(
                "Nothing to say for %r: the domain has no such response, or no variation of it "
                "fits the channel and the slots.",
                self.response,
            )
        return []


class UtterRetrieved:
    """Says what a response selector found for the retrieval intent (`utter_<intent>`)."""

    def __init__(self, name: str, generator: Generator) -> None:
        self.name = name
        self.generator = generator

    async def run(self, tracker: Tracker, domain: Domain) -> list[Event]:
        response = retrieved(self.name, tracker)
        if response is None:
            raise ActionError(
                f"{self.name!r} has no answer to give: no response selector has looked at the "
                "latest message. Is a ResponseSelector in the pipeline?",
                action=self.name,
            )
        return await Utter(response, self.generator).run(tracker, domain)


def retrieved(action: str, tracker: Tracker) -> str | None:
    """Return the full response (`utter_faq/hours`) that a selector found for the latest message.

    A selector of that intent alone comes before the one for all.
    """
    message = tracker.latest_message
    selectors: Mapping[str, Any] = message.parse.get("response_selector") or {} if message else {}
    intent = action.removeprefix("utter_")
    selected = selectors.get(intent) or selectors.get("default")
    if not isinstance(selected, Mapping):
        return None
    response = (selected.get("response") or {}).get("utter_action")
    return response if isinstance(response, str) else None


class SayText:
    """Says the text of an end-to-end story."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def run(self, tracker: Tracker, domain: Domain) -> list[Event]:
        return [bot_uttered({"text": self.text})]


async def apology(tracker: Tracker, domain: Domain, generator: Generator) -> BotUttered:
    """Return what the customer hears when an action failed.

    That is `utter_action_error`, or plain words where the domain has none or it fails as well.
    """
    try:
        said = await uttered(APOLOGY_RESPONSE, tracker, domain, generator)
    except ActionError as error:
        log.error("%s", error)
        said = None
    return said or bot_uttered({"text": APOLOGY, "utter_action": APOLOGY_RESPONSE})
