"""What is common to all topics: opening one, closing it, leaving it.

A topic is what a customer wants, under its intent's name. `topic` is the one in hand,
`paused_topic` one that waits for its end, `last_topic` the one that was in hand before.
`offered` is what a bare yes or no would answer now.
"""

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.slots import Slots, as_events, emptied
from actions.turn import intent_of, upset
from actions.wording import email_address, order_number

OF_ANOTHER_ADDRESS = {"edit_account", "create_account", "newsletter_subscription", "get_invoice"}
"""Topics in which an address may be another than the one a customer is known by."""

OF_A_TOPIC = ("access", "request", "proposal", "confirmed")
"""What only means something within the topic in hand."""


class ActionOpenTopic(Action):
    """Begin what the latest message asks for, and remember what it interrupts."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_open_topic"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Leaves any form. A number and an address in the message are taken along."""
        if upset(tracker) and tracker.get_slot("offered") != "person":
            dispatcher.utter_message(response="utter_sorry_for_trouble")
        topic, before = intent_of(tracker), tracker.get_slot("topic")
        waiting = (before, other_request(tracker, domain), tracker.get_slot("paused_topic"))
        paused = next((one for one in waiting if one and one != topic), None)
        return [
            *left(),
            *emptied(*OF_A_TOPIC),
            *as_events(identified(tracker)),
            SlotSet("topic", topic),
            SlotSet("request", tracker.latest_message.get("text")),
            SlotSet("paused_topic", paused),
        ]


class ActionCloseTopic(Action):
    """End the topic in hand, and ask what comes next."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_close_topic"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """A paused topic is offered first, else a person to who is upset, else anything."""
        if paused := tracker.get_slot("paused_topic"):
            own = f"utter_ask_resume_{paused}"
            known = own in (domain.get("responses") or {})
            dispatcher.utter_message(response=own if known else "utter_ask_resume")
            offered = "resume"
        elif upset(tracker) and tracker.get_slot("topic") != "contact_human_agent":
            dispatcher.utter_message(response="utter_offer_person")
            offered = "person"
        else:
            dispatcher.utter_message(response="utter_anything_else")
            offered = "more"
        return [*closed(tracker, domain), SlotSet("offered", offered)]


class ActionDropTopic(Action):
    """Leave everything as it is: the form, the topic, and what was paused."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_drop_topic"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Nothing is said; who the customer is stays known for this session."""
        return [
            *left(),
            *closed(tracker, domain),
            *emptied("order_id", "paused_topic"),
            SlotSet("offered", "nothing"),
        ]


def left() -> list[EventType]:
    """The events that leave a form, whichever is on."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def closed(tracker: Tracker, domain: DomainDict) -> list[EventType]:
    """The events that end the topic in hand, its forms' answers included."""
    topic = tracker.get_slot("topic")
    answers = {
        slot
        for name, form in (domain.get("forms") or {}).items()
        if topic and name.startswith(topic)
        for slot in form["required_slots"]
    }
    return [
        *emptied("topic", *OF_A_TOPIC),
        *emptied(*sorted(answers - {*OF_A_TOPIC, "order_id", "email"})),
        SlotSet("last_topic", topic or tracker.get_slot("last_topic")),
    ]


def other_request(tracker: Tracker, domain: DomainDict) -> str | None:
    """What else the latest message asks for, where the pipeline found two requests in it."""
    clauses = tracker.latest_message.get("clauses") or []
    requests = [(clause.get("intent") or {}).get("name") for clause in clauses]
    others = topics_of(domain) - {intent_of(tracker)}
    return next((name for name in requests if name in others), None)


def topics_of(domain: DomainDict) -> set[str]:
    """The names that `topic` may have."""
    return set(domain["slots"]["topic"]["values"])


def identified(tracker: Tracker) -> Slots:
    """The order number and the e-mail address that the latest message names, as slots.

    A `new` address is one that an account should get, so it is not the customer's yet.
    Where nothing but an order can be meant, any address in the text will do.
    """
    numbers = [order_number(said) for said in tracker.get_latest_entity_values("order_id")]
    emails = [
        email_address(entity["value"])
        for entity in tracker.latest_message.get("entities") or []
        if entity.get("entity") == "email" and entity.get("role") != "new"
    ]
    if not emails and intent_of(tracker) not in OF_ANOTHER_ADDRESS:
        emails = [email_address(tracker.latest_message.get("text") or "")]
    last = {"order_id": numbers[-1:], "email": emails[-1:]}
    return {slot: said[0] for slot, said in last.items() if said and said[0]}
