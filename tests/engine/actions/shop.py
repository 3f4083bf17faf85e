"""The actions of a small shop, as somebody would write them with rasa-sdk."""

# mypy: disable-error-code="misc"

import threading
import time
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.events import BotUttered, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

Events = list[dict[str, Any]]


class Greet(Action):
    def name(self) -> str:
        return "action_greet"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(response="utter_greet", who="Ada")
        dispatcher.utter_message(text="free", buttons=[{"title": "Yes", "payload": "/yes"}])
        return [SlotSet("city", "Rome"), FollowupAction("utter_bye")]


class Order(Action):
    """Speaks by a response of its own wording, which wins unless it is empty."""

    def name(self) -> str:
        return "action_order"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(
            response="utter_order", buttons=[{"title": "B", "payload": "/b"}], image="mine.png"
        )
        return [BotUttered("sent by an event", {"custom": {"x": 1}})]


class SaysUnknown(Action):
    def name(self) -> str:
        return "action_says_unknown"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(response="utter_gone")
        return []


class Refuse(Action):
    def name(self) -> str:
        return "action_refuse"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        raise ActionExecutionRejection(self.name(), "not now")


class Break(Action):
    def name(self) -> str:
        return "action_break"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        raise RuntimeError("out of order")


class Sleep(Action):
    def name(self) -> str:
        return "action_sleep"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        time.sleep(1)
        return []


class Unwritable(Action):
    def name(self) -> str:
        return "action_unwritable"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [SlotSet("city", object())]


class NoSlot(Action):
    """Returns an event that is missing something."""

    def name(self) -> str:
        return "action_no_slot"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [SlotSet("city", "Rome"), {"event": "slot", "name": "city"}]


class Look(Action):
    """Tells what it was shown, and meddles with it."""

    def name(self) -> str:
        return "action_look"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Mapping[str, Any]
    ) -> Events:
        seen = {
            "slots": dict(tracker.slots),
            "text": tracker.latest_message["text"],
            "events": [event["event"] for event in tracker.events],
            "responses": sorted(domain["responses"]),
            "thread": threading.current_thread().name,
        }
        tracker.slots["city"] = "meddled"
        tracker.latest_message["entities"].append({"entity": "meddled"})
        return [SlotSet("seen", seen)]


class ValidateTrip(FormValidationAction):
    def name(self) -> str:
        return "validate_trip_form"

    def validate_city(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        if value == "Atlantis":
            dispatcher.utter_message(text="It sank.")
            return {"city": None}
        return {"city": str(value).title(), "seen": threading.current_thread().name}
