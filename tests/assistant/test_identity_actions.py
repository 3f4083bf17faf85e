"""Whose order it is: asked, looked up, put aside; run against the real sandbox."""

from pathlib import Path

import pytest

from actions.identity import MOST_FAILED_LOOKUPS
from actions.services.orders import order_service
from actions.wording import joined, order_number
from tests.assistant.conftest import Conversation, responses, write_endpoints

ANA = "ana.morales@example.com"
BEN = "ben.carter@example.com"


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("CM-10412", "CM-10412"),
        ("cm 10412", "CM-10412"),
        ("CM10412.", "CM-10412"),
        ("it's #10412!", "CM-10412"),
        ("10412", "CM-10412"),
        ("CM-1041", None),
        ("1234567", None),
        ("CM-10412-99", None),
        ("", None),
    ],
)
def test_an_order_number_is_read_as_people_write_it(said: str, number: str | None) -> None:
    assert order_number(said) == number


def test_lists_read_like_sentences() -> None:
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


class TestTheForm:
    """What `validate_identity_form` decides."""

    def test_number_and_address_that_belong_together_are_granted(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("cm 10412")
        assert conversation.validate("identity_form", order_id="cm 10412") == []
        assert conversation.slots["order_id"] == "CM-10412"
        conversation.hears(ANA)
        assert conversation.validate("identity_form", email="Ana.Morales@example.com") == []
        assert conversation.slots["email"] == ANA
        assert conversation.slots["access"] == "granted"

    def test_a_malformed_number_is_explained_and_asked_again(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("CM-12")
        said = conversation.validate("identity_form", order_id="CM-12")
        assert responses(said) == ["utter_order_id_malformed"]
        assert conversation.slots["order_id"] is None

    def test_a_malformed_address_is_explained_and_asked_again(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("ana at example")
        said = conversation.validate("identity_form", email="ana at example")
        assert responses(said) == ["utter_email_malformed"]
        assert conversation.slots["email"] is None

    def test_an_address_where_a_number_was_asked_is_no_mistake(
        self, conversation: Conversation
    ) -> None:
        conversation.hears(ANA, email=ANA)
        assert conversation.validate("identity_form", order_id=ANA, email=ANA) == []
        assert (conversation.slots["order_id"], conversation.slots["email"]) == (None, ANA)

    def test_two_numbers_at_once_are_taken_one_by_one(self, conversation: Conversation) -> None:
        conversation.hears("10412 and CM-10490", order_id=["10412", "CM-10490"])
        said = conversation.validate("identity_form", order_id="CM-10490")
        assert responses(said) == ["utter_one_order_at_a_time"]
        assert conversation.slots["order_id"] is None

    def test_the_same_number_said_twice_is_one_number(self, conversation: Conversation) -> None:
        conversation.hears("10412, I mean CM-10412", order_id=["10412", "CM-10412"])
        assert conversation.validate("identity_form", order_id="CM-10412") == []
        assert conversation.slots["order_id"] == "CM-10412"

    def test_a_wrong_pair_is_asked_again_and_the_third_ends_the_form(
        self, conversation: Conversation
    ) -> None:
        for attempt in range(1, MOST_FAILED_LOOKUPS + 1):
            conversation.hears("…")
            said = conversation.validate("identity_form", order_id="CM-10412", email=BEN)
            assert conversation.slots["failed_lookups"] == attempt
            assert (conversation.slots["order_id"], conversation.slots["email"]) == (None, None)
            last = attempt == MOST_FAILED_LOOKUPS
            assert responses(said) == ([] if last else ["utter_order_not_found"])
        assert conversation.slots["access"] == "refused"
        assert conversation.asked is None

    @pytest.mark.parametrize("said", [{"email": ANA}, {"order_id": "CM-10416"}])
    def test_the_half_that_is_corrected_goes_with_the_other_half(
        self, conversation: Conversation, said: dict[str, str]
    ) -> None:
        conversation.hears("CM-10412, ben.carter@example.com")
        conversation.validate("identity_form", order_id="CM-10412", email=BEN)
        conversation.hears("no wait")
        assert conversation.validate("identity_form", **said) == []
        assert conversation.slots["access"] == "granted"

    def test_the_same_half_again_is_not_tried_again(self, conversation: Conversation) -> None:
        conversation.hears("CM-10412, ben.carter@example.com")
        conversation.validate("identity_form", order_id="CM-10412", email=BEN)
        conversation.hears("CM-10412")
        conversation.validate("identity_form", order_id="CM-10412")
        assert conversation.slots["failed_lookups"] == 1
        assert conversation.slots["order_id"] == "CM-10412"

    def test_after_three_wrong_pairs_even_the_right_one_is_refused(
        self, conversation: Conversation
    ) -> None:
        conversation.slots["failed_lookups"] = MOST_FAILED_LOOKUPS
        conversation.validate("identity_form", order_id="CM-10412", email=ANA)
        assert conversation.slots["access"] == "refused"

    def test_after_three_wrong_pairs_no_other_one_is_asked_for(
        self, conversation: Conversation
    ) -> None:
        conversation.slots["failed_lookups"] = MOST_FAILED_LOOKUPS
        assert conversation.validate("identity_form") == []
        assert conversation.slots["access"] == "refused"
        assert conversation.asked is None

    def test_what_the_topic_needs_later_is_noted(self, conversation: Conversation) -> None:
        conversation.slots.update(topic="get_refund", request="I want to return something")
        conversation.asked = "email"
        conversation.hears("the lamp is broken", product="lamp")
        said = conversation.validate("identity_form", email="the lamp is broken")
        assert responses(said) == ["utter_noted"]
        assert conversation.slots["request"] == "I want to return something\nthe lamp is broken"
        conversation.slots["topic"] = "track_order"
        said = conversation.validate("identity_form", email="the lamp is broken")
        assert responses(said) == ["utter_email_malformed"]

    def test_a_service_that_is_down_ends_the_form(
        self, conversation: Conversation, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", "http://127.0.0.1:9")
        order_service.cache_clear()
        assert conversation.validate("identity_form", order_id="CM-10412", email=ANA) == []
        assert conversation.slots["access"] == "unavailable"
        assert conversation.slots["order_id"] == "CM-10412"
        assert conversation.asked is None


class TestForgetting:
    """What stays known."""

    def test_the_order_is_forgotten_and_the_customer_is_not(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = {**in_hand("CM-10412", ANA), "access": "granted"}
        conversation.hears("no, the other order")
        assert conversation.run("action_forget_order") == []
        assert {name for name, value in conversation.slots.items() if value} == {
            "email",
            "topic",
            "last_topic",
        }

    def test_an_order_named_in_the_same_message_is_the_new_one(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = in_hand("CM-10412", ANA)
        conversation.hears("no, I mean 10490", intent="other_order", order_id="10490")
        conversation.run("action_forget_order")
        assert conversation.slots["order_id"] == "CM-10490"

    def test_what_is_left_is_forgotten_with_its_order(self, conversation: Conversation) -> None:
        conversation.slots = in_hand("CM-10412", ANA)
        conversation.hears("forget about 10412", intent="stop", order_id="10412")
        conversation.run("action_drop_topic")
        assert conversation.slots["order_id"] is None
        assert conversation.slots["email"] == ANA

    def test_a_failed_look_up_can_be_tried_again(self, conversation: Conversation) -> None:
        conversation.slots = {**in_hand("CM-10412", ANA), "access": "unavailable"}
        said = conversation.run("action_offer_retry")
        assert responses(said) == ["utter_service_unavailable", "utter_ask_retry"]
        conversation.validate("identity_form", order_id="CM-10412", email=ANA)
        assert conversation.slots["access"] == "granted"


class TestTakingFacts:
    """`action_take_facts`: what nothing has asked for."""

    @pytest.mark.parametrize(
        ("last_topic", "topic"),
        [(None, "track_order"), ("track_refund", "track_refund"), ("complaint", "track_order")],
    )
    def test_a_number_alone_is_a_question_about_that_order(
        self, conversation: Conversation, last_topic: str | None, topic: str
    ) -> None:
        conversation.slots = {"last_topic": last_topic, "email": ANA}
        conversation.hears("cm 10412", order_id="cm 10412")
        assert conversation.run("action_take_facts") == []
        heard = conversation.log[-1]
        assert heard["parse_data"]["intent"]["name"] == topic
        assert heard["parse_data"]["entities"] == [{"entity": "order_id", "value": "CM-10412"}]

    def test_in_a_form_only_another_order_counts(self, conversation: Conversation) -> None:
        conversation.slots = in_hand("CM-10412", ANA)
        conversation.loop = "cancel_order_form"
        conversation.hears("cm 10412", order_id="cm 10412")
        assert conversation.run("action_take_facts") == []
        conversation.hears("blue", colour="blue")
        assert responses(conversation.run("action_take_facts")) == ["utter_default"]
        conversation.hears("cm 10490", order_id="cm 10490")
        assert conversation.run("action_take_facts") == []
        assert conversation.log[-1]["parse_data"]["intent"]["name"] == "other_order"


def in_hand(number: str, email: str) -> dict[str, object]:
    """The slots while an order is cancelled."""
    return {"topic": "cancel_order", "order_id": number, "email": email}
