# mypy: disable-error-code="misc, no-any-return"
"""The action of the bot `session_action`: a session start of its own."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActionExecuted, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher


class SessionStart(Action):
    """Greets, and carries over one slot only."""

    def name(self) -> str:
        return "action_session_start"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[dict[str, Any]]:
        if tracker.get_slot("name") == "Fail":
            raise RuntimeError("This action fails on purpose.")
        dispatcher.utter_message(response="utter_welcome")
        origin = tracker.get_slot("session_started_metadata")
        return [SessionStarted(), SlotSet("origin", origin), ActionExecuted("action_listen")]
