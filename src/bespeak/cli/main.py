"""The commands, and how an error is shown.

A command's module is imported when it is chosen, so that `bespeak --help` is quick: the table of
strings below is the one place where that is done.
"""

import argparse
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bespeak.cli.colours import RED, painted
from bespeak.data.problems import ProblemsFound, Severity
from bespeak.errors import BespeakError, ProjectError
from bespeak.version import RASA_VERSION, __version__

THREADS: Final = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
"""What numpy's libraries read when they are imported. Our matrices are small: threads of theirs
would only get in the way of each other, and of the server's."""


@dataclass(frozen=True)
class Command:
    """`module` has `add(parser)`, which adds options, and `run(arguments) -> exit code`."""

    name: str
    help: str
    module: str


COMMANDS: Final = (
    Command("init", "Create a new project.", "bespeak.cli.init"),
    Command("train", "Train a model of the project here.", "bespeak.cli.train"),
    Command("run", "Start the server (or `run actions`: the action server).", "bespeak.cli.run"),
    Command("shell", "Talk to the assistant in the terminal.", "bespeak.cli.shell"),
    Command("test", "Test stories, understanding, or whole conversations.", "bespeak.cli.test"),
    Command("data", "Validate, split, convert or migrate data.", "bespeak.cli.data"),
    Command("visualize", "Draw the stories as a graph.", "bespeak.cli.visualize"),
    Command("explain", "Say why the assistant did what it did.", "bespeak.cli.explain"),
    Command("export", "Publish stored events to the event broker.", "bespeak.cli.export"),
    Command("encoder", "Install the encoder's weights.", "bespeak.cli.encoder"),
    Command("telemetry", "There is none; accepted for scripts.", "bespeak.cli.telemetry"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    chosen = next((command for command in COMMANDS if command.name in arguments[:1]), None)
    if chosen is None:
        return _without_command(arguments)
    for variable in THREADS:
        os.environ.setdefault(variable, "1")
    sys.path.insert(1, os.getcwd())  # a project's own components and actions are importable
    module = importlib.import_module(chosen.module)
    parser = argparse.ArgumentParser(prog=f"bespeak {chosen.name}", description=chosen.help)
    module.add(parser)
    parsed = parser.parse_args(arguments[1:])
    verbose = bool(getattr(parsed, "very_verbose", False))
    try:
        code = int(module.run(parsed))
        sys.stdout.flush()
        return code
    except ProblemsFound as error:
        count = sum(problem.severity is Severity.ERROR for problem in error.problems)
        told = f"{count} problem{'' if count == 1 else 's'} in the project:\n{error}"
        _show(ProjectError.__name__, told, verbose=verbose)
        return error.exit_code
    except BespeakError as error:
        _show(type(error).__name__, error, verbose=verbose)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f": {error.filename!r}" if error.filename else ""
        _show("Error", f"{error.strerror or error}{where}", verbose=verbose)
        return 1


def _without_command(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="bespeak",
        description="A conversational engine that runs Rasa projects. `bespeak COMMAND --help` "
        "tells a command's options.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="commands:\n"
        + "\n".join(f"  {command.name:<11} {command.help}" for command in COMMANDS),
    )
    parser.add_argument("--version", action="store_true", help="tell the version")
    parser.add_argument("command", nargs="?", help=argparse.SUPPRESS)
    parsed, rest = parser.parse_known_args(arguments)
    if parsed.version:
        print(f"Bespeak {__version__} (formats and protocols of Rasa {RASA_VERSION})")
        return 0
    if parsed.command is not None:
        names = [command.name for command in COMMANDS]
        parser.error(f"there is no command {parsed.command!r}. Commands: {', '.join(names)}.")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    parser.print_help()
    return 1  # as Rasa's: a script that names no command is wrong


def _show(kind: str, error: object, *, verbose: bool) -> None:
    """Show an error to the person at the terminal: what happened; the stack only with `-vv`."""
    if verbose:
        logging.getLogger("bespeak").error("The command failed.", exc_info=True)
    print(f"{painted(kind, RED)}: {error}", file=sys.stderr)
