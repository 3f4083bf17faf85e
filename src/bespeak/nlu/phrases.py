"""Many phrases sought at once: the cost of a text does not grow with their number."""

import re
from collections.abc import Iterable, Iterator

EDGE = re.compile(r"\b")


class Phrases:
    """A list of phrases that are found as whole words.

    A phrase occurs where a word edge stands at both its ends, as in the regular expression
    `\\bphrase\\b`. Of equal phrases the first counts.
    """

    def __init__(self, phrases: Iterable[str], *, case_sensitive: bool) -> None:
        self.case_sensitive = case_sensitive
        self._order: dict[str, int] = {}
        for i, phrase in enumerate(phrases):
            self._order.setdefault(self.folded(phrase), i)
        self._longest = max(map(len, self._order), default=0)

    def folded(self, text: str) -> str:
        """Return the text as it is compared; it keeps its length."""
        if self.case_sensitive:
            return text
        lower = text.lower()
        if len(lower) == len(text):
            return lower
        return "".join(low if len(low := char.lower()) == 1 else char for char in text)

    def all(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Yield start, end and place in the list of each phrase, overlapping ones too."""
        folded = self.folded(text)
        edges = [edge.start() for edge in EDGE.finditer(folded)]
        for i, start in enumerate(edges):
            for end in edges[i + 1 :]:
                if end - start > self._longest:
                    break
                place = self._order.get(folded[start:end])
                if place is not None:
                    yield start, end, place

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
