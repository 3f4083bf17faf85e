"""Texts of different lengths side by side, with little padding.

Attention needs rows of one length. Short texts share a row: each attends to itself alone. All
else in a transformer works on tokens one by one, and so on the tokens without any padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

ROW = 64  # tokens in a row, unless one text is longer
FAR = -1e4  # added to the scores between tokens of different texts


@dataclass(frozen=True, slots=True)
class Packed:
    """B texts of N tokens in all, the one's after the other's, and their places in a grid.

    `places` (N,) are cells of the grid of `rows` rows of `width`; `apart` (rows, 1, width, width)
    is to be added to attention's scores; `owner` (N,) is each token's text; `starts` (B,) each
    text's first token, and `lengths` (B,) how many it has.
    """

    rows: int
    width: int
    places: Any
    apart: Any
    owner: Any
    starts: NDArray[np.int64]
    lengths: Any


def packed(lengths: Sequence[int]) -> Packed:
    """Lay texts into rows, the longest first, each into the first row with room for it."""
    width = max(ROW, *lengths)
    filled: list[int] = []
    cells: list[tuple[int, int]] = [(0, 0)] * len(lengths)
    for text in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        row = next((r for r, used in enumerate(filled) if used + lengths[text] <= width), None)
        if row is None:
            row = len(filled)
            filled.append(0)
        cells[text] = (row, filled[row])
        filled[row] += lengths[text]
    grid = np.full((len(filled), width), -1, np.int64)
    places = []
    for text, (row, column) in enumerate(cells):
        grid[row, column : column + lengths[text]] = text
        places.append(row * width + column + np.arange(lengths[text]))
    sizes = np.array(lengths, np.int64)
    others = torch.from_numpy(grid[:, :, None] != grid[:, None, :])
    return Packed(
        rows=len(filled),
        width=width,
        places=torch.from_numpy(np.concatenate(places)),
        apart=torch.zeros(others.shape).masked_fill_(others, FAR)[:, None],
        owner=torch.from_numpy(np.repeat(np.arange(len(sizes)), sizes)),
        starts=np.cumsum(sizes) - sizes,
        lengths=torch.from_numpy(sizes).to(torch.float32),
    )
