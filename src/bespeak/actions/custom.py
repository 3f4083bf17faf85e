"""A custom action: code of the project, wherever that runs."""

import logging
from collections.abc import Mapping
from typing import Any

from bespeak.actions.executor import Executor
from bespeak.actions.nlg import Generator
from bespeak.dialogue.responses import bot_uttered
from bespeak.domain import Domain
from bespeak.errors import ActionError
from bespeak.events import BotUttered, Event
from bespeak.tracker import Tracker

log = logging.getLogger(__name__)


class CustomAction:
    """Runs an action of the project: its messages come first, then its events.

    `within` names the action of ours that asks for it, if any.
    """

    def __init__(
        self, name: str, executor: Executor | None, generator: Generator, within: str = ""
    ) -> None:
        self.name = name
        self.executor = executor
        self.generator = generator
        self.within = within

    async def run(self, tracker: Tracker, domain: Domain) -> list[Event]:
        if self.executor is None:
            raise ActionError(
                f"The custom action {self.name!r} has nowhere to run. Name in endpoints.yml an "
                "action server (action_endpoint: {url: 'http://localhost:5055/webhook'}) or the "
                "module of the actions (action_endpoint: {module: actions}).",
                action=self.name,
            )
        answer = await self.executor.run(self.name, tracker, domain, self.within)
        messages: list[Event] = []
        for response in answer.responses:
            message = await self._message(response, tracker, domain)
            if message is not None:
                messages.append(message)
        return [*messages, *answer.events]

    async def _message(
        self, response: Mapping[str, Any], tracker: Tracker, domain: Domain
    ) -> BotUttered | None:
        """Return what is said: a named response with the rest as its arguments, or a free one.

        What the action says itself wins over the response's own, unless it is empty; its buttons
        come after the response's.
        """
        given = {key: value for key, value in response.items() if key != "response"}
        draft: dict[str, Any] = {}
        name = response.get("response")
        if name:
            generated = await self.generator.generate(name, tracker, domain, given)
            if not generated:
                log.error("%s says %r, but the domain has no such response.", self.name, name)
                return None
            draft = {**generated, "utter_action": name}
        buttons = given.pop("buttons", None) or []
        if buttons:
            draft["buttons"] = [*(draft.get("buttons") or ()), *buttons]
        return bot_uttered({**draft, **{key: value for key, value in given.items() if value}})
