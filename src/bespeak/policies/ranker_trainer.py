"""Fit a ranker: logistic regression on sparse features. Loaded while training only."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, log_softmax

Array = NDArray[np.float64]

PENALTY: Final = 0.05
"""On squared weights, where one answer is right. Left-out stories of real assistants were predicted
as surely as correctly (`python -m benchmarks.dialogue`)."""

PENALTY_OF_EACH: Final = 0.1
"""On squared weights, where each answer may be right for itself."""

STEPS: Final = 60
TOLERANCE: Final = 1e-3


def fit(
    rows: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]],
    width: int,
    gold: Array,
    weights: Array,
    *,
    one_answer: bool,
) -> Array:
    """Return the weights: a row for each of `width` features and one for the bias.

    `rows` are columns and values of each example, `gold` says which labels are right in it, and
    `weights` how much it counts. With `one_answer` the labels exclude each other.
    """
    features = _matrix(rows, width)
    turned = features.T.tocsr()
    penalty = np.full((width + 1, 1), PENALTY if one_answer else PENALTY_OF_EACH)
    penalty[-1] = 0.0
    share = weights[:, None]

    def loss(flat: Array) -> tuple[float, Array]:
        theta = flat.reshape(width + 1, -1)
        logits = features @ theta
        if one_answer:
            logs = log_softmax(logits, axis=1)
            cost, likely = -(share * gold * logs).sum(), np.exp(logs)
        else:
            cost = (share * (np.logaddexp(0.0, logits) - gold * logits)).sum()
            likely = expit(logits)
        slope = turned @ (share * (likely - gold)) + penalty * theta
        return float(cost + 0.5 * (penalty * theta * theta).sum()), slope.ravel()

    start = np.zeros((width + 1) * gold.shape[1])
    options = {"maxiter": STEPS, "gtol": TOLERANCE}
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x).reshape(width + 1, -1)


def _matrix(
    rows: Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]], width: int
) -> sparse.csr_matrix:
    """Return the rows as a matrix with a last column of ones."""
    starts = np.cumsum([0, *(len(columns) + 1 for columns, _ in rows)])
    columns = np.concatenate([np.append(columns, width) for columns, _ in rows])
    values = np.concatenate([np.append(values, 1.0) for _, values in rows]).astype(np.float64)
    return sparse.csr_matrix((values, columns, starts), (len(rows), width + 1))
