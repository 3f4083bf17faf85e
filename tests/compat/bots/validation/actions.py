# mypy: disable-error-code="misc, no-any-return"
"""The actions of the bot `validation`: what a form's own code may do."""

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker, ValidationAction
from rasa_sdk.events import ActionExecutionRejected, ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

Values = dict[str, Any]


class ValidateTableForm(FormValidationAction):
    """Checks each answer, asks for a seat where it is outdoors, and lets itself be ended."""

    def name(self) -> str:
        return "validate_table_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: Any, tracker: Tracker, domain: Any
    ) -> list[str]:
        if tracker.get_slot("outdoor"):
            return [*domain_slots, "seat"]
        return list(domain_slots)

    async def extract_outdoor(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Values:
        text = tracker.latest_message.get("text", "")
        if tracker.get_slot("requested_slot") != "outdoor" or text.startswith("/"):
            return {}
        return {"outdoor": text == "outside"}

    async def extract_seat(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Values:
        if tracker.get_slot("requested_slot") != "seat":
            return {}
        return {"seat": tracker.latest_message.get("text")}

    async def validate_city(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> Values:
        if value == "Atlantis":
            dispatcher.utter_message(response="utter_bad_city", value=value)
            return {"city": None}
        if value == "Rome":
            return {"city": "Roma", "people": 7}
        return {"city": value}

    async def validate_people(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> Values:
        if int(value) > 12:
            dispatcher.utter_message(text="Too many.")
            return {"people": None}
        return {"people": int(value)}

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[Values]:
        intent = tracker.get_intent_of_latest_message()
        if intent == "leave":
            dispatcher.utter_message(text="Leaving.")
            return [ActiveLoop(None), SlotSet("city", "left")]
        if intent == "finish":
            return [SlotSet("requested_slot", None)]
        if intent == "reject":
            return [ActionExecutionRejected("table_form")]
        if intent == "extra":
            return [SlotSet("requested_slot", "seat"), SlotSet("outdoor", True)]
        return await super().run(dispatcher, tracker, domain)


class AskPeople(Action):
    """Asks with two messages and sets a slot while it asks."""

    def name(self) -> str:
        return "action_ask_people"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Values]:
        dispatcher.utter_message(text=f"How many in {tracker.get_slot('city')}?")
        dispatcher.utter_message(json_message={"slider": [1, 12]})
        return [SlotSet("counted", "asked")]


class AskSeat(Action):
    """Asks for the seat."""

    def name(self) -> str:
        return "action_ask_seat"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Values]:
        requested = tracker.get_slot("requested_slot")
        dispatcher.utter_message(text=f"Which {requested}? {tracker.active_loop.get('name')}")
        return []


class AskMail(Action):
    """Asks for an address; the form has no validation of its own."""

    def name(self) -> str:
        return "action_ask_profile_form_mail"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Values]:
        dispatcher.utter_message(
            text="Mail?", buttons=[{"title": "None", "payload": "/stop"}], image="https://a.b/c.png"
        )
        return []


class CountWords(Action):
    """Fills two slots by a custom mapping, and returns what such an action may not."""

    def name(self) -> str:
        return "action_count_words"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> list[Values]:
        text = tracker.latest_message.get("text") or ""
        if "explode" in text:
            raise RuntimeError("This action fails on purpose.")
        dispatcher.utter_message(text=f"counting {text!r}") if "aloud" in text else None
        return [SlotSet("words", len(text.split())), FollowupAction("utter_hello")]


class ValidateMappings(ValidationAction):
    """Checks the slots outside any form."""

    async def validate_colour(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> Values:
        if value == "grue":
            dispatcher.utter_message(text="No such colour.")
            return {"colour": None}
        return {"colour": value.upper()}

    async def extract_shade(self, dispatcher: Any, tracker: Tracker, domain: Any) -> Values:
        text = tracker.latest_message.get("text") or ""
        return {"shade": "dark"} if "dark" in text else {}
