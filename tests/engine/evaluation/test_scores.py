import pytest

from bespeak.evaluation.scores import matrix, most_confused, report

GOLD = ["a", "a", "a", "b", "b", "c"]
SAID = ["a", "a", "b", "b", "c", "c"]


def test_scores_are_those_that_one_counts_by_hand() -> None:
    scored = report(GOLD, SAID)
    assert scored.labels["a"].as_dict() == {
        "precision": 1.0,
        "recall": pytest.approx(2 / 3),
        "f1-score": pytest.approx(0.8),
        "support": 3,
    }
    assert (scored.labels["b"].precision, scored.labels["b"].recall) == (0.5, 0.5)
    assert scored.accuracy == pytest.approx(4 / 6)
    assert scored.macro.precision == pytest.approx((1 + 0.5 + 0.5) / 3)
    assert scored.weighted.recall == pytest.approx(4 / 6)


def test_an_ignored_label_counts_for_nothing_but_the_mistakes_about_it() -> None:
    scored = report(["x", "no", "no", "x"], ["x", "x", "no", "no"], ignored=["no"])
    assert list(scored.labels) == ["x"]
    assert (scored.micro.precision, scored.micro.recall, scored.micro.support) == (0.5, 0.5, 2)


def test_what_is_confused_is_told_most_frequent_first() -> None:
    scored = report(["a", "a", "a", "a"], ["b", "c", "c", "a"])
    assert scored.confused_with("a") == {"c": 2, "b": 1}
    assert scored.as_dict(confused=True)["a"]["confused_with"] == {"c": 2, "b": 1}


def test_nothing_at_all_scores_zero() -> None:
    scored = report([], [])
    assert scored.accuracy == 0.0
    assert scored.weighted.as_dict()["support"] == 0


def test_rows_of_a_confusion_matrix_are_gold() -> None:
    assert matrix(report(GOLD, SAID).confusions) == (
        ["a", "b", "c"],
        [[2, 1, 0], [0, 1, 1], [0, 0, 1]],
    )


def test_of_very_many_labels_those_with_most_confusions_are_kept() -> None:
    told = {(f"l{i:03}", f"l{i:03}"): 5 for i in range(100)}
    told["l007", "l093"] = 2
    kept = most_confused(told, 60)
    assert ("l007", "l093") in kept
    assert len({name for pair in kept for name in pair}) == 60
    assert most_confused(told, 100) == told


def test_labels_that_are_confused_stand_side_by_side_and_those_only_predicted_last() -> None:
    names, rows = matrix(
        {
            ("a", "a"): 5,
            ("b", "b"): 5,
            ("c", "c"): 5,
            ("d", "d"): 5,
            ("a", "d"): 3,
            ("d", "a"): 1,
            ("d", "c"): 2,
            ("b", "nlu_fallback"): 9,
        }
    )
    assert names == ["c", "d", "a", "b", "nlu_fallback"]
    assert rows[2] == [0, 3, 5, 0, 0]
    assert rows[3] == [0, 0, 0, 5, 9]
