"""What a command's logging options mean."""

import argparse
import logging
import warnings
from collections.abc import Iterator

import pytest

from bespeak.cli.options import add_logging, existing, port, set_up_lines
from bespeak.errors import ProjectError


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Put the process's logging back as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def given(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_logging(parser)
    return parser.parse_args(words)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Log at each level, and return the lines that were shown."""
    log = logging.getLogger("bespeak.something")
    log.debug("all %s", "details")
    log.info("progress")
    log.warning("beware")
    log.error("broken")
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(
    "words, environment, count",
    [
        ((), "", 2),
        (("--quiet",), "", 2),
        (("-v",), "", 3),
        (("--verbose",), "", 3),
        (("-vv",), "", 4),
        (("--debug",), "", 4),
        ((), "ERROR", 1),
        (("-v",), "ERROR", 3),
    ],
)
def test_options_say_how_much_is_told_and_win_over_the_environment(
    words: tuple[str, ...],
    environment: str,
    count: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("LOG_LEVEL", raising=False)
    if environment:
        monkeypatch.setenv("LOG_LEVEL", environment)
    set_up_lines(given(*words))
    assert len(told(capsys)) == count


def test_a_warning_is_a_line_that_a_person_reads(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_lines(given())
    assert told(capsys) == ["warning: beware", "error: broken"]


def test_pythons_own_warnings_are_shown_only_to_who_asks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_lines(given())
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("a library speaks", stacklevel=1)
        assert capsys.readouterr().err == ""
        set_up_lines(given("-v"))
        warnings.warn("a library speaks", stacklevel=1)
    assert "a library speaks" in capsys.readouterr().err


def test_libraries_are_told_of_from_warnings_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOG_LEVEL_LIBRARIES", raising=False)
    set_up_lines(given("-vv"))
    logging.getLogger("httpx").info("a request")
    logging.getLogger("httpx").warning("a bad one")
    assert capsys.readouterr().err == "warning: a bad one\n"


def test_a_file_that_was_named_is_not_replaced_by_the_usual_one() -> None:
    assert str(existing("mine.yml", "endpoints.yml")) == "mine.yml"
    assert existing(None, "no-such-file.yml") is None


def test_a_logging_file_that_is_none_is_an_error() -> None:
    arguments = given("--logging-config-file", "no-such-file.yml")
    with pytest.raises(ProjectError):
        set_up_lines(arguments)


@pytest.mark.parametrize("written", ["99999", "-1", "http", "5005.0", "0", ""])
def test_a_port_that_is_none_is_refused_before_anything_starts(written: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="from 1 to 65535"):
        port(written)
    assert port("5005") == 5005
