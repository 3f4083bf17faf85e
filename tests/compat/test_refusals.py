"""`bespeak train` refuses the projects that `rasa train` refuses, and says what is wrong."""

from __future__ import annotations

import pytest

from tests.compat import refusals
from tests.compat.engines import bespeak

CASES = {case.name: case for case in refusals.cases()}


@pytest.mark.parametrize("name", CASES)
def test_a_project_is_refused_as_by_rasa(name: str) -> None:
    with_rasa = refusals.recorded()[name]
    ours = refusals.answer(CASES[name], bespeak())
    assert ours["refused"] == with_rasa["refused"]
    assert set(with_rasa["names"]) <= set(ours["names"])
