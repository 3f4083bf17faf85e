"""What is common to all topics: opening one, closing it, leaving it.

A topic is what a customer wants, under its intent's name. `topic` is the one in hand,
`paused_topic` one that waits for its end, `last_topic` the one that was in hand before.
`offered` is what a bare yes or no would answer now.
"""

from collections.abc import Sequence

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.slots import Slots, as_events, emptied
from actions.turn import intent_of, upset
from actions.wording import email_address, order_number

OF_ANOTHER_ADDRESS = {"edit_account", "create_account", "newsletter_subscription", "get_invoice"}
"""Topics in which an address may be another than the one a customer is known by."""

OF_A_TOPIC = ("access", "request", "proposal", "confirmed", "tried_order")
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
        topic = intent_of(tracker)
        return [
            *left(),
            *emptied(*OF_A_TOPIC),
            *as_events(identified(tracker)),
            SlotSet("topic", topic),
            SlotSet("request", tracker.latest_message.get("text")),
            *as_events(waiting(tracker, domain, topic)),
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


def waiting(tracker: Tracker, domain: DomainDict, topic: str) -> Slots:
    """The topic that waits for the end of this one, which begins now, and the order it is about.

    What is interrupted comes first, then what the same message asks for, then what waits already.
    """
    found = [
        (tracker.get_slot("topic"), tracker.get_slot("order_id")),
        *((name, _last(orders_named(tracker, name))) for name in requests(tracker, domain)),
        (tracker.get_slot("paused_topic"), tracker.get_slot("paused_order")),
    ]
    paused, order = next((one for one in found if one[0] not in (None, topic)), (None, None))
    return {"paused_topic": paused, "paused_order": order}


def requests(tracker: Tracker, domain: DomainDict) -> list[str]:
    """The topics that the latest message asks for, where the pipeline found two things in it."""
    clauses = tracker.latest_message.get("clauses") or []
    names = [(clause.get("intent") or {}).get("name") for clause in clauses]
    return [name for name in names if name in topics_of(domain)]


def orders_named(tracker: Tracker, topic: str) -> list[str]:
    """The orders that the latest message names; of two requests in it, those of this one.

    A request that names none is about the other's. Bare facts beside a request belong to it.
    """
    spans = {
        (clause.get("intent") or {}).get("name"): (clause["start"], clause["end"])
        for clause in tracker.latest_message.get("clauses") or []
    }
    start, end = spans[topic] if topic in spans and "inform" not in spans else (0, 0)
    found = [
        (number, entity.get("start") or 0)
        for entity in tracker.latest_message.get("entities") or []
        if entity.get("entity") == "order_id" and (number := order_number(entity["value"]))
    ]
    own = [number for number, at in found if start <= at < end]
    return own or [number for number, _ in found]


def topics_of(domain: DomainDict) -> set[str]:
    """The names that `topic` may have."""
    return set(domain["slots"]["topic"]["values"])


def identified(tracker: Tracker, topic: str = "") -> Slots:
    """The order number and the e-mail address that the latest message names, as slots.

    Of two requests in it the one for `topic` counts, its own intent's where none is given. A `new`
    address is one that an account should get, so it is not the customer's yet. Where nothing but
    an order can be meant, any address in the text will do.
    """
    emails = [
        email_address(entity["value"])
        for entity in tracker.latest_message.get("entities") or []
        if entity.get("entity") == "email" and entity.get("role") != "new"
    ]
    if not emails and intent_of(tracker) not in OF_ANOTHER_ADDRESS:
        emails = [email_address(tracker.latest_message.get("text") or "")]
    known = {
        "order_id": _last(orders_named(tracker, topic or intent_of(tracker))),
        "email": _last(emails),
    }
    return {slot: said for slot, said in known.items() if said}


def _last(said: Sequence[str | None]) -> str | None:
    return said[-1] if said else None
