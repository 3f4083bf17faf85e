"""Emoji by their Unicode names, for vocabularies that lack them: 👍 is read as "thumbs up sign".

To an encoder all that its vocabulary lacks is one and the same, a thumb up or an angry face.
"""

import unicodedata
from dataclasses import dataclass

JOINING = frozenset("\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}")
TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # of skin


@dataclass(frozen=True, slots=True)
class Spelled:
    """A text with names in place of its symbols. `places` are the (start, end) in the original of
    each of its characters, empty between words."""

    text: str
    places: tuple[tuple[int, int], ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return where in the original stands what stands here from `start` to `end`."""
        held = [place for place in self.places[start:end] if place[1] > place[0]]
        return (held[0][0], held[-1][1]) if held else (0, 0)


def spelled(text: str) -> Spelled:
    """Spell the symbols of a text out."""
    written: list[str] = []
    places: list[tuple[int, int]] = []
    for i, character in enumerate(text):
        if character in JOINING or character in TONES:
            continue
        name = unicodedata.name(character, "") if unicodedata.category(character) == "So" else ""
        written.append(f" {name.lower()} " if name else character)
        places += [(i, i), *[(i, i + 1)] * len(name), (i, i)] if name else [(i, i + 1)]
    return Spelled("".join(written), tuple(places))
