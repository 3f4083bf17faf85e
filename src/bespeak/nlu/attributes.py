"""What a tagger sees of a token: its own looks and its neighbours', as short strings."""

import re
from collections.abc import Sequence

from bespeak.message import Token

_LOWER, _UPPER, _DIGIT = (re.compile(pattern) for pattern in ("[^\\W\\d_A-Z]", "[A-Z]", "\\d"))


def shape(word: str) -> str:
    """Return the first six characters with letters and digits by kind: `Ab12-x` is `Xxdd-x`."""
    return _DIGIT.sub("d", _UPPER.sub("X", _LOWER.sub("x", word[:6])))


def lexical(
    tokens: Sequence[Token], extra: Sequence[Sequence[str]] | None = None
) -> list[list[str]]:
    """Return each token's attributes: word, affixes, shape, and two neighbours on either side.

    `extra` adds a token's own strings, such as the patterns it matches, which its nearest
    neighbours see too.
    """
    words = [token.text.lower() for token in tokens]
    shapes = [shape(token.text) for token in tokens]
    seen = []
    for i, word in enumerate(words):
        attributes = [
            "bias",
            f"w={word}",
            f"p2={word[:2]}",
            f"p3={word[:3]}",
            f"s2={word[-2:]}",
            f"s3={word[-3:]}",
            f"h={shapes[i]}",
        ]
        if tokens[i].text[:1].isupper():
            attributes.append("title")
        if any(character.isdigit() for character in word):
            attributes.append("digit")
        if tokens[i].pos:
            attributes.append(f"pos={tokens[i].pos}")
        for offset in (-2, -1, 1, 2):
            j = i + offset
            if not 0 <= j < len(words):
                attributes.append(f"{offset}:end")
                continue
            attributes.append(f"{offset}:w={words[j]}")
            if abs(offset) == 1:
                attributes += (f"{offset}:s3={words[j][-3:]}", f"{offset}:h={shapes[j]}")
        if i:
            attributes.append(f"-1|0={words[i - 1]}|{word}")
        if i + 1 < len(words):
            attributes.append(f"0|1={word}|{words[i + 1]}")
        if extra is not None:
            for offset in (-1, 0, 1):
                if 0 <= i + offset < len(words):
                    attributes += [f"{offset}:{each}" for each in extra[i + offset]]
        seen.append(attributes)
    return seen
