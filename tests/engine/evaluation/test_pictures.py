from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
from bespeak.evaluation import pictures
from bespeak.evaluation.calibration import Bin

PNG = b"\x89PNG"


def test_a_confusion_matrix_is_a_png_that_grows_with_its_labels(tmp_path: Path) -> None:
    small = pictures.confusion_matrix({("a", "a"): 3, ("a", "b"): 1}, tmp_path / "s.png", "Few")
    many = {(str(i), str(i)): 1 for i in range(30)}
    large = pictures.confusion_matrix(many, tmp_path / "l.png", "Many")
    assert small.read_bytes()[:4] == large.read_bytes()[:4] == PNG
    assert _width(large) > _width(small)


def test_pictures_of_nothing_can_be_drawn(tmp_path: Path) -> None:
    assert pictures.confusion_matrix({}, tmp_path / "m.png", "None").exists()
    assert pictures.confidence_histogram([], [], tmp_path / "h.png", "intents").exists()


def test_a_reliability_diagram_is_drawn_with_empty_bins_and_without_any(tmp_path: Path) -> None:
    bins = [Bin(0.0, 0.5, 0, 0.0, 0.0), Bin(0.5, 1.0, 4, 0.8, 0.75)]
    assert pictures.reliability(bins, 0.05, tmp_path / "r.png").read_bytes()[:4] == PNG
    assert pictures.reliability([], 0.0, tmp_path / "n.png").read_bytes()[:4] == PNG


def test_a_confidence_of_one_falls_into_the_last_bin() -> None:
    assert pictures._binned([1.0, 0.99, 0.0])[-1] == 2
    assert pictures._binned([1.0, 0.99, 0.0])[0] == 1


def test_a_comparison_is_drawn_in_the_format_that_its_name_says(tmp_path: Path) -> None:
    results = {"one": [[1.0, 0.5], [0.8, 0.4]], "two": [[0.9, 0.2], [0.9, 0.3]]}
    path = pictures.comparison(results, [100, 50], tmp_path / "graph.pdf", "F1")
    assert path.read_bytes()[:4] == b"%PDF"


def _width(png: Path) -> int:
    return int.from_bytes(png.read_bytes()[16:20], "big")
