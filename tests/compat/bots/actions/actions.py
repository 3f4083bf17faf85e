# mypy: disable-error-code="misc, no-any-return"
"""The actions of the bot `actions`: each kind of answer an action server may give."""

from datetime import datetime, timedelta, timezone
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import (
    ActionExecuted,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    ConversationResumed,
    FollowupAction,
    ReminderCancelled,
    ReminderScheduled,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import ActionExecutionRejection

Events = list[dict[str, Any]]


def soon(seconds: float) -> datetime:
    """A moment to be reminded at."""
    return datetime.now(timezone.utc) + timedelta(seconds=seconds)  # noqa: UP017


class Run(Action):
    """Says one thing and sets a slot."""

    def name(self) -> str:
        return "action_run"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(text="running")
        return [SlotSet("count", 1)]


class Fail(Action):
    """Raises after it has spoken."""

    def name(self) -> str:
        return "action_fail"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(text="never heard")
        raise RuntimeError("This action fails on purpose.")


class Refuse(Action):
    """Answers 400: something else shall be done."""

    def name(self) -> str:
        return "action_refuse"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        raise ActionExecutionRejection(self.name(), "not now")


class Both(Action):
    """Two responses, free and from the domain, and a slot."""

    def name(self) -> str:
        return "action_both"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(text="first", foo="bar", number=4)
        dispatcher.utter_message(response="utter_with", extra="more", count="shadow")
        return [SlotSet("count", 2)]


class Follow(Action):
    """Asks for another action to be next."""

    def name(self) -> str:
        return "action_follow"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [SlotSet("followed", True), FollowupAction("action_run")]


class FollowUnknown(Action):
    """Asks for an action that nobody knows."""

    def name(self) -> str:
        return "action_follow_unknown"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [FollowupAction("action_nobody_knows")]


class Pause(Action):
    """Makes the bot silent."""

    def name(self) -> str:
        return "action_pause"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(text="silent from now on")
        return [ConversationPaused()]


class Resume(Action):
    """Makes the bot speak again."""

    def name(self) -> str:
        return "action_resume"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [ConversationResumed()]


class Forget(Action):
    """Sets a slot, then all of them back."""

    def name(self) -> str:
        return "action_forget"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [SlotSet("count", 3), AllSlotsReset(), SlotSet("followed", False)]


class Remind(Action):
    """Schedules one reminder."""

    def name(self) -> str:
        return "action_remind"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        name = f"of {tracker.sender_id}"
        return [
            ReminderScheduled(
                "reminded",
                trigger_date_time=soon(1.0),
                entities={"thing": "tea"},
                name=name,
                kill_on_user_message=tracker.get_slot("count") == 1,
            )
        ]


class RemindTwo(Action):
    """Schedules two reminders."""

    def name(self) -> str:
        return "action_remind_two"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        first, second = (f"{which} of {tracker.sender_id}" for which in ("first", "second"))
        return [
            ReminderScheduled(
                "reminded",
                trigger_date_time=soon(1.2),
                entities=[{"entity": "thing", "value": "milk"}],
                name=first,
                kill_on_user_message=False,
            ),
            ReminderScheduled(
                "alarm", trigger_date_time=soon(1.8), name=second, kill_on_user_message=False
            ),
        ]


class CancelReminders(Action):
    """Cancels those for one intent."""

    def name(self) -> str:
        return "action_cancel_reminders"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        milk = [{"entity": "thing", "value": "milk"}]
        return [ReminderCancelled(intent_name="reminded", entities=milk)]


class Rewind(Action):
    """Takes back the user's message."""

    def name(self) -> str:
        return "action_rewind"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [UserUtteranceReverted()]


class EventRestart(Action):
    """Restarts the conversation by an event."""

    def name(self) -> str:
        return "action_event_restart"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [Restarted()]


class AsUser(Action):
    """Speaks for the user."""

    def name(self) -> str:
        return "action_as_user"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        parse_data = {
            "text": "hello from a key",
            "intent": {"name": "hello", "confidence": 0.9},
            "entities": [{"entity": "thing", "value": "key", "start": 13, "end": 16}],
        }
        return [
            ActionExecuted("action_listen"),
            UserUttered("hello from a key", parse_data=parse_data),
        ]


class TwoSlots(Action):
    """Sets slots, one of them unknown, with times of its own."""

    def name(self) -> str:
        return "action_two_slots"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return [SlotSet("thing", "cup", timestamp=12.5), SlotSet("nowhere", 1), SlotSet("count")]


class Nothing(Action):
    """Does nothing at all."""

    def name(self) -> str:
        return "action_nothing"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        return []


class Everything(Action):
    """Every key a response may have."""

    def name(self) -> str:
        return "action_everything"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        dispatcher.utter_message(
            text="all\n\nof it",
            image="https://a.b/c.png",
            json_message={"blocks": [1, {"two": 2}]},
            attachment={"type": "video", "payload": {"src": "https://a.b/c.mp4"}},
            buttons=[{"title": "Go", "payload": "/hello"}],
            elements=[{"title": "El", "subtitle": "Ement", "buttons": []}],
        )
        dispatcher.utter_message(
            response="utter_buttons", buttons=[{"title": "Two", "payload": "/nothing"}]
        )
        dispatcher.utter_message(response="utter_buttons", text="own text", image="https://x.y/z")
        dispatcher.utter_message(response="utter_nowhere")
        dispatcher.utter_message(text="")
        return [BotUttered("an event", {"buttons": None}, {"from": "event"})]
