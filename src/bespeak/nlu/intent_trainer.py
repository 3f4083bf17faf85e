"""Multinomial logistic regression on rows of dense and sparse columns, with honest confidences.

This module imports SciPy and is loaded by name while a model trains.

Few rows (n) have many more columns than their number. A linear model's weights then lie in the
span of the rows: the rows are replaced by the factor Z (n, n) of their products K = Z Zᵀ, which
gives the same model for a fraction of the work, and the weights are taken back at the end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from bespeak.extend import load as load_by_name
from bespeak.message import Array
from bespeak.nlu.folds import stratified_folds
from bespeak.nlu.intent_head import IntentHead, calibrated
from bespeak.nlu.sentence_features import Row

STRENGTH = 20.0  # the inverse weight of the penalty on weights, as scikit-learn's C
FEW = 2000  # rows up to which the factor is used
LARGE = 500_000  # weights, of which L-BFGS keeps fewer copies, twenty of which would fill memory
FOLDS = 5
FOLDS_OF_MANY = 20
NEAR = 0.95  # cosine from which two texts are the same, and stay in one fold


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A head that is not calibrated yet, and what it would have said of texts left out.

    `wanted` (N,) are the numbers of the rows' classes, `folds` (N,) the parts they were left out
    in, and `left_out` (N, K) their scores then: NaN for rows that never were.
    """

    head: IntentHead
    wanted: NDArray[np.int64]
    folds: NDArray[np.int64]
    left_out: Array

    @property
    def known(self) -> NDArray[np.int64]:
        """The rows that were left out."""
        return np.flatnonzero(~np.isnan(self.left_out[:, 0]))


def fit(
    rows: Sequence[Row],
    classes: Sequence[str],
    sparse_width: int,
    label_of: Callable[[str], str] = str,
) -> IntentHead:
    """Learn the class of each row; there must be two different ones at least.

    Classes with the same `label_of` are different ways to mean the same: the head adds them up.
    The temperature is that which makes the labels of texts that were left out likeliest: each
    fifth in turn where texts are few, one twentieth where they are many.
    """
    learned = cross_validated(rows, classes, sparse_width, label_of)
    known = learned.known
    if not len(known):
        return learned.head
    return calibrated(learned.head, learned.left_out[known], learned.wanted[known])


def cross_validated(
    rows: Sequence[Row],
    classes: Sequence[str],
    sparse_width: int,
    label_of: Callable[[str], str] = str,
    *,
    folds: int = FOLDS,
) -> Linear:
    """Learn as `fit` does. Texts that are nearly the same are left out together."""
    with load_by_name("threadpoolctl.threadpool_limits")(limits=1):  # the same on any machine
        return _cross_validated(rows, classes, sparse_width, label_of, folds)


