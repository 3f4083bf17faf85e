"""Two things in one message, run by rasa-sdk's own executor: one after the other, each whole."""

from typing import Any

import pytest

from tests.assistant.conftest import Conversation, responses

ANA = "ana.morales@example.com"

INVOICE_AND_RETURN = "an invoice for CM-10412 and return the lamp from CM-11027"
BOTH = {"get_invoice": "an invoice for CM-10412", "get_refund": "return the lamp from CM-11027"}


def says(conversation: Conversation, text: str, intent: str, halves: dict[str, str]) -> None:
    """A message of two halves, by intent, with the entities of this module's sentences."""
    conversation.hears(text, intent=intent)
    conversation.said["clauses"] = [
        {
            "text": half,
            "start": text.index(half),
            "end": text.index(half) + len(half),
            "intent": {
                "name": name.split("/")[0],
                **({"full_retrieval_intent_name": name} if "/" in name else {}),
            },
        }
        for name, half in halves.items()
    ]
    named = {"order_id": ("CM-10412", "CM-11027"), "product": ("lamp",), "email": (ANA,)}
    conversation.said["entities"] = [
        {"entity": entity, "value": value, "start": text.index(value)}
        for entity, values in named.items()
        for value in values
        if value in text
    ]


def entities(conversation: Conversation) -> dict[str, Any]:
    """What was heard last, by entity."""
    return {one["entity"]: one["value"] for one in conversation.said["entities"]}


@pytest.mark.parametrize("whole", BOTH)
def test_of_two_topics_the_one_said_first_begins_and_the_other_waits(
    conversation: Conversation, whole: str
) -> None:
    first, other = BOTH
    says(conversation, INVOICE_AND_RETURN, whole, BOTH)
    assert conversation.run("action_open_topic") == []
    assert conversation.goes_on() == first
    conversation.run("action_open_topic")
    assert conversation.slots["topic"] == first
    assert conversation.slots["request"] == BOTH[first]
    assert conversation.slots["paused_topic"] == other
    assert conversation.slots["paused_order"] != conversation.slots["order_id"]


def test_what_waited_is_taken_up_in_its_own_words(conversation: Conversation) -> None:
    says(conversation, INVOICE_AND_RETURN, "get_invoice", BOTH)
    conversation.run("action_open_topic")
    conversation.goes_on()
    conversation.run("action_open_topic")
    conversation.run("action_close_topic")
    conversation.hears("yes", intent="affirm")
    conversation.run("action_accept_offer")
    assert conversation.goes_on() == "get_refund"
    assert conversation.said["text"] == BOTH["get_refund"]
    assert entities(conversation) == {"order_id": "CM-11027", "product": "lamp"}
    assert conversation.slots["paused_request"] is None


def test_what_one_half_lacks_to_identify_an_order_the_other_one_says(
    conversation: Conversation,
) -> None:
    text = f"change my phone number, and cancel CM-10412, {ANA}"
    halves = {"edit_account": "change my phone number", "cancel_order": f"cancel CM-10412, {ANA}"}
    says(conversation, text, "edit_account", halves)
    conversation.run("action_open_topic")
    assert conversation.goes_on() == "edit_account"
    assert entities(conversation) == {"order_id": "CM-10412", "email": ANA}


@pytest.mark.parametrize("intent", ["track_order", "nlu_fallback", "faq"])
def test_a_question_is_answered_before_the_topic_begins(
    conversation: Conversation, intent: str
) -> None:
    text = "where is CM-10412? do you sell gift cards"
    halves = {"track_order": "where is CM-10412?", "faq/gift_cards": "do you sell gift cards"}
    says(conversation, text, intent, halves)
    if intent != "faq":  # else the rule for questions answers it at once
        first = "open_topic" if intent == "track_order" else "not_understood"
        conversation.run(f"action_{first}")
        assert conversation.goes_on() == "faq"
        chosen = conversation.said["response_selector"]["faq"]["response"]["utter_action"]
        assert chosen == "utter_faq/gift_cards"
    assert conversation.run("action_next_request") == []
    assert conversation.goes_on() == "track_order"
    conversation.run("action_open_topic")
    assert conversation.slots["topic"] == "track_order"
    assert conversation.slots["order_id"] == "CM-10412"
    assert conversation.slots["paused_topic"] is None


def test_facts_beside_a_request_belong_to_it(conversation: Conversation) -> None:
    text = f"return the lamp, from CM-11027 and my mail is {ANA}"
    halves = {"get_refund": "return the lamp", "inform": f"from CM-11027 and my mail is {ANA}"}
    says(conversation, text, "inform", halves)
    assert conversation.run("action_take_facts") == []
    assert conversation.goes_on() == "get_refund"
    assert conversation.said["text"] == text
    assert entities(conversation) == {"order_id": "CM-11027", "product": "lamp", "email": ANA}


def test_a_question_alone_ends_there(conversation: Conversation) -> None:
    conversation.hears("when do you open?", intent="store_hours")
    assert conversation.run("action_next_request") == []
    assert conversation.log[-1]["event"] == "user"
    assert conversation.log[-1]["text"] == "when do you open?"


def test_what_was_asked_of_a_product_is_asked_of_the_next(conversation: Conversation) -> None:
    conversation.hears("how much is the lamp", intent="ask_price", product="lamp")
    conversation.log[-1]["parse_data"] = conversation.said
    conversation.hears("and the kettle", product="kettle")
    assert conversation.run("action_take_facts") == []
    assert conversation.goes_on() == "ask_price"
    said = conversation.run("action_tell_price")
    assert [answer["product"] for answer in said] == ["Ember electric kettle"]


@pytest.mark.parametrize("action", ["action_take_facts", "action_not_understood"])
def test_a_product_by_itself_is_offered_to_be_ordered(
    conversation: Conversation, action: str
) -> None:
    conversation.hears("two rain jackets in M", product="rain jackets")
    assert responses(conversation.run(action)) == ["utter_ask_order_it"]
    conversation.hears("yes", intent="affirm")
    conversation.run("action_accept_offer")
    assert conversation.goes_on() == "place_order"
    assert conversation.said["text"] == "two rain jackets in M"


def test_a_colour_out_of_the_blue_is_not_understood(conversation: Conversation) -> None:
    conversation.hears("red", colour="red")
    assert responses(conversation.run("action_take_facts")) == ["utter_default"]
