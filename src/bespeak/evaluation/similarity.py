"""Which texts are nearly the same: by their letters, or by what an encoder says they mean.

SciPy and the encoder are loaded by name: testing needs them, asking for help does not.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import regex

from bespeak.data.accents import without_accents
from bespeak.extend import load
from bespeak.message import Array, Example
from bespeak.nlu.encoder import weights

NEAR: Final = 0.9
"""Cosine of character trigrams from which two texts are one: a typo in a sentence apart."""

ALIKE_MEANING: Final = 0.85
"""Cosine of sentence vectors from which two messages mean nearly the same."""

ALIKE_LETTERS: Final = 0.75
"""Cosine of character trigrams from which two messages look nearly the same."""

ROWS: Final = 512
"""Rows that are compared with all others at once: it bounds memory."""

_NUMBERS: Final = re.compile(r"\d+")
_BESIDE: Final = re.compile(r"[\W\d_]+")
_WORD: Final = regex.compile(r"\w+")


@dataclass(frozen=True)
class Space:
    """Texts as rows of length 1: an array, or a sparse matrix.

    `alike` is the cosine from which two of them are nearly the same, `by` says by what.
    """

    rows: Any
    alike: float
    by: str


def essence(text: str) -> str:
    """Return what is left of a text without case, accents, digits, punctuation and blanks.

    A text of nothing else ("123", "?!") is told apart by its kinds of signs.
    """
    plain = without_accents(text.casefold())
    return _BESIDE.sub("", plain) or _NUMBERS.sub("0", "".join(plain.split()))


def words(text: str) -> list[str]:
    """Return the words of a text in small letters."""
    return [word for word, _, _ in word_spans(text)]


def word_spans(text: str) -> list[tuple[str, int, int]]:
    """Return the words of a text in small letters, each with where it begins and ends."""
    return [(found[0].casefold(), *found.span()) for found in _WORD.finditer(text)]


def free_words(example: Example) -> list[tuple[str, int, int]]:
    """Return the words of an example as `word_spans` does; "" for those within an entity."""
    taken = [(entity.start or 0, entity.end or 0) for entity in example.entities]
    return [
        ("" if any(begin < end and start < stop for begin, stop in taken) else word, start, end)
        for word, start, end in word_spans(example.message.text)
    ]


def groups(texts: Sequence[str]) -> list[int]:
    """Return a group's number for each text: near-duplicates, and theirs, share one.

    Two texts are near-duplicates if they have the same essence, or if the cosine of their
    character trigrams is at least `NEAR`.
    """
    first: dict[str, int] = {}
    same = [first.setdefault(essence(text), i) for i, text in enumerate(texts)]
    if not same:
        return []
    alike = [(i, j) for i, j, _ in pairs(trigrams(texts), NEAR)]
    rows = [*range(len(texts)), *(i for i, _ in alike)]
    columns = [*same, *(j for _, j in alike)]
    graph = load("scipy.sparse.coo_matrix")(
        (np.ones(len(rows), np.int8), (rows, columns)), shape=(len(texts), len(texts))
    )
    _, found = load("scipy.sparse.csgraph.connected_components")(graph, directed=False)
    return [int(group) for group in found]


def space(texts: Sequence[str]) -> Space:
    """Return texts by what they mean or, where no encoder is installed, by their letters."""
    vectors = meanings(texts)
    if vectors is None:
        return Space(trigrams(texts), ALIKE_LETTERS, "their letters")
    return Space(vectors, ALIKE_MEANING, "the sentence encoder")


def trigrams(texts: Sequence[str]) -> Any:
    """Return a sparse row of length 1 for each text: which runs of three characters it has."""
    columns: defaultdict[str, int] = defaultdict(lambda: len(columns))
    indices: list[int] = []
    starts = [0]
    for text in texts:
        plain = f" {' '.join(_NUMBERS.sub('0', text.casefold()).split())} "
        runs = {plain[i : i + 3] for i in range(max(1, len(plain) - 2))}
        indices += sorted(columns[run] for run in runs)
        starts.append(len(indices))
    counts = np.repeat(np.diff(starts), np.diff(starts))
    values = (1 / np.sqrt(counts)).astype(np.float32)
    shape = (len(texts), max(1, len(columns)))
    return load("scipy.sparse.csr_matrix")((values, indices, starts), shape=shape)


def meanings(texts: Sequence[str]) -> Array | None:
    """Return sentence vectors of length 1 (texts, width); None where no encoder is installed."""
    if weights.locate() is None or not texts:
        return None
    encoder = load("bespeak.nlu.encoder.encoder.Encoder").installed()
    readable = [text.encode("utf-8", "replace").decode() for text in texts]
    return np.stack([one.sentence for one in encoder.encode(readable)])


def pairs(rows: Any, least: float) -> Iterator[tuple[int, int, float]]:
    """Yield each two rows (i < j) whose cosine is `least` at least, and the cosine.

    `rows` are of length 1: an array, or a sparse matrix.
    """
    for start in range(0, rows.shape[0], ROWS):
        block = rows[start : start + ROWS] @ rows[start:].T
        near = block if isinstance(block, np.ndarray) else block.toarray()
        for i, j in zip(*np.nonzero(near >= least), strict=True):
            if i < j:
                yield start + int(i), start + int(j), float(near[i, j])


def members(numbers: Sequence[int]) -> Mapping[int, list[int]]:
    """Return the places of each group's members."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place, number in enumerate(numbers):
        found[number].append(place)
    return found
