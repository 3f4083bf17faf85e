"""`bespeak data validate|split|convert|migrate|augment`: look after the project's files."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.syntax import Syntax

from bespeak.cli import augment
from bespeak.cli.options import add_logging, add_project, set_up_lines
from bespeak.cli.terminal import console, tell
from bespeak.cli.train import stop_at
from bespeak.data import migrate, split
from bespeak.data import project as projects
from bespeak.errors import ProjectError
from bespeak.evaluation import check


def add(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="what", required=True, metavar="COMMAND")

    validate = commands.add_parser("validate", help="find everything that does not fit together")
    validate.add_argument("part", nargs="?", choices=["stories"], help="story conflicts only")
    add_project(validate)
    validate.add_argument("--max-history", type=int, help="how far back conflicts are looked for")
    validate.add_argument("--fail-on-warnings", action="store_true", help="exit with 1")
    add_logging(validate)

    parting = commands.add_parser("split", help="part data into training and test")
    parting.add_argument("part", choices=["nlu", "stories"])
    parting.add_argument("-u", "--nlu", nargs="+", default=["data"], help="NLU data")
    parting.add_argument("-s", "--stories", nargs="+", default=["data"], help="stories")
    parting.add_argument(
        "--training-fraction", type=float, default=0.8, help="share to train on (default: 0.8)"
    )
    parting.add_argument("--random-seed", type=int, help="the same seed parts the same way")
    parting.add_argument(
        "--out", default="train_test_split", help="folder (default: train_test_split)"
    )
    add_logging(parting)

    converting = commands.add_parser("convert", help="write NLU data in another format")
    converting.add_argument("part", choices=["nlu"])
    converting.add_argument("--data", nargs="+", default=["data"], help="NLU data")
    converting.add_argument("-f", "--format", choices=["json", "yaml"], default="yaml")
    converting.add_argument(
        "--out", default="converted_data", help="file or folder (default: converted_data)"
    )
    converting.add_argument("-l", "--language", default="en", help=argparse.SUPPRESS)
    add_logging(converting)

    migrating = commands.add_parser("migrate", help="write a domain of Rasa 2 in Rasa 3's format")
    migrating.add_argument("-d", "--domain", default="domain.yml", help="domain file or folder")
    migrating.add_argument("--out", help="file or folder (default: beside the old, new_domain…)")
    add_logging(migrating)

    augment.add(commands)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    match arguments.what:
        case "validate":
            return _validate(arguments)
        case "split":
            return _split(arguments)
        case "convert":
            return _convert(arguments)
        case "augment":
            return augment.run(arguments)
        case _:
            return _migrate(arguments)


def _validate(arguments: argparse.Namespace) -> int:
    with console.status("Checking the project"):
        project = projects.read(
            domain=arguments.domain, data=arguments.data, config=arguments.config
        )
        problems = check.problems(
            project,
            max_history=arguments.max_history,
            only_stories=arguments.part == "stories",
        )
    if project.migration is not None:
        tell("The domain is of Rasa 2; it is read as if it were:")
        _tell_difference(project.migration.diff)
    stop_at(problems, warnings="--fail-on-warnings" if arguments.fail_on_warnings else "")
    tell("The project fits together.", "green")
    return 0


def _split(arguments: argparse.Namespace) -> int:
    if not 0 < arguments.training_fraction < 1:
        raise ProjectError("--training-fraction must lie between 0 and 1.")
    out = Path(arguments.out)
    fraction, seed = arguments.training_fraction, arguments.random_seed
    if arguments.part == "nlu":
        written = split.write_nlu_split(_existing(arguments.nlu), out, fraction, seed)
    else:
        written = split.write_story_split(_existing(arguments.stories), out, fraction, seed)
    _tell_written(written)
    return 0


def _convert(arguments: argparse.Namespace) -> int:
    out = Path(arguments.out)
    if not out.suffix:
        out.mkdir(parents=True, exist_ok=True)
    _tell_written([split.convert(_existing(arguments.data), out, arguments.format)])
    return 0


def _migrate(arguments: argparse.Namespace) -> int:
    done = migrate.migrate(arguments.domain, arguments.out)
    _tell_difference(done.diff)
    tell(f"Written to {done.out}; the original is kept in {done.backup}.")
    return 0


def _existing(paths: Sequence[str]) -> list[Path]:
    if missing := [path for path in paths if not Path(path).exists()]:
        raise ProjectError(f"There is no file or folder {', '.join(map(repr, missing))}.")
    return [Path(path) for path in paths]


def _tell_difference(difference: str) -> None:
    console.print(Syntax(difference, "diff", background_color="default"))


def _tell_written(written: Sequence[Path]) -> None:
    for path in written:
        tell(f"written: {path}")
