"""`action_extract_slots`: what the latest message fills, once custom actions have had their say."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from bespeak.actions.action import Action
from bespeak.dialogue.slots import considered
from bespeak.domain import VALIDATE_SLOT_MAPPINGS, Domain
from bespeak.errors import ActionError, ActionRejected
from bespeak.events import ActionFailed, BotUttered, Event, SlotSet, stamped
from bespeak.tracker import Tracker

log = logging.getLogger(__name__)

AFTER_MESSAGE: Final = "extract"


class SlotExtraction:
    """Runs the slot mappings, the custom actions that some of them name, and the validation.

    `custom` finds a custom action by name, called within something. An action that fails gives no
    value and takes none away: an `ActionFailed` tells of it, and the turn goes on.
    """

    def __init__(self, custom: Callable[[str, str], Action], clock: Callable[[], float]) -> None:
        self.custom = custom
        self.clock = clock

    async def run(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        return await self.within(tracker, domain, AFTER_MESSAGE)

    async def within(self, tracker: Tracker, domain: Domain, within: str) -> Sequence[Event]:
        """Run as a part of what `within` names."""
        slots: list[SlotSet] = []
        failed: list[Event] = []
        asked: set[str] = set()
        for decision in considered(tracker, domain):
            if decision.taken:
                slots.append(SlotSet(decision.slot, decision.value))
            elif decision.action is not None and decision.action not in asked:
                asked.add(decision.action)
                for event in await self._asked(decision.action, tracker, domain, within):
                    match event:
                        case SlotSet():
                            slots.append(event)
                        case ActionFailed():
                            failed.append(event)
                        case _:
                            log.info(
                                "%s may only set slots here: its event %r is left out.",
                                decision.action,
                                event.type,
                            )
        if VALIDATE_SLOT_MAPPINGS not in domain.actions:
            return [*failed, *slots]
        return [*failed, *await self._validated(slots, tracker, domain, within)]

    async def _validated(
        self, slots: Sequence[SlotSet], tracker: Tracker, domain: Domain, within: str
    ) -> list[Event]:
        """Return what the validation makes of the values; those it does not mention stay."""
        filled = tracker.record(stamped(slot, self.clock()) for slot in slots)
        events: list[Event] = []
        for event in await self._asked(VALIDATE_SLOT_MAPPINGS, filled, domain, within):
            if isinstance(event, SlotSet | BotUttered | ActionFailed):
                events.append(event)
            else:
                log.info(
                    "%s may only set slots and speak: its event %r is left out.",
                    VALIDATE_SLOT_MAPPINGS,
                    event.type,
                )
        mentioned = {event.name for event in events if isinstance(event, SlotSet)}
        return [*events, *(slot for slot in slots if slot.name not in mentioned)]

    async def _asked(
        self, name: str, tracker: Tracker, domain: Domain, within: str
    ) -> Sequence[Event]:
        try:
            return await self.custom(name, within).run(tracker, domain)
        except ActionRejected as rejection:
            log.warning("%s declined, and fills no slot: %s", name, rejection)
            return []
        except ActionError as error:
            log.warning("%s failed, and fills no slot: %s", name, error)
            return [ActionFailed(name, str(error), error.request_id)]
