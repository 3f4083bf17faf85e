"""Parts of a whole that are left out in turn: labels spread evenly, near-duplicates together."""

import random
from collections import Counter
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray


def stratified_folds(
    groups: Sequence[Hashable], labels: Sequence[Hashable], count: int, *, seed: int = 0
) -> NDArray[np.int64]:
    """Return the number (0 to `count` - 1) of each row's fold.

    The rows of a group stay together; a group goes where its commonest label is rarest, and of
    those folds to the emptiest. With fewer groups than folds, some folds are empty.
    """
    found = np.zeros(len(labels), np.int64)
    members: dict[Hashable, list[int]] = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    alike = list(members.values())
    random.Random(seed).shuffle(alike)
    numbers: dict[Hashable, int] = {}
    wanted = np.array([numbers.setdefault(label, len(numbers)) for label in labels], np.int64)
    filled = np.zeros((count, len(numbers)), np.int64)
    for rows in sorted(alike, key=len, reverse=True):
        [(label, _)] = Counter(wanted[rows].tolist()).most_common(1)
        fold = int(np.lexsort((filled.sum(axis=1), filled[:, label]))[0])
        found[rows] = fold
        np.add.at(filled[fold], wanted[rows], 1)
    return found
