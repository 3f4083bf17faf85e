"""Reviews: a product, stars and words, passed on to be published."""

import re

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.cards import masked
from actions.identity import customer_email
from actions.matching import NUMBERS
from actions.services.tickets import NewTicket, TicketKind
from actions.slots import Slots
from actions.tickets import TicketAction, kept
from actions.understanding import no_answer

LONGEST_REFERENCE = 100
STAR_COUNT = re.compile(r"(?<![\w.,])([1-5])(?![\w]|[.,]\d)|\b(one|two|three|four|five)\b|(★+)")

SPEAKS_OF_STARS = re.compile(r"\bstars?\b|★|/\s?5\b|\bout of (?:5|five)\b", re.IGNORECASE)
"""Where a number is not asked for, it counts stars only beside one of these."""

OUT_OF_FIVE = re.compile(r"\s*(?:/|out of|of)\s*(?:5|five)\b")


class ValidateReviewForm(FormValidationAction):
    """A review's product, stars and words."""

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_review_form"

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """At the beginning, the stars that the request itself gives."""
        events: list[EventType] = await super().get_validation_events(dispatcher, tracker, domain)
        request = str(tracker.get_slot("request") or "")
        begins = tracker.get_slot("requested_slot") is None
        if begins and SPEAKS_OF_STARS.search(request) and (count := stars(request)):
            events = [*events, SlotSet("review_stars", count)]
        return events

    def validate_review_stars(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """1 to 5, as a digit, a word or in stars."""
        count = stars(str(value))
        if count is None and tracker.get_slot("requested_slot") == "review_stars":
            return no_answer("review_stars", dispatcher, tracker, response="utter_stars_malformed")
        return {"review_stars": count}


class ActionSendReview(TicketAction):
    """Pass a review on, to be published."""

    forgets = ("review_product", "review_stars", "review_text")

    def name(self) -> str:
        """The name in the domain."""
        return "action_send_review"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Stars, words, and what they are about."""
        product = str(tracker.get_slot("review_product") or "")
        ticket = NewTicket(
            kind=TicketKind.REVIEW,
            subject=f"Review: {masked(product)}"[:150],
            text=kept(tracker.get_slot("review_text")),
            email=customer_email(tracker),
            product=masked(product)[:LONGEST_REFERENCE],
            rating=int(tracker.get_slot("review_stars") or 0) or None,
        )
        self.open(ticket, "utter_review_sent", dispatcher, tracker)
        return {}


def stars(said: str) -> int | None:
    """4 for "4", "four stars", "4 out of 5" or "★★★★"; `None` for anything else."""
    found = STAR_COUNT.findall(OUT_OF_FIVE.sub("", said.lower()))
    if len(found) != 1:
        return None
    digit, word, drawn = found[0]
    count = int(digit) if digit else NUMBERS.get(word) or len(drawn)
    return count if count <= 5 else None
