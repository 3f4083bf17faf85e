"""Refunds: where the money is, and the rules for sending things back."""

import logging
from collections.abc import Callable
from datetime import date

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.identity import customer_email, proof
from actions.payments import PaymentAction, Payments
from actions.services.errors import NotFound, Reason, ServiceError
from actions.services.payments import Refund, RefundState, payment_service
from actions.slots import Slots
from actions.wording import day, money

logger = logging.getLogger(__name__)


class ActionTrackRefund(PaymentAction):
    """Tell where an order's money is, to the person it belongs to."""

    def __init__(
        self, payments: Payments = payment_service, today: Callable[[], date] = date.today
    ) -> None:
        super().__init__(payments)
        self._today = today

    def name(self) -> str:
        """The name in the domain."""
        return "action_track_refund"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """A sentence for each refund, newest first; another where the money is late."""
        number, email = proof(tracker)
        refunds = self._payments().refunds(number, email)
        for refund in refunds:
            self._tell(refund, dispatcher)
        if not refunds:
            dispatcher.utter_message(response="utter_no_refund", order_id=number)
        return {}

    def _tell(self, refund: Refund, dispatcher: CollectingDispatcher) -> None:
        on_its_way = refund.state in (RefundState.PROCESSING, RefundState.SENT)
        late = refund.expected_on is not None and refund.expected_on < self._today()
        response = f"utter_refund_{refund.state}"
        if on_its_way and late:
            response = "utter_refund_late"
        elif on_its_way and refund.expected_on is None:
            response += "_undated"
        dispatcher.utter_message(
            response=response,
            order_id=refund.order_number,
            amount=money(refund.amount_cents, refund.currency),
            method=refund.method,
            expected=day(refund.expected_on) if refund.expected_on else "",
            label=refund.return_label_url,
        )


class ActionTellRefundPolicy(PaymentAction):
    """The rules for returns; with a verified order in hand its own last day as well."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_refund_policy"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The general rules always, even where the order can't be asked for. An order's number, or
        "how do I do that?", then means a return."""
        dispatcher.utter_message(response="utter_refund_policy")
        number, email = tracker.get_slot("order_id"), customer_email(tracker)
        if number and email:
            self._tell_order(number, email, dispatcher)
        if tracker.get_slot("topic"):
            return {}
        return {"suggested_topic": "get_refund", "last_topic": "get_refund"}

    def _tell_order(self, number: str, email: str, dispatcher: CollectingDispatcher) -> None:
        try:
            found = self._payments().refundable(number, email)
        except NotFound:
            return  # not shown to be theirs: the general rules are all there is to say
        except ServiceError:
            logger.exception("The last day for returns could not be asked.")
            return
        reason = found.not_refundable_because
        if found.return_by is not None and reason in (None, Reason.OUTSIDE_RETURN_WINDOW):
            open_still = reason is None
            dispatcher.utter_message(
                response="utter_return_by" if open_still else "utter_return_was_by",
                order_id=found.order_number,
                last_day=day(found.return_by),
            )
