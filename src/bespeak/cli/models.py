"""The model a command works with, and what it is connected to."""

import argparse
from pathlib import Path

from bespeak.cli.options import existing
from bespeak.data.config import Endpoints, read_endpoints
from bespeak.loading import Loaded, load


def endpoints_of(arguments: argparse.Namespace) -> Endpoints:
    """Read `--endpoints`, or endpoints.yml where there is one."""
    return read_endpoints(existing(arguments.endpoints, "endpoints.yml")) or Endpoints()


def loaded(arguments: argparse.Namespace, path: Path | None = None) -> Loaded:
    """Load the model at `path`, or the one that `--model` names (the first of several)."""
    named = arguments.model if isinstance(arguments.model, str) else arguments.model[0]
    return load(path or Path(named), endpoints_of(arguments))
