"""What is told at the terminal."""

import logging

import pytest

from bespeak.cli.terminal import Lines, counted, tell, tell_problems, with_pictures
from bespeak.data.problems import Place, Problem, Severity


def test_what_is_told_goes_to_standard_error_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tell("[red]brackets[/red] stay, and long lines are not broken " + "x" * 200)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert (
        shown.err == "[red]brackets[/red] stay, and long lines are not broken " + "x" * 200 + "\n"
    )


def test_problems_are_told_with_their_places(capsys: pytest.CaptureFixture[str]) -> None:
    also = (Place("b.yml", 7),)
    tell_problems([Problem("it is twice", "a.yml", 3, Severity.WARNING, also)])
    assert capsys.readouterr().err == "a.yml:3: warning: it is twice\n    see also b.yml:7\n"


def test_counting_gives_back_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(counted(iter("abc"), "Letters", 3)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""  # a bar is for terminals


def test_pictures_are_left_out_if_asked() -> None:
    assert with_pictures(no_plot=True) is False


def test_a_line_has_its_level_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "no %s", ("disk",), None)
    Lines().emit(record)
    assert capsys.readouterr().err == "error: no disk\n"
