"""The order actions, run by rasa-sdk's own executor against the real sandbox."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.orders import (
    MOST_FAILED_LOOKUPS,
    ActionTrackOrder,
    joined,
    order_number,
)
from actions.services.adapters.sandbox.orders import SandboxOrders
from actions.services.orders import order_service
from actions.turn import effect_key
from sandbox.tables import Order, OrderState
from tests.assistant.conftest import Conversation, Shop, write_endpoints

ANA = "ana.morales@example.com"
BEN = "ben.carter@example.com"
HARUTO = "haruto.tanaka@example.com"


def responses(said: list[dict[str, object]]) -> list[object]:
    """The names of what was said."""
    return [answer["response"] for answer in said]


def state_of(shop: Shop, number: str) -> OrderState:
    """Where an order really stands."""
    with Session(shop.database) as session, session.begin():
        return session.scalars(select(Order).where(Order.number == number)).one().state


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


class TestTheForms:
    """What `validate_track_order_form` and `validate_cancel_order_form` decide."""

    def test_number_and_address_that_belong_together_are_granted(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("cm 10412")
        assert conversation.validate("track_order_form", order_id="cm 10412") == []
        assert conversation.slots["order_id"] == "CM-10412"
        conversation.hears(ANA)
        assert conversation.validate("track_order_form", email="Ana.Morales@example.com") == []
        assert conversation.slots["email"] == ANA
        assert conversation.slots["order_access"] == "granted"
        assert conversation.slots["order_summary"] == "1 × Iris phone stand"

    def test_a_malformed_number_is_explained_and_asked_again(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("CM-12")
        said = conversation.validate("track_order_form", order_id="CM-12")
        assert responses(said) == ["utter_order_id_malformed"]
        assert conversation.slots["order_id"] is None

    def test_a_malformed_address_is_explained_and_asked_again(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("ana at example")
        said = conversation.validate("track_order_form", email="ana at example")
        assert responses(said) == ["utter_email_malformed"]
        assert conversation.slots["email"] is None

    def test_an_address_where_a_number_was_asked_is_no_mistake(
        self, conversation: Conversation
    ) -> None:
        conversation.hears(ANA, email=ANA)
        assert conversation.validate("track_order_form", order_id=ANA, email=ANA) == []
        assert (conversation.slots["order_id"], conversation.slots["email"]) == (None, ANA)

    def test_two_numbers_at_once_are_taken_one_by_one(self, conversation: Conversation) -> None:
        conversation.hears("10412 and CM-10490", order_id=["10412", "CM-10490"])
        said = conversation.validate("track_order_form", order_id="CM-10490")
        assert responses(said) == ["utter_one_order_at_a_time"]
        assert conversation.slots["order_id"] is None

    def test_the_same_number_said_twice_is_one_number(self, conversation: Conversation) -> None:
        conversation.hears("10412, I mean CM-10412", order_id=["10412", "CM-10412"])
        assert conversation.validate("track_order_form", order_id="CM-10412") == []
        assert conversation.slots["order_id"] == "CM-10412"

    def test_a_wrong_pair_is_asked_again_and_the_third_ends_the_form(
        self, conversation: Conversation
    ) -> None:
        for attempt in range(1, MOST_FAILED_LOOKUPS + 1):
            conversation.hears("…")
            said = conversation.validate("track_order_form", order_id="CM-10412", email=BEN)
            assert conversation.slots["failed_lookups"] == attempt
            assert (conversation.slots["order_id"], conversation.slots["email"]) == (None, None)
            last = attempt == MOST_FAILED_LOOKUPS
            assert responses(said) == ([] if last else ["utter_order_not_found"])
        assert conversation.slots["order_access"] == "refused"
        assert conversation.asked is None

    def test_after_three_wrong_pairs_even_the_right_one_is_refused(
        self, conversation: Conversation
    ) -> None:
        conversation.slots["failed_lookups"] = MOST_FAILED_LOOKUPS
        conversation.validate("track_order_form", order_id="CM-10412", email=ANA)
        assert conversation.slots["order_access"] == "refused"

    def test_a_service_that_is_down_ends_the_form(
        self, conversation: Conversation, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", "http://127.0.0.1:9")
        order_service.cache_clear()
        assert conversation.validate("track_order_form", order_id="CM-10412", email=ANA) == []
        assert conversation.slots["order_access"] == "unavailable"
        assert conversation.slots["order_id"] == "CM-10412"
        assert conversation.asked is None

    def test_an_order_that_has_left_is_not_asked_a_yes_for(
        self, conversation: Conversation
    ) -> None:
        conversation.asked = "email"
        conversation.validate("cancel_order_form", order_id="CM-10490", email=ANA)
        assert conversation.slots["order_access"] == "granted"
        assert conversation.asked is None

    def test_a_yes_counts_when_it_was_asked_for(self, conversation: Conversation) -> None:
        conversation.validate("cancel_order_form", order_id="CM-10412", email=ANA)
        conversation.asked = "confirm_cancellation"
        conversation.validate("cancel_order_form", confirm_cancellation=True)
        assert conversation.slots["confirm_cancellation"] is True

    def test_a_yes_from_before_does_not_count(self, conversation: Conversation) -> None:
        conversation.validate(
            "cancel_order_form", order_id="CM-10412", email=ANA, confirm_cancellation=True
        )
        assert conversation.slots["confirm_cancellation"] is None

    def test_a_yes_that_names_the_same_order_counts(self, conversation: Conversation) -> None:
        conversation.validate("cancel_order_form", order_id="CM-10412", email=ANA)
        conversation.asked = "confirm_cancellation"
        conversation.hears("yes, cancel 10412", order_id="10412")
        conversation.validate("cancel_order_form", order_id="10412", confirm_cancellation=True)
        assert conversation.slots["confirm_cancellation"] is True

    def test_a_yes_that_names_another_order_is_asked_again(
        self, conversation: Conversation
    ) -> None:
        conversation.validate("cancel_order_form", order_id="CM-10462", email=HARUTO)
        conversation.asked = "confirm_cancellation"
        conversation.hears("yes, but CM-10536", order_id="CM-10536")
        conversation.validate("cancel_order_form", order_id="CM-10536", confirm_cancellation=True)
        assert conversation.slots["confirm_cancellation"] is None
        assert conversation.slots["checked_order"] == ["CM-10536", HARUTO]


class TestTracking:
    """What `action_track_order` says."""

    @pytest.mark.parametrize(
        ("number", "email", "expected"),
        [
            ("CM-10412", ANA, ["utter_order_placed"]),
            ("CM-10416", BEN, ["utter_order_packing"]),
            ("CM-10480", "jonas.weber@example.com", ["utter_order_partly_dispatched"]),
            ("CM-10490", ANA, ["utter_order_dispatched"]),
            ("CM-10494", BEN, ["utter_order_delivered"]),
            ("CM-10552", "jonas.weber@example.com", ["utter_order_returned", "utter_refund"]),
            ("CM-10564", ANA, ["utter_order_cancelled", "utter_refund"]),
        ],
    )
    def test_each_state_has_its_sentence(
        self, conversation: Conversation, number: str, email: str, expected: list[str]
    ) -> None:
        conversation.slots = {"order_id": number, "email": email, "order_access": "granted"}
        assert responses(conversation.run("action_track_order")) == expected
        assert conversation.slots["order_access"] is None

    def test_a_part_that_is_still_to_come_is_named(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10425", "email": "chiara.ricci@example.com"}
        (said,) = conversation.run("action_track_order")
        assert said["waiting"] == "Brook water bottle"
        assert ", expected on " in said["parcels"]

    def test_a_parcel_that_should_have_come_is_called_late(self, shop: Shop) -> None:
        action = ActionTrackOrder(lambda: SandboxOrders(shop.settings), lambda: date.max)
        dispatcher = CollectingDispatcher()
        slots = {"order_id": "CM-10490", "email": ANA}
        tracker = Tracker.from_dict({"sender_id": "somebody", "slots": slots})
        asyncio.run(action.run(dispatcher, tracker, {}))
        assert responses(dispatcher.messages) == ["utter_order_dispatched_late"]

    def test_nothing_is_told_of_somebody_elses_order_whatever_the_dialogue_says(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = {"order_id": "CM-10412", "email": BEN, "order_access": "granted"}
        (said,) = conversation.run("action_track_order")
        assert said["response"] == "utter_order_not_found"
        assert "Iris" not in str(said)

    def test_a_service_that_is_down_is_told(
        self, conversation: Conversation, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", "http://127.0.0.1:9")
        order_service.cache_clear()
        conversation.slots = {"order_id": "CM-10412", "email": ANA}
        assert responses(conversation.run("action_track_order")) == ["utter_service_unavailable"]


class TestCancelling:
    """What `action_cancel_order` does."""

    def test_a_confirmed_order_is_cancelled_in_the_shop(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        conversation.slots = confirmed("CM-10412", ANA)
        conversation.hears("yes")
        said = conversation.run("action_cancel_order")
        assert responses(said) == ["utter_order_cancelled_now", "utter_refund"]
        assert said[1]["refund"] == "€17.80"
        assert state_of(shop, "CM-10412") is OrderState.CANCELLED
        assert conversation.slots["order_id"] is None
        assert conversation.slots["confirm_cancellation"] is None

    def test_the_same_turn_run_twice_cancels_once_and_says_the_same(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("yes")
        conversation.slots = confirmed("CM-10412", ANA)
        first = conversation.run("action_cancel_order")
        conversation.slots = confirmed("CM-10412", ANA)
        assert conversation.run("action_cancel_order") == first
        conversation.hears("yes", message_id="m-2")
        conversation.slots = confirmed("CM-10412", ANA)
        again = conversation.run("action_cancel_order")
        assert responses(again) == ["utter_cannot_cancel_already_cancelled"]

    @pytest.mark.parametrize("answer", [None, False, "yes"])
    def test_nothing_is_cancelled_without_a_yes(
        self, conversation: Conversation, shop: Shop, answer: object
    ) -> None:
        conversation.slots = {**confirmed("CM-10412", ANA), "confirm_cancellation": answer}
        assert responses(conversation.run("action_cancel_order")) == ["utter_order_kept"]
        assert state_of(shop, "CM-10412") is OrderState.PLACED

    def test_nobody_cancels_somebody_elses_order_whatever_the_dialogue_says(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        conversation.slots = confirmed("CM-10412", BEN)
        assert responses(conversation.run("action_cancel_order")) == ["utter_order_not_found"]
        assert state_of(shop, "CM-10412") is OrderState.PLACED

    def test_an_order_that_left_between_question_and_yes_is_not_cancelled(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = confirmed("CM-10490", ANA)
        said = conversation.run("action_cancel_order")
        assert responses(said) == ["utter_cannot_cancel_already_dispatched"]

    def test_no_answer_is_not_taken_for_a_yes_or_a_no(
        self, conversation: Conversation, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", "http://127.0.0.1:9")
        order_service.cache_clear()
        conversation.slots = confirmed("CM-10412", ANA)
        assert responses(conversation.run("action_cancel_order")) == ["utter_cancellation_unsure"]

    @pytest.mark.parametrize(
        ("number", "email", "reason"),
        [
            ("CM-10480", "jonas.weber@example.com", "partly_dispatched"),
            ("CM-10490", ANA, "already_dispatched"),
            ("CM-10494", BEN, "already_delivered"),
            ("CM-10552", "jonas.weber@example.com", "already_returned"),
            ("CM-10564", ANA, "already_cancelled"),
        ],
    )
    def test_each_reason_has_its_sentence(
        self, conversation: Conversation, number: str, email: str, reason: str
    ) -> None:
        conversation.slots = {"order_id": number, "email": email}
        said = conversation.run("action_explain_no_cancellation")
        assert responses(said) == [f"utter_cannot_cancel_{reason}"]


class TestForgetting:
    """What stays known."""

    def test_the_order_is_forgotten_and_the_customer_is_not(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = {**confirmed("CM-10412", ANA), "order_access": "granted"}
        conversation.hears("no, the other order")
        assert conversation.run("action_forget_order") == []
        assert {name for name, value in conversation.slots.items() if value} == {"email"}

    def test_an_order_named_in_the_same_message_is_the_new_one(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = confirmed("CM-10412", ANA)
        conversation.hears("no, I mean 10490", intent="other_order", order_id="10490")
        conversation.run("action_forget_order")
        assert conversation.slots["order_id"] == "CM-10490"

    def test_an_order_named_in_passing_is_forgotten_too(self, conversation: Conversation) -> None:
        conversation.slots = confirmed("CM-10412", ANA)
        conversation.hears("forget about 10412", intent="stop", order_id="10412")
        conversation.run("action_forget_order")
        assert conversation.slots["order_id"] is None

    def test_a_failed_look_up_can_be_tried_again(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10412", "email": ANA, "order_access": "unavailable"}
        conversation.run("action_forget_lookup")
        conversation.validate("track_order_form", order_id="CM-10412", email=ANA)
        assert conversation.slots["order_access"] == "granted"


def test_the_key_of_an_effect_is_the_messages_and_the_effects() -> None:
    def key(sender: str, message: str, *effect: str) -> str:
        said = {"event": "user", "message_id": message}
        tracker = Tracker.from_dict({"sender_id": sender, "events": [said, {"event": "action"}]})
        return effect_key(tracker, *effect)

    assert key("a", "1", "cancel", "CM-1") == key("a", "1", "cancel", "CM-1")
    keys = {
        key("a", "1", "cancel", "CM-1"),
        key("b", "1", "cancel", "CM-1"),
        key("a", "2", "cancel", "CM-1"),
        key("a", "1", "refund", "CM-1"),
        key("a", "1", "cancel", "CM-2"),
    }
    assert len(keys) == 5


def confirmed(number: str, email: str) -> dict[str, object]:
    """The slots after a yes."""
    return {"order_id": number, "email": email, "confirm_cancellation": True}
