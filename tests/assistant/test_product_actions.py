"""Questions about products and stores, run by rasa-sdk's own executor against the real sandbox."""

from pathlib import Path

import pytest

from actions.services.products import product_service
from tests.assistant.conftest import Conversation, FaultyShop, responses, write_endpoints


def test_what_is_in_stock_is_told_with_its_kinds(conversation: Conversation) -> None:
    conversation.hears("blue water bottle?", colour="blue", product="water bottle")
    (said,) = conversation.run("action_tell_stock")
    assert said["response"] == "utter_in_stock"
    assert (said["product"], said["kinds"]) == ("Brook water bottle", " in blue (500 ml, 750 ml)")
    assert conversation.slots["product"] == "Brook water bottle"


def test_what_is_sold_out_is_told_with_what_there_is(conversation: Conversation) -> None:
    conversation.hears("red rain jacket in L", colour="red", size="L", product="rain jacket")
    (said,) = conversation.run("action_tell_stock")
    assert said["response"] == "utter_sold_out_instead"
    assert said["asked"] == " in red in L"
    assert "red (S, M, XL)" in said["kinds"]


def test_it_is_the_product_talked_of_last(conversation: Conversation) -> None:
    conversation.slots = {"product": "Cedar bookshelf"}
    conversation.hears("how much is it")
    (said,) = conversation.run("action_tell_price")
    assert (said["response"], said["price"]) == ("utter_price", "€129.00")


def test_prices_that_differ_are_told_by_size(conversation: Conversation) -> None:
    conversation.hears("price of the blanket", product="wool blanket")
    (said,) = conversation.run("action_tell_price")
    assert said["response"] == "utter_prices"
    assert said["prices"] == "€64.00 in 130 × 200 cm and €79.00 in 150 × 220 cm"


@pytest.mark.parametrize(
    ("product", "expected"),
    [("rain jacket", "utter_sizes"), ("bookshelf", "utter_one_size")],
)
def test_sizes_or_measures_are_told(
    conversation: Conversation, product: str, expected: str
) -> None:
    conversation.hears("which sizes?", product=product)
    assert responses(conversation.run("action_tell_sizes")) == [expected]


def test_two_products_are_put_beside_each_other(conversation: Conversation) -> None:
    conversation.hears("kettle or lamp", product=["kettle", "desk lamp"])
    (said,) = conversation.run("action_compare_products")
    assert (said["one"], said["other"]) == ("Ember electric kettle", "Aurora desk lamp")
    assert said["about_other"] == "€39.90; weight 1.2 kg, power 9 W, guarantee 2 years"


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("action_tell_stock", "utter_ask_which_product"),
        ("action_compare_products", "utter_ask_which_products"),
    ],
)
def test_where_none_is_named_it_is_asked_for(
    conversation: Conversation, action: str, expected: str
) -> None:
    conversation.hears("is it in stock?")
    assert responses(conversation.run(action)) == [expected]


def test_what_is_not_on_sale_is_said_to_be_unknown(conversation: Conversation) -> None:
    conversation.hears("umbrellas?", product="umbrellas")
    (said,) = conversation.run("action_tell_stock")
    assert (said["response"], said["product"]) == ("utter_product_unknown", "umbrellas")


def test_a_store_is_told_by_its_town(conversation: Conversation) -> None:
    conversation.hears("when do you open in Leipzig?")
    (said,) = conversation.run("action_tell_store_hours")
    assert said["store"] == "Petersstraße 12, Leipzig"
    assert said["hours"] == (
        "Monday to Friday 09:00 to 19:00, Saturday 10:00 to 18:00, closed on Sunday"
    )


def test_all_stores_are_told_where_no_town_is_named(conversation: Conversation) -> None:
    conversation.hears("when are you open?")
    assert len(conversation.run("action_tell_store_hours")) == 3


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("action_tell_price", "utter_service_down"),
        ("action_tell_store_hours", "utter_store_hours"),
    ],
)
@pytest.mark.parametrize("fault", ["down", "500"])
def test_a_shop_that_does_not_answer_is_told(
    conversation: Conversation,
    faulty: FaultyShop,
    tmp_path: Path,
    action: str,
    expected: str,
    fault: str,
) -> None:
    write_endpoints(
        tmp_path / "endpoints.yml", "http://127.0.0.1:9" if fault == "down" else faulty.url
    )
    product_service.cache_clear()
    faulty.breaks("500")
    conversation.hears("price of the kettle", product="kettle")
    assert responses(conversation.run(action)) == [expected]
