"""Bespeak holds every recorded conversation as Rasa 3.6.21 did."""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import pytest

from tests.compat import compare
from tests.compat.engines import bespeak
from tests.compat.player import play
from tests.compat.scripts import suites

SUITES = {suite.name: suite for suite in suites()}
CASES = [(suite.name, script.name) for suite in SUITES.values() for script in suite.scripts]
INTENDED = {(item.suite, item.script): item for item in compare.intended()}


@pytest.mark.parametrize(("suite", "script"), CASES)
def test_a_conversation_goes_as_with_rasa(suite: str, script: str) -> None:
    with_rasa = compare.script_of(compare.recording(SUITES[suite]), script)
    ours = compare.script_of(played(suite), script)
    if (suite, script) in INTENDED:
        instead = compare.intended_recording(suite)[script]
        assert compare.difference(instead, ours) == ""
        assert with_rasa != ours, "This difference is gone: take it off the list."
    else:
        assert compare.difference(with_rasa, ours) == ""


@pytest.mark.parametrize("suite", SUITES)
def test_the_event_broker_gets_what_it_gets_from_rasa(suite: str) -> None:
    published = compare.recording(SUITES[suite])["published"]
    if published:
        assert compare.difference(published, played(suite)["published"]) == ""


def test_every_intended_difference_belongs_to_a_script_and_is_kept() -> None:
    assert set(INTENDED) <= set(CASES)
    kept = {(suite, script) for suite in SUITES for script in compare.intended_recording(suite)}
    assert kept == set(INTENDED)


def test_every_script_is_recorded_as_it_is_written() -> None:
    for suite in SUITES.values():
        recorded = compare.recording(suite)
        for script in suite.scripts:
            steps = compare.script_of(recorded, script.name)["steps"]
            assert [step["step"] for step in steps] == [dict(s.as_written) for s in script.steps]


@cache
def played(suite: str) -> dict[str, Any]:
    """One run of the server for all scripts of a suite."""
    return play(SUITES[suite], bespeak(), sys.executable)
