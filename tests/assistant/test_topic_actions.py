"""What all topics share, run by rasa-sdk's own executor: opening, pausing, leaving, offers."""

import pytest

from tests.assistant.conftest import Conversation, responses

ANA = "ana.morales@example.com"
CLAIMS = {"bespeak_customer": {"customer_id": "1", "email": ANA}}


class TestOpening:
    """`action_open_topic`."""

    def test_the_intent_is_the_topic_and_its_order_comes_along(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("cancel 10412", intent="cancel_order", order_id="10412", email=ANA)
        assert conversation.run("action_open_topic") == []
        slots = conversation.slots
        assert (slots["topic"], slots["order_id"], slots["email"]) == (
            "cancel_order",
            "CM-10412",
            ANA,
        )

    def test_a_known_customer_stays_who_they_are(self, conversation: Conversation) -> None:
        new = "ana@morales.example"
        conversation.slots = {"email": new, "verified_order": ["CM-10412", ANA]}
        conversation.hears(f"my mail should be {new}", intent="edit_account", email=new)
        conversation.run("action_open_topic")
        assert (conversation.slots["order_id"], conversation.slots["email"]) == ("CM-10412", ANA)
        conversation.validate("edit_account_form")
        assert conversation.slots["new_email"] == new

    def test_what_it_interrupts_is_remembered(self, conversation: Conversation) -> None:
        conversation.slots = {"topic": "cancel_order", "confirmed": True, "proposal": {"a": 1}}
        conversation.hears("where is it?", intent="track_order")
        conversation.run("action_open_topic")
        assert conversation.slots["topic"] == "track_order"
        assert conversation.slots["paused_topic"] == "cancel_order"
        assert conversation.slots["confirmed"] is None
        assert conversation.slots["proposal"] is None

    def test_the_same_topic_again_interrupts_nothing(self, conversation: Conversation) -> None:
        conversation.slots = {"topic": "cancel_order"}
        conversation.hears("just cancel it", intent="cancel_order")
        conversation.run("action_open_topic")
        assert conversation.slots["paused_topic"] is None

    def test_who_is_upset_hears_that_there_are_people(self, conversation: Conversation) -> None:
        conversation.slots = {"frustration": "upset"}
        conversation.hears("WHERE IS MY ORDER", intent="track_order")
        assert responses(conversation.run("action_open_topic")) == ["utter_sorry_for_trouble"]

    def test_who_asks_for_one_need_not_be_told(self, conversation: Conversation) -> None:
        conversation.slots = {"frustration": "upset"}
        conversation.hears("GIVE ME A PERSON", intent="contact_human_agent")
        assert conversation.run("action_open_topic") == []


class TestClosing:
    """`action_close_topic` and `action_drop_topic`."""

    @pytest.mark.parametrize(
        ("slots", "said", "offered"),
        [
            ({}, "utter_anything_else", "more"),
            ({"frustration": "upset"}, "utter_offer_person", "person"),
            ({"paused_topic": "cancel_order"}, "utter_ask_resume_cancel_order", "resume"),
            ({"suggested_topic": "cancel_order"}, "utter_suggest_cancel_order", "next"),
        ],
    )
    def test_what_comes_next_is_asked(
        self, conversation: Conversation, slots: dict[str, str], said: str, offered: str
    ) -> None:
        conversation.slots = {"topic": "track_order", "access": "granted", **slots}
        assert responses(conversation.run("action_close_topic")) == [said]
        assert conversation.slots["offered"] == offered
        assert conversation.slots["topic"] is None
        assert conversation.slots["access"] is None
        assert conversation.slots["last_topic"] == "track_order"

    def test_the_answers_of_its_form_go_with_it(self, conversation: Conversation) -> None:
        conversation.slots = {"topic": "change_order", "wanted_change": "size L"}
        conversation.run("action_close_topic")
        assert conversation.slots["wanted_change"] is None

    def test_leaving_leaves_what_was_paused_too(self, conversation: Conversation) -> None:
        conversation.slots = {"topic": "track_order", "paused_topic": "cancel_order"}
        assert conversation.run("action_drop_topic") == []
        assert conversation.slots["topic"] is None
        assert conversation.slots["paused_topic"] is None


class TestOffers:
    """A yes or a no that no form has asked for."""

    @pytest.mark.parametrize("offered", ["more", None])
    def test_a_yes_to_nothing_in_particular_is_asked_what_it_is(
        self, conversation: Conversation, offered: str | None
    ) -> None:
        conversation.slots = {"offered": offered}
        assert responses(conversation.run("action_accept_offer")) == ["utter_go_ahead"]

    @pytest.mark.parametrize(
        ("said", "goes_on"),
        [("yes please", False), ("actually yes, cancel it", True), ("ok do it then", True)],
    )
    def test_who_said_no_may_think_better_of_it(
        self, conversation: Conversation, said: str, goes_on: bool
    ) -> None:
        conversation.slots = {"topic": "cancel_order", "confirmed": False}
        conversation.run("action_close_topic")
        conversation.hears(said, intent="affirm")
        asked = responses(conversation.run("action_accept_offer"))
        assert asked == ([] if goes_on else ["utter_go_ahead"])
        if goes_on:
            assert conversation.goes_on() == "cancel_order"

    @pytest.mark.parametrize("offered", ["resume", "retry", "person", "next"])
    def test_a_yes_takes_it_up_without_a_word(
        self, conversation: Conversation, offered: str
    ) -> None:
        conversation.slots = {
            "offered": offered,
            "paused_topic": "cancel_order",
            "suggested_topic": "get_refund",
            "topic": "track_order",
        }
        assert conversation.run("action_accept_offer") == []
        assert conversation.slots["offered"] == "nothing"

    def test_what_was_paused_goes_on_about_its_own_order(self, conversation: Conversation) -> None:
        conversation.slots = {
            "offered": "resume",
            "paused_topic": "cancel_order",
            "paused_order": "CM-10412",
            "order_id": "CM-10490",
        }
        conversation.run("action_accept_offer")
        assert conversation.log[-1]["parse_data"]["entities"] == [
            {"entity": "order_id", "value": "CM-10412"}
        ]

    @pytest.mark.parametrize(
        ("form", "offered", "said"),
        [
            ("change_order_form", None, "utter_stopped"),
            ("change_order_form", "person", "utter_say_stop"),
            ("place_order_form", None, "utter_say_stop"),
        ],
    )
    def test_a_no_leaves_a_form_unless_much_has_been_told(
        self, conversation: Conversation, form: str, offered: str | None, said: str
    ) -> None:
        conversation.loop = form
        conversation.slots = {"topic": form.removesuffix("_form"), "offered": offered}
        assert responses(conversation.run("action_decline_offer")) == [said]
        assert (conversation.slots["topic"] is None) is (said == "utter_stopped")

    def test_a_no_leaves_what_was_paused(self, conversation: Conversation) -> None:
        conversation.slots = {"offered": "resume", "paused_topic": "cancel_order"}
        assert responses(conversation.run("action_decline_offer")) == ["utter_closing"]
        assert conversation.slots["paused_topic"] is None


class TestRepeatingOneself:
    """What was said in the turn before is not said again."""

    def test_the_same_refusal_comes_with_a_person(self, conversation: Conversation) -> None:
        conversation.slots = {"order_id": "CM-10490", "email": ANA, "topic": "cancel_order"}
        conversation.hears("cancel it", intent="cancel_order")
        (first,) = responses(conversation.run("action_cancel_order"))
        conversation.log.append({"event": "bot", "metadata": {"utter_action": first}})
        conversation.hears("but I don't want it", intent="cancel_order")
        assert responses(conversation.run("action_cancel_order")) == ["utter_as_i_said"]
        conversation.run("action_close_topic")
        conversation.hears("yes", intent="affirm")
        conversation.run("action_accept_offer")
        assert conversation.goes_on() == "contact_human_agent"


class TestNotUnderstood:
    """`action_not_understood`."""

    def test_the_second_time_in_a_row_a_person_is_offered(self, conversation: Conversation) -> None:
        conversation.hears("blub", intent="nlu_fallback")
        assert responses(conversation.run("action_not_understood")) == ["utter_default"]
        conversation.hears("blub blub", intent="nlu_fallback")
        assert responses(conversation.run("action_not_understood")) == [
            "utter_default",
            "utter_offer_person",
        ]
        assert conversation.slots["offered"] == "person"

    def test_a_turn_that_got_somewhere_begins_the_count_anew(
        self, conversation: Conversation
    ) -> None:
        conversation.hears("blub", intent="nlu_fallback")
        conversation.run("action_not_understood")
        conversation.hears("hello", intent="greet")
        conversation.hears("blub", intent="nlu_fallback")
        assert responses(conversation.run("action_not_understood")) == ["utter_default"]

    def test_who_is_upset_is_offered_one_at_once(self, conversation: Conversation) -> None:
        conversation.slots = {"frustration": "upset"}
        conversation.hears("blub", intent="nlu_fallback")
        assert "utter_offer_person" in responses(conversation.run("action_not_understood"))

    def test_what_is_beside_the_point_is_called_so(self, conversation: Conversation) -> None:
        conversation.hears("who won the match?", intent="out_of_scope")
        assert responses(conversation.run("action_not_understood")) == ["utter_out_of_scope"]

    def test_two_malformed_numbers_in_a_row_count_as_well(self, conversation: Conversation) -> None:
        conversation.hears("CM-1")
        conversation.validate("identity_form", order_id="CM-1")
        conversation.hears("CM-1!")
        assert responses(conversation.validate("identity_form", order_id="CM-1!")) == [
            "utter_order_id_malformed",
            "utter_offer_person",
        ]


class TestSignedIn:
    """A customer whom the shop's own site has signed in."""

    def test_is_not_asked_for_an_address(self, conversation: Conversation) -> None:
        conversation.hears("CM-10412", metadata=CLAIMS)
        conversation.validate("identity_form", order_id="CM-10412")
        assert conversation.slots["access"] == "granted"

    def test_sees_no_order_of_others(self, conversation: Conversation) -> None:
        conversation.hears("CM-10416", metadata=CLAIMS)
        said = conversation.validate("identity_form", order_id="CM-10416")
        assert responses(said) == ["utter_order_not_found"]

    @pytest.mark.parametrize(
        "metadata",
        [
            {"customer": {"customer_id": "1", "email": ANA}},
            {"bespeak_customer": {"email": ANA}},
            {"bespeak_customer": None},
        ],
    )
    def test_what_nobody_verified_signs_nobody_in(
        self, conversation: Conversation, metadata: dict[str, object]
    ) -> None:
        conversation.hears("CM-10412", metadata=metadata)
        conversation.validate("identity_form", order_id="CM-10412")
        assert conversation.slots.get("access") is None
