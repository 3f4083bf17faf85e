import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.nlu.phrases import Phrases

TEXT = st.text(st.sampled_from("aAbB +.-éÉ"), max_size=12)


@pytest.mark.parametrize("case_sensitive", [True, False])
@given(phrases=st.lists(TEXT.filter(bool), min_size=1, max_size=6), text=TEXT)
def test_it_finds_what_an_alternation_of_whole_words_matches(
    case_sensitive: bool, phrases: list[str], text: str
) -> None:
    alternation = "|".join(rf"\b{re.escape(phrase)}\b" for phrase in phrases)
    flags = re.NOFLAG if case_sensitive else re.IGNORECASE
    expected = [match.span() for match in re.finditer(alternation, text, flags)]
    assert list(Phrases(phrases, case_sensitive=case_sensitive).spans(text)) == expected


def test_the_first_of_the_list_wins_where_several_begin() -> None:
    assert list(Phrases(["new", "new york"], case_sensitive=True).spans("new york")) == [(0, 3)]
    assert list(Phrases(["new york", "new"], case_sensitive=True).spans("new york")) == [(0, 8)]


def test_all_yields_overlapping_phrases_with_their_places() -> None:
    phrases = Phrases(["york", "new york", "York"], case_sensitive=False)
    assert list(phrases.all("In New York")) == [(3, 11, 1), (7, 11, 0)]


def test_offsets_stay_where_a_letter_becomes_two_in_lower_case() -> None:
    assert list(Phrases(["x"], case_sensitive=False).spans("İİ X")) == [(3, 4)]


def test_without_phrases_nothing_is_found() -> None:
    assert list(Phrases([], case_sensitive=True).spans("any text")) == []


def test_a_vowel_sign_is_no_accent() -> None:
    total, yesterday = "\u0915\u0941\u0932", "\u0915\u0932"  # Hindi: kul, kal
    phrases = Phrases([total], case_sensitive=True, ignore=["accents"])
    assert list(phrases.spans(total)) == [(0, 3)]
    assert list(phrases.spans(yesterday)) == []
