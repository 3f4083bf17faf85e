"""Changing an order, run by rasa-sdk's own executor against the real sandbox."""

from pathlib import Path

import pytest

from actions.services.orders import Line, order_service
from actions.services.products import Product, Variant
from actions.wishes import wished
from tests.assistant.conftest import Conversation, FaultyShop, Shop, responses, write_endpoints

BEN = "ben.carter@example.com"
SHIRT = Product(
    product_id="linden",
    name="Linden T-shirt",
    description="",
    category="Clothes",
    variants=tuple(
        Variant(
            variant_id=f"{colour}-{size}",
            size=size,
            colour=colour,
            price_cents=1900,
            currency="EUR",
            stock=5,
        )
        for colour in ("white", "black")
        for size in "SML"
    ),
)
LINE = Line(
    line_id="1",
    variant_id="white-M",
    product="Linden T-shirt",
    size="M",
    colour="white",
    quantity=2,
    unit_price_cents=1900,
)


@pytest.mark.parametrize(
    ("said", "variant", "quantity"),
    [
        ("can I have L instead of M", "white-L", 2),
        ("size l not m", "white-L", 2),
        ("swap the white one for black", "black-M", 2),
        ("the t-shirt in black, size small", "black-S", 2),
        ("make it 3", "white-M", 3),
        ("I need three instead of two", "white-M", 3),
        ("just one please", "white-M", 1),
        ("change order CM-10412 to size L", "white-L", 2),
        ("remove the t-shirt", "white-M", 0),
        ("don't want the shirt", "white-M", 0),
    ],
)
def test_a_wish_is_read_as_people_say_it(said: str, variant: str, quantity: int) -> None:
    wish = wished(said, LINE, SHIRT)
    assert wish is not None
    assert (wish.variant.variant_id, wish.quantity) == (variant, quantity)


@pytest.mark.parametrize("said", ["it's too big", "change my order", "the other one", ""])
def test_what_names_no_change_is_none(said: str) -> None:
    assert wished(said, LINE, SHIRT) is None


@pytest.mark.parametrize("said", ["one " * 20_000, "the other " * 20_000 + "one"])
def test_a_message_of_any_length_is_read_to_its_end(said: str) -> None:
    wish = wished(said, LINE, SHIRT)
    assert (wish and wish.quantity) == (1 if said.startswith("one") else None)


