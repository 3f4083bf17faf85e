from pathlib import Path

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.message import Features, Message, Sparse
from bespeak.nlu.sentence_features import Row, SentenceFeatures


def counts(origin: str, width: int, row: dict[int, float]) -> Features:
    return Features(origin, None, Sparse.from_rows([row], width))


def dense(*values: float) -> Features:
    return Features("Dense", None, np.array([values], np.float32))


MESSAGES = [
    Message(
        "a", features=(counts("Words", 3, {0: 1, 1: 2}), counts("Words", 2, {1: 1}), dense(3, 4))
    ),
    Message("b", features=(counts("Words", 3, {0: 1}), counts("Words", 2, {0: 5}), dense(0, 2))),
]
VECTOR = np.array([0.6, 0.8], np.float32)


def wide(row: Row, width: int) -> list[float]:
    values = np.zeros(width)
    values[row.columns] = row.values
    return [round(float(value), 4) for value in values]


def test_each_block_has_length_one_and_blocks_of_counts_half_of_it_beside_dense_ones() -> None:
    features = SentenceFeatures.learned(MESSAGES, 2)
    row = features.row(MESSAGES[0], VECTOR)

    assert (features.dense_width, features.sparse_width) == (4, 5)
    assert np.allclose(row.dense, [0.6, 0.8, 0.6, 0.8])
    common, rare = np.log(3 / 3) + 1, (np.log(3 / 2) + 1) * (1 + np.log(2))
    length = np.hypot(common, rare)
    assert wide(row, 5) == pytest.approx(
        [0.5 * common / length, 0.5 * rare / length, 0, 0, 0.5], abs=1e-4
    )


def test_counts_alone_have_their_whole_length() -> None:
    only = [Message("a", features=(counts("Words", 2, {1: 3}),))]
    features = SentenceFeatures.learned(only, 0)
    assert wide(features.row(only[0], None), 2) == [0, 1]


def test_only_the_named_featurizers_count() -> None:
    features = SentenceFeatures.learned(MESSAGES, 2, ["Dense"])
    assert (features.dense_width, features.sparse_width) == (4, 0)


def test_plain_features_are_left_as_they_are() -> None:
    features = SentenceFeatures.learned(MESSAGES, 0, plain=True)
    row = features.row(MESSAGES[0], None)
    assert wide(row, 5) == [1, 2, 0, 0, 1]
    assert row.dense.tolist() == [3, 4]


def test_a_message_without_features_is_empty() -> None:
    features = SentenceFeatures.learned(MESSAGES, 0)
    row = features.row(Message("?"), None)
    assert row.empty
    assert row.dense.shape == (2,)
    assert not features.row(MESSAGES[1], None).empty


def test_they_are_the_same_after_they_were_saved(tmp_path: Path) -> None:
    for plain in (False, True):
        features = SentenceFeatures.learned(MESSAGES, 2, plain=plain)
        features.save(tmp_path)
        before, after = (
            each.row(MESSAGES[0], VECTOR) for each in (features, SentenceFeatures.load(tmp_path))
        )
        assert np.array_equal(before.values, after.values)
        assert np.array_equal(before.columns, after.columns)
        assert np.array_equal(before.dense, after.dense)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "features.json").write_text("{}")
    with pytest.raises(ModelError, match="Train the model again"):
        SentenceFeatures.load(tmp_path)
