import numpy as np
import pytest

from bespeak.message import Array
from bespeak.policies.texts import KnownTexts

TEXTS = KnownTexts(["I want to fly to Rome", "Where is my order?", "goodbye"])


def test_the_same_words_are_the_same_text() -> None:
    assert TEXTS.nearest("where is my ORDER") == ("Where is my order?", 1.0)


def test_a_text_resembles_the_one_it_shares_rare_words_with() -> None:
    text, alike = TEXTS.nearest("where are my orders")
    assert text == "Where is my order?"
    assert 0.3 < alike < 1.0


def test_a_text_that_shares_nothing_resembles_none() -> None:
    assert TEXTS.nearest("42")[1] == 0.0


def test_vectors_decide_where_there_are_features() -> None:
    def meaning(text: str) -> Array:
        return np.array([3.0, 0.0] if "bye" in text or text == "adieu" else [0.0, 2.0], np.float32)

    with_vectors = TEXTS.with_vectors(meaning)
    assert with_vectors.nearest("adieu", meaning) == ("goodbye", 1.0)
    assert with_vectors.nearest("adieu")[1] < 0.5


def test_without_known_texts_there_is_nothing_to_resemble() -> None:
    assert len(KnownTexts().with_vectors(lambda text: np.zeros(2, np.float32))) == 0
    with pytest.raises(ValueError, match="No text is known"):
        KnownTexts().nearest("hi")
