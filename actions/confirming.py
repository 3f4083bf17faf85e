"""What is asked before something happens: telling exactly what would, and taking a yes to that.

A topic that changes anything has a form whose last slot is `confirmed`, a `ConfirmedForm`. What
its question tells (`AskConfirmed`) stands in the slot `proposal`, and the action after the form
does what the proposal says, nothing else (for the order in hand, an `AgreedAction`).
"""

import asyncio
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import ActionExecutionRejected, EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.identity import OF_AN_ACCOUNT, find_order
from actions.services.errors import Reason
from actions.services.orders import Order, OrderService, order_service
from actions.slots import Slots, as_events, as_slots
from actions.topic import A_PERSON, orders_named, said_before
from actions.turn import confidence_of, intent_of

SURE_YES = 0.8
"""The least confidence with which a message must be understood as a yes to be one."""

MARKS = re.compile(r"[\s!-/:-@\[-`{-~¡¿–—…]+")
SOUND = re.compile(r"h+m*|m+(?:h+m*)?|u+h*m*|e+r*m*|a+h+", re.IGNORECASE)


class ConfirmedForm(FormValidationAction, ABC):
    """Questions, and at last a yes to what came of them.

    `takes_earlier_answers` says whether slots that were filled before the form began, by the
    request itself or before the topic was paused, are validated as answers, too.
    """

    takes_earlier_answers: ClassVar[bool] = False

    @abstractmethod
    def name(self) -> str:
        """The form's name after `validate_`."""

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The slots that are known, or emptied, as the form begins.

        May block, and say something; a service that fails is not its to tell: the action
        after the form does that. A yes and a proposal from before are gone already.
        """
        return {}

    def possible(self, tracker: Tracker) -> bool:
        """Whether there is anything to ask, once it has begun; the action says why not."""
        return True

    def means_other_things(self, tracker: Tracker) -> bool:
        """Whether a message is for the rules, though a slot would take it: a number that can only
        mean another order, or a yes to a person whom we have just offered."""
        intent, heard = intent_of(tracker), tracker.latest_message.get("entities") or []
        if tracker.get_slot("topic") in OF_AN_ACCOUNT:
            return False  # an order only shows whose it is
        if intent == "affirm":
            asked = tracker.get_slot("requested_slot")
            return bool(tracker.get_slot("offered") == "person" and asked != "confirmed")
        others = {*orders_named(tracker, intent)} - {tracker.get_slot("order_id")}
        in_address = any(entity.get("entity") == "address" for entity in heard)  # as its postcode
        return intent == "inform" and bool(others) and not in_address

    async def required_slots(
        self,
        domain_slots: list[str],
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> list[str]:
        """All of them, or none where nothing is `possible`."""
        return domain_slots if self.possible(tracker) else []

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """First what is known as it begins, since that decides which slots are required."""
        known: Slots = {}
        begins = tracker.get_slot("requested_slot") is None
        if not begins and self.means_other_things(tracker):
            return [ActionExecutionRejected(self.name().removeprefix("validate_"))]
        if begins:
            begun = await asyncio.to_thread(self.begin, dispatcher, tracker)
            known = {"proposal": None, "confirmed": None, **begun}
            tracker.slots.update(known)
        if not begins or self.takes_earlier_answers:
            events = await super().get_validation_events(dispatcher, tracker, domain)
            known |= as_slots(events)
        return as_events(known)

    async def validate_confirmed(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """See `decided`."""
        return self.decided(value, dispatcher, tracker)

    def decided(self, value: object, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """A yes counts only as the answer to our last question, about the order it was asked
        for: not one from before, to another offer, with another number, or half a "hmm"."""
        if tracker.get_slot("requested_slot") != "confirmed" or not isinstance(value, bool):
            return {"confirmed": None}
        if tracker.get_slot("offered") not in (None, "nothing"):
            return {"confirmed": None, "offered": "nothing"}
        if value and (confidence_of(tracker) < SURE_YES or _says_nothing(tracker)):
            dispatcher.utter_message(response="utter_yes_or_no")
            return {"confirmed": None}
        if value and {*orders_named(tracker, "affirm")} - {tracker.get_slot("order_id")}:
            dispatcher.utter_message(response="utter_about_this_order")
            return {"confirmed": None}
        return {"confirmed": value}


class AskConfirmed(Action, ABC):
    """Ask for the yes, in the response that `question` names, which may use all of `proposal`."""

    @abstractmethod
    def name(self) -> str:
        """`action_ask_<form>_confirmed`."""

    @abstractmethod
    def question(self, proposal: Slots) -> str:
        """The name of the response."""

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """One question."""
        proposal = tracker.get_slot("proposal") or {}
        dispatcher.utter_message(response=self.question(proposal), **proposal)
        return []


class AgreedAction(ServiceAction, ABC):
    """Do to the order in hand what was agreed to, once; else say why it stays as it is.

    `kept` is the response after a no, and where nothing is in the way but nothing was agreed to.
    `suggests` is what may be done instead, by the reason why it could not: a topic.
    """

    kept: ClassVar[str]
    suggests: ClassVar[Mapping[Reason, str]] = {}

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """A proposal counts only for the order it was made for, whatever the dialogue says."""
        proposal = tracker.get_slot("proposal") or {}
        if proposal.get("order_id") != tracker.get_slot("order_id"):
            return self._explain(find_order(self._orders, tracker), dispatcher, tracker)
        if tracker.get_slot("confirmed") is not True:
            dispatcher.utter_message(response=self.kept)
        else:
            return self.do(proposal, dispatcher, tracker)
        return {}

    @abstractmethod
    def do(self, proposal: Slots, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Do it, and say what came of it; returns the slots to set. May raise any
        `ServiceError`."""

    @abstractmethod
    def obstacle(self, order: Order) -> Reason | None:
        """What is in the way; `None` where nothing is."""

    def _explain(self, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Who asks again right after hearing why not is not told the same once more."""
        why_not = self.obstacle(order)
        if why_not is None:
            dispatcher.utter_message(response=self.kept)
            return {}
        response = self.refusal(why_not)
        if response in said_before(tracker):
            dispatcher.utter_message(response="utter_as_i_said", order_id=order.number)
            return {"suggested_topic": A_PERSON}
        dispatcher.utter_message(response=response, order_id=order.number)
        return {"suggested_topic": self.suggests.get(why_not)}


def _says_nothing(tracker: Tracker) -> bool:
    """Whether a message is nothing but sounds and marks: "hmm" and "mhm" are a letter apart, "-"
    may be taken for anything, and neither is a yes to money. A thumb is one."""
    text = tracker.latest_message.get("text") or ""
    return bool(text) and all(SOUND.fullmatch(word) for word in MARKS.split(text) if word)
