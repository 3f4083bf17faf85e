from collections import Counter

import pytest

from bespeak.nlu.folds import stratified_folds

LABELS = ["a"] * 12 + ["b"] * 6


def test_labels_are_spread_evenly() -> None:
    folds = stratified_folds(range(18), LABELS, 3).tolist()
    counts = Counter(zip(folds, LABELS, strict=True))
    assert counts == {(fold, label): n for fold in range(3) for label, n in (("a", 4), ("b", 2))}


@pytest.mark.parametrize("seed", range(5))
def test_groups_stay_together(seed: int) -> None:
    groups = [0, 1, 0, 2, 1, 3, 4, 0, *range(5, 15)]
    folds = stratified_folds(groups, LABELS, 4, seed=seed).tolist()
    assert len({fold for fold, group in zip(folds, groups, strict=True) if group == 0}) == 1
    assert len({fold for fold, group in zip(folds, groups, strict=True) if group == 1}) == 1
    assert set(folds) == {0, 1, 2, 3}


def test_the_seed_decides() -> None:
    one, same, other = (stratified_folds(range(18), LABELS, 3, seed=s).tolist() for s in (1, 1, 2))
    assert one == same != other


def test_of_fewer_groups_than_folds_some_folds_are_empty() -> None:
    assert len(set(stratified_folds([0, 0, 1], ["a", "a", "b"], 5).tolist())) == 2