def _cross_validated(
    rows: Sequence[Row],
    classes: Sequence[str],
    sparse_width: int,
    label_of: Callable[[str], str],
    count: int,
) -> Linear:
    names = sorted(set(classes))
    index = {name: i for i, name in enumerate(names)}
    wanted = np.array([index[each] for each in classes])
    given = _Matrix.of(rows, sparse_width)
    few = len(rows) <= FEW
    if few:
        products = given.products()
        factor = np.linalg.cholesky(products + 1e-4 * np.eye(len(rows)))
        matrix = _Matrix(factor.astype(np.float32), None)
        folds = stratified_folds(_alike(products).tolist(), wanted.tolist(), count)
    else:
        matrix = given
        folds = stratified_folds(_same_words(rows).tolist(), wanted.tolist(), FOLDS_OF_MANY)
    left_out = np.full((len(rows), len(names)), np.nan, np.float32)
    start = None
    for fold in range(count if few else 1):
        kept, out = np.flatnonzero(folds != fold), folds == fold
        # A class that only this fold has cannot be learned from the others.
        asked = np.flatnonzero(out & np.isin(wanted, wanted[kept]))
        if len(asked) and len(kept):
            weights = _learned(matrix.rows(kept), wanted[kept], len(names), None)
            left_out[asked] = matrix.rows(asked).scores(weights)
            start = None if few else weights
    weights = _learned(matrix, wanted, len(names), start)
    if few:
        shares = np.linalg.solve(factor.T, weights[:-1].astype(np.float64)).astype(np.float32)
        dense, sparse = given.transposed(shares)
    else:
        width = given.dense.shape[1]
        dense, sparse = weights[:width], weights[width:-1]
    labels = tuple(label_of(name) for name in names)
    return Linear(IntentHead(labels, dense, sparse, weights[-1]), wanted, folds, left_out)


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Rows of dense columns and, it may be, of sparse ones (CSR)."""

    dense: Array
    sparse: Any

    @classmethod
    def of(cls, rows: Sequence[Row], width: int) -> "_Matrix":
        columns = np.concatenate([row.columns for row in rows])
        values = np.concatenate([row.values for row in rows])
        starts = np.cumsum([0, *(len(row.columns) for row in rows)])
        sparse = csr_matrix((values, columns, starts), shape=(len(rows), width))
        return cls(np.stack([row.dense for row in rows]), sparse)

    def rows(self, which: NDArray[np.int64]) -> "_Matrix":
        return _Matrix(self.dense[which], None if self.sparse is None else self.sparse[which])

    def products(self) -> NDArray[np.float64]:
        """Return the product of each row with each, so exactly that it can be factored."""
        dense, sparse = self.dense.astype(np.float64), self.sparse.astype(np.float64)
        return np.asarray(dense @ dense.T + (sparse @ sparse.T).toarray())

    def scores(self, weights: Array) -> Array:
        width = self.dense.shape[1]
        scores: Array = self.dense @ weights[:width] + weights[-1]
        return scores if self.sparse is None else scores + self.sparse @ weights[width:-1]

    def transposed(self, errors: Array) -> tuple[Array, Array]:
        """Return the products of the dense and of the sparse columns with the rows' errors."""
        sparse = np.zeros((0, errors.shape[1])) if self.sparse is None else self.sparse.T @ errors
        return self.dense.T @ errors, np.asarray(sparse, np.float32)

    @property
    def width(self) -> int:
        return int(self.dense.shape[1] + (0 if self.sparse is None else self.sparse.shape[1]))


def _learned(matrix: _Matrix, wanted: NDArray[np.int64], labels: int, start: Array | None) -> Array:
    """Return the weights (columns, then the bias; labels) that make the wanted labels likeliest."""
    shape = (matrix.width + 1, labels)
    each = np.arange(len(wanted))

    def cost(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(shape).astype(np.float32)
        scores = matrix.scores(weights)
        scores -= scores.max(axis=1, keepdims=True)
        odds = np.exp(scores)
        sums = odds.sum(axis=1, keepdims=True)
        loss = float((np.log(sums[:, 0]) - scores[each, wanted]).sum(dtype=np.float64))
        errors = odds / sums
        errors[each, wanted] -= 1
        slope = np.concatenate([*matrix.transposed(errors), errors.sum(axis=0, keepdims=True)])
        slope[:-1] += weights[:-1] / STRENGTH
        penalty = float((weights[:-1] ** 2).sum(dtype=np.float64)) / (2 * STRENGTH)
        return loss + penalty, slope.ravel().astype(np.float64)

    begin = np.zeros(shape) if start is None else start.astype(np.float64)
    found = minimize(
        cost,
        begin.ravel(),
        jac=True,
        method="L-BFGS-B",
        options={
            "maxiter": 100,
            "maxcor": 10 if begin.size < LARGE else 5,
            "ftol": 1e-3,
            "gtol": 1e-3,
        },
    )
    return np.asarray(found.x.reshape(shape), np.float32)


def _alike(products: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return a group for each row: texts that are nearly the same are in one."""
    lengths = np.sqrt(np.maximum(np.diag(products), 1e-12))
    near = products > NEAR * lengths[:, None] * lengths[None]
    return np.asarray(connected_components(csr_matrix(near), directed=False)[1], np.int64)


def _same_words(rows: Sequence[Row]) -> NDArray[np.int64]:
    """Return a group for each row: texts of the same columns are in one."""
    groups: dict[bytes, int] = {}
    return np.array(
        [
            groups.setdefault(row.columns.tobytes() or row.dense.tobytes(), len(groups))
            for row in rows
        ]
    )
