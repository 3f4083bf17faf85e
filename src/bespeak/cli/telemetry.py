"""`bespeak telemetry`: there is none. The command is accepted so that scripts go on."""

import argparse


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["enable", "disable"])


def run(arguments: argparse.Namespace) -> int:
    print("Bespeak has no telemetry: nothing is ever sent anywhere.")
    return 0
