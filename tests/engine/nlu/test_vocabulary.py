import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.nlu.vocabulary import Vocabulary, Wording

SAID = [
    *("where is my order", "is my order late", "where is it", "my order is late today") * 5,
    "my parcel is late",
    "where is the invoice",
]
KNOWN = Vocabulary.learned(SAID)


@pytest.mark.parametrize(
    "text",
    [
        "wo ist meine Bestellung",
        "sdkfj wieur xcv",
        "????",
        "\U0001f600\U0001f600",
        "我 的 订单 在哪",
    ],
)
def test_a_text_without_a_known_word_is_unheard(text: str) -> None:
    assert KNOWN.wording(text) is Wording.UNHEARD


def test_a_text_with_more_unknown_words_than_messages_have_is_foreign() -> None:
    assert KNOWN.wording("ist my Bestellung schon da oder was") is Wording.FOREIGN


@pytest.mark.parametrize("text", ["WHERE is... my Order?!", "my order is wrong", "", " \n"])
def test_other_texts_are_worded_as_messages_are(text: str) -> None:
    assert KNOWN.wording(text) is Wording.KNOWN


@pytest.mark.parametrize("text", ["Braunschweig", "Kyle Gardner"])
def test_what_may_be_a_name_is_not_unheard(text: str) -> None:
    assert KNOWN.wording(text) is not Wording.UNHEARD


@pytest.mark.parametrize(
    "text", ["jo.doe@mail.example.org", "https://a.b/c/d", "CM-10412 A17", "5"]
)
def test_addresses_and_numbers_are_no_words(text: str) -> None:
    assert KNOWN.wording(text) is Wording.KNOWN


def test_signs_that_the_messages_have_are_known() -> None:
    assert Vocabulary.learned([*SAID, ":)", ":)"]).wording(" :) ") is Wording.KNOWN


def test_what_training_messages_have_of_unknown_words_is_nothing_unusual() -> None:
    """Each of these says something that no other says: unknown words are the rule here."""
    varied = Vocabulary.learned(["play dancing queen", "play yellow submarine", "stop the noise"])
    assert varied.wording("play highway to hell") is Wording.KNOWN


def test_without_messages_every_text_is_known() -> None:
    assert Vocabulary.learned([]).wording("wo ist meine Bestellung") is Wording.KNOWN
    assert Vocabulary.learned(["", " "]).wording("wo ist meine Bestellung") is Wording.KNOWN


@given(st.text(max_size=60))
def test_any_text_is_worded_somehow(text: str) -> None:
    assert KNOWN.wording(text) in Wording
