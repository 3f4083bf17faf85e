"""A conditional random field over each text's tags: how unlikely it finds the right ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """Which tags may follow which (T, T), begin a text (T,), end one (T,): True where they may."""

    follow: NDArray[np.bool_]
    first: NDArray[np.bool_]
    last: NDArray[np.bool_]


class Field:
    """Transitions between T tags, learned from zero; what the order forbids cannot happen."""

    def __init__(self, order: Order) -> None:
        self.transitions = torch.zeros(order.follow.shape, requires_grad=True)
        self._follow = _barred(order.follow)
        self._first, self._last = _barred(order.first), _barred(order.last)

    def loss(self, emissions: Any, tags: Any, lengths: Any) -> Any:
        """Return the summed negative log-likelihood of the tags (B, L), by emissions (B, L, T).

        `lengths` (B,) are at least 1; what lies behind a text's end is of no consequence.
        """
        transitions = self.transitions + self._follow
        odds = transitions.exp()
        gold = emissions.gather(2, tags[:, :, None])[:, :, 0]
        score = gold[:, 0]
        ways = emissions[:, 0] + self._first
        for i in range(1, emissions.shape[1]):
            there = i < lengths
            highest = ways.max(dim=1, keepdim=True).values
            # A logarithm of summed odds by a product of matrices; the floor is for tags that
            # nothing leads to.
            longer = ((ways - highest).exp() @ odds).clamp_min(1e-30).log() + highest
            ways = torch.where(there[:, None], longer + emissions[:, i], ways)
            step = transitions[tags[:, i - 1], tags[:, i]] + gold[:, i]
            score = score + torch.where(there, step, torch.zeros(()))
        ended = ways + self._last
        return (ended.logsumexp(dim=1) - score).sum()


def _barred(allowed: NDArray[np.bool_]) -> Any:
    return torch.from_numpy(np.where(allowed, 0, -1e4).astype(np.float32))
