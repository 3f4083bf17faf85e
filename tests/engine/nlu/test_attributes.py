import pytest

from bespeak.message import Token
from bespeak.nlu.attributes import lexical, shape


@pytest.mark.parametrize(
    ("word", "looks"),
    [("iPhone", "xXxxxx"), ("A4-b", "Xd-x"), ("éa", "xx"), ("2026-11-20", "dddd-d")],
)
def test_a_shape_keeps_the_kinds_of_characters(word: str, looks: str) -> None:
    assert shape(word) == looks


def test_a_token_knows_its_looks_and_its_neighbours() -> None:
    tokens = (Token("Fly", 0, 3), Token("to", 4, 6), Token("Oslo9", 7, 12, pos="NNP"))
    first, middle, last = lexical(tokens)
    assert {"w=fly", "title", "p3=fly", "s2=ly", "h=Xxx", "-1:end", "1:w=to", "2:w=oslo9"} <= set(
        first
    )
    assert {"-1|0=fly|to", "0|1=to|oslo9", "-1:h=Xxx"} <= set(middle)
    assert {"digit", "pos=NNP", "-2:w=fly", "2:end"} <= set(last)
    assert "title" not in middle


def test_a_tokens_own_strings_are_seen_by_its_nearest_neighbours() -> None:
    tokens = tuple(Token(word, i * 2, i * 2 + 1) for i, word in enumerate("abc"))
    first, middle, last = lexical(tokens, [["re=zip"], [], []])
    assert "0:re=zip" in first
    assert "-1:re=zip" in middle
    assert not any("re=zip" in attribute for attribute in last)
