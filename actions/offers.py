"""What a yes or a no to an offer does: `offered` says which one is open."""

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, EventType, SlotSet, UserUttered
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.slots import emptied
from actions.topic import closed


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
        if offered != "resume":
            return [SlotSet("offered", "nothing"), *going_on_as(said, tracker)]
        order = tracker.get_slot("paused_order")
        about = {"order_id": order} if order else {}
        return [
            *emptied("paused_topic", "paused_order"),
            SlotSet("offered", "nothing"),
            *going_on_as(said, tracker, about),
        ]


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
