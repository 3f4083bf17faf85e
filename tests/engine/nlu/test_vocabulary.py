from hypothesis import given
from hypothesis import strategies as st

from bespeak.nlu.vocabulary import Vocabulary

SAID = ["where is my order", "is my order late", "where is it", "my order is late today"] * 5
KNOWN = Vocabulary.learned(SAID)


def test_a_text_of_unknown_words_is_foreign() -> None:
    assert KNOWN.is_foreign("wo ist meine Bestellung")
    assert KNOWN.is_foreign("sdkfj wieur xcvm")


def test_case_and_punctuation_make_no_word_unknown() -> None:
    assert not KNOWN.is_foreign("WHERE is... my Order?!")


def test_few_words_say_nothing_of_a_language() -> None:
    assert not KNOWN.is_foreign("Braunschweig")
    assert not KNOWN.is_foreign("😀 10412 ??? ok")


def test_what_training_messages_have_of_unknown_words_is_nothing_unusual() -> None:
    """Each of these says something that no other says: unknown words are the rule here."""
    varied = Vocabulary.learned(
        ["play dancing queen now", "play yellow submarine", "stop the noise"]
    )
    assert varied.limit == 1.0
    assert not varied.is_foreign("wo ist meine Bestellung")


def test_without_messages_nothing_is_foreign() -> None:
    assert not Vocabulary.learned([]).is_foreign("wo ist meine Bestellung")


@given(st.text(max_size=60))
def test_any_text_is_foreign_or_not(text: str) -> None:
    assert KNOWN.is_foreign(text) in (True, False)
