"""Many phrases sought at once: the cost of a text does not grow with their number."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from typing import Final

from bespeak.data.accents import without_accents

EDGE = re.compile(r"\b")
BLANK = re.compile(r"[\s\u200b-\u200d\ufeff_-]")
IGNORABLE: Final = ("accents", "plurals", "spacing")


class Phrases:
    """A list of phrases that are found as whole words.

    A phrase occurs where a word edge stands at both its ends, as in the regular expression
    `\\bphrase\\b`. Of equal phrases the first counts.

    `ignore` names what makes no difference: `accents`; `spacing` (how many blanks or hyphens part
    words); `plurals` (the endings -s, -es and -ies of the last word).
    """

    def __init__(
        self, phrases: Iterable[str], *, case_sensitive: bool, ignore: Collection[str] = ()
    ) -> None:
        self.case_sensitive = case_sensitive
        self.accents, self.plurals = "accents" in ignore, "plurals" in ignore
        self.spacing = "spacing" in ignore
        self._order: dict[str, int] = {}
        for i, phrase in enumerate(phrases):
            key = self._folded(phrase)[0]
            self._order.setdefault(key, i)
            if self.plurals:
                self._order.setdefault(_singular(key), i)
        longer = 2 if self.plurals else 0
        self._longest = max(map(len, self._order), default=0) + longer

    def folded(self, text: str) -> str:
        """Return the text in the case in which it is compared; it keeps its length."""
        if self.case_sensitive:
            return text
        lower = text.lower()
        if len(lower) == len(text):
            return lower
        return "".join(low if len(low := char.lower()) == 1 else char for char in text)

    def all(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and place in the list of each phrase, overlapping ones too."""
        folded, places = self._folded(text)
        edges = [edge.start() for edge in EDGE.finditer(folded)]
        for i, start in enumerate(edges):
            for end in edges[i + 1 :]:
                if end - start > self._longest:
                    break
                place = self._order.get(folded[start:end])
                if place is None and self.plurals:
                    place = self._order.get(_singular(folded[start:end]))
                if place is None:
                    continue
                if places is None:
                    yield start, end, place
                else:
                    yield places[start][0], places[end - 1][1], place

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield what the alternation of all phrases matches: leftmost, then first in the list."""
        last = 0
        best: tuple[int, int, int] | None = None
        for start, end, place in self.all(text):
            if best is not None and start > best[0]:
                yield best[0], best[1]
                last, best = best[1], None
            if start >= last and (best is None or place < best[2]):
                best = start, end, place
        if best is not None:
            yield best[0], best[1]

    def _folded(self, text: str) -> tuple[str, list[tuple[int, int]] | None]:
        """Return the text as it is compared, and where each of its characters was.

        The places are None where the text keeps its length.
        """
        text = self.folded(text)
        if not self.accents and not self.spacing:
            return text, None
        kept: list[str] = []
        places: list[tuple[int, int]] = []
        for i, char in enumerate(text):
            if self.spacing and BLANK.match(char):
                if kept and kept[-1] != " ":
                    kept.append(" ")
                    places.append((i, i + 1))
                continue
            bare = char
            if self.accents and not char.isascii():
                bare = _bare(char)
                if not bare and places and kept[-1] != " ":  # a mark of the character before
                    places[-1] = (places[-1][0], i + 1)
            kept += bare
            places += [(i, i + 1)] * len(bare)
        return "".join(kept), places


def _bare(char: str) -> str:
    """Return a character without its accents: nothing where it is one."""
    return unicodedata.normalize("NFC", without_accents(char))  # Hangul in one piece again


def _singular(phrase: str) -> str:
    """Return a phrase whose last word, an English one, is singular."""
    if len(phrase) > 4 and phrase.endswith("ies"):
        return phrase[:-3] + "y"
    if len(phrase) > 4 and phrase.endswith(("ses", "xes", "zes", "ches", "shes")):
        return phrase[:-2]
    if len(phrase) > 2 and phrase.endswith("s") and not phrase.endswith(("ss", "us", "is")):
        return phrase[:-1]
    return phrase
