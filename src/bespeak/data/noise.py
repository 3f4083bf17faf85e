"""What people do to their messages: slips of the keyboard, shouting, abbreviations, emoji.

A kind of noise takes a text and a source of chance, and returns the edits that spoil it: none
where there is nothing to spoil. Every kind takes any Unicode, and time linear in the text.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final, TypeAlias

from bespeak.data.accents import without_accents
from bespeak.data.rewriting import Edit

Noise: TypeAlias = Callable[[str, Random], list[Edit]]

LETTERS_A_SLIP: Final = 12
"""A slip of the hand is made about once in so many letters, and once at least."""

EMOJI: Final = ("🙂", "😊", "🙏", "😡", "😭", "👍", "🤔", "❤️")

KEYS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")

ABBREVIATIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "you": "u",
        "are": "r",
        "your": "ur",
        "please": "pls",
        "thanks": "thx",
        "thank you": "ty",
        "because": "bc",
        "before": "b4",
        "for": "4",
        "tomorrow": "tmrw",
        "today": "2day",
        "message": "msg",
        "with": "w/",
        "without": "w/o",
        "about": "abt",
        "people": "ppl",
        "want to": "wanna",
        "going to": "gonna",
        "got to": "gotta",
        "give me": "gimme",
        "let me": "lemme",
        "as soon as possible": "asap",
        "i don't know": "idk",
        "by the way": "btw",
        "what is": "whats",
        "number": "nr",
        "account": "acct",
        "password": "pw",
        "address": "addr",
        "minutes": "mins",
        "and": "&",
    },
    "de": {
        "bitte": "bt",
        "und": "u",
        "nicht": "nich",
        "vielleicht": "vllt",
        "eigentlich": "eig",
        "keine ahnung": "ka",
        "habe": "hab",
        "danke": "thx",
        "nummer": "nr",
        "mit freundlichen grüßen": "mfg",
    },
    "fr": {
        "s'il vous plaît": "svp",
        "s'il te plaît": "stp",
        "pourquoi": "pk",
        "bonjour": "bjr",
        "merci": "mrc",
        "beaucoup": "bcp",
        "pour": "pr",
        "quelqu'un": "qqn",
        "que": "ke",
    },
    "es": {
        "por favor": "xfa",
        "porque": "xq",
        "por qué": "xq",
        "que": "q",
        "también": "tb",
        "mensaje": "msj",
        "gracias": "grax",
        "para": "pa",
    },
}

_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_LONG: Final = re.compile(r"[^\W\d_]{4,}")
_APOSTROPHES: Final = "'’‘"
_CASED: Final = ("LATIN", "GREEK", "CYRILLIC")


def kinds(language: str = "en") -> Mapping[str, Noise]:
    """Return every kind of noise by its name; abbreviations are those of the language."""
    return {
        "typos": typos,
        "dropped letters": dropped_letters,
        "doubled letters": doubled_letters,
        "lower case": lower_case,
        "UPPER CASE": upper_case,
        "no punctuation": no_punctuation,
        "emoji": emoji,
        "abbreviations": abbreviations(language),
        "elongations": elongations,
        "no accents": no_accents,
    }


def chance(seed: int, kind: str, text: str) -> Random:
    """Return a source of chance for one text: the same wherever the text stands."""
    return Random(f"{seed}/{kind}/{text}")


def typos(text: str, rng: Random) -> list[Edit]:
    """Hit the key beside the right one; a letter that is on no key here trades places."""
    edits = []
    for at in _slips(text, rng):
        near = _beside(text[at].lower())
        if near:
            key = rng.choice(near)
            edits.append(Edit(at, at + 1, key.upper() if text[at].isupper() else key))
        elif at + 1 < len(text) and text[at + 1].isalpha() and text[at + 1] != text[at]:
            edits.append(Edit(at, at + 2, text[at + 1] + text[at]))
    return edits


def dropped_letters(text: str, rng: Random) -> list[Edit]:
    return [Edit(at, at + 1, "") for at in _slips(text, rng)]


def doubled_letters(text: str, rng: Random) -> list[Edit]:
    return [Edit(at, at + 1, text[at] * 2) for at in _slips(text, rng)]


def lower_case(text: str, rng: Random) -> list[Edit]:
    return _each(text, str.lower)


def upper_case(text: str, rng: Random) -> list[Edit]:
    return _each(text, str.upper)


def no_punctuation(text: str, rng: Random) -> list[Edit]:
    """Leave out apostrophes, and punctuation at the edges of words: 'a@b.com' stays."""
    edits = []
    for at, sign in enumerate(text):
        if not unicodedata.category(sign).startswith("P"):
            continue
        inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
        if not inside or sign in _APOSTROPHES:
            edits.append(Edit(at, at + 1, ""))
    return edits


def emoji(text: str, rng: Random) -> list[Edit]:
    """Put one to three of the same emoji behind the text, or one before it."""
    face = rng.choice(EMOJI)
    if rng.random() < 0.2:
        return [Edit(0, 0, f"{face} ")]
    return [Edit(len(text), len(text), f" {face * rng.choice((1, 1, 2, 3))}")]


def abbreviations(language: str) -> Noise:
    """Return the noise that writes words of the language as they are written in a hurry."""
    known = ABBREVIATIONS.get(language[:2].lower(), {})
    longest_first = sorted(known, key=lambda words: -len(words))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", re.IGNORECASE)

    def abbreviate(text: str, rng: Random) -> list[Edit]:
        if not known:
            return []
        return [
            Edit(match.start(), match.end(), short)
            for match in pattern.finditer(text)
            if (short := known.get(match[0].lower()))
        ]

    return abbreviate


def elongations(text: str, rng: Random) -> list[Edit]:
    """Draw out a vowel of one word: its last one, as in "helloooo"."""
    spots = [
        match.start() + vowels[-1]
        for match in _WORD.finditer(text)
        if (vowels := _vowels(match[0]))
    ]
    if not spots:
        return []
    at = rng.choice(spots)
    return [Edit(at, at + 1, text[at] * rng.choice((3, 4, 5)))]


def no_accents(text: str, rng: Random) -> list[Edit]:
    """Take accents off letters of alphabets in which they can be left out; "ß" is "ss"."""
    edits = []
    in_cased = False  # whether a mark here belongs to a letter of such an alphabet
    for at, letter in enumerate(text):
        if not unicodedata.combining(letter):
            in_cased = unicodedata.name(letter, "").startswith(_CASED)
        if not in_cased:
            continue
        plain = without_accents("ss" if letter == "ß" else letter)
        if plain != letter:
            edits.append(Edit(at, at + 1, plain))
    return edits


def _slips(text: str, rng: Random) -> list[int]:
    """Return places of letters, by chance, in words long enough to be known all the same.

    First letters are spared, which people seldom miss, and those that carry a combining mark.
    """
    letters = [
        at
        for match in _LONG.finditer(text)
        for at in range(match.start() + 1, match.end())
        if not (at + 1 < len(text) and unicodedata.combining(text[at + 1]))
    ]
    if not letters:
        return []
    return sorted(rng.sample(letters, max(1, round(len(letters) / LETTERS_A_SLIP))))


def _beside(key: str) -> Sequence[str]:
    for row in KEYS:
        if (at := row.find(key)) >= 0:
            return [*row[max(0, at - 1) : at], *row[at + 1 : at + 2]]
    return []


def _each(text: str, change: Callable[[str], str]) -> list[Edit]:
    return [
        Edit(at, at + 1, changed)
        for at, letter in enumerate(text)
        if (changed := change(letter)) != letter
    ]


def _vowels(word: str) -> list[int]:
    plain = (without_accents(letter.lower())[:1] for letter in word)
    return [at for at, letter in enumerate(plain) if letter and letter in "aeiouyаеиоуыэюяαεηιουω"]
