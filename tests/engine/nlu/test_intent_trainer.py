import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from bespeak.nlu import intent_trainer
from bespeak.nlu.sentence_features import Row

DENSE, SPARSE = 4, 30


def blobs(count: int, noise: float = 0.6) -> tuple[list[Row], list[str]]:
    """Rows of three labels that dense columns tell apart, and sparse ones a little."""
    random = np.random.default_rng(7)
    centres = random.normal(size=(3, DENSE))
    rows, labels = [], []
    for i in range(count):
        label = i % 3
        columns = np.unique(np.append(random.integers(0, SPARSE, 5), label))
        rows.append(
            Row(
                (centres[label] + random.normal(size=DENSE) * noise).astype("f4"),
                columns,
                np.full(len(columns), 0.3, "f4"),
            )
        )
        labels.append("abc"[label])
    return rows, labels


def wide(rows: list[Row]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    matrix = np.zeros((len(rows), DENSE + SPARSE))
    for i, row in enumerate(rows):
        matrix[i, :DENSE] = row.dense
        matrix[i, DENSE + row.columns] = row.values
    return matrix


@pytest.mark.parametrize("few", [True, False])
def test_it_learns_what_logistic_regression_does(
    few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not few:
        monkeypatch.setattr(intent_trainer, "FEW", 0)
    rows, labels = blobs(120)
    head = intent_trainer.fit(rows, labels, SPARSE)
    exact = LogisticRegression(C=intent_trainer.STRENGTH, max_iter=2000).fit(wide(rows), labels)
    expected = exact.decision_function(wide(rows))
    scores = np.stack([head.scores(row) for row in rows])
    scores -= scores.mean(axis=1, keepdims=True)
    expected -= expected.mean(axis=1, keepdims=True)
    assert head.labels == ("a", "b", "c")
    assert (scores.argmax(axis=1) == expected.argmax(axis=1)).mean() > 0.98
    assert np.corrcoef(scores.ravel(), expected.ravel())[0, 1] > 0.98


def test_confidences_are_honest_about_texts_it_has_not_seen() -> None:
    rows, labels = blobs(1200, noise=1.2)
    head = intent_trainer.fit(rows[:300], labels[:300], SPARSE)
    shares = np.stack([head.confidences(row) for row in rows[300:]])
    right = [
        head.labels[i] == label for i, label in zip(shares.argmax(1), labels[300:], strict=True)
    ]
    assert shares.max(axis=1).mean() == pytest.approx(np.mean(right), abs=0.05)


def test_the_same_text_twice_does_not_make_it_surer() -> None:
    rows, labels = blobs(150, noise=1.2)
    once = intent_trainer.fit(rows, labels, SPARSE)
    twice = intent_trainer.fit(rows * 2, labels * 2, SPARSE)
    assert twice.temperature > once.temperature * 0.8


def test_a_label_with_one_text_is_learned() -> None:
    rows, labels = blobs(30)
    head = intent_trainer.fit(rows, ["only", *labels[1:]], SPARSE)
    assert head.labels == ("a", "b", "c", "only")
    assert np.isfinite(head.confidences(rows[0])).all()


def test_two_texts_of_two_labels_are_enough() -> None:
    rows, labels = blobs(2)
    head = intent_trainer.fit(rows, labels, SPARSE)
    assert [head.labels[head.confidences(row).argmax()] for row in rows] == labels


def test_the_same_data_give_the_same_head() -> None:
    rows, labels = blobs(60)
    one, other = (intent_trainer.fit(rows, labels, SPARSE) for _ in range(2))
    assert np.array_equal(one.dense, other.dense)
    assert one.temperature == other.temperature
