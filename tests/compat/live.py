"""Both engines side by side: `python -m tests.compat.live [SUITE…]`, or `make compat-live`.

Rasa 3.6.21 must reproduce every recording, and Bespeak must hold every conversation as
the recording says. Where there is no virtual environment with Rasa, one is made with a
Python 3.10 if there is one.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.compat import compare, projects
from tests.compat.engines import Engine, bespeak, rasa
from tests.compat.player import play
from tests.compat.scripts import HERE, Suite, suites

ROOT = HERE.parents[1]
REQUIREMENTS = ("rasa==3.6.21", "setuptools<81")
"""The second for the `pkg_resources` that Rasa imports."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*", help="only these, and no projects")
    parser.add_argument("--rasa-only", action="store_true", help="check the recordings alone")
    options = parser.parse_args()
    engine = rasa() or installed()
    if engine is None:
        print("Skipped: no Python 3.10 here that could run Rasa 3.6.21.")
        return 0
    failed = 0
    for suite in suites(options.suites):
        failed += reproduces(suite, engine)
        failed += 0 if options.rasa_only else agrees(suite)
    if not options.suites and not options.rasa_only:
        failed += projects.compared(engine, bespeak())
    print(f"{failed} differences" if failed else "No difference.")
    return 1 if failed else 0


def installed() -> Engine | None:
    """Rasa in a new `.venv-rasa`, or `None` where no Python 3.10 is found."""
    python = next(filter(None, map(shutil.which, ("python3.10", "python3.10.exe"))), None)
    python = python or _from_pyenv()
    if python is None:
        return None
    venv = ROOT / ".venv-rasa"
    subprocess.run([python, "-m", "venv", str(venv)], check=True)
    subprocess.run([str(venv / "bin" / "pip"), "install", "-q", *REQUIREMENTS], check=True)
    os.environ["BESPEAK_RASA_VENV"] = str(venv)
    return rasa()


def reproduces(suite: Suite, engine: Engine) -> int:
    """How many scripts Rasa itself plays otherwise than recorded."""
    recorded = compare.recording(suite)
    played = play(suite, engine, engine.command[0])
    return sum(
        _told(
            f"rasa    {suite.name}: {script.name}",
            compare.script_of(recorded, script.name),
            compare.script_of(played, script.name),
        )
        for script in suite.scripts
    )


def agrees(suite: Suite) -> int:
    """How many scripts Bespeak plays otherwise than it should."""
    recorded, instead = compare.recording(suite), compare.intended_recording(suite.name)
    played = play(suite, bespeak(), sys.executable)
    return sum(
        _told(
            f"bespeak {suite.name}: {script.name}",
            instead.get(script.name) or compare.script_of(recorded, script.name),
            compare.script_of(played, script.name),
        )
        for script in suite.scripts
    )


def _told(what: str, expected: Any, got: Any) -> int:
    difference = compare.difference(expected, got)
    print(f"{'FAIL' if difference else 'ok  '} {what}")
    if difference:
        print(difference)
    return 1 if difference else 0


def _from_pyenv() -> str | None:
    found = sorted((Path.home() / ".pyenv" / "versions").glob("3.10.*/bin/python"))
    return str(found[-1]) if found else None


if __name__ == "__main__":
    sys.exit(main())
