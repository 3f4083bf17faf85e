"""What commands tell the person at the terminal. It goes to standard error: results go to a file,
or to standard output where another program may read them.
"""

import logging
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Final, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bespeak.cli.colours import RED, YELLOW, painted
from bespeak.data.problems import Problem, Severity

T = TypeVar("T")

console: Final = Console(stderr=True, highlight=False, soft_wrap=True)

COLOURS: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def tell(text: object, style: str | None = None) -> None:
    """Tell one thing as it is: brackets in it are no markup."""
    console.print(str(text), style=style, markup=False)


def tell_problems(problems: Iterable[Problem]) -> None:
    """Tell what is odd about a project, a line each, in the colour of its weight."""
    for problem in problems:
        tell(problem, COLOURS[problem.severity])


def progress(*, silent: bool = False) -> Progress:
    """Return a bar that is gone when its work is done; only a terminal sees it."""
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=silent or not sys.stderr.isatty(),
    )


def counted(things: Iterable[T], what: str, total: int, *, silent: bool = False) -> Iterator[T]:
    """Yield things while a bar tells how many of `total` there were."""
    with progress(silent=silent) as bar:
        task = bar.add_task(what, total=total)
        for thing in things:
            yield thing
            bar.advance(task)


def with_pictures(no_plot: bool) -> bool:
    """Say whether to draw; without matplotlib, tell how to get it."""
    if no_plot:
        return False
    if find_spec("matplotlib") is None:
        tell("No pictures: they need `pip install 'bespeak[reports]'`.", "yellow")
        return False
    return True


class Lines(logging.Handler):
    """Log records as lines a person reads, above a progress bar where there is one."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        if record.levelno >= logging.WARNING:
            level = painted(level, RED if record.levelno >= logging.ERROR else YELLOW)
        try:
            print(f"{level}: {self.format(record)}", file=sys.stderr)
        except OSError:  # nobody reads any more
            self.handleError(record)
