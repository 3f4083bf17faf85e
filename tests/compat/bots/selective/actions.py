# mypy: disable-error-code="misc, no-any-return"
"""The actions of the bot `selective`: they tell whether they were sent the domain."""

from typing import Any

from rasa_sdk import Action, FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

Events = list[dict[str, Any]]


class With(Action):
    """Declared with `send_domain: true`."""

    def name(self) -> str:
        return "action_with"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(text=f"{len(domain)} keys")
        return []


class Without(Action):
    """Declared by its name alone."""

    def name(self) -> str:
        return "action_without"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(text="called")
        return []


class ExplicitlyWithout(Without):
    """Declared with `send_domain: false`."""

    def name(self) -> str:
        return "action_explicitly_without"


class ValidateThingForm(FormValidationAction):
    """A validation action gets the domain in any case."""

    def name(self) -> str:
        return "validate_thing_form"

    def validate_thing(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> dict[str, Any]:
        return {"thing": value.title()}
