"""What is common to all topics: opening one, closing it, leaving it.

A topic is what a customer wants, under its intent's name. `topic` is the one in hand,
`paused_topic` one that waits for its end, `last_topic` the one that was in hand before, and
`suggested_topic` the one that might come next. `offered` is what a bare yes or no would answer now.

These actions wait for nothing, so they run on the event loop: a thread would take longer.
"""

from collections.abc import Sequence

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.requested import Request, first_request, requests
from actions.slots import Slots, as_events, emptied
from actions.turn import intent_of, upset
from actions.wording import email_address, order_number

OF_ANOTHER_ADDRESS = {"edit_account", "create_account", "newsletter_subscription", "get_invoice"}
"""Topics in which an address may be another than the one a customer is known by."""

PAUSED = ("paused_topic", "paused_order", "paused_request")
"""What is known of the topic that waits."""

A_PERSON = "contact_human_agent"
SORRY = "utter_sorry_for_trouble"

OF_A_KNOWN_CUSTOMER = {"edit_account", "get_invoice"}
"""Those of them in which a known customer stays who they are, whatever address is named."""

OF_A_TOPIC = ("access", "request", "proposal", "confirmed", "tried_order")
"""What only means something within the topic in hand."""


class ActionOpenTopic(Action):
    """Begin what the latest message asks for, and remember what it interrupts."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_open_topic"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Leaves any form. A number and an address in the message are taken along.

        Of two things in one message the first is begun as if it had been said alone.
        """
        if first := first_request(tracker, domain):
            return first.said(tracker)
        topic = intent_of(tracker)
        hears_of_people = tracker.get_slot("offered") == "person" or topic == A_PERSON
        if upset(tracker) and not hears_of_people:
            dispatcher.utter_message(response=SORRY)
        return [
            *left(),
            *emptied(*OF_A_TOPIC, "suggested_topic"),
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

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """A paused topic is offered first, else a person to who is upset, once a turn; else what
        the topic has suggested, else anything. Who says no may still think better of it."""
        topic = tracker.get_slot("topic")
        suggested = tracker.get_slot("suggested_topic")
        if paused := tracker.get_slot("paused_topic"):
            own = f"utter_ask_resume_{paused}"
            known = own in (domain.get("responses") or {})
            dispatcher.utter_message(response=own if known else "utter_ask_resume")
            offered = "resume"
        elif upset(tracker) and topic != A_PERSON and SORRY not in said_now(tracker):
            dispatcher.utter_message(response="utter_offer_person")
            offered = "person"
        elif suggested:
            dispatcher.utter_message(response=f"utter_suggest_{suggested}")
            offered = "next"
        else:
            dispatcher.utter_message(response="utter_anything_else")
            offered = "more"
            suggested = topic if tracker.get_slot("confirmed") is False else None
        thinks_again = bool(suggested) and suggested == topic
        return [
            *closed(tracker, domain, but_answers=thinks_again),
            SlotSet("suggested_topic", suggested),
            SlotSet("offered", offered),
        ]


class ActionDropTopic(Action):
    """Leave everything as it is: the form, the topic, and what was paused."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_drop_topic"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Nothing is said; who the customer is stays known for this session."""
        return [
            *left(),
            *closed(tracker, domain),
            *emptied("order_id", *PAUSED),
            SlotSet("offered", "nothing"),
        ]


def left() -> list[EventType]:
    """The events that leave a form, whichever is on."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def closed(tracker: Tracker, domain: DomainDict, *, but_answers: bool = False) -> list[EventType]:
    """The events that end the topic in hand, its forms' answers included, unless it may go on."""
    topic = tracker.get_slot("topic")
    answers = {
        slot
        for name, form in (domain.get("forms") or {}).items()
        if topic and name.startswith(topic) and not but_answers
        for slot in form["required_slots"]
    }
    return [
        *emptied("topic", *OF_A_TOPIC),
        *emptied(*sorted(answers - {*OF_A_TOPIC, "order_id", "email"})),
        SlotSet("last_topic", topic or tracker.get_slot("last_topic")),
    ]


def waiting(tracker: Tracker, domain: DomainDict, topic: str) -> Slots:
    """The topic that waits for the end of this one, which begins now; the order it is about, and
    the words that asked for it, where they were not taken up yet.

    What the same message asks for comes first, then what is interrupted, then what waits already.
    """
    found = [
        *((one.intent, _order_of(one), one.wire) for one in requests(tracker, domain)),
        (tracker.get_slot("topic"), tracker.get_slot("order_id"), None),
        tuple(tracker.get_slot(slot) for slot in PAUSED),
    ]
    begun = next((one for one in found if one[0] not in (None, topic)), (None, None, None))
    return dict(zip(PAUSED, begun, strict=True))


def orders_named(tracker: Tracker, topic: str) -> list[str]:
    """The orders that the latest message names; of two requests in it, those of this one.

    A request that names none is about the other's. Bare facts beside a request belong to it.
    """
    spans = {
        (clause.get("intent") or {}).get("name"): (clause["start"], clause["end"])
        for clause in tracker.latest_message.get("clauses") or []
        if "start" in clause
    }
    start, end = spans[topic] if topic in spans and "inform" not in spans else (0, 0)
    found = [
        (number, entity.get("start") or 0)
        for entity in tracker.latest_message.get("entities") or []
        if entity.get("entity") == "order_id" and (number := order_number(entity["value"]))
    ]
    own = [number for number, at in found if start <= at < end]
    return own or [number for number, _ in found]


def identified(tracker: Tracker) -> Slots:
    """The order number and the e-mail address that the latest message names, as slots.

    A `new` address is one that an account should get, so it is not the customer's yet; nor is any
    address where a known customer speaks of another one. Where nothing but an order can be meant,
    any address in the text will do.
    """
    intent = intent_of(tracker)
    number = _last(orders_named(tracker, intent))
    shown, shown_by = tracker.get_slot("verified_order") or (None, None)
    emails = [
        email_address(entity["value"])
        for entity in tracker.latest_message.get("entities") or []
        if entity.get("entity") == "email" and entity.get("role") != "new"
    ]
    if shown and number in (None, shown) and intent in OF_A_KNOWN_CUSTOMER:
        number, emails = shown, [shown_by]
    elif not emails and intent not in OF_ANOTHER_ADDRESS:
        emails = [email_address(tracker.latest_message.get("text") or "")]
    known = {"order_id": number, "email": _last(emails)}
    return {slot: said for slot, said in known.items() if said}


def said_now(tracker: Tracker) -> list[str]:
    """The responses that were said since the customer's latest message."""
    return _said_after(tracker, 1)


def said_before(tracker: Tracker) -> list[str]:
    """The responses that were said to the message before it."""
    return _said_after(tracker, 2)


def _said_after(tracker: Tracker, messages: int) -> list[str]:
    said: list[str] = []
    heard = 0
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            heard += 1
            if heard == messages:
                break
        elif event.get("event") == "bot" and heard == messages - 1:
            said.insert(0, str((event.get("metadata") or {}).get("utter_action") or ""))
    return said


def _order_of(request: Request) -> str | None:
    return _last(
        [order_number(one["value"]) for one in request.entities if one["entity"] == "order_id"]
    )


def _last(said: Sequence[str | None]) -> str | None:
    return said[-1] if said else None
