"""Sending things back for money: what may go, what should go, and the yes to exactly that."""

import logging
import re
from collections.abc import Mapping

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.asking import ServiceAction
from actions.confirming import ConfirmedForm
from actions.identity import proof
from actions.payments import PaymentAction, Payments
from actions.returned_goods import chosen, named, total_cents
from actions.services.errors import Reason, ServiceError
from actions.services.payments import (
    Refundable,
    RefundLine,
    RefundRequest,
    payment_service,
)
from actions.slots import Slots
from actions.turn import effect_key, intent_of
from actions.understanding import no_answer
from actions.wishes import ADDING
from actions.wording import EMAIL, day, money, order_numbers

OFFER_SLOTS = ("return_offer", "return_items", "return_goods", "return_amount", "return_reason")
ITEMS = "return_items"
LONGEST_REASON = 500

CORRECTING = re.compile(r"^(?:no|sorry|wait|actually|rather|i mean\w*)\b|\binstead\b", re.I)
"""What a second thought begins with, or ends."""

BECAUSE = re.compile(
    r"\b((?:it|they)(?:['’](?:s|re)| is| are| was| were| does| do| did| came| arrived| has| have"
    r"| had| broke| stopped| won)\b.{6,})$",
    re.IGNORECASE | re.DOTALL,
)
"""Where a request says why: "…, it's too bright"."""

REFUSALS = frozenset(
    {
        Reason.NOT_PAID,
        Reason.NOT_DELIVERED_YET,
        Reason.ALREADY_REFUNDED,
        Reason.ALREADY_CANCELLED,
        Reason.OUTSIDE_RETURN_WINDOW,
        Reason.AMOUNT_CHANGED,
    }
)
"""The reasons with a response of their own, `utter_cannot_refund_<reason>`."""

logger = logging.getLogger(__name__)


