"""Ordering something: what, for whom, to where; then its exact total, a yes, and the order."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence

from rasa_sdk import Tracker
from rasa_sdk.events import ActionExecutionRejected, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.cards import masked
from actions.confirming import ConfirmedForm
from actions.order_address import with_address, with_part_of_address
from actions.order_buyer import TELLS_NAME, with_email, with_name, with_way
from actions.order_draft import Draft
from actions.order_goods import Shelf, known_customer
from actions.order_things import in_hand, taken_out, things, with_thing
from actions.order_words import (
    AGREES,
    ANSWERS,
    ANYWHERE,
    Said,
    asks_elsewhere,
    choice_said,
    product_words,
    repeats,
    talked_of,
    with_goods,
)
from actions.services.customers import CustomerService, customer_service
from actions.services.errors import ServiceError, ServiceMisconfigured
from actions.services.orders import OrderService, order_service
from actions.services.products import ProductService, product_service
from actions.services.shipping import ShippingService, shipping_service
from actions.slots import Slots
from actions.turn import intent_of
from actions.understanding import failed
from actions.wording import order_number

RESUMED = "/place_order"
"""What the conversation goes on with when a paused order is taken up again."""

ASKS_FOR = frozenset({"place_order", "change_order"})
"""The intents of messages whose products are wanted, whatever is asked at the moment."""

THE_SAME = re.compile(r"\bsame\b", re.IGNORECASE)
"""How one says yes to an address that was used before, whatever else it sounds like."""

CHOOSING = frozenset({"ordered_product", "ordered_variant", "ordered_quantity"})
"""What is asked for where saying the same again is no progress."""

logger = logging.getLogger(__name__)


class ValidatePlaceOrderForm(ConfirmedForm):
    """Reads each message for whatever it says of the order, so that anything may be told at once,
    in any order, and corrected until the yes. What is known stands in a `Draft`."""

    def __init__(
        self,
        products: Callable[[], ProductService] = product_service,
        shipping: Callable[[], ShippingService] = shipping_service,
        customers: Callable[[], CustomerService] = customer_service,
        orders: Callable[[], OrderService] = order_service,
    ) -> None:
        self._shelf = Shelf(products, shipping)
        self._customers = customers
        self._orders = orders

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_place_order_form"

    def possible(self, tracker: Tracker) -> bool:
        """While the shop answers, and if it takes orders by this way at all."""
        return bool(tracker.get_slot("access") != "unavailable") and self._can_order()

    def means_other_things(self, tracker: Tracker) -> bool:
        """Five digits are a postcode where an address is asked for."""
        if (
            tracker.get_slot("requested_slot") == "delivery_address"
            and intent_of(tracker) in ANSWERS
        ):
            return False
        return super().means_other_things(tracker)

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """What the request says already; or all that was known when the order was left."""
        request = masked(tracker.get_slot("request") or "")
        if not self._can_order():
            return {"order_answer": request}
        draft = Draft.of(tracker)
        goes_on = tracker.get_slot("order_reopened") or request == RESUMED
        known = {} if goes_on and draft.name else known_customer(self._customers, tracker)
        if goes_on:
            draft = draft.but(**known)
        else:
            said = _said(request, tracker)
            draft = talked_of(_heard(Draft(**known), said), said, tracker)
        # What was in the way of an order that is mended now has been said after the yes.
        out = CollectingDispatcher() if tracker.get_slot("order_reopened") else dispatcher
        looked_up = self._looked_up(draft.but(ways=()), out, anew=bool(goes_on))
        return {"order_reopened": None, "order_answer": request, **looked_up}

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Declines a message that is no answer, so that it is taken for what it is elsewhere."""
        events = await super().get_validation_events(dispatcher, tracker, domain)
        declined = SlotSet("order_answer", None) in events
        return [ActionExecutionRejected(self.form_name())] if declined else events

    async def validate_order_answer(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """Whatever the message says of the order; `None` where it says nothing of it."""
        if not isinstance(value, str):  # a card number, which is answered already
            return {"order_answer": ""}
        return await asyncio.to_thread(self._answered, value, dispatcher, tracker)

    async def validate_confirmed(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A yes that corrects something at the same time is no yes to what was told."""
        if tracker.get_slot("confirmed") is None:
            return {"confirmed": None}
        return self.decided(value, dispatcher, tracker)

    def _can_order(self) -> bool:
        try:
            return self._orders().takes_orders
        except ServiceMisconfigured:
            return False  # the action after the form says so

    def _answered(self, text: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        asked, intent = tracker.get_slot("requested_slot"), intent_of(tracker)
        said = _said(text, tracker)
        if asks_elsewhere(said):
            return {"order_answer": None}
        before = Draft.of(tracker)
        draft = _heard(before, said, agrees=intent == "affirm")
        if draft != before:
            return {"order_answer": text, **self._looked_up(draft, dispatcher)}
        if intent == "cancel_order" and order_number(text) is None:
            return {"order_answer": text, "requested_slot": None}  # it is this one, so leave it
        if asked == "confirmed" and before.chosen and with_goods(before, said) != before:
            which = failed(dispatcher, tracker, response="utter_order_which_line")
            return {"order_answer": text, "confirmed": None, **which}
        if asked not in CHOOSING and repeats(before, said):
            return {"order_answer": text, "confirmed": None}
        if asked == "confirmed" and intent in ("affirm", "deny"):
            return {"order_answer": text}  # `validate_confirmed` takes it
        if asked == "confirmed" and AGREES.search(text):
            agreed = self.decided(True, dispatcher, tracker)
            return {"order_answer": text, **agreed}
        if intent == "deny" and before.choices:
            return {"order_answer": text, **before.but(choices=(), said="").slots()}
        if asked == "delivery_address" and before.saved_address and intent == "deny":
            return {"order_answer": text, **before.but(saved_address=None).slots()}
        if intent not in ANSWERS:
            return {"order_answer": None}
        if asked == "delivery_address" and (part := with_part_of_address(before, said)) != before:
            return {"order_answer": text, **part.slots()}
        unclear = failed(dispatcher, tracker, response=f"utter_{asked}_unclear")
        return {"order_answer": text, **unclear}

    def _looked_up(
        self, draft: Draft, dispatcher: CollectingDispatcher, *, anew: bool = False
    ) -> Slots:
        """The slots of the draft after all that the shop has to say to it, one thing after the
        other. `anew`: also to what was chosen some time ago."""
        try:
            if anew:
                draft = self._shelf.as_it_is_now(draft, dispatcher)
            while True:
                draft = self._shelf.with_product(draft, dispatcher)
                draft = self._shelf.in_stock(draft, dispatcher)
                if not draft.may_go_on:
                    break
                draft = draft.with_next()
            draft = self._shelf.with_ways(draft, dispatcher)
        except ServiceError:
            logger.exception("The shop could not be asked for what an order needs.")
            return {**draft.slots(), "access": "unavailable"}
        return draft.slots()


def _said(text: str, tracker: Tracker) -> Said:
    return Said(
        text,
        tracker.get_slot("requested_slot"),
        intent_of(tracker),
        tracker.latest_message.get("entities") or (),
    )


def _heard(draft: Draft, said: Said, *, agrees: bool = False) -> Draft:
    """The draft with all that the message says, as far as nobody has to be asked."""
    gone = taken_out(said)
    wants = said.intent in ASKS_FOR and said.values("product")
    of_goods = said.asked in ANYWHERE or bool(wants or gone)
    parts = things(said) if of_goods else []
    draft, said = with_email(draft, said)
    draft, said = with_address(draft, said)
    agrees_to_it = agrees or bool(THE_SAME.search(said.text))
    if said.asked == "delivery_address" and draft.saved_address and agrees_to_it:
        return draft.but(address=draft.saved_address)
    if said.asked in ("delivery_way", "confirmed"):
        draft = with_way(draft, said)
    if TELLS_NAME.search(said.text):
        draft = with_name(draft, said)
    if len(parts) > 1:
        return _with_all(draft, parts)
    words = choice_said(said, draft.choices, agrees=agrees) or gone or product_words(said)
    if words and of_goods and not in_hand(draft, said, words):
        return with_thing(draft, said, words)
    goods = with_goods(draft, said)
    if goods != draft:
        # Of several things that were told, "make it two" may mean any.
        return draft if draft.chosen and said.asked == "confirmed" and not words else goods
    return with_name(draft, said)


def _with_all(draft: Draft, parts: Sequence[Said]) -> Draft:
    """The draft with each of the things that a message names; the first one may take the place of
    what is in hand, the others come beside it."""
    for part in parts:
        [*_, words] = part.values("product")
        text = part.without(draft.email, *part.values("address")) if draft.email else part
        draft = with_thing(draft, text, words, added=part is not parts[0])
    return draft
