"""Record the suites anew with Rasa: `python -m tests.compat.record [SUITE…]`.

`--accept` keeps instead, in `intended/`, what Bespeak does in the scripts that
`differences.yml` names.
"""

from __future__ import annotations

import argparse
import sys

from tests.compat import compare
from tests.compat.engines import bespeak, rasa
from tests.compat.player import play
from tests.compat.pretty import pretty
from tests.compat.scripts import Suite, suites


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="*")
    parser.add_argument("--accept", action="store_true")
    options = parser.parse_args()
    for suite in suites(options.suites):
        if options.accept:
            accept(suite)
        elif not record(suite):
            return 1
    return 0


def record(suite: Suite) -> bool:
    """Write down what Rasa does; `False` where there is no Rasa."""
    engine = rasa()
    if engine is None:
        print("No Rasa here: name its virtual environment in BESPEAK_RASA_VENV.", file=sys.stderr)
        return False
    suite.recording.write_text(pretty(play(suite, engine, engine.command[0])) + "\n")
    print(f"{suite.name}: {len(suite.scripts)} scripts recorded")
    return True


def accept(suite: Suite) -> None:
    """Keep what Bespeak does in the scripts where it shall differ."""
    names = [item.script for item in compare.intended() if item.suite == suite.name]
    path = compare.INTENDED / f"{suite.name}.json"
    if not names:
        path.unlink(missing_ok=True)
        return
    ours = play(suite, bespeak(), sys.executable)
    kept = {name: compare.script_of(ours, name) for name in names}
    path.parent.mkdir(exist_ok=True)
    path.write_text(pretty(kept) + "\n")
    print(f"{suite.name}: {len(kept)} scripts accepted")


if __name__ == "__main__":
    sys.exit(main())
