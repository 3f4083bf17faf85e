"""`bespeak test [core|nlu|e2e]`: test stories, understanding, or whole conversations."""

import argparse

from bespeak.cli import conversation_tests, nlu_tests, story_tests
from bespeak.cli.options import add_endpoints, add_logging, set_up_lines
from bespeak.errors import ProjectError


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        choices=["core", "nlu", "e2e"],
        help="core: what follows what; nlu: what is understood; e2e: whole conversations with the "
        "real actions; without it: test stories with understanding, then nlu",
    )
    parser.add_argument(
        "-m",
        "--model",
        nargs="+",
        default=["models"],
        help="a model archive, or a folder (its newest is used); `core` compares several",
    )
    parser.add_argument("--out", default="results", help="folder for reports (default: results)")
    parser.add_argument("--no-plot", action="store_true", help="no pictures")
    parser.add_argument("--successes", action="store_true", help="write what was right, too")
    parser.add_argument("--no-errors", action="store_true", help="do not write what was wrong")
    parser.add_argument("--no-warnings", action="store_true", help="do not write warnings")

    stories = parser.add_argument_group("stories")
    stories.add_argument("-s", "--stories", nargs="+", help="files or folders (default: tests/)")
    stories.add_argument("--max-stories", type=int, help="at most so many")
    stories.add_argument(
        "--e2e", "--end-to-end", action="store_true", help="`core` understands what users say, too"
    )
    stories.add_argument(
        "--fail-on-prediction-errors", action="store_true", help="exit with 1 if a story fails"
    )
    stories.add_argument(
        "--evaluate-model-directory",
        action="store_true",
        help="compare the models that `train core -c A.yml B.yml` wrote into a folder",
    )
    stories.add_argument("--url", help=argparse.SUPPRESS)

    nlu = parser.add_argument_group("understanding")
    nlu.add_argument("-u", "--nlu", nargs="+", help="NLU data to test on (default: data/)")
    nlu.add_argument("-c", "--config", nargs="+", help="config.yml to cross-validate, or several")
    nlu.add_argument("-d", "--domain", help="domain file or folder, for these")
    nlu.add_argument("--cross-validation", action="store_true", help="train and test in folds")
    nlu.add_argument("-f", "--folds", type=int, default=5, help="how many (default: 5)")
    nlu.add_argument("--seed", type=int, default=42, help="of folds and of noise (default: 42)")
    nlu.add_argument("--no-noise", action="store_true", help="do not try messages with typos …")
    nlu.add_argument("-r", "--runs", type=int, default=3, help="rounds of a comparison")
    nlu.add_argument(
        "-p",
        "--percentages",
        nargs="+",
        type=int,
        default=[0, 25, 50, 75],
        help="shares of the examples to leave out, when several configurations are compared",
    )
    add_endpoints(parser)
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments, "ERROR")
    if arguments.url:
        raise ProjectError("--url is not supported: fetch the file and name it with --stories.")
    if arguments.what == "e2e":
        return conversation_tests.run(arguments)
    failed = 0
    if arguments.what in (None, "core"):
        failed |= story_tests.run(arguments)
    if arguments.what in (None, "nlu"):
        failed |= nlu_tests.run(arguments)
    return failed
