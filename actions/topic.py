"""What is common to all topics: opening, closing, leaving and taking one up; offering a person.

A topic is what a customer wants, under its intent's name. `topic` is the one in hand,
`paused_topic` one that waits for its end, `last_topic` the one that was in hand before.
`offered` is what a bare yes or no would answer now.
"""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, ActiveLoop, EventType, SlotSet, UserUttered
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import intent_of
from actions.wording import email_address, order_number

OF_ANOTHER_ADDRESS = {"edit_account", "create_account", "newsletter_subscription", "get_invoice"}
"""Topics in which an address may be another than the one a customer is known by."""

MOST_FAILED_TURNS = 2
"""Turns in a row that were not understood, until a person is offered."""

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
            *identified(tracker),
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


class ActionAcceptOffer(Action):
    """Take a yes for what it answers: the conversation goes on as if the customer had said that."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_accept_offer"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """A paused topic, the same topic once more, or a person."""
        offered = tracker.get_slot("offered")
        said = {
            "resume": tracker.get_slot("paused_topic"),
            "retry": tracker.get_slot("topic"),
            "person": "contact_human_agent",
        }.get(offered)
        if not said:
            in_form = tracker.active_loop_name
            dispatcher.utter_message(response="utter_please_answer" if in_form else "utter_help")
            return [SlotSet("offered", "nothing")]
        paused = [SlotSet("paused_topic", None)] if offered == "resume" else []
        return [*paused, SlotSet("offered", "nothing"), *going_on_as(said, tracker)]


class ActionDeclineOffer(Action):
    """Take a no for what it answers: what was paused, or could not be done, is left."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_decline_offer"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """In a form, a no that is no answer may mean that the customer wants to leave it."""
        said = SlotSet("offered", "nothing")
        if tracker.active_loop_name:
            dispatcher.utter_message(response="utter_say_stop")
            return [said]
        dispatcher.utter_message(response="utter_closing")
        return [*closed(tracker, domain), *emptied("paused_topic"), said]


class ActionNotUnderstood(Action):
    """Ask for other words; the second time in a row, or to who is upset, offer a person."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_not_understood"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """What is beside the point and what is not understood count alike."""
        beside = intent_of(tracker) == "out_of_scope"
        return failed(
            dispatcher, tracker, response="utter_out_of_scope" if beside else "utter_default"
        )


class ActionRepeat(Action):
    """Say again what was said last."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_repeat"

    def run(
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


def failed(
    dispatcher: CollectingDispatcher, tracker: Tracker, *, response: str, **values: object
) -> list[EventType]:
    """Say that a turn got nowhere, and offer a person where it is not the first in a row."""
    count = failed_before(tracker) + 1
    dispatcher.utter_message(response=response, **values)
    if count < MOST_FAILED_TURNS and not upset(tracker):
        return [SlotSet("failed_turns", count)]
    dispatcher.utter_message(response="utter_offer_person")
    return [SlotSet("failed_turns", None), SlotSet("offered", "person")]


def no_answer(
    slot: str, dispatcher: CollectingDispatcher, tracker: Tracker, *, response: str, **values: object
) -> dict[str, Any]:
    """What slots become where a form can't take an answer: its own stays empty. See `failed`."""
    events = failed(dispatcher, tracker, response=response, **values)
    return {slot: None, **{event["name"]: event["value"] for event in events}}


def failed_before(tracker: Tracker) -> int:
    """How many turns in a row had got nowhere when the latest message came."""
    messages = 0
    for event in reversed(tracker.events):
        messages += event.get("event") == "user"
        if messages == 1 and event.get("name") == "failed_turns":
            return int(event.get("value") or 0)
    return 0


def going_on_as(
    intent: str, tracker: Tracker, entities: Mapping[str, str] | None = None
) -> list[EventType]:
    """The events after which the conversation goes on as if the customer had said that."""
    parse = {
        "text": f"/{intent}",
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": said} for name, said in (entities or {}).items()],
    }
    heard: dict[str, Any] = UserUttered(f"/{intent}", parse)
    heard["metadata"] = tracker.latest_message.get("metadata") or {}
    return [ActionExecuted("action_listen"), heard]


def upset(tracker: Tracker) -> bool:
    """Whether the customer has had enough."""
    return bool(tracker.get_slot("frustration") == "upset")


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


def emptied(*slots: str) -> list[EventType]:
    """The events that empty slots."""
    return [SlotSet(slot, None) for slot in slots]


def identified(tracker: Tracker) -> list[EventType]:
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
    return [
        *(SlotSet("order_id", number) for number in numbers[-1:] if number),
        *(SlotSet("email", email) for email in emails[-1:] if email),
    ]
