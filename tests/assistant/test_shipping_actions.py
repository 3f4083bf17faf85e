"""Addresses and parcels, run by rasa-sdk's own executor against the real sandbox."""

from pathlib import Path

import pytest

from actions.places import one_line, read_address
from actions.services.customers import customer_service
from actions.services.identity import Identity
from actions.services.orders import order_service
from actions.services.shipping import shipping_service
from tests.assistant.conftest import Conversation, FaultyShop, Shop, responses, write_endpoints

ANA = "ana.morales@example.com"
ISLA = "isla.obrien@example.com"


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (
            "please send my order to 8 Victoria Terrace, Leeds LS3 1BX instead",
            "8 Victoria Terrace, LS3 1BX Leeds, United Kingdom",
        ),
        ("8 high road, ls3 1bx leeds, uk", "8 high road, LS3 1BX leeds, United Kingdom"),
        ("Hauptstr. 7, 10827 Berlin, Germany", "Hauptstr. 7, 10827 Berlin, Germany"),
        (
            "I'd like to save 12 Rosewood Avenue, Bath BA1 5LN as my delivery address",
            "12 Rosewood Avenue, BA1 5LN Bath, United Kingdom",
        ),
        ("48 Linden Road, Cardiff, CF10 3NB", "48 Linden Road, CF10 3NB Cardiff, United Kingdom"),
        ("Calle Luna 3, 2 B, 46001 Valencia, Spain", "Calle Luna 3, 2 B, 46001 Valencia, Spain"),
        (f"10 Rue Haute, 75002 Paris, {ANA}", "10 Rue Haute, 75002 Paris, United Kingdom"),
        ("no wait, 14 Park Lane, LS3 1BX Leeds", "14 Park Lane, LS3 1BX Leeds, United Kingdom"),
        ("12 Rue Haute, 75002, Paris please", "12 Rue Haute, 75002 Paris, United Kingdom"),
    ],
)  # fmt: skip
def test_an_address_is_read_as_people_write_it(said: str, read: str) -> None:
    address = read_address(said, "Ana Morales", "GB")
    assert address is not None
    assert one_line(address) == read


@pytest.mark.parametrize(
    "said",
    ["14 Park Lane, Hull", "Leeds", "change order 10412", f"CM-10412, {ANA}", "LS3 1BX", ""],
)
def test_what_lacks_a_part_is_no_address(said: str) -> None:
    assert read_address(said, "Ana Morales", "GB") is None


def test_a_report_is_not_searched_for_an_address() -> None:
    address = "8 Victoria Terrace, LS3 1BX Leeds"
    assert read_address(address, "Ana Morales", "GB") is not None
    assert read_address("so " * 100 + f"send it to {address}", "Ana Morales", "GB") is None


