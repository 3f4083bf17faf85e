"""The order that is talked of: taken from a bare number, put aside for another one, given up."""

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.offers import going_on_as
from actions.slots import as_events, emptied
from actions.topic import closed, identified, left, requests
from actions.understanding import failed

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
            *emptied("order_id"),
            *as_events(identified(tracker)),
            SlotSet("topic", topic),
            SlotSet("paused_topic", paused if paused != topic else None),
        ]


class ActionTakeFacts(Action):
    """Make something of a number, an address or a name that nothing has asked for."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_take_facts"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """An order's number or address are a question about that order: what half of the message
        asks, what was asked last, else where it is. In a form, another order's number means that
        order instead."""
        known = identified(tracker)
        if tracker.active_loop_name is None and known:
            asked = [*requests(tracker, domain), _topic_of_an_order(tracker)]
            return going_on_as(asked[0], tracker, known)
        if "order_id" not in known or tracker.get_slot("topic") in WITHOUT_ORDER:
            return as_events(failed(dispatcher, tracker, response="utter_default"))
        if known["order_id"] == tracker.get_slot("order_id"):
            return []
        return going_on_as("other_order", tracker, known)


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
            *emptied("order_id", "email", "paused_topic"),
            SlotSet("offered", "person"),
        ]


def _topic_of_an_order(tracker: Tracker) -> str:
    """What an order is asked for that the customer only names."""
    topic: str | None = tracker.get_slot("topic") or tracker.get_slot("last_topic")
    return "track_order" if topic is None or topic in WITHOUT_ORDER else topic
