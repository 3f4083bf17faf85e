"""Actions of the little shop that the engine's tests talk to."""

import asyncio
import datetime
from typing import Any

from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, ReminderScheduled, SlotSet

SEEN: list[dict[str, Any]] = []
POWER: dict[str, float] = {"cut": 0, "wait": 0}


class PowerCut(BaseException):
    """The process ends here."""


class LookUp(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_look_up"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        SEEN.append({"id": tracker.sender_id, "events": len(tracker.events)})
        if POWER["cut"] > 0:
            POWER["cut"] -= 1
            raise PowerCut
        await asyncio.sleep(POWER["wait"])
        dispatcher.utter_message(text="Your order is on its way.")
        return [SlotSet("order", "A17")]


class Breaks(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_breaks"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        raise ConnectionError("the shop's database is down")


class Remind(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_remind"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        at = datetime.datetime.fromtimestamp(1_000_060, datetime.UTC)
        return [ReminderScheduled("remember", at, name="tea", kill_on_user_message=True)]


class Again(Action):  # type: ignore[misc]
    def name(self) -> str:
        return "action_again"

    def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[dict[str, Any]]:
        return [FollowupAction("action_again")]
