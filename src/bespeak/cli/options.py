"""Options that several commands share, and what they mean."""

import argparse
import logging
import logging.config
import os
from pathlib import Path
from typing import Final

from bespeak.cli.terminal import Lines
from bespeak.data.yaml import read_yaml
from bespeak.errors import ProjectError
from bespeak.server.logs import LEVELS_FROM, configure

LAST_PORT: Final = 65_535


def add_logging(parser: argparse.ArgumentParser) -> None:
    """Add `-v`, `-vv`, `--quiet` and `--logging-config-file`, as every command of Rasa has."""
    group = parser.add_argument_group("logging")
    group.add_argument("-v", "--verbose", action="store_true", help="tell more (INFO)")
    group.add_argument("-vv", "--debug", dest="very_verbose", action="store_true", help="tell all")
    group.add_argument("--quiet", action="store_true", help="tell warnings only")
    group.add_argument("--logging-config-file", help="a YAML file for logging.config.dictConfig")


def set_up_logging(
    arguments: argparse.Namespace,
    *,
    file: Path | None = None,
    syslog: tuple[str, int] | None = None,
) -> None:
    """Configure the server's logging: lines at a terminal, else JSON (`server.logs`)."""
    configure(_level(arguments), file=file, syslog=syslog)
    _configure_as_told(arguments)


def set_up_lines(arguments: argparse.Namespace, default: str = "WARNING") -> None:
    """Configure the logging of a command that a person waits for: lines, and only those that
    matter. `default` is the level without any option and without `LOG_LEVEL`.
    """
    level = _level(arguments) or os.environ.get("LOG_LEVEL", default)
    logging.captureWarnings(True)
    logging.basicConfig(handlers=[Lines()], level=logging.INFO, format="%(message)s", force=True)
    for name, variable in LEVELS_FROM.items():
        wanted = os.environ.get(variable, "WARNING") if name else level
        logging.getLogger(name).setLevel(wanted.upper())
    verbose = level.upper() in ("DEBUG", "INFO")
    logging.getLogger("py.warnings").setLevel("WARNING" if verbose else "ERROR")
    _configure_as_told(arguments)


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-m", "--model", default="models", help="a model archive, or a folder (its newest is used)"
    )


def add_endpoints(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--endpoints", help="endpoints.yml (default: the one here, if any)")


def add_project(parser: argparse.ArgumentParser) -> None:
    """Add where the project's files are: `--data`, `--config`, `--domain`."""
    parser.add_argument("--data", nargs="+", help="files or folders of training data")
    parser.add_argument("-c", "--config", help="config.yml")
    parser.add_argument("-d", "--domain", help="domain file or folder")


def existing(path: str | None, default: str) -> Path | None:
    """Return the file that was named, or the default one where it exists."""
    if path is not None:
        return Path(path)
    return Path(default) if Path(default).exists() else None


def _level(arguments: argparse.Namespace) -> str | None:
    if arguments.quiet:
        return "WARNING"
    if arguments.very_verbose:
        return "DEBUG"
    return "INFO" if arguments.verbose else None


def _configure_as_told(arguments: argparse.Namespace) -> None:
    if arguments.logging_config_file is None:
        return
    path = Path(arguments.logging_config_file)
    try:
        logging.config.dictConfig({"disable_existing_loggers": False, **read_yaml(path)})
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        raise ProjectError(
            f"{path} does not configure logging: {error}. It is read as Python's "
            "logging.config.dictConfig reads it; `version: 1` must be among its keys."
        ) from error


def port(written: str) -> int:
    """Read an option that is a port."""
    if not written.isdecimal() or not 0 < int(written) <= LAST_PORT:
        raise argparse.ArgumentTypeError(
            f"a port is a number from 1 to {LAST_PORT}, not {written!r}"
        )
    return int(written)
