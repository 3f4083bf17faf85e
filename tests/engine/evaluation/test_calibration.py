import pytest

from bespeak.evaluation.calibration import calibration_dict, calibration_error, reliability
from tests.engine.evaluation.cases import case


def test_calibration_is_perfect_where_confidence_is_the_share_that_is_right() -> None:
    cases = [case("x", "a", "a" if i < 3 else "b", 0.75) for i in range(4)]
    assert calibration_error(cases) == pytest.approx(0.0)
    assert calibration_error([case("x", "a", "b", 1.0)]) == pytest.approx(1.0)
    assert calibration_error([]) == 0.0


def test_bins_hold_the_mean_confidence_and_the_share_that_is_right() -> None:
    cases = [case("x", "a", "a", 0.82), case("y", "a", "b", 0.88), case("z", "a", "a", 1.0)]
    bins = reliability(cases)
    assert [one.count for one in bins] == [0] * 8 + [2, 1]
    assert bins[8].confidence == pytest.approx(0.85)
    assert bins[8].accuracy == 0.5
    assert calibration_error(cases) == pytest.approx((2 * 0.35 + 0) / 3)
    assert calibration_dict(cases)["bins"][8]["count"] == 2


def test_a_fallback_is_looked_beneath() -> None:
    fallen = case("x", "a", "a", 0.4, fallback=0.7)
    [full] = [one for one in reliability([fallen]) if one.count]
    assert (full.low, full.accuracy) == (0.4, 1.0)
