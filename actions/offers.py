"""What a yes or a no to an offer does: `offered` says which one is open."""

import re

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.requested import Request
from actions.slots import emptied
from actions.topic import A_PERSON, PAUSED, closed, left

BARE_YES = re.compile(
    r"\W*(?:(?:/affirm|yes|yeah|yep|yup|ok(?:ay)?|sure|please|of course|right|fine|good|great)"
    r"\W*)+",
    re.IGNORECASE,
)
"""A yes that says nothing more. "Actually yes, cancel it" does."""


TELLING = frozenset({"place_order_form", "complaint_form", "contact_form"})
"""Forms that are not left by a mere no, as what was told in them would be lost."""


class ActionAcceptOffer(Action):
    """Take a yes for what it answers: the conversation goes on as if the customer had said that."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_accept_offer"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """What was offered, or was said no to just now; else we ask what it is about."""
        taken = SlotSet("offered", "nothing")
        resumed = PAUSED if tracker.get_slot("offered") == "resume" else ()
        if accepted := _accepted(tracker):
            return [taken, *emptied(*resumed), *accepted.said(tracker)]
        in_form = tracker.active_loop_name
        dispatcher.utter_message(response="utter_please_answer" if in_form else "utter_go_ahead")
        return [taken]


class ActionDeclineOffer(Action):
    """Take a no for what it answers: what was paused, or could not be done, is left."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_decline_offer"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """In a form, a no that answers neither its question nor an offer leaves it; where much has
        been told already, the customer is asked to say so."""
        said = SlotSet("offered", "nothing")
        form = tracker.active_loop_name
        if form in TELLING or (form and tracker.get_slot("offered") == "person"):
            dispatcher.utter_message(response="utter_say_stop")
            return [said]
        dispatcher.utter_message(response="utter_stopped" if form else "utter_closing")
        return [
            *(left() if form else []),
            *closed(tracker, domain),
            *emptied(*PAUSED, "suggested_topic"),
            said,
        ]


def _accepted(tracker: Tracker) -> Request | None:
    offered = tracker.get_slot("offered")
    suggested = tracker.get_slot("suggested_topic")
    if offered == "person":
        return Request.of(A_PERSON)
    if offered == "retry":
        return Request.of(tracker.get_slot("topic"))
    if offered == "resume":
        return _paused(tracker)
    thinks_better = not BARE_YES.fullmatch(tracker.latest_message.get("text") or "")
    if suggested and not tracker.active_loop_name and (offered == "next" or thinks_better):
        return Request.of(suggested)
    return None


def _paused(tracker: Tracker) -> Request | None:
    topic, order, words = (tracker.get_slot(slot) for slot in PAUSED)
    if words:
        return Request.read(words)
    return Request.of(topic, {"order_id": order} if order else None) if topic else None
