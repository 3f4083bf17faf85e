"""Sparse rows from lists of columns."""

from collections import Counter
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
    indices: list[int] = []
    counts: list[int] = []
    ends = [0]
    for row in rows:
        count = Counter(row)
        columns = sorted(count)
        indices += columns
        counts += [count[column] for column in columns]
        ends.append(len(indices))
    return Sparse(
        np.array(ends, dtype=np.int64),
        np.array(indices, dtype=np.int64),
        np.array(counts, dtype=np.float32),
        width,
    )
