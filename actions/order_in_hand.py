"""The order that is talked of: taken from a bare number, put aside for another one, given up."""

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.requested import Request, requests
from actions.slots import as_events, emptied
from actions.topic import OF_A_KNOWN_CUSTOMER, PAUSED, closed, identified, left
from actions.turn import intents_before
from actions.understanding import failed, offered_product

WITHOUT_ORDER = {
    "complaint",
    "review",
    "contact_human_agent",
    "create_account",
    "switch_account",
    "recover_password",
    "registration_problems",
    "newsletter_subscription",
}
"""Topics that a number by itself can't be meant for."""


OF_A_PRODUCT = {"product", "size", "colour"}
"""Entities that can complete a question about a product."""

ABOUT_PRODUCTS = {"ask_price", "ask_size", "ask_stock", "compare_products"}


class ActionForgetOrder(Action):
    """Put the order in hand aside, for the one that is meant; the topic stays."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_forget_order"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Nothing is said. "No, CM-10490" names the order that is in hand from now on."""
        topic = _topic_of_an_order(tracker)
        paused = tracker.get_slot("paused_topic")
        return [
            *left(),
            *closed(tracker, domain),
            *emptied("order_id", *(PAUSED if paused == topic else ())),
            *as_events(identified(tracker)),
            SlotSet("topic", topic),
        ]


class ActionTakeFacts(Action):
    """Make something of a number, an address or a name that nothing has asked for."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_take_facts"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Outside of forms they complete what half of the message asks, or what was asked last: of
        an order, else of a product ("and in red?"). In a form, another order's number means that
        order instead."""
        known = identified(tracker)
        if tracker.active_loop_name is None and (meant := _meant(tracker, domain)):
            return meant.said(tracker)
        if tracker.active_loop_name is None and (product := offered_product(dispatcher, tracker)):
            return as_events(product)
        if "order_id" not in known or tracker.get_slot("topic") in WITHOUT_ORDER:
            return as_events(failed(dispatcher, tracker, response="utter_default"))
        if known["order_id"] == tracker.get_slot("order_id"):
            return []
        return Request.of("other_order", known).said(tracker)


class ActionTellWhereOrderIdIs(Action):
    """Help who has no order number. Who is asked for something else does not know that."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_where_order_id_is"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Before a yes there is time; elsewhere "I don't know" is not understood."""
        form = tracker.active_loop_name
        if tracker.get_slot("requested_slot") == "confirmed":
            dispatcher.utter_message(response="utter_no_hurry")
        elif form == "identity_form" or not (form or tracker.get_slot("order_id")):
            dispatcher.utter_message(response="utter_where_to_find_order_id")
        else:
            return as_events(failed(dispatcher, tracker, response="utter_default"))
        return []


class ActionOfferRetry(Action):
    """Say that the shop could not be asked, and offer to try once more."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_offer_retry"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """The topic stays in hand; a no, or another topic, ends it."""
        dispatcher.utter_message(response="utter_service_unavailable")
        dispatcher.utter_message(response="utter_ask_retry")
        return [*emptied("access"), SlotSet("offered", "retry")]


class ActionGiveUp(Action):
    """End a topic whose customer could not show that the order is theirs."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_give_up"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """A person is offered, who can look for the order in other ways."""
        dispatcher.utter_message(response="utter_lookup_gave_up")
        return [
            *closed(tracker, domain),
            *emptied("order_id", "email", *PAUSED),
            SlotSet("offered", "person"),
        ]


def _meant(tracker: Tracker, domain: DomainDict) -> Request | None:
    """What bare facts ask for; `None` where nothing was asked that they could complete."""
    if asked := requests(tracker, domain):
        return asked[0]
    heard = tracker.latest_message.get("entities") or []
    if known := identified(tracker):
        topic = _topic_of_an_order(tracker)
        if topic in OF_A_KNOWN_CUSTOMER and "order_id" not in known:  # "and my mail: …"
            return Request(tracker.latest_message.get("text") or "", topic, tuple(heard))
        return Request.of(topic, known)
    if not OF_A_PRODUCT & {entity.get("entity") for entity in heard}:
        return None
    before = intents_before(tracker)
    question = before[0] if before and before[0] in ABOUT_PRODUCTS else ""
    orders = "place_order" if tracker.get_slot("last_topic") == "place_order" else ""
    text = tracker.latest_message.get("text") or ""
    return Request(text, question or orders, tuple(heard)) if question or orders else None


def _topic_of_an_order(tracker: Tracker) -> str:
    """What an order is asked for that the customer only names."""
    topic: str | None = tracker.get_slot("topic") or tracker.get_slot("last_topic")
    return "track_order" if topic is None or topic in WITHOUT_ORDER else topic
