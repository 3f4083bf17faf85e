"""The actions about refunds, payments and invoices, run against the real sandbox."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.cards import has_card, masked
from actions.returned_goods import TOO_MANY, UNKNOWN, chosen, named, total_cents
from actions.services.payments import Refundable, RefundableLine
from sandbox.faults import Fault
from sandbox.tables import Mail, Order, Refund, RefundState
from tests.assistant.conftest import (
    Conversation,
    FaultyShop,
    Shop,
    forget_services,
    responses,
    write_endpoints,
)

CHIARA = "chiara.ricci@example.com"
FORM = "get_refund_form"


def about(conversation: Conversation, number: str, name: str, **slots: Any) -> Conversation:
    """The conversation, once this customer has shown that this order is theirs."""
    conversation.hears("hello")
    conversation.slots |= {"order_id": number, "email": f"{name}@example.com", **slots}
    return conversation


def refunds_of(shop: Shop, number: str) -> list[Refund]:
    """What the shop's database has of an order's refunds."""
    with Session(shop.database) as session, session.begin():
        order = session.scalars(select(Order).where(Order.number == number)).one()
        refunds = list(order.refunds)
        session.expunge_all()
        return refunds


def offer(*lines: tuple[str, int, int]) -> Refundable:
    """What a shop may offer, by product, pieces and cents."""
    return Refundable(
        order_number="CM-10000",
        email=CHIARA,
        amount_cents=sum(pieces * cents for _, pieces, cents in lines),
        currency="EUR",
        method="Visa",
        lines=tuple(
            RefundableLine(
                line_id=str(place), product=product, quantity=pieces, unit_amount_cents=cents
            )
            for place, (product, pieces, cents) in enumerate(lines)
        ),
        return_by=None,
        not_refundable_because=None,
    )


class TestWhichGoodsAreMeant:
    offer = offer(("Aurora desk lamp", 1, 3990), ("Glade yoga mat", 2, 2900))

    @pytest.mark.parametrize(
        ("text", "meant"),
        [
            ("the lamp", {"0": 1}),
            ("the lmap pls", {"0": 1}),
            ("one of the yoga mats", {"1": 1}),
            ("2 mats", {"1": 2}),
            ("the mats", {"1": 2}),
            ("a lamp and one mat", {"0": 1, "1": 1}),
            ("both the lamp and the mats", {"0": 1, "1": 2}),
            ("everything", {"0": 1, "1": 2}),
            ('/inform{"product": "Glade yoga mat"}', {"1": 2}),
            ("three mats", TOO_MANY),
            ("the kettle", UNKNOWN),
            ("", UNKNOWN),
        ],
    )
    def test_pieces_are_found_as_people_name_them(
        self, text: str, meant: dict[str, int] | str
    ) -> None:
        assert chosen(text, self.offer) == meant

    @pytest.mark.parametrize(
        ("text", "meant"), [("just one of them", {"0": 1}), ("3", TOO_MANY), ("them", UNKNOWN)]
    )
    def test_of_a_single_line_a_number_will_do(
        self, text: str, meant: dict[str, int] | str
    ) -> None:
        assert chosen(text, offer(("Iris phone stand", 2, 1290))) == meant

    def test_they_are_named_and_add_up(self) -> None:
        assert named({"1": 1}, self.offer) == "1 × Glade yoga mat"
        assert named({}, self.offer) == "1 × Aurora desk lamp and 2 × Glade yoga mat"
        assert total_cents({"0": 1, "1": 1}, self.offer) == 6890
        assert total_cents({"0": 1, "1": 2}, self.offer) == self.offer.amount_cents


class TestAReturn:
    def test_it_begins_for_what_was_chosen_and_told(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="I want a refund")
        assert conversation.validate(FORM) == []
        assert conversation.slots["return_items"] is None
        [question] = conversation.run("action_ask_return_items")
        assert question["goods"] == "1 × Aurora desk lamp and 2 × Glade yoga mat"
        assert [button["title"] for button in question["buttons"]] == [
            "Aurora desk lamp",
            "Glade yoga mat",
            "Everything",
        ]
        conversation.asked = "return_items"
        assert conversation.validate(FORM, return_items="one of the mats") == []
        assert conversation.slots["return_goods"] == "1 × Glade yoga mat"
        assert conversation.slots["return_amount"] == "€29.00"
        conversation.asked = "return_reason"
        conversation.validate(FORM, return_reason="too thin")
        conversation.asked = "confirmed"
        conversation.validate(FORM, confirmed=True)
        [answer] = conversation.run("action_begin_return")
        assert answer["response"] == "utter_return_begun"
        assert answer["amount"] == "€29.00"
        assert answer["label"].startswith(shop.url)
        [refund] = refunds_of(shop, "CM-11027")
        assert (refund.amount_cents, refund.reason, refund.state) == (
            2900,
            "too thin",
            RefundState.AWAITING_RETURN,
        )
        assert conversation.slots["return_items"] is None

    @pytest.mark.parametrize(
        ("request_", "reason"),
        [
            ("return the lamp of CM-11027, it's too bright", "it's too bright"),
            ("the lamp back please as it arrived broken", "it arrived broken"),
            ("return the lamp, it is CM-11027", None),
            ("is it possible to return the lamp", None),
        ],
    )
    def test_the_request_may_say_why(
        self, conversation: Conversation, request_: str, reason: str | None
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request=request_)
        conversation.validate(FORM)
        assert conversation.slots["return_reason"] == reason

    def test_what_is_added_goes_beside_what_was_chosen(self, conversation: Conversation) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="return the lamp, it's too bright")
        conversation.validate(FORM)
        conversation.asked = "confirmed"
        conversation.hears("also one of the mats", product="mats")
        conversation.validate(FORM, return_items="mats")
        goods = "1 × Aurora desk lamp and 1 × Glade yoga mat"
        assert conversation.slots["return_goods"] == goods

    def test_a_no_that_names_nothing_is_no_answer(self, conversation: Conversation) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="I want a refund")
        conversation.validate(FORM)
        conversation.asked = "return_items"
        conversation.hears("no thanks", intent="deny")
        assert conversation.validate(FORM, return_items="no thanks") == []
        assert conversation.log[-1]["event"] == "action_execution_rejected"

    def test_the_request_may_name_the_goods(self, conversation: Conversation) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="I'd like to return the lamp")
        conversation.validate(FORM)
        assert conversation.slots["return_goods"] == "1 × Aurora desk lamp"

    def test_where_there_is_one_thing_it_is_not_asked_for(self, conversation: Conversation) -> None:
        about(conversation, "CM-12104", "antonietta.balbo", request="the blanket and bottle")
        conversation.validate(FORM)
        assert conversation.slots["return_goods"] == (
            "1 × Fjord wool blanket and 1 × Brook water bottle"
        )

    @pytest.mark.parametrize("confirmed", [False, None])
    def test_nothing_goes_back_without_a_yes(
        self, conversation: Conversation, shop: Shop, confirmed: bool | None
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="everything, please")
        conversation.validate(FORM)
        conversation.slots["confirmed"] = confirmed
        assert responses(conversation.run("action_begin_return")) == ["utter_nothing_returned"]
        assert refunds_of(shop, "CM-11027") == []

    def test_a_yes_from_before_does_not_count(self, conversation: Conversation) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="everything, please")
        conversation.validate(FORM)
        conversation.asked = "return_reason"
        conversation.validate(FORM, confirmed=True)
        assert conversation.slots["confirmed"] is None

    @pytest.mark.parametrize(
        ("number", "name", "reason"),
        [
            ("CM-11008", "ana.morales", "not_paid"),
            ("CM-10412", "ana.morales", "not_delivered_yet"),
            ("CM-11055", "greta.lindqvist", "already_refunded"),
            ("CM-10564", "ana.morales", "already_cancelled"),
            ("CM-11032", "dawit.bekele", "outside_return_window"),
        ],
    )
    def test_where_nothing_may_go_back_nothing_is_asked_and_the_reason_is_told(
        self, conversation: Conversation, number: str, name: str, reason: str
    ) -> None:
        about(conversation, number, name, request="refund")
        conversation.asked = None
        conversation.validate(FORM)
        assert conversation.asked is None
        assert responses(conversation.run("action_begin_return")) == [
            f"utter_cannot_refund_{reason}"
        ]

    def test_an_amount_that_changed_meanwhile_is_not_paid(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="everything")
        conversation.validate(FORM)
        with Session(shop.database) as session, session.begin():
            order = session.scalars(select(Order).where(Order.number == "CM-11027")).one()
            order.lines[0].unit_price_cents -= 500
        conversation.slots["confirmed"] = True
        assert responses(conversation.run("action_begin_return")) == [
            "utter_cannot_refund_amount_changed"
        ]
        assert refunds_of(shop, "CM-11027") == []

    @pytest.mark.parametrize(
        ("asked", "intent", "value"),
        [
            ("return_reason", "inform", "no, just one mat"),
            ("return_reason", "deny", "none given"),
            ("confirmed", "inform", "no, just one mat"),
        ],
    )
    def test_what_goes_back_can_be_corrected_later(
        self, conversation: Conversation, asked: str, intent: str, value: str
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="the mats")
        conversation.validate(FORM)
        assert conversation.slots["return_amount"] == "€58.00"
        conversation.asked = asked
        conversation.hears("no, just one mat", intent=intent, product="mat", quantity="1")
        slot = "return_reason" if asked == "return_reason" else "return_items"
        assert conversation.validate(FORM, **{slot: value}) == []
        assert conversation.slots["return_amount"] == "€29.00"
        assert conversation.slots["return_reason"] is None

    def test_somebody_elses_order_gives_nothing_back(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, "CM-11027", "ana.morales", request="everything")
        conversation.validate(FORM)
        conversation.slots["confirmed"] = True
        assert responses(conversation.run("action_begin_return")) == ["utter_not_theirs"]
        assert refunds_of(shop, "CM-11027") == []


class TestARefund:
    @pytest.mark.parametrize(
        ("number", "name", "response"),
        [
            ("CM-11036", "elif.yildiz", "utter_refund_arrived"),
            ("CM-11051", "femi.adeyemi", "utter_refund_awaiting_return"),
            ("CM-11069", "haruto.tanaka", "utter_refund_failed"),
            ("CM-11027", "chiara.ricci", "utter_no_refund"),
            ("CM-11027", "ana.morales", "utter_not_theirs"),
        ],
    )
    def test_each_state_has_its_sentence(
        self, conversation: Conversation, number: str, name: str, response: str
    ) -> None:
        about(conversation, number, name)
        assert responses(conversation.run("action_track_refund")) == [response]

    @pytest.mark.parametrize(
        ("days", "response"), [(3, "utter_refund_sent"), (-3, "utter_refund_late")]
    )
    def test_money_that_is_late_is_told_so(
        self, conversation: Conversation, shop: Shop, days: int, response: str
    ) -> None:
        with Session(shop.database) as session, session.begin():
            order = session.scalars(select(Order).where(Order.number == "CM-11055")).one()
            [refund] = order.refunds
            refund.expected_on = date.today() + timedelta(days=days)
        about(conversation, "CM-11055", "greta.lindqvist")
        assert responses(conversation.run("action_track_refund")) == [response]


class TestTheRulesForReturns:
    def test_without_an_order_they_are_general(self, conversation: Conversation) -> None:
        conversation.hears("can I return things?")
        assert responses(conversation.run("action_tell_refund_policy")) == ["utter_refund_policy"]

    def test_what_follows_is_about_a_return(self, conversation: Conversation) -> None:
        conversation.hears("can I return things?")
        conversation.run("action_tell_refund_policy")
        conversation.hears("ok how do i do that", intent="affirm")
        assert conversation.run("action_accept_offer") == []
        assert conversation.goes_on() == "get_refund"

    @pytest.mark.parametrize(
        ("number", "name", "more"),
        [
            ("CM-11027", "chiara.ricci", ["utter_return_by"]),
            ("CM-11032", "dawit.bekele", ["utter_return_was_by"]),
            ("CM-10412", "ana.morales", []),
            ("CM-11027", "ana.morales", []),
        ],
    )
    def test_an_order_of_theirs_has_its_own_last_day(
        self, conversation: Conversation, number: str, name: str, more: list[str]
    ) -> None:
        about(conversation, number, name)
        assert responses(conversation.run("action_tell_refund_policy")) == [
            "utter_refund_policy",
            *more,
        ]


class TestAPayment:
    @pytest.mark.parametrize(
        ("number", "name", "told"),
        [
            ("CM-11008", "ana.morales", ["failed_card_declined", "pay"]),
            ("CM-11164", "elif.yildiz", ["failed_insufficient_funds", "pay"]),
            ("CM-11167", "femi.adeyemi", ["failed_card_expired", "pay"]),
            ("CM-11184", "greta.lindqvist", ["failed_authentication_failed", "pay"]),
            ("CM-11201", "haruto.tanaka", ["pending", "pay"]),
            ("CM-10412", "ana.morales", ["paid"]),
            ("CM-11036", "elif.yildiz", ["partly_refunded"]),
            ("CM-10564", "ana.morales", ["refunded"]),
        ],
    )
    def test_each_state_and_failure_has_its_sentence(
        self, conversation: Conversation, number: str, name: str, told: list[str]
    ) -> None:
        about(conversation, number, name)
        assert responses(conversation.run("action_explain_payment")) == [
            "utter_pay_here" if each == "pay" else f"utter_payment_{each}" for each in told
        ]

    def test_somebody_elses_is_not_told(self, conversation: Conversation) -> None:
        about(conversation, "CM-11008", "ben.carter")
        assert responses(conversation.run("action_explain_payment")) == ["utter_not_theirs"]

    def test_the_ways_to_pay_are_the_shops(self, conversation: Conversation) -> None:
        conversation.hears("can I use PayPal?")
        [answer] = conversation.run("action_tell_payment_methods")
        assert answer["methods"].splitlines()[:2] == [
            "- Credit or debit card (Visa, Mastercard and American Express)",
            "- PayPal",
        ]


class TestAnInvoice:
    def test_its_rows_are_told(self, conversation: Conversation) -> None:
        about(conversation, "CM-10412", "ana.morales")
        [answer] = conversation.run("action_tell_invoice")
        assert answer["rows"] == "- 1 × Iris phone stand: €12.90\n- 1 × Delivery: €4.90"
        assert answer["total"] == "€17.80"

    def test_it_is_mailed_once_and_to_nobody_else(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        about(conversation, "CM-10412", "ana.morales")
        conversation.hears("send it to my boss", email="boss@example.org")
        for _ in range(2):
            assert responses(conversation.run("action_send_invoice")) == ["utter_invoice_sent"]
        with Session(shop.database) as session:
            mails = session.scalars(select(Mail).where(Mail.subject.contains("invoice"))).all()
            assert [mail.to for mail in mails] == ["ana.morales@example.com"]

    @pytest.mark.parametrize("action", ["action_tell_invoice", "action_send_invoice"])
    def test_before_the_payment_there_is_none(
        self, conversation: Conversation, action: str
    ) -> None:
        about(conversation, "CM-11008", "ana.morales")
        assert responses(conversation.run(action)) == ["utter_no_invoice_no_invoice_yet"]


@pytest.fixture
def failing(conversation: Conversation, faulty: FaultyShop, tmp_path: Path) -> FaultyShop:
    """The shop that this conversation's actions talk to, where things go wrong."""
    write_endpoints(tmp_path / "endpoints.yml", faulty.url)
    forget_services()
    return faulty


class TestFailingServices:
    @pytest.mark.parametrize("fault", [Fault.BROKEN, Fault.WRONG])
    @pytest.mark.parametrize(
        ("action", "response"),
        [
            ("action_track_refund", "utter_service_down"),
            ("action_explain_payment", "utter_service_down"),
            ("action_tell_invoice", "utter_service_down"),
            ("action_begin_return", "utter_service_down"),
            ("action_tell_payment_methods", "utter_payment_methods_unknown"),
        ],
    )
    def test_a_question_gets_a_useful_sentence(
        self,
        conversation: Conversation,
        failing: FaultyShop,
        fault: Fault,
        action: str,
        response: str,
    ) -> None:
        if (action, fault) == ("action_tell_payment_methods", Fault.WRONG):
            pytest.skip("a wrong name of a way to pay is a name")
        about(conversation, "CM-10564", "ana.morales")
        failing.breaks(f"{fault}:/")
        assert responses(conversation.run(action)) == [response]

    def test_the_rules_for_returns_need_no_service(
        self, conversation: Conversation, failing: FaultyShop
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci")
        failing.breaks("500:/")
        assert responses(conversation.run("action_tell_refund_policy")) == ["utter_refund_policy"]

    def test_a_return_whose_answer_got_lost_is_begun_once(
        self, conversation: Conversation, failing: FaultyShop
    ) -> None:
        self._confirmed(conversation)
        failing.breaks("lost:/refunds:1")
        assert responses(conversation.run("action_begin_return")) == ["utter_return_begun"]
        assert len(refunds_of(failing, "CM-11027")) == 1

    def test_a_return_that_nobody_knows_of_is_told_so(
        self, conversation: Conversation, failing: FaultyShop
    ) -> None:
        self._confirmed(conversation)
        failing.breaks("lost:/refunds")
        assert responses(conversation.run("action_begin_return")) == ["utter_refund_unsure"]
        assert len(refunds_of(failing, "CM-11027")) == 1

    def test_an_invoice_goes_to_no_other_address_and_that_is_said(
        self, conversation: Conversation
    ) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="send it to me@firm.example")
        assert responses(conversation.run("action_send_invoice")) == [
            "utter_invoice_sent",
            "utter_invoice_only_there",
        ]

    def test_an_invoice_that_may_be_on_its_way_is_told_so(
        self, conversation: Conversation, failing: FaultyShop
    ) -> None:
        about(conversation, "CM-10412", "ana.morales")
        failing.breaks("lost:/invoices/send")
        assert responses(conversation.run("action_send_invoice")) == ["utter_invoice_unsure"]

    def _confirmed(self, conversation: Conversation) -> None:
        about(conversation, "CM-11027", "chiara.ricci", request="everything")
        conversation.validate(FORM)
        conversation.slots["confirmed"] = True


class TestCardNumbers:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("4242 4242 4242 4242", True),
            ("my card is 5555-5555-5555-4444, cvc 123", True),
            ("378282246310005", True),
            ("4242 4242 4242 4241", False),  # its check digit is wrong
            ("+44 7911 123456", False),
            ("CM-10412", False),
            ("INV-10412 of 20.11.2026", False),
        ],
    )
    def test_they_are_known_by_their_check_digit(self, text: str, found: bool) -> None:
        assert has_card(text) is found
        assert ("4242" in masked(text)) is (not found and "4242" in text)

    def test_one_is_answered_and_fills_no_slot(self, conversation: Conversation) -> None:
        text = "pay with 4242 4242 4242 4242"
        conversation.hears(text)
        assert responses(conversation.extracts(return_reason=text)) == ["utter_never_send_card"]
        assert conversation.slots["return_reason"] is None
        assert conversation.slots["card_typed"] is True
        conversation.hears("sorry")
        assert conversation.extracts() == []
        assert conversation.slots["card_typed"] is None

    def test_other_messages_are_left_alone(self, conversation: Conversation) -> None:
        conversation.hears("it is too small")
        assert conversation.extracts(return_reason="it is too small") == []
        assert conversation.slots["return_reason"] == "it is too small"
