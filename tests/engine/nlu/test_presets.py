import logging
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import pytest

from bespeak.errors import ExtensionError
from bespeak.nlu import presets
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.presets import Budget, Preset, checked, chosen

MANY = ["a", "b", "c", "d"] * 80


@pytest.fixture(params=[True, False], ids=["torch", "no torch"])
def torch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    there = bool(request.param)
    monkeypatch.setattr(presets, "find_spec", lambda name: find_spec("json") if there else None)
    return there


@pytest.mark.parametrize("preset", ["auto", "balanced", "best"])
def test_fine_tuning_needs_torch_and_says_once_how_to_get_it(
    preset: Preset, torch: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = {chosen("X", preset, MANY) for _ in range(3)}
    if torch:
        assert found == {"balanced" if preset == "auto" else preset}
        assert not caplog.records
    else:
        assert found == {"draft"}
        [record] = caplog.records
        assert "pip install 'bespeak[torch]'" in record.getMessage()


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (MANY, "balanced"),
        (MANY[:240], "draft"),  # too few
        ([str(i // 2) for i in range(400)], "draft"),  # two an intent
        ([None] * 300, "balanced"),  # entities alone
    ],
)
@pytest.mark.parametrize("torch", [True], indirect=True)
def test_auto_weighs_whether_it_is_worth_it(
    labels: list[str | None], expected: Preset, torch: bool
) -> None:
    assert chosen("X", "auto", labels) == expected


def test_a_draft_wants_nothing(torch: bool, caplog: pytest.LogCaptureFixture) -> None:
    assert chosen("X", "draft", MANY) == "draft"
    assert not caplog.records


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"preset": "fast"}, "preset must be one of auto, draft, balanced, best; found 'fast'"),
        ({"max_seconds": 0}, "max_seconds must be a number above 0; found 0"),
        ({"max_seconds": "10"}, "max_seconds must be a number above 0; found '10'"),
        ({"threads": 0}, "threads must be 1 at least; found 0"),
        ({"threads": 1.5}, "threads must be a whole number; found 1.5"),
        ({"random_seed": "x"}, "random_seed must be a whole number, 0 at least; found 'x'"),
        ({"random_seed": -1}, "random_seed must be a whole number, 0 at least; found -1"),
    ],
)
def test_a_budget_that_means_nothing_is_refused(option: Mapping[str, Any], said: str) -> None:
    with pytest.raises(ExtensionError, match=said):
        DIETClassifier(**option)


def test_any_other_budget_is_taken() -> None:
    budget = Budget("best", 2.5, 2, 7)
    assert checked("X", budget) == budget
