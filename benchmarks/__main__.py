"""`python -m benchmarks`: measure Bespeak, and Rasa 3.6.21 beside it where it is installed.

Writes the figures to `benchmarks/results.json` and the table to `docs/benchmarks.md`.
"""

import argparse
import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import engines, measures, report
from benchmarks.projects import SHARED

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=MEASURES, help="measure these only")
    parser.add_argument("--without-rasa", action="store_true")
    parser.add_argument("--repeats", type=int, default=3, help="trainings of each project")
    told = parser.parse_args()
    if not SHARED.exists():
        print(f"The projects to measure on are not here ({SHARED}).", file=sys.stderr)
        return 1
    found = [engines.bespeak()]
    rasa = None if told.without_rasa else engines.rasa()
    if rasa is not None:
        found.append(rasa)
    results: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results["machine"] = machine()
    results["features"] = features()
    results["repeats"] = told.repeats
    results["date"] = datetime.now(UTC).date().isoformat()
    for name in told.only or MEASURES:
        for engine in found:
            if name in ("assistant", "install") and engine.name != "Bespeak":
                continue
            print(f"{name}: {engine.name} …", file=sys.stderr, flush=True)
            figures = MEASURES[name](engine, told.repeats)
            results.setdefault(name, {})[engine.name] = figures
            print(f"   {figures}", file=sys.stderr, flush=True)
            RESULTS.write_text(json.dumps(results, indent=2))
    report.write(results, HERE.parent / "docs" / "benchmarks.md")
    return 0


def machine() -> str:
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**30
    name = names[0] if names else platform.processor()
    return f"{name}, {os.cpu_count()} cores, {pages} GiB, Python {platform.python_version()}"


def features() -> str:
    """What the processor's integer arithmetic has to offer, as Linux names it."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("flags"):
            known = line.split(":", 1)[1].split()
            return " ".join(flag for flag in known if flag.startswith("avx") or "vnni" in flag)
    return ""


MEASURES: dict[str, Any] = {
    "train moodbot": lambda engine, n: measures.train(engine, "moodbot", n),
    "train retail-demo": lambda engine, n: measures.train(engine, "retail-demo", n),
    "train financial-demo": lambda engine, n: measures.train(engine, "financial-demo", n),
    "serve": lambda engine, n: measures.serve(engine),
    "action": lambda engine, n: measures.action(engine),
    "assistant": lambda engine, n: measures.assistant(engine),
    "growth": lambda engine, n: measures.growth(engine),
    "install": lambda engine, n: measures.install(),
}

if __name__ == "__main__":
    sys.exit(main())
