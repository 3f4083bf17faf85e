from dataclasses import replace
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.nlu.intent_head import IntentHead, calibrated, doubt, ranked
from bespeak.nlu.sentence_features import Row

HEAD = IntentHead(
    labels=("a", "b"),
    dense=np.array([[1, 0], [0, 2]], np.float32),
    sparse=np.array([[0.1, 0], [0, 0.3], [5, 5]], np.float32),
    bias=np.array([0, 1], np.float32),
    temperature=2.0,
)
ROW = Row(np.array([1, 0.5], "f4"), np.array([0, 1]), np.array([1, 2], "f4"))


def test_scores_are_those_of_the_columns_and_the_bias() -> None:
    assert HEAD.scores(ROW) == pytest.approx([1.1, 2.6], abs=1e-3)


def test_confidences_are_the_softmax_at_the_temperature() -> None:
    likely = 1 / (1 + np.exp(-(2.6 - 1.1) / 2))
    assert HEAD.confidences(ROW) == pytest.approx([1 - likely, likely], abs=1e-3)


def test_classes_with_the_same_label_add_up() -> None:
    scores = np.log(np.array([0.3, 0.3, 0.4], "f4"))
    head = IntentHead(
        labels=("faq", "faq", "order"),
        dense=np.zeros((2, 3), np.float32),
        sparse=np.zeros((3, 3), np.float32),
        bias=scores,
    )
    assert head.names == ("faq", "order")
    assert head.confidences(ROW) == pytest.approx([0.6, 0.4])


def test_to_take_one_class_of_a_label_for_another_is_no_mistake() -> None:
    sure = np.array([[9, 0, 0], [9, 0, 0]], "f4")
    wanted, owners = np.array([0, 1]), np.array([0, 0, 1])
    alone = doubt(sure[:, ::2], wanted * 0, owners[1:])
    assert doubt(sure, wanted, owners) == pytest.approx(alone, rel=1e-3)
    assert doubt(sure, wanted, np.arange(3)) > 2 + doubt(sure, wanted, owners)


def test_it_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    HEAD.save(tmp_path)
    loaded = IntentHead.load(tmp_path)
    assert np.array_equal(loaded.confidences(ROW), HEAD.confidences(ROW))
    assert np.array_equal(loaded.energies, HEAD.energies)
    assert loaded.labels == HEAD.labels


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    HEAD.save(tmp_path)
    (tmp_path / "head.json").write_text("[]")
    with pytest.raises(ModelError, match="Train the model again"):
        IntentHead.load(tmp_path)


def test_calibration_finds_how_sure_the_scores_should_be() -> None:
    random = np.random.default_rng(0)
    scores = random.normal(size=(5000, 3)) * 2
    odds = np.exp(scores / 0.5)
    shares = odds / odds.sum(axis=1, keepdims=True)
    wanted = (random.random((5000, 1)) > shares.cumsum(axis=1)).sum(axis=1)
    head = replace(HEAD, labels=("a", "b", "c"))
    assert calibrated(head, scores.astype("f4"), wanted).temperature == pytest.approx(0.5, abs=0.06)


def test_a_text_with_more_energy_than_most_is_familiar() -> None:
    scores = np.linspace(0, 10, 200, dtype="f4")[:, None] * np.array([[1, 0.2]], "f4")
    unbiased = replace(HEAD, bias=np.zeros(2, np.float32))
    head = calibrated(unbiased, scores, np.zeros(200, np.int64))
    found = []
    for strength in (-20, 1, 2, 20):
        row = Row(np.array([strength, 0], "f4"), np.zeros(0, np.int64), np.zeros(0, "f4"))
        found.append(head.judged(row)[1])
    assert found[0] == 0 and found[-1] == 1
    assert 0 < found[1] < found[2] < 0.5  # type: ignore[operator]


def test_the_fewer_texts_were_left_out_the_fewer_are_called_strange() -> None:
    """3.5 % are below 1.81 deviations; of few texts, no more than that with 99 % certainty."""
    deviations = np.array([NormalDist().inv_cdf((i + 0.5) / 120) for i in range(120)])
    row = Row(np.array([10 - 1.81, 0], "f4"), np.zeros(0, np.int64), np.zeros(0, "f4"))
    found = []
    for texts in (deviations[5::10], deviations, np.repeat(deviations, 9)):
        scores = (10 + texts)[:, None] * np.array([[1, -1]])
        head = calibrated(replace(HEAD, bias=np.zeros(2, "f4")), scores, np.zeros(len(texts), int))
        unscaled = replace(head, dense=np.array([[1, 0], [0, -1]], np.float32))
        found.append(unscaled.judged(row)[1] or 0.0)
    few, more, many = found
    assert few > more > many == pytest.approx(0.035, abs=0.01)


def test_where_nothing_was_left_out_nothing_is_familiar_or_strange() -> None:
    assert HEAD.judged(ROW)[1] is None


@pytest.mark.parametrize(
    ("length", "renormalize", "expected"),
    [
        (0, False, [("c", 0.5), ("a", 0.3), ("b", 0.2)]),
        (2, False, [("c", 0.5), ("a", 0.3)]),
        (2, True, [("c", 0.625), ("a", 0.375)]),
        (9, True, [("c", 0.5), ("a", 0.3), ("b", 0.2)]),
    ],
)
def test_the_likeliest_come_first(
    length: int, renormalize: bool, expected: list[tuple[str, float]]
) -> None:
    shares = np.array([0.3, 0.2, 0.5])
    found = ranked("abc", shares, length, renormalize=renormalize)
    assert [name for name, _ in found] == [name for name, _ in expected]
    assert [share for _, share in found] == pytest.approx([share for _, share in expected])


def test_equals_keep_the_order_of_labels() -> None:
    assert [name for name, _ in ranked("abc", np.array([0.2, 0.4, 0.4]), 0)] == ["b", "c", "a"]
