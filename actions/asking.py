"""Actions that ask a service: whatever it refuses or fails at becomes a sentence."""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.services.errors import (
    NotFound,
    NotPossible,
    Reason,
    ServiceError,
    ServiceUnavailable,
    TooManyAttempts,
)
from actions.slots import Slots, as_events

logger = logging.getLogger(__name__)


class ServiceAction(Action, ABC):
    """Runs `answer` in a thread, and tells what the service would not or could not do.

    A reason of `refusals` has the response `<refused>_<reason>`, any other reason `refused`.
    Where an effect may have happened, the response is `unsure`. `forgets` are the slots that
    are empty afterwards, whatever came of it.
    """

    refused: ClassVar[str] = "utter_refused"
    refusals: ClassVar[frozenset[Reason]] = frozenset()
    unsure: ClassVar[str] = "utter_effect_unsure"
    forgets: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def name(self) -> str:
        """The name in the domain."""

    @abstractmethod
    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Ask and say; returns the slots to set. May block, and raise any `ServiceError`."""

    def refusal(self, reason: Reason | None) -> str:
        """The response that says why not."""
        return f"{self.refused}_{reason}" if reason in self.refusals else self.refused

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """See the class."""
        slots: Slots = dict.fromkeys(self.forgets)
        try:
            slots |= await asyncio.to_thread(self.answer, dispatcher, tracker)
        except ServiceError as error:
            dispatcher.utter_message(
                response=self.worded(error), order_id=tracker.get_slot("order_id")
            )
        return as_events(slots)

    def worded(self, error: ServiceError) -> str:
        """The response for what went wrong; what is not the customer's to know is logged."""
        match error:
            case TooManyAttempts():
                return "utter_too_many_attempts"
            case NotPossible(reason=reason):
                return self.refusal(reason)
            case NotFound():
                return "utter_not_theirs"
            case ServiceUnavailable(maybe_done=True):
                logger.error("%s may or may not have happened.", self.name(), exc_info=error)
                return self.unsure
            case _:
                logger.error("%s could not be answered.", self.name(), exc_info=error)
                return "utter_service_down"
