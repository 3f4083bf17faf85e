import pytest

from bespeak.nlu.encoder.symbols import spelled


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ok 👍", ["ok", "thumbs", "up", "sign"]),
        ("👍🏽", ["thumbs", "up", "sign"]),
        ("I ❤️ it", ["I", "heavy", "black", "heart", "it"]),
        ("👩\u200d🚀", ["woman", "rocket"]),
        ("so😡", ["so", "pouting", "face"]),
        ("5 € + 3", ["5", "€", "+", "3"]),
    ],
)
def test_symbols_are_read_by_their_names(text: str, words: list[str]) -> None:
    assert spelled(text).text.split() == words


def test_what_was_read_is_found_again_where_it_stood() -> None:
    text = "I ❤️ it 👍🏽!"
    read = spelled(text)
    for word, original in (
        ("heavy black heart", "❤"),
        ("black", "❤"),
        ("it", "it"),
        ("up", "👍"),
        ("sign !", "👍🏽!"),
    ):
        at = read.text.index(word)
        start, end = read.original(at, at + len(word))
        assert text[start:end] == original
    assert read.original(0, 0) == (0, 0)