class ValidateGetRefundForm(ConfirmedForm):
    """What goes back and why, then a yes to exactly that. Asks nothing where nothing may go back.

    `return_offer` holds what the shop offered when the form began, `return_items` what the
    customer chose of it; both are checked again by the shop when the return begins.
    """

    takes_earlier_answers = True

    def __init__(self, payments: Payments = payment_service) -> None:
        self._payments = payments

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_get_refund_form"

    def means_other_things(self, tracker: Tracker) -> bool:
        """A no that names nothing is no answer to "what would you like to send back?"."""
        offer, said = _offer(tracker), str(tracker.latest_message.get("text") or "")
        if tracker.get_slot("requested_slot") == ITEMS and intent_of(tracker) == "deny" and offer:
            return isinstance(chosen(said, offer), str)
        return super().means_other_things(tracker)

    def possible(self, tracker: Tracker) -> bool:
        """Nothing is asked where nothing may go back."""
        return _offer(tracker) is not None

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The shop's offer now, and what the request itself says of what goes back."""
        held = self._ask(tracker)
        begun: Slots = {**dict.fromkeys(OFFER_SLOTS), "return_offer": held}
        offer = Refundable.model_validate(held) if held else None
        if offer is not None and offer.amount_cents:
            begun |= _only_choice(offer)
            request = tracker.get_slot("request") or ""
            named_so_far = chosen(request, offer)
            if isinstance(named_so_far, dict):
                begun |= _picked(named_so_far, offer)
            begun["return_reason"] = _reason(request)
        return begun

    def validate_return_items(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """The pieces meant, `{line_id: pieces}`. Those chosen before the topic was paused stay,
        unless the request that takes it up names others, or the offer has them no more."""
        offer = _offer(tracker)
        if offer is None:
            return {"return_items": None}
        if isinstance(value, Mapping):
            pieces = tracker.get_slot("return_items") or value
            there = {line.line_id: line.quantity for line in offer.lines}
            fits = all(count <= there.get(line, 0) for line, count in pieces.items())
            return _picked(pieces, offer) if fits else {"return_items": None}
        corrects = tracker.get_slot("requested_slot") == "confirmed"
        said = tracker.latest_message.get("text") if corrects else value
        choice = chosen(str(said), offer)
        if isinstance(choice, str):
            goods = named({}, offer)
            return no_answer("return_items", dispatcher, tracker, response=choice, goods=goods)
        return _picked(_beside(choice, str(said), tracker), offer)

    def validate_return_reason(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """In the customer's words. "Just one of the mats" corrects what goes back instead."""
        offer = _offer(tracker)
        said = str(tracker.latest_message.get("text") or "")  # a no has another value
        names_goods = any(tracker.get_latest_entity_values("product"))
        corrects = intent_of(tracker) == "inform" or CORRECTING.search(said) or ADDING.search(said)
        if offer is not None and corrects and names_goods:
            choice = chosen(said, offer)
            if isinstance(choice, dict):
                return {"return_reason": None, **_picked(_beside(choice, said, tracker), offer)}
        return {"return_reason": str(value).strip()[:LONGEST_REASON] or None}

    def _ask(self, tracker: Tracker) -> Slots | None:
        number, email = proof(tracker)
        try:
            found = self._payments().refundable(number, email)
        except ServiceError:
            logger.exception("What may be sent back could not be asked; the action tells why.")
            return None
        return found.model_dump(mode="json")


class ActionAskReturnItems(ServiceAction):
    """Ask which goods go back, with a button for each line."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_ask_return_items"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """What may go back, by name."""
        offer = _offer(tracker)
        if offer is not None:
            everything = {"title": "Everything", "payload": '/inform{"product": "everything"}'}
            dispatcher.utter_message(
                response="utter_ask_return_items",
                order_id=offer.order_number,
                goods=named({}, offer),
                buttons=[
                    *(
                        {
                            "title": line.product,
                            "payload": f'/inform{{"product": "{line.product}"}}',
                        }
                        for line in offer.lines
                    ),
                    everything,
                ],
            )
        return {}


class ActionBeginReturn(PaymentAction):
    """Begin the return that the customer agreed to, or say why there is none."""

    refused = "utter_cannot_refund"
    refusals = REFUSALS
    unsure = "utter_refund_unsure"
    forgets = (*OFFER_SLOTS, "confirmed")

    def name(self) -> str:
        """The name in the domain."""
        return "action_begin_return"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Once, for exactly the amount that was told."""
        number, email = proof(tracker)
        offer = _offer(tracker)
        if offer is None:
            self._explain(self._payments().refundable(number, email), dispatcher)
            return {}
        pieces = tracker.get_slot("return_items")
        if tracker.get_slot("confirmed") is not True or not isinstance(pieces, Mapping):
            dispatcher.utter_message(response="utter_nothing_returned", order_id=number)
            return {}
        begun = self._payments().refund(
            number,
            email,
            RefundRequest(
                amount_cents=total_cents(pieces, offer),
                lines=_lines(pieces, offer),
                reason=tracker.get_slot("return_reason") or "",
            ),
            key=effect_key(tracker, self.name(), number),
        )
        response = "utter_return_begun" if begun.return_label_url else "utter_refund_begun"
        dispatcher.utter_message(
            response=response,
            refund_id=begun.refund_id,
            amount=money(begun.amount_cents, begun.currency),
            method=begun.method,
            label=begun.return_label_url,
        )
        return {}

    def _explain(self, found: Refundable, dispatcher: CollectingDispatcher) -> None:
        dispatcher.utter_message(
            response=self.refusal(found.not_refundable_because),
            order_id=found.order_number,
            last_day=day(found.return_by) if found.return_by else "",
        )


def _offer(tracker: Tracker) -> Refundable | None:
    """What the shop offered for the order in hand, if there is anything to give back."""
    held = tracker.get_slot("return_offer")
    if not held or held["order_number"] != tracker.get_slot("order_id") or not held["amount_cents"]:
        return None
    return Refundable.model_validate(held)


def _beside(choice: Mapping[str, int], said: str, tracker: Tracker) -> Slots:
    """What is chosen; with what was chosen before, where it says "also"."""
    if not ADDING.search(said):
        return dict(choice)
    held = (one.get("value") for one in reversed(tracker.events) if one.get("name") == ITEMS)
    before = next((value for value in held if isinstance(value, Mapping)), {})
    return {**before, **choice}


def _reason(request: str) -> str | None:
    """Why something goes back, if the request says it."""
    text = EMAIL.sub(" ", order_numbers().without(request))
    found = BECAUSE.search(text)
    return " ".join(found[1].split())[:LONGEST_REASON] if found else None


def _only_choice(offer: Refundable) -> Slots:
    """What goes back where there is no choice: one piece, or a service that knows no lines."""
    pieces = {line.line_id: line.quantity for line in offer.lines}
    return _picked(pieces, offer) if sum(pieces.values()) <= 1 else {}


def _picked(pieces: Mapping[str, int], offer: Refundable) -> Slots:
    return {
        "return_items": dict(pieces),
        "return_goods": named(pieces, offer),
        "return_amount": money(total_cents(pieces, offer), offer.currency),
    }


def _lines(pieces: Mapping[str, int], offer: Refundable) -> tuple[RefundLine, ...]:
    """None for everything: then the shop gives back what only a whole return gives."""
    if pieces == {line.line_id: line.quantity for line in offer.lines}:
        return ()
    return tuple(RefundLine(line_id=line, quantity=count) for line, count in pieces.items())