class TestAddressOfAnOrder:
    """`change_shipping_address_form` and what follows."""

    @pytest.fixture
    def agreed(self, conversation: Conversation) -> Conversation:
        """After a yes to another street."""
        conversation.slots = {
            "order_id": "CM-10643",
            "email": ISLA,
            "request": "send it to 5 Quay Street, H91 K2X4 Galway",
        }
        conversation.validate("change_shipping_address_form")
        conversation.slots["confirmed"] = True
        conversation.hears("yes")
        return conversation

    def test_the_address_of_the_request_is_taken(self, agreed: Conversation) -> None:
        told = agreed.slots["proposal"]["address"]
        assert told == "5 Quay Street, H91 K2X4 Galway, Ireland"

    def test_the_order_goes_there(self, agreed: Conversation) -> None:
        assert responses(agreed.run("action_change_shipping_address")) == ["utter_readdressed"]
        address = order_service().find("CM-10643", ISLA).address
        assert address is not None
        assert (address.street, address.city) == ("5 Quay Street", "Galway")

    @pytest.mark.parametrize("answer", [None, False])
    def test_nothing_happens_without_a_yes(self, agreed: Conversation, answer: bool | None) -> None:
        before = order_service().find("CM-10643", ISLA).address
        agreed.slots["confirmed"] = answer
        assert responses(agreed.run("action_change_shipping_address")) == ["utter_address_kept"]
        assert order_service().find("CM-10643", ISLA).address == before

    def test_only_what_is_missing_of_an_address_is_asked(self, agreed: Conversation) -> None:
        agreed.asked = "new_address"
        form = "change_shipping_address_form"
        assert agreed.validate(form, new_address="14 Park Lane, Galway") == []
        assert agreed.slots["new_address"] is None
        question = responses(agreed.run("action_ask_new_address"))
        assert question == ["utter_ask_address_postcode"]
        assert agreed.validate(form, new_address="H91 K2X4") == []
        assert agreed.slots["proposal"]["address"] == "14 Park Lane, H91 K2X4 Galway, Ireland"
        assert agreed.slots["address_so_far"] is None

    def test_what_is_no_address_is_asked_again(self, agreed: Conversation) -> None:
        agreed.asked = "new_address"
        said = agreed.validate("change_shipping_address_form", new_address="at my place")
        assert responses(said) == ["utter_address_incomplete"]
        question = responses(agreed.run("action_ask_new_address"))
        assert question == ["utter_ask_address_of_order"]

    @pytest.mark.parametrize(
        ("said", "street"),
        [("no, number 15", "15 Quay Street"), ("no, 7 Shop Street", "7 Shop Street")],
    )
    def test_a_part_is_corrected_before_the_yes(
        self, agreed: Conversation, said: str, street: str
    ) -> None:
        agreed.asked = "confirmed"
        agreed.validate("change_shipping_address_form", new_address=said)
        told = agreed.slots["proposal"]["address"]
        assert told == f"{street}, H91 K2X4 Galway, Ireland"

    def test_a_postcode_tells_its_country(self, agreed: Conversation) -> None:
        agreed.asked = "new_address"
        text = "5 Harbour Road, BS1 4UQ Bristol"
        agreed.validate("change_shipping_address_form", new_address=text)
        assert agreed.slots["proposal"]["address"] == f"{text}, United Kingdom"

    def test_five_digits_are_a_postcode_and_no_other_order(self, agreed: Conversation) -> None:
        agreed.asked = "new_address"
        text = "Lindenallee 4, 10115 Berlin, Germany"
        agreed.hears(text, order_id="10115")
        agreed.validate("change_shipping_address_form", new_address=text)
        assert agreed.slots["proposal"]["address"] == text

    def test_what_was_told_before_need_not_be_told_again(self, agreed: Conversation) -> None:
        told = agreed.slots["proposal"]
        agreed.slots.update(request="/change_shipping_address", proposal=None, confirmed=None)
        agreed.validate("change_shipping_address_form")
        assert agreed.slots["proposal"] == told

    def test_an_order_that_has_left_is_not_asked_about(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10490", "email": ANA}
        conversation.validate("change_shipping_address_form")
        said = conversation.run("action_change_shipping_address")
        assert responses(said) == ["utter_cannot_readdress_already_dispatched"]

    def test_a_shop_that_may_have_heard_is_not_taken_for_a_yes_or_a_no(
        self, agreed: Conversation, faulty: FaultyShop, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", faulty.url)
        order_service.cache_clear()
        faulty.breaks("lost:/orders")
        said = agreed.run("action_change_shipping_address")
        assert responses(said) == ["utter_effect_unsure"]


def test_an_address_is_saved_in_the_account(conversation: Conversation, shop: Shop) -> None:
    who = Identity(ISLA, order_number="CM-10643")
    conversation.slots = {
        "order_id": "CM-10643",
        "email": ISLA,
        "request": "save 5 Quay Street, H91 K2X4 Galway as my address",
    }
    conversation.validate("set_up_shipping_address_form")
    conversation.slots["confirmed"] = True
    conversation.hears("yes")
    assert responses(conversation.run("action_save_shipping_address")) == ["utter_address_saved"]
    saved = customer_service().find(who).addresses
    assert ("5 Quay Street", True) in {(one.address.street, one.default) for one in saved}


@pytest.mark.parametrize(
    ("number", "email", "expected"),
    [
        ("CM-11109", ANA, "utter_parcel_out_for_delivery"),
        ("CM-11139", "chiara.ricci@example.com", "utter_parcel_failed"),
        ("CM-11150", "dawit.bekele@example.com", "utter_parcel_ready_for_pickup"),
        ("CM-11123", "ben.carter@example.com", "utter_parcel_in_transit"),
    ],
)
def test_what_the_carrier_saw_is_told(
    conversation: Conversation, number: str, email: str, expected: str
) -> None:
    conversation.slots = {"order_id": number, "email": email}
    assert expected in responses(conversation.run("action_track_order"))


@pytest.mark.parametrize(
    ("topic", "said", "response"),
    [
        ("complaint", "how long does that take", "utter_answer_period"),
        ("get_refund", "how long will it take?", "utter_refund_period"),
        ("recover_password", "how long do I have to wait", "utter_mail_period"),
        ("complaint", "how long does delivery take", "utter_delivery_period"),
        (None, "how long does it take", "utter_delivery_period"),
    ],
)
def test_how_long_is_about_what_was_talked_of(
    conversation: Conversation, topic: str | None, said: str, response: str
) -> None:
    conversation.slots["last_topic"] = topic
    conversation.hears(said, intent="delivery_period")
    assert responses(conversation.run("action_tell_delivery_period")) == [response]


def test_an_order_is_told_though_its_carrier_is_silent(
    conversation: Conversation, faulty: FaultyShop, tmp_path: Path
) -> None:
    write_endpoints(tmp_path / "endpoints.yml", faulty.url)
    order_service.cache_clear()
    shipping_service.cache_clear()
    faulty.breaks("500:/tracking")
    conversation.slots = {"order_id": "CM-11109", "email": ANA}
    said = responses(conversation.run("action_track_order"))
    assert said == ["utter_order_dispatched", "utter_parcel_unknown"]
