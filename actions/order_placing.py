"""The order itself, after the yes; and what becomes of it where the shop says no, or nothing."""

import logging
from collections.abc import Callable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ServiceAction
from actions.order_draft import SLOT, Draft
from actions.order_things import held
from actions.services.errors import Reason, ServiceUnavailable
from actions.services.orders import CannotPlace, NewOrder, OrderService, OutOfStock, order_service
from actions.slots import Slots
from actions.turn import effect_key
from actions.understanding import failed
from actions.wording import money

logger = logging.getLogger(__name__)


class ActionPlaceOrder(ServiceAction):
    """Place the order that was told and agreed to; what can be mended is asked once more."""

    refused = "utter_cannot_place"
    refusals = frozenset(
        {
            Reason.AMOUNT_CHANGED,
            Reason.INVALID_ADDRESS,
            Reason.INVALID_EMAIL,
            Reason.NO_DELIVERY_THERE,
            Reason.UNKNOWN_VARIANT,
            Reason.NOT_SUPPORTED,
        }
    )
    unsure = "utter_order_unsure"
    forgets = ("order_reopened",)

    def __init__(self, orders: Callable[[], OrderService] = order_service) -> None:
        self._orders = orders

    def name(self) -> str:
        """The name in the domain."""
        return "action_place_order"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The order's number and where to pay, or why it is asked about again."""
        if not self._orders().takes_orders:
            raise CannotPlace(Reason.NOT_SUPPORTED)
        proposal = tracker.get_slot("proposal")
        if tracker.get_slot("confirmed") is not True or not proposal:
            dispatcher.utter_message(response="utter_nothing_ordered")
            return {}
        wanted = NewOrder.model_validate(proposal["order"])
        try:
            order = self._orders().place(wanted, key=effect_key(tracker, self.name()))
        except OutOfStock as gone:
            draft = held(Draft.of(tracker), gone.product)
            response = "utter_order_too_few" if gone.available else "utter_order_sold_out"
            dispatcher.utter_message(response=response, goods=draft.named(), left=gone.available)
            return _reopened(draft.but(quantity=None) if gone.available else draft)
        except CannotPlace as no:
            mended = _without_reason(Draft.of(tracker), no.reason)
            if mended is None:
                raise
            dispatcher.utter_message(response=self.worded(no))
            return _reopened(mended)
        except ServiceUnavailable as down:
            if down.maybe_done:
                raise
            logger.exception("An order could not be placed; nothing has happened.")
            return {
                **failed(dispatcher, tracker, response="utter_order_not_taken"),
                **_reopened(Draft.of(tracker)),
            }
        dispatcher.utter_message(
            response="utter_order_taken" if order.payment_url else "utter_order_taken_unpaid",
            order_id=order.number,
            total=money(order.total_cents, order.currency),
            link=order.payment_url,
            email=wanted.email,
        )
        buyer = {
            "name": wanted.name,
            "email": wanted.email,
            "saved_address": proposal["order"]["address"],
        }
        return {"order_id": order.number, "email": wanted.email, "known_buyer": buyer}


def _reopened(draft: Draft) -> Slots:
    return {SLOT: draft.model_dump(mode="json"), "order_reopened": True}


def _without_reason(draft: Draft, reason: Reason) -> Draft | None:
    """The draft without what the shop refuses; `None` where nothing of it would help."""
    changes: dict[Reason, dict[str, Any]] = {
        Reason.AMOUNT_CHANGED: {},
        Reason.INVALID_ADDRESS: {"address": None, "saved_address": None},
        Reason.NO_DELIVERY_THERE: {"address": None, "saved_address": None},
        Reason.INVALID_EMAIL: {"email": ""},
    }
    if reason is Reason.UNKNOWN_VARIANT:
        return draft.without_product()
    return draft.but(**changes[reason]) if reason in changes else None
