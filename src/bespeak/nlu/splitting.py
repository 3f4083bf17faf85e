"""Messages of two intents: "cancel my order, and where is my refund?"."""

import json
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import regex

from bespeak.domain import NLU_FALLBACK
from bespeak.errors import ExtensionError
from bespeak.message import Message, TrainingData
from bespeak.nlu.component import INTENT_ONLY
from bespeak.nlu.fallback import FAMILIARITY, is_number

NAME = "MessageSplitter"
CLAUSES = "clauses"  # the key in the parse data
MOST_CUTS = 4  # places of a message that are tried, so that a long one costs little more
LONGEST = 500  # characters: beyond, a message is a report or a paste, not two requests
FAMILIAR = 0.15  # a clause must be like more than so many of the training messages
FEWEST_WORDS = 2  # that a clause must have

CONJUNCTIONS = {
    "cs": ("a", "ale", "také"),
    "da": ("og", "men", "også"),
    "de": ("und", "aber", "außerdem", "auch"),
    "en": ("and", "but", "also", "plus", "then"),
    "es": ("y", "e", "pero", "también", "además"),
    "fr": ("et", "mais", "puis", "aussi"),
    "it": ("e", "ed", "ma", "inoltre", "anche"),
    "nl": ("en", "maar", "ook"),
    "pl": ("i", "oraz", "ale", "też"),
    "pt": ("e", "mas", "também"),
    "ru": ("и", "но", "а", "также"),
    "sv": ("och", "men", "också"),
    "tr": ("ve", "ama", "ayrıca"),
    "uk": ("і", "та", "але", "також"),
}
"""By language: the words that may part two requests. In others only punctuation does."""
MARKS = r"(?P<mark>[.?!;…]+(?=\s)|[。？！；]+)|[,،、，\n](?P<mark>)"
WORD = regex.compile(r"\p{Han}|\p{L}[\p{L}\p{N}\p{M}]*")


@dataclass(frozen=True, slots=True)
class _Clause:
    """A part of a message, and where it stands."""

    text: str
    start: int
    end: int


class MessageSplitter:
    """Suggest how to part a message that says two things, each with its own intent.

    Where a sentence ends, at a comma or a conjunction, both parts are understood by the components
    before this one. If each of them has an intent, not the other's and not the fallback's, with
    a confidence of `threshold` at least and more than the whole message's, the parse data has them
    under `clauses`, in the order of the text: `text`, `start`, `end` and `intent`. The message's
    own intent stays what it is. A message without such a place costs nothing, any other one or two
    parses a place, of four at most.
    """

    serves_only = True

    def __init__(self, *, threshold: float = 0.7) -> None:
        if not is_number(threshold) or not 0 <= threshold <= 1:
            raise ExtensionError(
                f"{NAME}: threshold must be a number from 0 to 1; found {threshold!r}."
            )
        self.threshold = float(threshold)
        self.language = "en"
        self._understand: Callable[[Sequence[Message]], list[Message]] = list

    def understand_with(self, understand: Callable[[Sequence[Message]], list[Message]]) -> None:
        self._understand = understand

    def train(self, data: TrainingData) -> None:
        self.language = data.language

    def save(self, folder: Path) -> None:
        (folder / "language.json").write_text(json.dumps(self.language), "utf-8")

    def load(self, folder: Path) -> None:
        self.language = json.loads((folder / "language.json").read_text("utf-8"))

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._split(message) for message in messages]

    def _split(self, message: Message) -> Message:
        # What is one request is understood better as a whole than without one of its halves.
        needed = max(self.threshold, _sure(message))
        best: tuple[tuple[_Clause, Message], ...] = ()
        for cut in cuts(message.text, self.language):
            understood = self._requests(message, cut, needed)
            if understood:
                needed, best = min(map(_sure, understood)), tuple(zip(cut, understood, strict=True))
        if not best:
            return message
        clauses = [
            {
                "text": clause.text,
                "start": clause.start,
                "end": clause.end,
                "intent": understood.intent.to_dict() if understood.intent else None,
            }
            for clause, understood in best
        ]
        return replace(message, attributes={**message.attributes, CLAUSES: clauses})

    def _requests(
        self, message: Message, cut: tuple[_Clause, _Clause], needed: float
    ) -> list[Message]:
        """Return what each clause of a message says, if both are requests, and different ones.

        The shorter clause is understood first: where it is no request, the other costs nothing.
        """
        first, second = cut
        understood: dict[_Clause, Message] = {}
        for clause in sorted(cut, key=lambda clause: len(clause.text)):
            [said] = self._understand([_saying(message, clause.text)])
            if _sure(said) < needed or not _is_familiar(said):
                return []
            understood[clause] = said
        same = _intent(understood[first]) == _intent(understood[second])
        return [] if same else [understood[first], understood[second]]


def cuts(text: str, language: str) -> list[tuple[_Clause, _Clause]]:
    """Return the pairs of clauses into which a text may fall, at most four."""
    if len(text) > LONGEST or text.lstrip().startswith("/"):
        return []
    words = [word.start() for word in WORD.finditer(text)]
    found = []
    for match in _places(language[:2]).finditer(text):
        before = bisect_left(words, match.start())
        after = len(words) - bisect_left(words, match.end())
        if min(before, after) < FEWEST_WORDS:
            continue
        end = match.start() + len(match["mark"] or "")
        found.append((_clause(text, 0, end), _clause(text, match.end(), len(text))))
        if len(found) == MOST_CUTS:
            break
    return found


@lru_cache(maxsize=16)
def _places(language: str) -> regex.Pattern[str]:
    """Return what two clauses may be parted by: punctuation, conjunctions, or both."""
    words = "|".join(CONJUNCTIONS.get(language, ()))
    if not words:
        return regex.compile(MARKS)
    return regex.compile(
        rf"(?:{MARKS})(?:\s*\b(?:{words})\b)*|(?<=\s)(?:(?:{words})\s+)+", regex.IGNORECASE
    )


def _saying(message: Message, text: str) -> Message:
    """Return a message of the same person and time that says nothing but the text."""
    return Message(
        text,
        metadata=message.metadata,
        received_at=message.received_at,
        scratch={INTENT_ONLY: True},
    )


def _clause(text: str, start: int, end: int) -> _Clause:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return _Clause(part.strip(), start, start + len(part.strip()))


def _intent(message: Message) -> str | None:
    return message.intent.name if message.intent else None


def _sure(message: Message) -> float:
    if message.intent is None or message.intent.name in (None, NLU_FALLBACK):
        return 0.0
    return message.intent.confidence


def _is_familiar(message: Message) -> bool:
    return float(message.scratch.get(FAMILIARITY, 1.0)) >= FAMILIAR
