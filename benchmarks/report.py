"""The figures as a page: one table, what each row means, and how to measure it again."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROWS = (
    ("moodbot: `train`, whole process", "train moodbot", ("seconds", "peak MB"), ("s", "MB")),
    ("retail-demo: `train`", "train retail-demo", ("seconds", "peak MB"), ("s", "MB")),
    (
        "financial-demo: `train` (fine-tuned, with PyTorch)",
        "train financial-demo",
        ("seconds", "peak MB"),
        ("s", "MB"),
    ),
    (
        "moodbot: `run` until ready / idle memory",
        "serve",
        ("ready seconds", "idle MB"),
        ("s", "MB"),
    ),
    ("memory after the load below", "serve", ("after load MB",), ("MB",)),
    ("REST turn alone, SQLite: p50 / p95", "serve", ("turn p50 ms", "turn p95 ms"), ("ms", "ms")),
    ("messages a second, 32 in flight", "serve", ("messages a second",), ("/s",)),
    ("… their p50 / p99", "serve", ("busy p50 ms", "busy p99 ms"), ("ms", "ms")),
    ("`/model/parse`: p50", "serve", ("parse p50 ms",), ("ms",)),
    (
        "turn with an action over HTTP: p50 / p95",
        "action",
        ("turn p50 ms", "turn p95 ms"),
        ("ms", "ms"),
    ),
    (
        "CloudMart: `train` (linear, without PyTorch)",
        "assistant",
        ("train seconds", "train peak MB"),
        ("s", "MB"),
    ),
    (
        "CloudMart: turn that asks the sandbox: p50 / p95",
        "assistant",
        ("turn p50 ms", "turn p95 ms"),
        ("ms", "ms"),
    ),
)


def write(results: Mapping[str, Any], target: Path) -> None:
    """Write the page."""
    engines = ("Bespeak", "Rasa 3.6.21")
    lines = [
        "# Benchmarks",
        "",
        f"Measured on {results['date']} on {results['machine']}, by `make bench` "
        "(`python -m benchmarks`). Both engines run the same projects with the same load: natural "
        "texts, no `/intent` shortcuts, no cache of parses, every turn stored in SQLite. Training "
        f"starts from nothing ({results['repeats']} run(s), the median), memory is the largest sum "
        "over all processes. The engines were measured one after the other. Compare the columns: "
        "how long either takes depends on the processor (the encoder's int8 arithmetic gains most "
        "from one with VNNI, which this one "
        f"{'has' if 'vnni' in results.get('features', '') else 'lacks'}).",
        "",
        f"| | {' | '.join(engines)} | better by |",
        f"|---|{'---|' * len(engines)}---|",
    ]
    for title, name, keys, units in ROWS:
        figures = [results.get(name, {}).get(engine) for engine in engines]
        cells = [_cell(each, keys, units) for each in figures]
        lines.append(f"| {title} | {' | '.join(cells)} | {_ratios(figures, keys, units)} |")
    lines += _growth(results.get("growth", {}))
    installed = results.get("install", {}).get("Bespeak")
    if installed:
        lines += [
            "",
            f"Installing Bespeak and the encoder's weights into a new environment took "
            f"{installed['seconds']:.0f} s and {installed['MB']:.0f} MB (no torch).",
        ]
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _cell(
    figures: Mapping[str, float] | None, keys: tuple[str, ...], units: tuple[str, ...]
) -> str:
    if not figures:
        return "–"
    shown = (f"{_number(figures[key])} {unit}" for key, unit in zip(keys, units, strict=True))
    return " / ".join(shown)


def _ratios(
    figures: Sequence[Mapping[str, float] | None],
    keys: tuple[str, ...],
    units: tuple[str, ...],
) -> str:
    """How many times less time or memory is needed, or how many times more is done in a second."""
    ours, theirs = figures
    if not ours or not theirs:
        return "–"
    ratios = (
        ours[key] / theirs[key] if unit == "/s" else theirs[key] / ours[key]
        for key, unit in zip(keys, units, strict=True)
    )
    return " / ".join(f"{ratio:.2g}×" for ratio in ratios)


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}"


def _growth(figures: Mapping[str, Mapping[str, float]]) -> list[str]:
    ours = figures.get("Bespeak")
    if not ours:
        return []
    names = list(ours)
    lines = [
        "",
        "## A turn in a long conversation",
        "",
        "All events in one session, p50 of 60 turns; then the first turn after a restart, when "
        "nothing is in memory.",
        "",
        f"| | {' | '.join(figures)} |",
        f"|---|{'---|' * len(figures)}",
    ]
    for name in names:
        cells = [_number(engine[name]) if name in engine else "–" for engine in figures.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines
