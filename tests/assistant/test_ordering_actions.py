"""Ordering in conversation, run by rasa-sdk's own executor against the real sandbox."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from actions.services.customers import CustomerNotFound, customer_service
from actions.services.identity import Identity
from actions.services.orders import OrderState, order_service
from sandbox.tables import Order, Variant
from tests.assistant.conftest import (
    Conversation,
    FaultyShop,
    Shop,
    forget_services,
    responses,
    write_endpoints,
)

ADA = "ada@byron.example"
ISLA = "isla.obrien@example.com"
LEEDS = "8 Victoria Terrace, LS3 1BX Leeds"
FORM = "place_order_form"


@dataclass
class Buyer:
    """Somebody in the form, as the engine would run it."""

    conversation: Conversation

    def asks_for(self, text: str, **entities: Any) -> list[str]:
        """The message that begins it."""
        self.conversation.hears(text, intent="place_order", **entities)
        self.conversation.asked = None
        self.conversation.slots["request"] = text
        return self._validated({})

    def says(self, text: str, intent: str = "inform", **entities: Any) -> list[str]:
        """An answer to what is asked."""
        self.conversation.hears(text, intent=intent, message_id=text, **entities)
        answers: dict[str, Any] = {"order_answer": text}
        if self.asked == "confirmed" and intent in ("affirm", "deny"):
            answers["confirmed"] = intent == "affirm"
        return self._validated(answers)

    def tells(self, *texts: str) -> None:
        """Several answers."""
        for text in texts:
            self.says(text)

    def decides(self) -> list[dict[str, Any]]:
        """What follows the form."""
        self.conversation.asked = None
        return self.conversation.run("action_place_order")

    @property
    def asked(self) -> str | None:
        """The slot that is asked for."""
        return self.conversation.asked

    @property
    def slots(self) -> dict[str, Any]:
        """All slots."""
        return self.conversation.slots

    def _validated(self, answers: dict[str, Any]) -> list[str]:
        before = dict(self.slots)
        said = responses(self.conversation.validate(FORM, **answers))
        rejected = any(
            event["event"] == "action_execution_rejected" for event in self.conversation.log[-3:]
        )
        if rejected:
            self.conversation.slots = before
            return ["declined"]
        if not any(event.get("name") == "requested_slot" for event in self.conversation.log[-1:]):
            self.conversation.asked = self._open()
        return said

    def _open(self) -> str | None:
        required = self.conversation.domain["forms"][FORM]["required_slots"]
        return next((slot for slot in required if self.slots.get(slot) is None), None)


@pytest.fixture
def buyer(conversation: Conversation) -> Buyer:
    """Before anything was said."""
    return Buyer(conversation)


@pytest.fixture
def told(buyer: Buyer) -> Buyer:
    """Who has heard the total of two white lamps for Leeds, by express."""
    buyer.asks_for("two white desk lamps please", product="desk lamps", colour="white")
    buyer.tells("Ada Byron", ADA, LEEDS, "express")
    assert buyer.asked == "confirmed"
    return buyer


class TestChoosing:
    """Which thing, which kind, how many."""

    def test_only_what_is_open_is_asked(self, buyer: Buyer) -> None:
        asked = []
        buyer.asks_for("I'd like to place an order")
        for answer in ("the rain jacket", "red", "M", "Ada Byron", ADA, LEEDS, "standard"):
            asked.append(buyer.asked)
            assert buyer.says(answer) == []
        assert asked == [
            "ordered_product",
            "ordered_variant",
            "ordered_variant",
            "buyer_name",
            "buyer_email",
            "delivery_address",
            "delivery_way",
        ]
        assert buyer.slots["proposal"]["goods"] == "1 × Kestrel rain jacket (red, M)"

    def test_the_request_may_say_it_all(self, buyer: Buyer) -> None:
        for said, words, goods, quantity in (
            ("order two wool blankets in grey", "wool blankets", "Fjord wool blanket", 2),
            ("3 navy rain jackets size L", "rain jackets", "Kestrel rain jacket", 3),
            ("running shoes in 42", "running shoes", "Maple running shoes", 1),
            ("2 running shoes in blue, 42", "running shoes", "Maple running shoes", 2),
            ("can I order a kettel", "kettel", "Ember electric kettle", 1),
            ("put the yoga mat in my cart", [], "Glade yoga mat", 1),
            ("2 water bottles with 750ml", "water bottles", "Brook water bottle", 2),
            ("3 of the bigger green bottles", "bottles", "Brook water bottle", 3),
        ):
            assert buyer.asks_for(said, product=words) == [], said
            assert buyer.slots["ordered_product"] == goods
            assert buyer.slots["ordered_quantity"] == quantity
        assert buyer.slots["ordered_variant"] == "BROOK-GREEN-750-ML"

    def test_it_may_be_what_was_talked_of_before(self, buyer: Buyer) -> None:
        buyer.slots["product"] = "Juniper scented candle"
        buyer.asks_for("ok I'll take three of them")
        assert buyer.slots["ordered_product"] == "Juniper scented candle"
        assert buyer.slots["ordered_quantity"] == 3

    def test_what_we_do_not_sell_is_said_and_asked_again(self, buyer: Buyer) -> None:
        assert buyer.asks_for("order an umbrella", product="umbrella") == ["utter_product_unknown"]
        assert buyer.asked == "ordered_product"

    def test_what_could_be_several_things_is_asked(self, buyer: Buyer) -> None:
        said = buyer.asks_for("something for the kitchen", product="something for the kitchen")
        assert said == ["utter_order_nothing_called"]
        (question,) = buyer.conversation.run("action_ask_ordered_product")
        assert question["response"] == "utter_ask_ordered_product_of"
        assert len(question["buttons"]) == 3
        assert buyer.says("the second one") == []
        assert buyer.slots["ordered_product"] == question["buttons"][1]["title"]

    def test_one_thing_that_may_be_meant_is_taken_with_a_yes(self, buyer: Buyer) -> None:
        buyer.asks_for("two phone chargers", product="phone chargers")
        assert buyer.slots["ordered_product"] is None
        buyer.says("yes", "affirm")
        assert buyer.slots["ordered_product"] == "Iris phone stand"
        assert buyer.slots["ordered_quantity"] == 2

    def test_or_left_with_a_no(self, buyer: Buyer) -> None:
        buyer.asks_for("a phone charger", product="phone charger")
        assert buyer.says("no", "deny") == []
        (question,) = buyer.conversation.run("action_ask_ordered_product")
        assert question["response"] == "utter_ask_ordered_product"

    def test_what_is_sold_out_is_said_with_what_there_is(self, buyer: Buyer) -> None:
        buyer.asks_for("the rain jacket in red", product="rain jacket")
        assert buyer.says("L") == ["utter_order_sold_out"]
        (question,) = buyer.conversation.run("action_ask_ordered_variant")
        assert question["response"] == "utter_ask_ordered_variant_instead"
        assert "navy L" in question["choices"]
        assert buyer.says("then navy") == []
        assert buyer.slots["ordered_variant"] == "KESTREL-NAVY-L"

    def test_more_than_there_are_is_said_with_how_many_there_are(
        self, buyer: Buyer, shop: Shop
    ) -> None:
        _set(shop, "AURORA-WHITE", stock=2)
        assert buyer.asks_for("five white desk lamps", product="desk lamps") == [
            "utter_order_too_few"
        ]
        assert buyer.asked == "ordered_quantity"
        assert buyer.says("two then") == []
        assert buyer.slots["ordered_quantity"] == 2

    @pytest.mark.parametrize(
        ("said", "response"),
        [("30 of them", "utter_order_too_many"), ("lots", "utter_ordered_quantity_unclear")],
    )
    def test_a_number_that_is_none_is_asked_again(
        self, buyer: Buyer, shop: Shop, said: str, response: str
    ) -> None:
        _set(shop, "AURORA-WHITE", stock=2)
        buyer.asks_for("five white desk lamps", product="desk lamps")
        assert buyer.says(said) == [response]
        assert buyer.asked == "ordered_quantity"

    def test_two_answers_that_say_nothing_offer_a_person(self, buyer: Buyer) -> None:
        buyer.asks_for("a desk lamp", product="desk lamp")
        buyer.conversation.slots["failed_turns"] = 1
        buyer.says("hm")
        assert buyer.says("whatever") == ["utter_ordered_variant_unclear", "utter_offer_person"]


class TestCorrecting:
    """What was said is changed by what is said later, whatever is asked."""

    @pytest.mark.parametrize(
        ("said", "intent", "goods"),
        [
            ("make it two", "change_order", "2 × Aurora desk lamp (white)"),
            ("no, the black one", "deny", "1 × Aurora desk lamp (black)"),
            ("actually three of them in black", "other_order", "3 × Aurora desk lamp (black)"),
        ],
    )
    def test_goods_at_any_question(self, buyer: Buyer, said: str, intent: str, goods: str) -> None:
        for place in (0, 1, 4):
            buyer.asks_for("a white desk lamp", product="desk lamp")
            answers = ("Ada Byron", ADA, LEEDS, "standard")
            buyer.tells(*answers[:place])
            asked = buyer.asked
            assert buyer.says(said, intent) == []
            assert buyer.asked == asked
            buyer.tells(*answers[place:])
            assert buyer.slots["proposal"]["goods"] == goods

    def test_everything_before_the_yes(self, told: Buyer) -> None:
        rome = "Via Roma 21, 40121 Bologna, Italy"
        changes: list[tuple[str, str, dict[str, str], str, str]] = [
            ("no, make it three", "deny", {}, "goods", "3 × Aurora desk lamp (white)"),
            ("yes, but only one", "affirm", {}, "goods", "1 × Aurora desk lamp (white)"),
            ("the cheapest delivery", "delivery_options", {}, "way",
             "Pick-up point with Parcelway"),
            ("use bob@byron.example", "edit_account", {}, "email", "bob@byron.example"),
            ("the name is Augusta King", "inform", {"person": "Augusta King"}, "name",
             "Augusta King"),
            ("the kettle in red instead", "inform", {"product": "kettle"}, "goods",
             "1 × Ember electric kettle (red)"),
        ]  # fmt: skip
        for said, intent, entities, of_what, value in changes:
            assert told.says(said, intent, **entities) == []
            assert told.asked == "confirmed", said
            assert told.slots["proposal"][of_what] == value
        assert told.says(f"send it to {rome}", "change_shipping_address", address=rome) == []
        told.says("standard")
        assert told.slots["proposal"]["address"] == rome
        assert told.slots["proposal"]["total"] == "€50.90"

    def test_more_of_it(self, told: Buyer) -> None:
        for said, intent, quantity in (
            ("add another one", "other_order", 3),
            ("two more please", "change_order", 5),
            ("make it 2", "inform", 2),
        ):
            assert told.says(said, intent) == []
            assert told.slots["ordered_quantity"] == quantity

    def test_a_correction_to_what_it_is_already_changes_nothing(self, told: Buyer) -> None:
        before = dict(told.slots["proposal"])
        assert told.says("no, the white one", "other_order") == []
        assert (told.asked, told.slots["proposal"]) == ("confirmed", before)

    def test_to_cancel_it_is_to_leave_it(self, buyer: Buyer) -> None:
        buyer.asks_for("a white desk lamp", product="desk lamp")
        assert buyer.says("please cancel this", "cancel_order") == []
        assert buyer.asked is None
        assert responses(buyer.decides()) == ["utter_nothing_ordered"]

    def test_another_order_may_be_cancelled_meanwhile(self, buyer: Buyer) -> None:
        buyer.asks_for("a white desk lamp", product="desk lamp")
        assert buyer.says("cancel CM-10412", "cancel_order") == ["declined"]

    def test_what_corrects_nothing_is_no_yes(self, told: Buyer) -> None:
        assert told.says("I am not sure about that") == ["utter_confirmed_unclear"]
        assert told.asked == "confirmed"

    def test_a_message_that_says_nothing_of_the_order_is_left_to_others(self, buyer: Buyer) -> None:
        buyer.asks_for("a white desk lamp", product="desk lamp")
        for intent in ("affirm", "deny", "other_order", "goodbye"):
            assert buyer.says("Well Well", intent) == ["declined"]
        assert buyer.says("how", "delivery_options") == ["declined"]
        assert buyer.says("the black one", "goodbye") == []
        assert buyer.slots["ordered_variant"] == "AURORA-BLACK"


class TestSeveralThings:
    """Several things in one order, told at once or one after the other."""

    @pytest.fixture
    def both(self, buyer: Buyer) -> Buyer:
        """Who has heard the total of two lamps and a kettle."""
        buyer.asks_for(
            "two black lamps and a kettle in red",
            product=["lamps", "kettle"],
            quantity="two",
            colour=["black", "red"],
        )
        buyer.tells("Ada Byron", ADA, LEEDS, "express")
        assert buyer.asked == "confirmed"
        return buyer

    def test_each_has_its_own_kind_and_number(self, both: Buyer) -> None:
        proposal = both.slots["proposal"]
        assert proposal["lines"] == (
            "- 2 × Aurora desk lamp (black): €79.80\n- 1 × Ember electric kettle (red): €46.00"
        )
        assert proposal["total"] == "€138.70"
        assert proposal["order"]["total_cents"] == 13870

    def test_all_of_it_may_be_told_at_once(self, buyer: Buyer) -> None:
        buyer.asks_for(
            f"2 white desk lamps and a candle to {LEEDS}, my name is Ada Byron and my mail {ADA}",
            product=["desk lamps", "candle"],
            colour="white",
            address=LEEDS,
            email=ADA,
        )
        assert buyer.asked == "delivery_way"
        buyer.says("express")
        assert buyer.slots["proposal"]["goods"] == (
            "2 × Aurora desk lamp (white) and 1 × Juniper scented candle"
        )
        assert buyer.slots["proposal"]["name"] == "Ada Byron"

    def test_another_thing_may_be_asked_for_at_any_question(self, buyer: Buyer) -> None:
        buyer.asks_for("a candle", product="candle")
        assert buyer.asked == "buyer_name"
        buyer.says("and a yoga mat in green please", "place_order", product="yoga mat")
        assert buyer.asked == "buyer_name"
        assert buyer.slots["ordered_product"] == "Glade yoga mat"
        buyer.says("leave out the yoga mat", "stop", product="yoga mat")
        assert buyer.slots["ordered_product"] == "Juniper scented candle"

    def test_what_is_open_is_asked_of_each(self, buyer: Buyer) -> None:
        assert (
            buyer.asks_for(
                "a candle, two lamps and 3 rain jackets",
                product=["candle", "lamps", "rain jackets"],
            )
            == []
        )
        assert buyer.slots["ordered_product"] == "Aurora desk lamp"
        buyer.says("white", colour="white")
        assert buyer.slots["ordered_product"] == "Kestrel rain jacket"
        buyer.tells("navy M", "Ada Byron", ADA, LEEDS, "express")
        assert buyer.slots["proposal"]["goods"] == (
            "1 × Juniper scented candle, 2 × Aurora desk lamp (white) "
            "and 3 × Kestrel rain jacket (navy, M)"
        )

    @pytest.mark.parametrize(
        ("said", "product", "goods"),
        [
            ("only one lamp", "lamp", "1 × Aurora desk lamp (black) and {kettle}"),
            ("the lamps in white", "lamps", "2 × Aurora desk lamp (white) and {kettle}"),
            ("make it two kettles", "kettles", "{lamps} and 2 × Ember electric kettle (red)"),
            ("without the kettle", "kettle", "{lamps}"),
            ("remove the lamps", "lamps", "{kettle}"),
            ("add a candle too", "candle", "{lamps}, {kettle} and 1 × Juniper scented candle"),
            ("another lamp in white", "lamp", "{lamps}, {kettle} and 1 × Aurora desk lamp (white)"),
            ("two more lamps", "lamps", "4 × Aurora desk lamp (black) and {kettle}"),
            ("a candle instead of it", "candle", "{lamps} and 1 × Juniper scented candle"),
        ],
    )
    def test_each_is_corrected_by_its_name(
        self, both: Buyer, said: str, product: str, goods: str
    ) -> None:
        assert both.says(said, "change_order", product=product) == []
        assert both.asked == "confirmed"
        named = {
            "lamps": "2 × Aurora desk lamp (black)",
            "kettle": "1 × Ember electric kettle (red)",
        }
        assert both.slots["proposal"]["goods"] == goods.format(**named)

    def test_what_may_mean_any_of_them_is_asked(self, both: Buyer) -> None:
        before = both.slots["proposal"]
        assert both.says("make it three", "change_order") == ["utter_order_which_line"]
        assert both.slots["proposal"] == before

    def test_a_change_that_leaves_something_open_asks_about_it(self, both: Buyer) -> None:
        both.says("add a rain jacket", "change_order", product="rain jacket")
        assert both.asked == "ordered_variant"
        both.says("only one lamp", "change_order", product="lamp")
        assert both.asked == "ordered_variant"
        both.says("red S")
        assert both.slots["proposal"]["goods"] == (
            "1 × Aurora desk lamp (black), 1 × Ember electric kettle (red) "
            "and 1 × Kestrel rain jacket (red, S)"
        )

    def test_what_we_do_not_sell_is_left_out(self, buyer: Buyer) -> None:
        said = buyer.asks_for(
            "a candle, an umbrella and a yoga mat in green",
            product=["candle", "umbrella", "yoga mat"],
        )
        assert said == ["utter_product_unknown"]
        assert buyer.asked == "buyer_name"
        buyer.tells("Ada Byron", ADA, LEEDS, "express")
        assert buyer.slots["proposal"]["goods"] == (
            "1 × Juniper scented candle and 1 × Glade yoga mat (green)"
        )

    def test_all_of_it_is_ordered(self, both: Buyer) -> None:
        both.says("yes", "affirm")
        (said,) = both.decides()
        order = order_service().find(said["order_id"], ADA)
        assert order.total_cents == 13870
        assert [(line.variant_id, line.quantity) for line in order.lines] == [
            ("AURORA-BLACK", 2),
            ("EMBER-RED", 1),
        ]

    @pytest.mark.parametrize("sku", ["AURORA-BLACK", "EMBER-RED"])
    def test_what_was_sold_meanwhile_is_asked_anew(self, both: Buyer, shop: Shop, sku: str) -> None:
        _set(shop, sku, stock=0)
        both.says("yes", "affirm")
        assert responses(both.decides()) == ["utter_order_sold_out"]
        both._validated({})
        assert both.asked == "ordered_variant"
        assert both.slots["ordered_product"].startswith(sku.title().split("-")[0])

    def test_prices_that_have_changed_are_told_anew(self, both: Buyer, shop: Shop) -> None:
        _set(shop, "AURORA-BLACK", price_cents=1000)
        both.says("yes", "affirm")
        both.decides()
        both._validated({})
        assert both.slots["proposal"]["total"] == "€78.90"


class TestForWhomAndWhereTo:
    """Name, e-mail and address: asked, checked, or known already."""

    @pytest.fixture
    def at_name(self, buyer: Buyer) -> Buyer:
        """Who has chosen a candle."""
        buyer.asks_for("a scented candle", product="scented candle")
        return buyer

    def test_a_name(self, at_name: Buyer) -> None:
        for said in ("who wants to know?", "4711", "I would rather not tell you"):
            at_name.slots["failed_turns"] = None
            assert at_name.says(said)[0] == "utter_buyer_name_unclear"
        at_name.says("it's Olive Green")
        assert at_name.slots["buyer_name"] == "Olive Green"

    def test_all_of_it_in_one_message(self, at_name: Buyer) -> None:
        at_name.says(f"Ada Byron, {LEEDS}, United Kingdom", address=f"{LEEDS}, United Kingdom")
        assert at_name.asked == "buyer_email"
        at_name.says(f"no, it's Augusta King, {ADA}", person="Augusta King")
        assert at_name.slots["buyer_email"] == ADA
        assert at_name.asked == "delivery_way"

    def test_an_address_for_mails_is_no_wish_for_the_newsletter(self, at_name: Buyer) -> None:
        at_name.says("Ada Byron")
        wish = f"subscribe {ADA} to the newsletter"
        assert at_name.says(wish, "newsletter_subscription") == ["declined"]
        assert at_name.says(f"well, it's {ADA}", "newsletter_subscription") == []
        assert at_name.asked == "delivery_address"

    def test_no_address_for_mails(self, at_name: Buyer) -> None:
        at_name.says("Ada Byron")
        assert at_name.says("ada at byron dot example") == ["utter_buyer_email_unclear"]

    def test_only_what_is_missing_of_an_address_is_asked(self, at_name: Buyer) -> None:
        for said, lacks, rest in (
            ("Gartenweg 3, 04109 Leipzig", "country", "it's in Germany"),
            ("8 Victoria Terrace, Leeds", "postcode", "LS3 1BX"),
            ("LS3 1BX Leeds", "street", "8 Victoria Terrace"),
            ("8 Victoria Terrace, LS3 1BX", "town", "Leeds"),
        ):
            at_name.asks_for("a scented candle", product="scented candle")
            at_name.tells("Ada Byron", ADA)
            assert at_name.says(said) == []
            (question,) = at_name.conversation.run("action_ask_delivery_address")
            assert question["response"] == f"utter_ask_address_{lacks}"
            assert at_name.says(rest) == []
            assert at_name.asked == "delivery_way"

    def test_who_repeats_the_whole_address_is_understood(self, at_name: Buyer) -> None:
        at_name.tells("Ada Byron", ADA, "8 Victoria Terrace, Leeds", LEEDS)
        assert at_name.slots["delivery_address"] == f"{LEEDS}, United Kingdom"

    def test_what_is_no_address_is_said(self, at_name: Buyer) -> None:
        at_name.tells("Ada Byron", ADA)
        assert at_name.says("at my place") == ["utter_delivery_address_unclear"]

    @pytest.mark.parametrize(
        ("said", "reason"),
        [
            ("12 Nelson Street, 4000 Brisbane, Australia", "no_delivery_there"),
            ("Gartenweg 3, 0410 Leipzig, Germany", "invalid_address"),
        ],
    )
    def test_where_we_do_not_deliver_is_said(self, at_name: Buyer, said: str, reason: str) -> None:
        at_name.tells("Ada Byron", ADA)
        assert at_name.says(said) == [f"utter_cannot_place_{reason}"]
        assert at_name.asked == "delivery_address"

    def test_who_is_signed_in_is_offered_the_saved_address(self, buyer: Buyer) -> None:
        known = customer_service().find(Identity(ISLA, order_number="CM-10643"))
        claims = {"bespeak_customer": {"email": ISLA, "customer_id": known.customer_id}}
        buyer.conversation.hears("a candle", product="candle", metadata=claims)
        buyer.slots["request"] = "a candle"
        buyer._validated({})
        assert buyer.asked == "delivery_address"
        (question,) = buyer.conversation.run("action_ask_delivery_address")
        assert question["response"] == "utter_offer_saved_address"
        assert question["address"] == "22 Shop Street, H91 E2K3 Galway, Ireland"
        buyer.says("yes", "affirm")
        buyer.says("standard")
        assert buyer.slots["proposal"]["name"] == "Isla O'Brien"
        assert buyer.slots["proposal"]["email"] == ISLA

    def test_who_has_shown_an_order_may_choose_another_address(self, buyer: Buyer) -> None:
        buyer.slots.update(
            {
                "order_id": "CM-10643",
                "email": ISLA,
                "verified_order": ["CM-10643", ISLA],
            }
        )
        buyer.asks_for("a candle", product="candle")
        buyer.says("no", "deny")
        (question,) = buyer.conversation.run("action_ask_delivery_address")
        assert question["response"] == "utter_ask_delivery_address"
        buyer.says(LEEDS)
        assert buyer.slots["delivery_address"] == f"{LEEDS}, United Kingdom"

    def test_who_orders_again_is_not_asked_again(self, at_name: Buyer) -> None:
        at_name.tells("Ada Byron", ADA, LEEDS, "express")
        at_name.says("yes", "affirm")
        at_name.decides()
        at_name.slots["order_draft"] = None
        at_name.asks_for("and a desk lamp in white", product="desk lamp")
        (question,) = at_name.conversation.run("action_ask_delivery_address")
        assert question["response"] == "utter_offer_saved_address"
        assert question["address"] == f"{LEEDS}, United Kingdom"
        at_name.says("the same address", "change_shipping_address")
        at_name.says("express")
        assert at_name.slots["proposal"]["name"] == "Ada Byron"
        assert at_name.slots["proposal"]["email"] == ADA

    def test_what_is_only_said_to_be_somebodys_opens_no_account(self, buyer: Buyer) -> None:
        buyer.slots.update({"order_id": "CM-10643", "email": ISLA, "verified_order": None})
        buyer.asks_for("a candle", product="candle")
        assert buyer.asked == "buyer_name"


class TestPlacing:
    """What `action_place_order` does."""

    def test_exactly_what_was_told_is_ordered(self, told: Buyer, shop: Shop) -> None:
        assert told.slots["proposal"]["total"] == "€92.70"
        told.says("yes", "affirm")
        (said,) = told.decides()
        assert said["response"] == "utter_order_taken"
        assert said["total"] == "€92.70"
        order = order_service().find(said["order_id"], ADA)
        assert order.state is OrderState.AWAITING_PAYMENT
        assert order.payment_url == said["link"]
        assert (order.total_cents, order.shipping_cents) == (9270, 1290)
        assert [(line.variant_id, line.quantity) for line in order.lines] == [("AURORA-WHITE", 2)]
        assert order.address is not None
        assert (order.address.name, order.address.country) == ("Ada Byron", "GB")

    def test_delivery_that_is_free_from_a_value_on_is_told_so(self, buyer: Buyer) -> None:
        buyer.asks_for("two white desk lamps", product="desk lamps")
        buyer.tells("Ada Byron", ADA, LEEDS, "standard")
        assert buyer.slots["proposal"]["delivery_price"] == "free"
        buyer.says("yes", "affirm")
        (said,) = buyer.decides()
        assert order_service().find(said["order_id"], ADA).shipping_cents == 0

    def test_a_yes_in_other_words(self, told: Buyer) -> None:
        told.says("yes please order it", "place_order")
        assert told.slots["confirmed"] is True

    def test_a_no_orders_nothing(self, told: Buyer, shop: Shop) -> None:
        before = _orders(shop)
        told.says("no", "deny")
        assert responses(told.decides()) == ["utter_nothing_ordered"]
        assert _orders(shop) == before

    def test_the_same_yes_again_orders_nothing_more(self, told: Buyer, shop: Shop) -> None:
        told.says("yes", "affirm")
        (first,) = told.decides()
        count = _orders(shop)
        told.slots["confirmed"] = True
        (second,) = told.decides()
        assert (second["order_id"], _orders(shop)) == (first["order_id"], count)

    def test_a_price_that_has_changed_is_told_anew(self, told: Buyer, shop: Shop) -> None:
        _set(shop, "AURORA-WHITE", price_cents=4990)
        before = _orders(shop)
        told.says("yes", "affirm")
        assert responses(told.decides()) == ["utter_cannot_place_amount_changed"]
        assert (told.slots["order_reopened"], _orders(shop)) == (True, before)
        told._validated({})
        assert told.slots["order_reopened"] is None
        assert told.asked == "confirmed"
        assert told.slots["proposal"]["total"] == "€112.70"
        told.says("yes", "affirm")
        assert responses(told.decides()) == ["utter_order_taken"]

    @pytest.mark.parametrize(("left", "asked"), [(1, "ordered_quantity"), (0, "ordered_variant")])
    def test_what_was_sold_meanwhile_is_asked_anew(
        self, told: Buyer, shop: Shop, left: int, asked: str
    ) -> None:
        _set(shop, "AURORA-WHITE", stock=left)
        told.says("yes", "affirm")
        (said,) = responses(told.decides())
        assert said == ("utter_order_too_few" if left else "utter_order_sold_out")
        told._validated({})
        assert told.asked == asked

    def test_what_is_off_the_shelf_meanwhile_is_asked_anew(self, told: Buyer, shop: Shop) -> None:
        with Session(shop.database) as session, session.begin():
            session.execute(
                update(Variant).where(Variant.sku == "AURORA-WHITE").values(sku="AURORA-IVORY")
            )
        told.says("yes", "affirm")
        assert responses(told.decides()) == ["utter_cannot_place_unknown_variant"]
        told._validated({})
        assert told.asked == "ordered_product"

    def test_a_shop_that_takes_no_orders_here_says_so_before_it_asks(
        self, buyer: Buyer, tmp_path: Path
    ) -> None:
        endpoints = tmp_path / "endpoints.yml"
        services = yaml.safe_load(endpoints.read_text())
        services["services"]["orders"] = {
            "adapter": "woocommerce",
            "url": "https://shop.example",
            "token": "cs_1",
            "consumer_key": "ck_1",
        }
        endpoints.write_text(yaml.safe_dump(services))
        forget_services()
        assert buyer.asks_for("a candle", product="candle") == []
        assert buyer.slots.get("ordered_product") is None
        assert buyer.conversation.log[-1]["value"] is None  # nothing is asked
        assert responses(buyer.decides()) == ["utter_cannot_place_not_supported"]

    def test_an_order_that_nobody_has_paid_for_opens_no_account(self, told: Buyer) -> None:
        told.says(f"no, {ISLA}", "deny")
        told.says("yes", "affirm")
        (said,) = told.decides()
        with pytest.raises(CustomerNotFound):
            customer_service().find(Identity(ISLA, order_number=said["order_id"]))


class TestAShopThatFails:
    """Each failure ends in a sentence, and what was told is kept."""

    @pytest.fixture
    def broken(self, faulty: FaultyShop, conversation: Conversation, tmp_path: Path) -> FaultyShop:
        """The shop that the actions talk to."""
        write_endpoints(tmp_path / "endpoints.yml", faulty.url)
        forget_services()
        return faulty

    @pytest.mark.parametrize("fault", ["500", "garbage", "wrong"])
    def test_while_it_is_down_the_request_is_kept(
        self, broken: FaultyShop, buyer: Buyer, fault: str
    ) -> None:
        broken.breaks(f"{fault}:/products")
        buyer.asks_for("two candles please", product="candles")
        assert buyer.slots["access"] == "unavailable"
        broken.app.state.faults = None
        forget_services()
        buyer.slots.update({"access": None, "request": "/place_order"})
        buyer.conversation.asked = None
        buyer._validated({})
        assert buyer.slots["ordered_product"] == "Juniper scented candle"
        assert buyer.slots["ordered_quantity"] == 2

    def test_an_order_that_may_have_been_placed_is_told_as_such(
        self, broken: FaultyShop, told: Buyer
    ) -> None:
        before = _orders(broken)
        broken.breaks("lost:/orders")
        told.says("yes", "affirm")
        assert responses(told.decides()) == ["utter_order_unsure"]
        assert _orders(broken) == before + 1
        assert told.slots["order_reopened"] is None

    def test_an_order_that_surely_was_not_is_asked_again(
        self, broken: FaultyShop, told: Buyer
    ) -> None:
        broken.breaks("429:/orders")
        told.says("yes", "affirm")
        assert responses(told.decides()) == ["utter_order_not_taken"]
        assert told.slots["order_reopened"] is True


def _set(shop: Shop, sku: str, **values: int) -> None:
    with Session(shop.database) as session, session.begin():
        session.execute(update(Variant).where(Variant.sku == sku).values(**values))


def _orders(shop: Shop) -> int:
    with Session(shop.database) as session:
        return len(session.scalars(select(Order.id)).all())
