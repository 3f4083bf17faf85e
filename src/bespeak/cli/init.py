"""`bespeak init`: a small project in an empty folder, trained and ready to talk to."""

import argparse
import os
import sys
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Final

from bespeak.cli import shell, train
from bespeak.cli.options import add_logging, set_up_lines
from bespeak.cli.terminal import console, tell
from bespeak.errors import ProjectError
from bespeak.model import assistant_id_for, utc_now

WRITTEN: Final = (
    "actions/__init__.py",
    "actions/actions.py",
    "config.yml",
    "credentials.yml",
    "data/nlu.yml",
    "data/rules.yml",
    "data/stories.yml",
    "domain.yml",
    "endpoints.yml",
    "tests/test_stories.yml",
)

PLACEHOLDER: Final = "placeholder_default"


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--no-prompt", action="store_true", help="ask nothing: write, train, and end"
    )
    parser.add_argument("--init-dir", help="folder of the new project (default: this one)")
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    folder = _folder(arguments)
    write(folder)
    os.chdir(folder)
    tell(f"A project is in {Path.cwd()}", "green")
    if not (arguments.no_prompt or _agreed("Train a first model?")):
        tell("`bespeak train` there does it at any time.")
        return 0
    if code := _run(train):
        return code
    if arguments.no_prompt or not _agreed("Talk to the assistant?"):
        tell("`bespeak shell` there lets you talk to the assistant, `bespeak test` tests it.")
        return 0
    return _run(shell)


def write(folder: Path) -> None:
    """Write the starter project. Raises `ProjectError` where that would overwrite anything."""
    if standing := [name for name in WRITTEN if (folder / name).exists()]:
        raise ProjectError(
            f"{str(folder)!r} already has {', '.join(standing)}: nothing was written. Choose an "
            "empty folder with `--init-dir`."
        )
    starter = files("bespeak.cli") / "starter"
    for name in WRITTEN:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_content(starter / name), encoding="utf-8")


def _content(file: Traversable) -> str:
    """Return a starter file; each project gets an `assistant_id` of its own."""
    text = file.read_text(encoding="utf-8")
    return text.replace(PLACEHOLDER, assistant_id_for(utc_now()))


def _folder(arguments: argparse.Namespace) -> Path:
    if arguments.init_dir is not None:
        return Path(arguments.init_dir)
    if arguments.no_prompt:
        return Path()
    return Path(_asked("In which folder shall the project be made?", "."))


def _agreed(question: str) -> bool:
    """Ask a question that yes is the usual answer to; no answer at all is no."""
    return _asked(f"{question} (Y/n)", "y", silence="n").casefold() in ("y", "yes")


def _asked(question: str, usual: str, *, silence: str | None = None) -> str:
    console.print(f"[bold]{question}[/bold] ", end="")
    sys.stderr.flush()
    try:
        return input().strip() or usual
    except EOFError:
        tell("")
        return usual if silence is None else silence


def _run(command: ModuleType) -> int:
    """Run another command as it is without any options."""
    parser = argparse.ArgumentParser()
    command.add(parser)
    return int(command.run(parser.parse_args([])))
