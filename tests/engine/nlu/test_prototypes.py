from pathlib import Path

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.message import Array
from bespeak.nlu.prototypes import Prototypes


def unit(*values: float) -> Array:
    vector = np.array(values, np.float32)
    result: Array = vector / np.linalg.norm(vector)
    return result


HOURS, PLACE, JOKE = unit(1, 0, 0), unit(0, 1, 0), unit(0, 0, 1)
EVEN = [("hours", 0.5), ("place", 0.5)]


def learned(**answers: Array) -> Prototypes:
    return Prototypes.learned([HOURS, PLACE], ["hours", "place"], answers)


def test_of_equally_probable_labels_the_one_that_is_alike_comes_first() -> None:
    ranking = learned().weighed(EVEN, unit(0.2, 1, 0))
    assert [label for label, _ in ranking] == ["place", "hours"]
    assert sum(sure for _, sure in ranking) == pytest.approx(1)


def test_what_a_label_answers_counts_too() -> None:
    ranking = learned(hours=JOKE).weighed(EVEN, unit(0.1, 0.1, 1))
    assert ranking[0][0] == "hours"


def test_a_probable_label_may_win_over_a_likely_one() -> None:
    ranking = learned().weighed([("hours", 0.999), ("place", 0.001)], unit(1, 1.05, 0))
    assert ranking[0][0] == "hours"


def test_a_text_like_nothing_leaves_the_order_as_it_is() -> None:
    nothing = np.zeros(3, np.float32)
    ranking = learned().weighed([("place", 0.7), ("hours", 0.3)], nothing)
    assert [label for label, _ in ranking] == ["place", "hours"]
    assert learned().weighed([], nothing) == []


def test_what_was_saved_says_the_same(tmp_path: Path) -> None:
    prototypes = learned(place=JOKE)
    prototypes.save(tmp_path)
    asked = unit(0.3, 0.4, 0.5)
    assert Prototypes.load(tmp_path).weighed(EVEN, asked) == prototypes.weighed(EVEN, asked)


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="Train the model again"):
        Prototypes.load(tmp_path)
