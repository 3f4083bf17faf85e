"""Where something was not understood, by us or by the customer: other words, a person, or again."""

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.requested import Request, first_request
from actions.slots import Slots, as_events
from actions.turn import intent_of, upset

MOST_FAILED_TURNS = 2
"""Turns in a row that were not understood, until a person is offered."""


class ActionNotUnderstood(Action):
    """Ask for other words; the second time in a row, or to who is upset, offer a person.

    A message that is not understood as a whole, but in both of its halves, makes two requests.
    """

    def name(self) -> str:
        """The name in the domain."""
        return "action_not_understood"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """What is beside the point and what is not understood count alike."""
        if first := first_request(tracker, domain):
            return first.said(tracker)
        if tracker.active_loop_name is None and (product := offered_product(dispatcher, tracker)):
            return as_events(product)
        beside = intent_of(tracker) == "out_of_scope"
        response = "utter_out_of_scope" if beside else "utter_default"
        return as_events(failed(dispatcher, tracker, response=response))


class ActionRepeat(Action):
    """Say again what was said last."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_repeat"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """In a form the question comes again by itself, so it is left out here."""
        said: list[EventType] = []
        heard = 0
        for event in reversed(tracker.events):
            heard += event.get("event") == "user"
            if heard > 1:
                break
            if heard == 1 and event.get("event") == "bot":
                said.insert(0, event)
        if tracker.active_loop_name and said:
            said.pop()
        for event in said:
            buttons = (event.get("data") or {}).get("buttons") or []
            dispatcher.utter_message(text=event.get("text"), buttons=buttons)
        if not said and not tracker.active_loop_name:
            dispatcher.utter_message(response="utter_help")
        return []


def offered_product(dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
    """Offer to order what a message names without saying why ("two rain jackets in M").

    Returns what slots become; nothing where no product is named.
    """
    heard = tracker.latest_message.get("entities") or []
    if not any(entity.get("entity") == "product" for entity in heard):
        return {}
    order = Request(tracker.latest_message.get("text") or "", "place_order", tuple(heard))
    dispatcher.utter_message(response="utter_ask_order_it")
    return {"paused_topic": order.intent, "paused_request": order.wire, "offered": "resume"}


def failed(
    dispatcher: CollectingDispatcher, tracker: Tracker, *, response: str, **values: object
) -> Slots:
    """Say that a turn got nowhere, and offer a person where it is not the first in a row.

    Returns what slots become.
    """
    count = failed_before(tracker) + 1
    dispatcher.utter_message(response=response, **values)
    if count < MOST_FAILED_TURNS and not upset(tracker):
        return {"failed_turns": count}
    dispatcher.utter_message(response="utter_offer_person")
    return {"failed_turns": None, "offered": "person"}


def no_answer(
    slot: str,
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    *,
    response: str,
    **values: object,
) -> Slots:
    """What slots become where a form can't take an answer: its own stays empty. See `failed`."""
    return {slot: None, **failed(dispatcher, tracker, response=response, **values)}


def failed_before(tracker: Tracker) -> int:
    """How many turns in a row had got nowhere when the latest message came."""
    messages = 0
    for event in reversed(tracker.events):
        messages += event.get("event") == "user"
        if messages == 1 and event.get("name") == "failed_turns":
            return int(event.get("value") or 0)
    return 0
