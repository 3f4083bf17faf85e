"""Where words begin and end."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import regex

from bespeak.errors import ExtensionError
from bespeak.extend import load_module
from bespeak.message import Message, Token, TrainingData
from bespeak.nlu.options import without_effect

# What is no part of a word. `regex` and not `re`: its \w holds the combining marks of Hindi,
# Thai and others, without which their words would fall apart.
NOISE = regex.compile(
    r"[^\w#@&]+(?=\s|$)"  # before a blank or the end
    r"|(\s|^)[^\w#@&]+(?=[^0-9\s])"  # after a blank or the start, unless a number follows
    # within a word, unless it may belong to a number, an address or a link
    r"|(?<=[^0-9\s])[^\w._~:/?#\[\]()@!$&*+,;=-]+(?=[^0-9\s])"
)
EMOJI = re.compile(
    "[\U0001f600-\U0001f64f\U0001f300-\U0001f5ff\U0001f680-\U0001f6ff\U0001f1e0-\U0001f1ff"
    "\u2702-\u27b0\u24c2-\U0001f251\u200d\u200c]+"
)


class WhitespaceTokenizer:
    """Split at blanks, and leave out punctuation and emoji that stand at a word's edge.

    A text of nothing else is one token. `token_pattern` splits each token further, into all that
    it matches. Not for languages that are written without blanks (zh, ja, th).
    """

    def __init__(
        self,
        *,
        intent_tokenization_flag: bool = False,
        intent_split_symbol: str = "_",
        token_pattern: str | None = None,
        prefix_separator_symbol: str | None = None,
        case_sensitive: bool | None = None,
    ) -> None:
        self.pattern = token_regex("WhitespaceTokenizer", token_pattern)
        say_that_labels_stay_whole(
            "WhitespaceTokenizer",
            intent_tokenization_flag,
            intent_split_symbol,
            prefix_separator_symbol,
        )
        without_effect(
            "WhitespaceTokenizer",
            "the featurizers have this option now.",
            case_sensitive=case_sensitive is not None,
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [replace(message, tokens=self._tokens(message.text)) for message in messages]

    def _tokens(self, text: str) -> tuple[Token, ...]:
        words = NOISE.sub(" ", text).split()
        if not text.isascii():
            words = [word for word in words if not EMOJI.fullmatch(word)]
        return split_further(located(words or [text], text), self.pattern)


class JiebaTokenizer:
    """Chinese words, by the package jieba.

    `dictionary_path` is a folder of user dictionaries, which travel in the model.
    """

    def __init__(
        self,
        *,
        dictionary_path: str | None = None,
        intent_tokenization_flag: bool = False,
        intent_split_symbol: str = "_",
        token_pattern: str | None = None,
        prefix_separator_symbol: str | None = None,
    ) -> None:
        self.dictionary_path = dictionary_path
        self.pattern = token_regex("JiebaTokenizer", token_pattern)
        say_that_labels_stay_whole(
            "JiebaTokenizer", intent_tokenization_flag, intent_split_symbol, prefix_separator_symbol
        )
        self.jieba = load_module("jieba", extra="jieba").Tokenizer()

    def train(self, data: TrainingData) -> None:
        self._read(self._dictionaries())

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [replace(message, tokens=self._tokens(message.text)) for message in messages]

    def save(self, folder: Path) -> None:
        for file in self._dictionaries():
            shutil.copyfile(file, folder / file.name)

    def load(self, folder: Path) -> None:
        self._read(sorted(folder.iterdir()))

    def _read(self, dictionaries: Iterable[Path]) -> None:
        for file in dictionaries:
            with file.open("rb") as lines:
                self.jieba.load_userdict(lines)

    def _dictionaries(self) -> list[Path]:
        if self.dictionary_path is None:
            return []
        folder = Path(self.dictionary_path)
        if not folder.is_dir():
            raise ExtensionError(
                f"JiebaTokenizer: dictionary_path {self.dictionary_path!r} is no folder. "
                "It holds one or more files of user dictionary entries."
            )
        return sorted(file for file in folder.iterdir() if file.is_file())

    def _tokens(self, text: str) -> tuple[Token, ...]:
        words = [Token(word, start, end) for word, start, end in self.jieba.tokenize(text)]
        return split_further(words, self.pattern)


def token_regex(component: str, pattern: str | None) -> re.Pattern[str] | None:
    """Compile the option `token_pattern`."""
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise ExtensionError(
            f"{component}: token_pattern {pattern!r} is no regular expression: {error}."
        ) from None


def located(words: Iterable[str], text: str) -> list[Token]:
    """Find the words in the text they come from, in order."""
    tokens, end = [], 0
    for word in words:
        start = text.index(word, end)
        end = start + len(word)
        tokens.append(Token(word, start, end))
    return tokens


def split_further(tokens: Sequence[Token], pattern: re.Pattern[str] | None) -> tuple[Token, ...]:
    """Split each token into all that the pattern matches in it; one without a match stays whole.

    A piece keeps the token's part of speech, not its lemma, which is the whole word's.
    """
    if pattern is None:
        return tuple(tokens)
    pieces = []
    for token in tokens:
        # findall, as in Rasa: where the pattern has a group, the piece is what the group matched
        found = [piece for piece in pattern.findall(token.text) if piece]
        if not found:
            pieces.append(token)
        for piece in located(found, token.text):
            start, end = token.start + piece.start, token.start + piece.end
            pieces.append(Token(piece.text, start, end, pos=token.pos))
    return tuple(pieces)


def say_that_labels_stay_whole(
    component: str, flag: bool, symbol: str, prefix_symbol: str | None
) -> None:
    """Log the options by which Rasa splits an intent's name into features."""
    without_effect(
        component,
        "an intent such as 'greet+ask_weather' is learned as one label.",
        intent_tokenization_flag=flag,
        intent_split_symbol=symbol != "_",
        prefix_separator_symbol=prefix_symbol is not None,
    )
