"""The figures as a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from benchmarks.nlu.datasets import SETS

COLUMNS = (
    ("intents, %", "accuracy", 1),
    ("span F1, %", "span F1", 1),
    ("calibration error, %", "calibration error", 1),
    ("train, s", "train seconds", 0),
    ("CPU, s", "train CPU seconds", 0),
    ("peak, MB", "peak MB", 0),
    ("parse p50 / p95, ms", "parse p50 ms", 1),
    ("its CPU p50, ms", "parse CPU p50 ms", 1),
    ("load, s", "load seconds", 2),
    ("serving, MB", "serving MB", 0),
    ("archive, MB", "archive MB", 0),
)


def write(results: Mapping[str, Any], target: Path) -> None:
    """Write the page."""
    lines = [
        "# Benchmarks of understanding",
        "",
        f"Measured on {results['date']} on {results['machine']}, by `python -m benchmarks.nlu`: "
        "learned from the training part, asked about the validation part of public data sets. "
        "Training is the whole process on one core, memory the largest sum of its processes; "
        "spans count where name, beginning and end are right; ± is the standard deviation over "
        "seeds. Seconds include waiting where the machine had other work; CPU seconds do not. "
        "Of the instructions for int8 products (VNNI), which speed up parsing, and for bfloat16 "
        f"products, which speed up training, the processor has {_instructions(results)}.",
        "",
        f"| data | who | {' | '.join(title for title, _, _ in COLUMNS)} |",
        f"|---|---|{'---|' * len(COLUMNS)}",
    ]
    for name, data in SETS.items():
        for who, runs in results.get("sets", {}).get(name, {}).items():
            cells = [_cell(runs, key, digits) for _, key, digits in COLUMNS]
            lines.append(f"| {data.title} | {who} | {' | '.join(cells)} |")
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _instructions(results: Mapping[str, Any]) -> str:
    return ", ".join(results["instructions"]) or "none"


def _cell(runs: Sequence[Mapping[str, float]], key: str, digits: int) -> str:
    values = [run[key] for run in runs if key in run]
    if not values:
        return "–"
    text = f"{fmean(values):.{digits}f}"
    if key == "parse p50 ms":
        return f"{text} / {fmean(run['parse p95 ms'] for run in runs):.{digits}f}"
    spread = len(values) > 1 and key in ("accuracy", "span F1", "calibration error")
    return f"{text} ± {stdev(values):.{digits}f}" if spread else text
