import numpy as np
import pytest

from bespeak.evaluation.similarity import ROWS, essence, groups, pairs, trigrams


@pytest.mark.parametrize(
    "one, other",
    [
        ("Where is it?", "where   is it"),
        ("order 123", "Order no. 9".replace("no. ", "")),
        ("Où est-ce ?", "ou est ce"),
        ("12:30", "9:45".replace("9", "99")),
    ],
)
def test_texts_of_one_essence(one: str, other: str) -> None:
    assert essence(one) == essence(other)


def test_texts_without_letters_are_told_apart_by_their_signs() -> None:
    assert len({essence("123"), essence("?!"), essence("🙂"), essence("👍")}) == 4


def test_a_typo_in_a_sentence_makes_no_other_text_but_another_word_does() -> None:
    texts = [
        "I would like to cancel my order of last week, please",
        "I would like to cancel my ordr of last week, please",
        "I would like to cancel my subscription of last week, please",
        "hello",
    ]
    first, second, third, fourth = groups(texts)
    assert first == second
    assert len({first, third, fourth}) == 3
    assert groups([]) == []


def test_likes_of_likes_are_in_one_group() -> None:
    long = "where is the parcel that I have ordered from your shop last week"
    texts = [long, f"{long} a", f"{long} a b"]
    assert len(set(groups(texts))) == 1


def test_pairs_are_found_across_blocks_once_each() -> None:
    vectors = np.zeros((ROWS + 2, 2), np.float32)
    vectors[:, 0] = 1
    vectors[:-1, :] = [0, 0]
    vectors[0] = [1, 0]
    assert [(i, j) for i, j, _ in pairs(vectors, 0.9)] == [(0, ROWS + 1)]


def test_trigrams_of_a_text_with_itself_are_one() -> None:
    rows = trigrams(["a", "", "where is it"])
    assert np.allclose((rows @ rows.T).diagonal(), 1)
