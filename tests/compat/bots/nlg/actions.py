# mypy: disable-error-code="misc, no-any-return"
"""The action of the bot `nlg`: responses with arguments."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class Say(Action):
    """Says a domain response and one the domain does not know."""

    def name(self) -> str:
        return "action_say"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[dict[str, Any]]:
        dispatcher.utter_message(response="utter_hello", extra=1)
        dispatcher.utter_message(response="utter_elsewhere", other={"deep": [1]})
        return []
