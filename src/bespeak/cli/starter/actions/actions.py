"""What the assistant does beyond talking, written with rasa-sdk (`pip install 'bespeak[actions]'`).

`ActionTellTime` is an example. To use it:

1. list `action_tell_time` in domain.yml under `actions:`,
2. let a rule in data/rules.yml lead to it,
3. say in endpoints.yml where actions run: `action_endpoint: {module: actions}`.
"""

from datetime import datetime
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher


class ActionTellTime(Action):
    """Tell what time it is where the assistant runs."""

    def name(self) -> str:
        return "action_tell_time"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        dispatcher.utter_message(text=f"It is {datetime.now():%H:%M}.")
        return []
