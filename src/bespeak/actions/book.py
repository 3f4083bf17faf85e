"""From the name of an action to what carries it out."""

import difflib
import random
import time
from collections.abc import Callable, Sequence

from bespeak.actions.action import Action
from bespeak.actions.builtin import default_actions
from bespeak.actions.custom import CustomAction
from bespeak.actions.executor import Executor
from bespeak.actions.extraction import SlotExtraction
from bespeak.actions.form import FormAction
from bespeak.actions.nlg import DomainResponses, Generator
from bespeak.actions.two_stage import TwoStageFallback
from bespeak.actions.utter import SayText, Utter, UtterRetrieved, apology
from bespeak.domain import (
    EXTRACT_SLOTS,
    TWO_STAGE_FALLBACK,
    Domain,
)
from bespeak.errors import ActionError
from bespeak.events import Event
from bespeak.tracker import Tracker


class ActionBook:
    """All actions of an assistant, by name.

    `executor` runs custom actions (None: there are none, and asking for one is an `ActionError`),
    `generator` puts responses into words (None: from the domain, choosing with `rng`), `clock`
    stamps what forms show their actions.
    """

    def __init__(
        self,
        domain: Domain,
        *,
        executor: Executor | None = None,
        generator: Generator | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.domain = domain
        self.executor = executor
        self.generator = generator or DomainResponses(rng=rng)
        self.clock = clock
        self._extraction = SlotExtraction(self._custom, clock)
        self._defaults: dict[str, Action] = {
            **default_actions(self.generator),
            TWO_STAGE_FALLBACK: TwoStageFallback(
                lambda name: self._action(name, TWO_STAGE_FALLBACK)
            ),
            EXTRACT_SLOTS: self._extraction,
        }
        self._actions: dict[str, Action] = {}

    def action(self, name: str) -> Action:
        """Return the action; raises `ActionError` where nothing is called that."""
        if name not in self._actions:
            self._actions[name] = self._action(name, "")
        return self._actions[name]

    async def extract_slots(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        """Return what the latest message fills, with what validating actions say to it.

        A custom action that fails here fills nothing; it is told of by an `ActionFailed`.
        """
        return await self._extraction.run(tracker, domain)

    async def apology(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        """Return what the customer hears when an action failed; never raises `ActionError`."""
        return [await apology(tracker, domain, self.generator)]

    async def close(self) -> None:
        """Close what the book was given."""
        await self.generator.close()
        if self.executor is not None:
            await self.executor.close()

    def _action(self, name: str, within: str) -> Action:
        """Return the action: ours, unless the project lists one of that name; then by its kind."""
        domain = self.domain
        if name in self._defaults and name not in domain.actions and name not in domain.forms:
            return self._defaults[name]
        if name.startswith("utter_") and name.removeprefix("utter_") in domain.retrieval_intents:
            return UtterRetrieved(name, self.generator)
        if name in domain.texts:
            return SayText(name)
        if name.startswith("utter_"):
            return Utter(name, self.generator)
        if name in domain.forms and name not in domain.actions:
            return FormAction(name, self._action, self._extraction.within, self.clock)
        if not domain.knows_action(name):
            near = difflib.get_close_matches(name, domain.action_names, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ActionError(f"The domain has no action {name!r}.{hint}", action=name)
        return self._custom(name, within)

    def _custom(self, name: str, within: str) -> CustomAction:
        return CustomAction(name, self.executor, self.generator, within)
