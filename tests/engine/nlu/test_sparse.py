import numpy as np

from bespeak.nlu.sparse import counted, marked


def test_each_named_column_has_a_one() -> None:
    rows = marked([[2, 0], [], [1]], 4)
    assert (rows.rows, rows.width) == (3, 4)
    assert rows.indptr.tolist() == [0, 2, 2, 3]
    assert rows.indices.tolist() == [2, 0, 1]
    assert rows.values.tolist() == [1.0, 1.0, 1.0]


def test_columns_are_counted_row_by_row() -> None:
    rows = counted([[2, 0, 2], [], [1, 1, 1, 3]], 4)
    assert rows.indptr.tolist() == [0, 2, 2, 4]
    assert rows.indices.tolist() == [0, 2, 1, 3]
    assert rows.values.tolist() == [1.0, 2.0, 3.0, 1.0]
    assert rows.values.dtype == np.float32


def test_rows_may_be_empty() -> None:
    for rows in (marked([[], []], 3), counted([[], []], 3)):
        assert rows.indptr.tolist() == [0, 0, 0]
        assert rows.indices.tolist() == []
