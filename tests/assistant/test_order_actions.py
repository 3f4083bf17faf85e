"""The order actions, run by rasa-sdk's own executor against the real sandbox."""

import asyncio
from datetime import date
from pathlib import Path

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.orders import ActionTrackOrder
from actions.services.adapters.sandbox.orders import SandboxOrders
from actions.services.adapters.sandbox.shipping import SandboxShipping
from actions.services.orders import order_service
from actions.turn import effect_key
from sandbox.tables import Order, OrderState
from tests.assistant.conftest import Conversation, FaultyShop, Shop, responses, write_endpoints

ANA = "ana.morales@example.com"
BEN = "ben.carter@example.com"
HARUTO = "haruto.tanaka@example.com"


def state_of(shop: Shop, number: str) -> OrderState:
    """Where an order really stands."""
    with Session(shop.database) as session, session.begin():
        return session.scalars(select(Order).where(Order.number == number)).one().state


class TestTheForm:
    """What `validate_cancel_order_form` decides."""

    @pytest.fixture
    def asked(self, conversation: Conversation) -> Conversation:
        """Where the form has asked for a yes."""
        conversation.slots = {"order_id": "CM-10412", "email": ANA}
        conversation.validate("cancel_order_form")
        conversation.asked = "confirmed"
        return conversation

    def test_an_order_that_has_left_is_not_asked_a_yes_for(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = {"order_id": "CM-10490", "email": ANA}
        conversation.validate("cancel_order_form")
        assert conversation.slots["proposal"] is None
        assert conversation.asked is None

    def test_the_question_names_the_order(self, asked: Conversation) -> None:
        (said,) = asked.run("action_ask_cancel_order_form_confirmed")
        assert said["response"] == "utter_ask_cancel"
        assert (said["order_id"], said["goods"]) == ("CM-10412", "1 × Iris phone stand")

    def test_the_question_names_a_fee(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10416", "email": BEN}
        conversation.validate("cancel_order_form")
        (said,) = conversation.run("action_ask_cancel_order_form_confirmed")
        assert (said["response"], said["fee"]) == ("utter_ask_cancel_for_a_fee", "€5.00")

    def test_a_yes_counts_when_it_was_asked_for(self, asked: Conversation) -> None:
        asked.validate("cancel_order_form", confirmed=True)
        assert asked.slots["confirmed"] is True

    def test_a_yes_from_before_does_not_count(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10412", "email": ANA}
        conversation.validate("cancel_order_form", confirmed=True)
        assert conversation.slots["confirmed"] is None

    def test_a_yes_to_a_person_is_none_to_the_cancellation(self, asked: Conversation) -> None:
        asked.slots["offered"] = "person"
        asked.validate("cancel_order_form", confirmed=True)
        assert asked.slots["confirmed"] is None

    def test_a_yes_that_names_the_same_order_counts(self, asked: Conversation) -> None:
        asked.hears("yes, cancel 10412", order_id="10412")
        asked.validate("cancel_order_form", confirmed=True)
        assert asked.slots["confirmed"] is True

    @pytest.mark.parametrize(
        "sound", ["hmm", "Mhm", "mm-hm.", "uh", "uhm...", "ah, hm", "-", "...", "?", "*"]
    )
    def test_a_sound_is_no_yes_however_it_is_understood(
        self, asked: Conversation, sound: str
    ) -> None:
        asked.hears(sound, intent="affirm")
        said = asked.validate("cancel_order_form", confirmed=True)
        assert responses(said) == ["utter_yes_or_no"]
        assert asked.slots["confirmed"] is None

    @pytest.mark.parametrize("word", ["yes", "hmm yes", "ok", "yep", "y", "👍", "✅", "да", "1"])
    def test_a_word_may_be_one(self, asked: Conversation, word: str) -> None:
        asked.hears(word, intent="affirm")
        asked.validate("cancel_order_form", confirmed=True)
        assert asked.slots["confirmed"] is True

    def test_what_may_be_a_yes_is_none(self, asked: Conversation) -> None:
        asked.hears("hmm", intent="affirm")
        asked.said["intent"]["confidence"] = 0.6
        said = asked.validate("cancel_order_form", confirmed=True)
        assert responses(said) == ["utter_yes_or_no"]
        assert asked.slots["confirmed"] is None

    def test_a_yes_that_names_another_order_is_asked_again(self, asked: Conversation) -> None:
        asked.hears("yes, but CM-10536", intent="affirm", order_id="CM-10536")
        said = asked.validate("cancel_order_form", confirmed=True)
        assert responses(said) == ["utter_about_this_order"]
        assert asked.slots["confirmed"] is None
        assert asked.slots["order_id"] == "CM-10412"


class TestTracking:
    """What `action_track_order` says."""

    @pytest.mark.parametrize(
        ("number", "email", "expected"),
        [
            ("CM-10412", ANA, ["utter_order_placed"]),
            ("CM-10416", BEN, ["utter_order_packing"]),
            (
                "CM-10480",
                "jonas.weber@example.com",
                ["utter_order_partly_dispatched", "utter_parcel_in_transit"],
            ),
            ("CM-10490", ANA, ["utter_order_dispatched", "utter_parcel_in_transit"]),
            ("CM-10494", BEN, ["utter_order_delivered"]),
            ("CM-10552", "jonas.weber@example.com", ["utter_order_returned", "utter_refund"]),
            ("CM-10564", ANA, ["utter_order_cancelled", "utter_refund"]),
            ("CM-11069", "haruto.tanaka@example.com", ["utter_order_delivered"]),
        ],
    )
    def test_each_state_has_its_sentence(
        self, conversation: Conversation, number: str, email: str, expected: list[str]
    ) -> None:
        conversation.slots = {"order_id": number, "email": email}
        assert responses(conversation.run("action_track_order")) == expected

    def test_a_part_that_is_still_to_come_is_named(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10425", "email": "chiara.ricci@example.com"}
        said, *_ = conversation.run("action_track_order")
        assert said["waiting"] == "Brook water bottle"
        assert ", expected on " in said["parcels"]

    def test_a_parcel_that_should_have_come_is_called_late(self, shop: Shop) -> None:
        action = ActionTrackOrder(
            lambda: SandboxOrders(shop.settings),
            lambda: SandboxShipping(shop.settings),
            lambda: date.max,
        )
        dispatcher = CollectingDispatcher()
        slots = {"order_id": "CM-10490", "email": ANA}
        tracker = Tracker.from_dict({"sender_id": "somebody", "slots": slots})
        asyncio.run(action.run(dispatcher, tracker, {}))
        assert responses(dispatcher.messages) == [
            "utter_order_dispatched_late",
            "utter_parcel_in_transit",
        ]

    def test_nothing_is_told_of_somebody_elses_order_whatever_the_dialogue_says(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = {"order_id": "CM-10412", "email": BEN}
        (said,) = conversation.run("action_track_order")
        assert said["response"] == "utter_not_theirs"
        assert "Iris" not in str(said)

    def test_a_service_that_is_down_is_told(
        self, conversation: Conversation, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", "http://127.0.0.1:9")
        order_service.cache_clear()
        conversation.slots = {"order_id": "CM-10412", "email": ANA}
        assert responses(conversation.run("action_track_order")) == ["utter_service_down"]


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
        conversation.slots = {**confirmed("CM-10412", ANA), "confirmed": answer}
        assert responses(conversation.run("action_cancel_order")) == ["utter_order_kept"]
        assert state_of(shop, "CM-10412") is OrderState.PLACED

    def test_nobody_cancels_somebody_elses_order_whatever_the_dialogue_says(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        conversation.slots = confirmed("CM-10412", BEN)
        assert responses(conversation.run("action_cancel_order")) == ["utter_not_theirs"]
        assert state_of(shop, "CM-10412") is OrderState.PLACED

    def test_an_order_that_left_between_question_and_yes_is_not_cancelled(
        self, conversation: Conversation
    ) -> None:
        conversation.slots = confirmed("CM-10490", ANA)
        said = conversation.run("action_cancel_order")
        assert responses(said) == ["utter_cannot_cancel_already_dispatched"]

    def test_a_shop_that_surely_heard_nothing_is_said_to_be_down(
        self, conversation: Conversation, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", "http://127.0.0.1:9")
        order_service.cache_clear()
        conversation.slots = confirmed("CM-10412", ANA)
        assert responses(conversation.run("action_cancel_order")) == ["utter_service_down"]

    def test_a_shop_that_may_have_heard_is_not_taken_for_a_yes_or_a_no(
        self, conversation: Conversation, faulty: FaultyShop, tmp_path: Path
    ) -> None:
        write_endpoints(tmp_path / "endpoints.yml", faulty.url)
        order_service.cache_clear()
        faulty.breaks("lost:/orders")
        conversation.slots = confirmed("CM-10412", ANA)
        assert responses(conversation.run("action_cancel_order")) == ["utter_cancellation_unsure"]

    def test_a_fee_that_was_not_told_is_not_taken(
        self, conversation: Conversation, shop: Shop
    ) -> None:
        conversation.slots = confirmed("CM-10416", BEN, fee_cents=0)
        said = conversation.run("action_cancel_order")
        assert responses(said) == ["utter_cannot_cancel_amount_changed"]
        assert state_of(shop, "CM-10416") is OrderState.PACKING

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
        said = conversation.run("action_cancel_order")
        assert responses(said) == [f"utter_cannot_cancel_{reason}"]


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


def confirmed(number: str, email: str, fee_cents: int = 0) -> dict[str, object]:
    """The slots after a yes."""
    proposal = {"order_id": number, "fee_cents": fee_cents}
    return {"order_id": number, "email": email, "proposal": proposal, "confirmed": True}
