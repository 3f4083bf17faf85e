"""The shape of a shop's order numbers, as `endpoints.yml` may say."""

from pathlib import Path

import pytest

from actions.places import read_address
from actions.services.errors import ServiceMisconfigured
from actions.services.order_numbers import OrderNumbers
from actions.services.orders import order_service
from actions.services.registry import adapter
from actions.services.settings import FILE_VARIABLE, ServiceSettings, read_settings
from actions.wording import order_number
from tests.assistant.conftest import Conversation, forget_services, responses


@pytest.mark.parametrize(
    ("shape", "text", "number"),
    [
        ("CM-{5}", "it is cm 10412.", "CM-10412"),
        ("CM-{5}", "CM10412 or CM-10413", "CM-10412"),
        ("CM-{5}", "10412", "CM-10412"),
        ("CM-{5}", "CM-104123", None),
        ("CM-{5}", "XCM-10412", None),
        ("{4,}", "#1001", "1001"),
        ("{4,}", "I ordered 2 of them, 10010", "10010"),
        ("{1,6}", "7", "7"),
        ("{1,6}", "1234567", None),
        ("SHOP-{3,5}-EU", "shop 1001 eu", "SHOP-1001-EU"),
        ("SHOP-{3,5}-EU", "1001", "SHOP-1001-EU"),
        ("{3} (web)", "104", "104 (web)"),
    ],
)
def test_a_number_is_found_however_it_is_written(shape: str, text: str, number: str | None) -> None:
    assert OrderNumbers(shape).find(text) == number


def test_digits_by_themselves_stay_where_numbers_are_left_out() -> None:
    assert OrderNumbers("CM-{5}").without("cm 10412 to 28013 Madrid").split() == [
        "to",
        "28013",
        "Madrid",
    ]
    assert OrderNumbers("{4,}").without("order 1001 to 28013 Madrid").count("1001") == 1


@pytest.mark.parametrize("shape", ["", "CM-12345", "CM-{}", "CM-{0}", "{5,3}", "{4}-{4}", "CM-{x}"])
def test_what_is_no_shape_is_named_with_how_to_write_one(shape: str) -> None:
    settings = ServiceSettings("sandbox", "http://127.0.0.1:1", options={"order_number": shape})
    with pytest.raises(ServiceMisconfigured, match=r"order_number is a shape like 'CM-\{5\}'"):
        adapter("orders", settings)


@pytest.mark.parametrize(
    ("name", "options", "number"),
    [
        ("sandbox", {}, "CM-10412"),
        ("sandbox", {"order_number": "{4,}"}, "10412"),
        ("shopify", {}, "10412"),
        ("shopify", {"order_number": "EU{4,}"}, "EU10412"),
        ("woocommerce", {"consumer_key": "ck_1"}, "10412"),
        ("woocommerce", {"consumer_key": "ck_1", "order_number": "W-{4,}"}, "W-10412"),
    ],
)
def test_each_adapter_knows_its_shops_shape(
    name: str, options: dict[str, str], number: str
) -> None:
    settings = ServiceSettings(name, "https://shop.example", "key", options=options)
    assert adapter("orders", settings).numbers.find("order 10412") == number


class TestInAConversation:
    """With numbers of another shop."""

    @pytest.fixture
    def elsewhere(
        self, conversation: Conversation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Conversation:
        """A conversation about a shop whose numbers have four digits or more."""
        settings = read_settings("orders", tmp_path / "endpoints.yml")
        file = tmp_path / "elsewhere.yml"
        file.write_text(
            f"services: {{orders: {{adapter: sandbox, url: '{settings.url}', "
            f"token: {settings.token}, order_number: '{{4,}}'}}}}"
        )
        monkeypatch.setenv(FILE_VARIABLE, str(file))
        forget_services()
        return conversation

    def test_its_numbers_are_asked_for_and_looked_up(self, elsewhere: Conversation) -> None:
        elsewhere.asked = "order_id"
        elsewhere.slots["email"] = "ana.morales@example.com"
        elsewhere.hears("#1001", order_id="#1001")
        said = elsewhere.validate("identity_form", order_id="#1001")
        assert responses(said) == ["utter_order_not_found"]
        assert said[0]["order_id"] == "1001"

    def test_another_shops_are_malformed(self, elsewhere: Conversation) -> None:
        elsewhere.asked = "order_id"
        elsewhere.hears("CM-101")
        said = elsewhere.validate("identity_form", order_id="CM-101")
        assert responses(said) == ["utter_order_id_malformed"]


def test_the_number_is_kept_as_the_shop_writes_it(conversation: Conversation) -> None:
    conversation.asked = "email"
    conversation.slots["order_id"] = "cm-10412"
    conversation.hears("ana.morales@example.com")
    conversation.validate("identity_form", email="ana.morales@example.com")
    assert conversation.slots["order_id"] == "CM-10412"
    assert conversation.slots["verified_order"] == ["CM-10412", "ana.morales@example.com"]


def test_a_shop_that_is_not_set_up_takes_any_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "endpoints.yml"
    file.write_text("services: {orders: {adapter: shopify, url: x, token: '${NO_SUCH_VARIABLE}'}}")
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    forget_services()
    with pytest.raises(ServiceMisconfigured):
        order_service()
    assert order_number("order 7 please") == "7"
    monkeypatch.undo()
    forget_services()


def test_an_order_number_is_no_part_of_an_address() -> None:
    found = read_address("CM-10412 to 8 Calle Mayor, 28013 Madrid", "Ana Morales", "ES")
    assert found is not None
    assert (found.street, found.postcode) == ("8 Calle Mayor", "28013")
