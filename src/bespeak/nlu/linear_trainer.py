"""scikit-learn's linear classifiers, trained, and their weights taken out of them.

This module imports scikit-learn and is loaded by name while a model trains.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_predict
from sklearn.svm import LinearSVC

from bespeak.errors import TrainingError
from bespeak.message import Array
from bespeak.nlu.intent_head import IntentHead, calibrated
from bespeak.nlu.sentence_features import Row


def logistic(
    rows: Sequence[Row], labels: Sequence[str], sparse_width: int, options: Mapping[str, Any]
) -> IntentHead:
    """Learn with LogisticRegression, labels weighing the same whatever their number of rows."""
    dense_width = len(rows[0].dense)
    model = LogisticRegression(class_weight="balanced", **options)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is the user's
            model.fit(_matrix(rows, sparse_width), list(labels))
    except ValueError as error:
        raise TrainingError(
            f"LogisticRegressionClassifier cannot learn with these options: {error}"
        ) from None
    return _head(model, dense_width)


def support_vectors(
    rows: Sequence[Row],
    labels: Sequence[str],
    strengths: Sequence[float],
    folds: int,
    scoring: str,
) -> IntentHead:
    """Learn with a linear support vector machine, its C the best of `strengths`.

    That, and the temperature of the confidences, come from `folds` parts of the rows that are
    left out in turn.
    """
    matrix = np.stack([row.dense for row in rows])
    names, wanted = np.unique(np.array(labels), return_inverse=True)
    parts = StratifiedKFold(folds, shuffle=True, random_state=0)
    machine = LinearSVC(class_weight="balanced", random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (ConvergenceWarning))
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        # Labels with fewer rows than folds are missing from some: the others still say something.
        warnings.filterwarnings("ignore", "The least populated class")
        search = GridSearchCV(machine, {"C": list(strengths)}, cv=parts, scoring=scoring)
        search.fit(matrix, wanted)
        left_out = cross_val_predict(
            search.best_estimator_, matrix, wanted, cv=parts, method="decision_function"
        )
    if left_out.ndim == 1:
        left_out = np.stack([np.zeros_like(left_out), left_out], axis=1)
    model = search.best_estimator_
    model.classes_ = names
    return calibrated(_head(model, matrix.shape[1]), left_out, wanted)


def _matrix(rows: Sequence[Row], width: int) -> Any:
    columns = np.concatenate([row.columns for row in rows])
    values = np.concatenate([row.values for row in rows])
    starts = np.cumsum([0, *(len(row.columns) for row in rows)])
    sparse = csr_matrix((values, columns, starts), shape=(len(rows), width))
    return hstack([csr_matrix(np.stack([row.dense for row in rows])), sparse]).tocsr()


def _head(model: Any, dense_width: int) -> IntentHead:
    weights: NDArray[np.float64] = model.coef_.T
    bias: NDArray[np.float64] = model.intercept_
    if weights.shape[1] == 1:  # two labels: one score, the other's is zero
        weights = np.concatenate([np.zeros_like(weights), weights], axis=1)
        bias = np.array([0.0, bias[0]])
    whole: Array = weights.astype(np.float32)
    return IntentHead(
        tuple(str(name) for name in model.classes_),
        whole[:dense_width],
        whole[dense_width:],
        bias.astype(np.float32),
    )