class TestTheForm:
    """What `validate_change_order_form` decides."""

    @pytest.fixture
    def begun(self, conversation: Conversation) -> Conversation:
        """Where the form has asked what to change in a jacket (red, S) and two T-shirts."""
        conversation.slots = {"order_id": "CM-11021", "email": BEN, "request": "change my order"}
        conversation.validate("change_order_form")
        conversation.asked = "wanted_change"
        return conversation

    def test_what_is_in_the_order_is_told(self, begun: Conversation) -> None:
        assert begun.slots["order_lines"] == (
            "1 × Kestrel rain jacket (red, S) and 2 × Linden T-shirt (white, M)"
        )

    def test_the_message_that_began_it_may_say_it_all(self, conversation: Conversation) -> None:
        request = "change order CM-11021, the jacket in M please"
        conversation.slots = {"order_id": "CM-11021", "email": BEN, "request": request}
        conversation.validate("change_order_form")
        assert conversation.slots["wanted_change"] == request
        assert conversation.slots["proposal"]["after"] == "1 × Kestrel rain jacket (red, M)"

    @pytest.mark.parametrize(
        ("said", "response"),
        [
            ("the jacket in L", "utter_change_sold_out_instead"),
            ("in another size", "utter_change_which_line"),
            ("the jacket, I don't know", "utter_change_unclear"),
            ("the jacket in red S please", "utter_change_unclear"),
            ("two jackets", "utter_cannot_change_price_differs"),
            ("swap the shirt for the cedar bookshelf", "utter_cannot_change_price_differs"),
        ],
    )
    def test_what_the_shop_would_refuse_is_said_before_a_yes_is_asked(
        self, begun: Conversation, said: str, response: str
    ) -> None:
        assert responses(begun.validate("change_order_form", wanted_change=said)) == [response]
        assert begun.slots["proposal"] is None
        assert begun.slots["wanted_change"] is None

    def test_second_thoughts_are_about_the_line_talked_of(self, begun: Conversation) -> None:
        for said, after in [
            ("the jacket in red L", None),
            ("then in M", "1 × Kestrel rain jacket (red, M)"),
            ("rather navy", "1 × Kestrel rain jacket (navy, S)"),
        ]:
            begun.hears(said)
            begun.validate("change_order_form", wanted_change=said)
            assert (begun.slots["proposal"] or {}).get("after") == after

    def test_a_no_that_says_what_would_be_right_corrects(self, begun: Conversation) -> None:
        begun.validate("change_order_form", wanted_change="the jacket in navy L")
        begun.asked = "confirmed"
        begun.hears("no, rather in M", intent="deny")
        begun.validate("change_order_form", confirmed=False)
        assert begun.slots["confirmed"] is None
        assert begun.slots["proposal"]["after"].endswith("M)")

    def test_the_second_question_is_short(self, begun: Conversation) -> None:
        asked = begun.run("action_ask_wanted_change")
        assert responses(asked) == ["utter_ask_what_to_change"]
        begun.validate("change_order_form", wanted_change="the jacket in red L")
        asked = begun.run("action_ask_wanted_change")
        assert responses(asked) == ["utter_ask_change_instead"]

    @pytest.mark.parametrize(
        ("said", "product", "response"),
        [
            ("add another T-shirt", "T-shirt", "utter_cannot_change_price_differs"),
            ("add a kettle", "kettle", "utter_change_adds_nothing"),
        ],
    )
    def test_more_than_was_paid_for_is_another_order(
        self, begun: Conversation, said: str, product: str, response: str
    ) -> None:
        begun.hears(said, intent="change_order", product=product)
        assert responses(begun.validate("change_order_form", wanted_change=said)) == [response]

    def test_something_else_instead_is_found_in_the_shop(self, begun: Conversation) -> None:
        begun.validate("change_order_form", wanted_change="swap the jacket for a juniper candle")
        assert begun.slots["proposal"]["after"] == "1 × Juniper scented candle"

    def test_an_order_that_has_left_is_not_asked_about(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10490", "email": "ana.morales@example.com"}
        conversation.validate("change_order_form")
        assert conversation.asked is None
        assert conversation.slots["changeable"] is False


class TestChanging:
    """What `action_change_order` does."""

    @pytest.fixture
    def agreed(self, conversation: Conversation) -> Conversation:
        """After a yes to the jacket in M."""
        conversation.slots = {"order_id": "CM-11021", "email": BEN, "request": "jacket in M"}
        conversation.validate("change_order_form")
        conversation.slots["confirmed"] = True
        conversation.hears("yes")
        return conversation

    def test_the_line_is_changed_in_the_shop(self, agreed: Conversation) -> None:
        (said,) = agreed.run("action_change_order")
        assert said["response"] == "utter_order_changed"
        assert order_service().find("CM-11021", BEN).lines[0].size == "M"

    @pytest.mark.parametrize("answer", [None, False])
    def test_nothing_is_changed_without_a_yes(
        self, agreed: Conversation, answer: bool | None
    ) -> None:
        agreed.slots["confirmed"] = answer
        assert responses(agreed.run("action_change_order")) == ["utter_order_unchanged"]
        assert order_service().find("CM-11021", BEN).lines[0].size == "S"

    def test_what_was_agreed_for_one_order_changes_no_other(self, agreed: Conversation) -> None:
        agreed.slots |= {"order_id": "CM-10574"}
        assert responses(agreed.run("action_change_order")) == ["utter_order_unchanged"]

    def test_a_shop_that_may_have_heard_is_not_taken_for_a_yes_or_a_no(
        self, agreed: Conversation, faulty: FaultyShop, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", faulty.url)
        order_service.cache_clear()
        faulty.breaks("lost:/orders")
        assert responses(agreed.run("action_change_order")) == ["utter_effect_unsure"]

    def test_each_reason_has_its_sentence(self, conversation: Conversation, shop: Shop) -> None:
        for number, email, reason in (
            ("CM-10416", BEN, "packing_began"),
            ("CM-10480", "jonas.weber@example.com", "partly_dispatched"),
            ("CM-10490", "ana.morales@example.com", "already_dispatched"),
            ("CM-10494", BEN, "already_delivered"),
            ("CM-10552", "jonas.weber@example.com", "already_returned"),
            ("CM-10564", "ana.morales@example.com", "already_cancelled"),
        ):
            conversation.slots = {"order_id": number, "email": email}
            said = responses(conversation.run("action_change_order"))
            assert said == [f"utter_cannot_change_{reason}"]
