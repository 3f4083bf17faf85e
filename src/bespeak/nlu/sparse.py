"""Sparse rows from lists of columns."""

from collections.abc import Sequence
from itertools import accumulate, chain

import numpy as np

from bespeak.message import Sparse


def marked(rows: Sequence[Sequence[int]], width: int) -> Sparse:
    """Return a 1 for each column of each row; a row names a column once."""
    indices = np.array([*chain.from_iterable(rows)], dtype=np.int64)
    indptr = np.array([0, *accumulate(map(len, rows))], dtype=np.int64)
    return Sparse(indptr, indices, np.ones(len(indices), np.float32), width)


def counted(rows: Sequence[Sequence[int]], width: int) -> Sparse:
    """Return how often each row names each column."""
    lengths = [len(row) for row in rows]
    places = np.array([*chain.from_iterable(rows)], dtype=np.int64)
    places += np.repeat(np.arange(len(rows)) * width, lengths)
    places.sort()
    first = np.ones(len(places), dtype=bool)
    np.not_equal(places[1:], places[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    counts = np.diff(starts, append=len(places)).astype(np.float32)
    places = places[starts]
    indptr = np.searchsorted(places, np.arange(len(rows) + 1) * width)
    return Sparse(indptr, places % width, counts, width)
