"""Words of any script, those without blanks between words among them."""

from collections.abc import Sequence
from dataclasses import replace

import regex

from bespeak.message import Message, Token
from bespeak.nlu.tokenizers import NOISE, located, split_further, token_regex

WORD = regex.compile(r"\w")
CLUSTERS = r"\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
PIECE = regex.compile(
    r"[\p{Katakana}ー]+"  # a loan-word stands for itself
    r"|[\p{Han}\p{Hiragana}]\p{M}*"
    rf"|(?=[{CLUSTERS}])\X"
    rf"|[^\p{{Han}}\p{{Hiragana}}\p{{Katakana}}ー{CLUSTERS}]+"
)


class UnicodeTokenizer:
    """Split as WhitespaceTokenizer does, and what is written without blanks into characters.

    Those are each character of Chinese and of Japanese (but runs of katakana), each letter with its
    marks of Thai, Lao, Khmer and Burmese. Punctuation and emoji are left out. It needs no
    dictionary and knows no words: entities may begin and end anywhere, and featurizers see runs of
    characters (`max_ngram`).
    """

    def __init__(self, *, token_pattern: str | None = None) -> None:
        self.pattern = token_regex("UnicodeTokenizer", token_pattern)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            replace(message, tokens=split_further(_tokens(message.text), self.pattern))
            for message in messages
        ]


def _tokens(text: str) -> list[Token]:
    """Return the pieces that have a letter or a digit; a text without any is one token."""
    words = [
        Token(piece[0], word.start + piece.start(), word.start + piece.end())
        for word in located(NOISE.sub(" ", text).split(), text)
        for piece in PIECE.finditer(word.text)
        if WORD.search(piece[0])
    ]
    return words or [Token(text, 0, len(text))]
