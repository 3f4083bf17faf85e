"""Changing what is in an order before it is packed: one line at a time, after a yes."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import ClassVar

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.confirming import AgreedAction, AskConfirmed, ConfirmedForm
from actions.identity import customer_email, find_order
from actions.orders import tell_refund
from actions.services.errors import Reason, ServiceError
from actions.services.orders import (
    ItemChange,
    Line,
    Order,
    OrderService,
    OrderState,
    OutOfStock,
    order_service,
)
from actions.services.products import Product, ProductService, product_service
from actions.slots import Slots
from actions.turn import effect_key
from actions.understanding import no_answer
from actions.wishes import ADDING, Wish, available, meant_line, other_thing, swapped, wished
from actions.wording import item, joined, kind, money, of_kind

logger = logging.getLogger(__name__)


class ValidateChangeOrderForm(ConfirmedForm):
    """What should change, read from the customer's words; then a yes to exactly that."""

    def __init__(
        self,
        orders: Callable[[], OrderService] = order_service,
        products: Callable[[], ProductService] = product_service,
    ) -> None:
        self._orders = orders
        self._products = products

    def name(self) -> str:
        """The form's name after `validate_`."""
        return "validate_change_order_form"

    def possible(self, tracker: Tracker) -> bool:
        """Nothing is asked of an order that can't be changed."""
        return bool(tracker.get_slot("changeable"))

    def begin(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """What is in the order, and the change, where the request says it all."""
        begun: Slots = {"wanted_change": None, "line_talked_of": None}
        try:
            order = find_order(self._orders, tracker)
            if not order.changeable:
                return {**begun, "changeable": False}
            request = tracker.get_slot("request") or ""
            read = self._wish(request, order)
            said = self._read(request, order, dispatcher, tracker) if read else {}
            if not read and _asks_for_more(request, tracker):
                dispatcher.utter_message(
                    response="utter_change_adds_nothing", order_id=order.number
                )
        except ServiceError:
            logger.exception("A change could not be looked into; the action tells why.")
            return {**begun, "changeable": False}
        lines = joined([f"{line.quantity} × {item(line)}" for line in order.lines])
        return {**begun, "changeable": True, "order_lines": lines, **said}

    async def validate_wanted_change(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """One change of one line that the shop could make."""
        try:
            order = await asyncio.to_thread(find_order, self._orders, tracker)
            return await asyncio.to_thread(self._read, str(value), order, dispatcher, tracker)
        except ServiceError:
            logger.exception("A change could not be looked into.")
            return {"changeable": False}

    async def validate_confirmed(
        self,
        value: object,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> Slots:
        """A no that says what would be right ("no, rather in M") corrects what was proposed."""
        said = str(tracker.latest_message.get("text") or "")
        if value is False and said[:1] != "/":
            corrected = await asyncio.to_thread(self._corrected, said, tracker)
            if corrected is not None:
                return corrected
        return self.decided(value, dispatcher, tracker)

    def _corrected(self, said: str, tracker: Tracker) -> Slots | None:
        silent = CollectingDispatcher()
        try:
            order = find_order(self._orders, tracker)
            if self._wish(said, order, tracker.get_slot("line_talked_of")) is None:
                return None
            read = self._read(said, order, silent, tracker)
        except ServiceError:
            logger.exception("A correction could not be looked into; the no counts.")
            return None
        return read if read.get("proposal") else None

    def _read(
        self, said: str, order: Order, dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> Slots:
        again: Slots = {"wanted_change": None, "proposal": None, "confirmed": None}
        found = self._wish(said, order, tracker.get_slot("line_talked_of"))
        if found is None:
            unclear = meant_line(said, order) is None
            response = "utter_change_which_line" if unclear else "utter_change_unclear"
            if _asks_for_more(said, tracker):
                response = "utter_change_adds_nothing"
            return {**again, **no_answer("wanted_change", dispatcher, tracker, response=response)}
        wish, product = found
        if problem := _problem(wish, product, order, dispatcher):
            dispatcher.utter_message(**problem)
            return {**again, "line_talked_of": wish.line.line_id}
        return {
            "wanted_change": said,
            "line_talked_of": wish.line.line_id,
            "proposal": _proposal(wish, order),
            "confirmed": None,
        }

    def _wish(
        self, said: str, order: Order, talked_of: str | None = None
    ) -> tuple[Wish, Product] | None:
        """The change, and the product it leads to. "Rather in XL" is about the line talked of."""
        before = next((line for line in order.lines if line.line_id == talked_of), None)
        line = meant_line(said, order) or before
        if line is None:
            return None
        for product in self._products().search(line.product, limit=3):
            if line.variant_id in {variant.variant_id for variant in product.variants}:
                wish = wished(said, line, product)
                if wish is not None:
                    return wish, product
        other = other_thing(said)
        for product in self._products().search(other, limit=1) if other else ():
            wish = swapped(said, line, product) if product.name != line.product else None
            if wish is not None:
                return wish, product
        return None


class ActionAskWantedChange(Action):
    """Ask what should change, with what is in the order; the second time only what instead."""

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_wanted_change"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """One question."""
        instead = tracker.get_slot("line_talked_of") is not None
        which = "change_instead" if instead else "what_to_change"
        dispatcher.utter_message(response=f"utter_ask_{which}")
        return []


class ActionAskChangeOrderFormConfirmed(AskConfirmed):
    """Ask for the yes, with the line as it is and as it will be."""

    def name(self) -> str:
        """The form and the slot it asks for."""
        return "action_ask_change_order_form_confirmed"

    def question(self, proposal: Slots) -> str:
        """To take something out is asked in other words."""
        return "utter_ask_change_removal" if proposal.get("quantity") == 0 else "utter_ask_change"


class ActionChangeOrder(AgreedAction):
    """Change the order as agreed; else say why it stays."""

    refused = "utter_cannot_change"
    refusals = frozenset(
        {
            Reason.PACKING_BEGAN,
            Reason.PARTLY_DISPATCHED,
            Reason.ALREADY_DISPATCHED,
            Reason.ALREADY_DELIVERED,
            Reason.ALREADY_RETURNED,
            Reason.ALREADY_CANCELLED,
            Reason.LAST_LINE,
            Reason.PRICE_DIFFERS,
        }
    )

    kept = "utter_order_unchanged"
    suggests: ClassVar[Mapping[Reason, str]] = {
        Reason.PACKING_BEGAN: "cancel_order",
        Reason.ALREADY_DELIVERED: "get_refund",
    }
    forgets = ("changeable", "order_lines", "line_talked_of")

    def name(self) -> str:
        """The name in the domain."""
        return "action_change_order"

    def do(self, proposal: Slots, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Change one line at the shop. It may have sold out since it was asked about."""
        number = proposal["order_id"]
        change = ItemChange(
            line_id=proposal["line_id"],
            variant_id=proposal["variant_id"],
            quantity=proposal["quantity"],
        )
        key = effect_key(tracker, self.name(), number, change.line_id)
        try:
            order = self._orders().change_item(number, customer_email(tracker), change, key=key)
        except OutOfStock as gone:
            dispatcher.utter_message(
                response="utter_change_too_few" if gone.available else "utter_change_sold_out",
                goods=gone.product,
                left=gone.available,
            )
            return {}
        dispatcher.utter_message(
            response="utter_order_changed",
            order_id=order.number,
            order_lines=joined([f"{line.quantity} × {item(line)}" for line in order.lines]),
            total=money(order.total_cents, order.currency),
        )
        tell_refund(order, dispatcher)
        return {}

    def obstacle(self, order: Order) -> Reason | None:
        """See `AgreedAction`."""
        return order.not_changeable_because


def _problem(
    wish: Wish, product: Product, order: Order, dispatcher: CollectingDispatcher
) -> Slots | None:
    """What to say where the shop would refuse the wish, with what it could do instead."""
    if wish.quantity == 0:
        return {"response": "utter_cannot_change_last_line"} if len(order.lines) == 1 else None
    same = wish.variant.variant_id == wish.line.variant_id
    if same and wish.quantity == wish.line.quantity:
        return {"response": "utter_change_none", "goods": item(wish.line)}
    if wish.variant.stock < wish.quantity - (wish.line.quantity if same else 0):
        others = joined([kind(v.size, v.colour, " ") for v in available(product, wish)], "or")
        how = "too_few" if wish.variant.stock else "sold_out"
        return {
            "response": f"utter_change_{how}" + ("_instead" if others else ""),
            "goods": _named(wish),
            "left": wish.variant.stock,
            "others": others,
        }
    dearer = wish.variant.price_cents * wish.quantity > _paid(wish.line)
    if dearer and order.state is not OrderState.AWAITING_PAYMENT:
        return {"response": "utter_cannot_change_price_differs", "order_id": order.number}
    return None


def _asks_for_more(said: str, tracker: Tracker) -> bool:
    return bool(ADDING.search(said) and any(tracker.get_latest_entity_values("product")))


def _proposal(wish: Wish, order: Order) -> Slots:
    return {
        "order_id": order.number,
        "line_id": wish.line.line_id,
        "variant_id": wish.variant.variant_id,
        "quantity": wish.quantity,
        "before": f"{wish.line.quantity} × {item(wish.line)}",
        "after": f"{wish.quantity} × {_named(wish)}",
    }


def _named(wish: Wish) -> str:
    return of_kind(wish.product, wish.variant.size, wish.variant.colour)


def _paid(line: Line) -> int:
    return line.unit_price_cents * line.quantity
