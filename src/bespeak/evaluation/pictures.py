"""Pictures of reports: what was taken for what, and how sure the assistant was. Extra `reports`."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import cycle
from pathlib import Path
from statistics import fmean, pstdev
from typing import Any, Final

from bespeak.errors import BespeakError
from bespeak.evaluation.calibration import Bin
from bespeak.evaluation.scores import matrix, most_confused

COLOURS: Final = ("#1f5fa8", "#d1495b", "#2e8b57", "#edae49", "#6a4c93", "#5c6b73")

BINS: Final = 20

MOST_LABELS: Final = 60
"""A matrix of more labels shows those with most confusions only: a person could read no more."""


def confusion_matrix(confusions: Mapping[tuple[str, str], int], path: Path, title: str) -> Path:
    """Draw counts of (gold, predicted), coloured by their share of the row: right ones in blue,
    wrong ones in red (by its root, so that few are seen), confused labels side by side.
    """
    names, all_rows = matrix(most_confused(confusions, MOST_LABELS))
    labels = [name for name, row in zip(names, all_rows, strict=True) if any(row)]
    counts = [row for row in all_rows if any(row)]
    own = [names.index(label) for label in labels]
    figure, axes = _figure(len(names) * 0.34 + 3, len(labels) * 0.34 + 2)
    shares = [[n / (sum(row) or 1) for n in row] for row in counts]
    signed = [
        [share if j == at else -(share**0.5) for j, share in enumerate(row)]
        for at, row in zip(own, shares, strict=True)
    ]
    axes.imshow(signed or [[0.0]], cmap="RdBu", vmin=-1.2, vmax=1.2)
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    axes.set_xticks([i - 0.5 for i in range(1, len(names))], minor=True)
    axes.set_yticks([i - 0.5 for i in range(1, len(labels))], minor=True)
    axes.grid(which="minor", color="#e3e8ee", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.spines[:].set_color("#c5ced8")
    for i, row in enumerate(counts):
        for j, n in enumerate(row):
            if n:
                colour = "white" if shares[i][j] > 0.6 else "#1c2733"
                axes.text(j, i, str(n), ha="center", va="center", fontsize=7, color=colour)
    right = sum(row[at] for at, row in zip(own, counts, strict=True))
    total = sum(map(sum, counts))
    axes.set_xlabel("predicted")
    axes.set_ylabel("expected")
    axes.set_title(f"{title}: {right} of {total} right", pad=12)
    return _saved(figure, path)


def confidence_histogram(
    right: Sequence[float], wrong: Sequence[float], path: Path, what: str, unit: str = "messages"
) -> Path:
    """Draw how many predictions were made at each confidence: right ones up, wrong ones down."""
    figure, axes = _figure(8, 5)
    edges = [i / BINS for i in range(BINS)]
    up, down = _binned(right), _binned(wrong)
    width = 1 / BINS
    axes.bar(edges, up, width=width * 0.9, align="edge", color=COLOURS[0], label="right")
    axes.bar(
        edges, [-n for n in down], width=width * 0.9, align="edge", color=COLOURS[1], label="wrong"
    )
    axes.axhline(0, color="#1c2733", linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.0f}")
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.grid(axis="y", color="#e3e8ee")
    axes.set_axisbelow(True)
    axes.set_xlim(0, 1)
    axes.set_xlabel("confidence")
    axes.set_ylabel(unit)
    axes.set_title(f"Confidence of {len(right)} right and {len(wrong)} wrong {what}", pad=12)
    axes.legend(frameon=False, loc="upper left")
    return _saved(figure, path)


def reliability(bins: Sequence[Bin], error: float, path: Path) -> Path:
    """Draw the share that was right at each confidence; `error` is the calibration error."""
    figure, axes = _figure(6, 5)
    full = [one for one in bins if one.count]
    width = 1 / (len(bins) or 1)
    axes.plot([0, 1], [0, 1], color="#8796a5", linewidth=1, linestyle="--", label="as it should be")
    axes.bar(
        [one.low for one in full],
        [one.accuracy for one in full],
        width=width * 0.9,
        align="edge",
        color=COLOURS[0],
        label="share that was right",
    )
    axes.plot(
        [one.confidence for one in full],
        [one.accuracy for one in full],
        color=COLOURS[1],
        marker="o",
        linewidth=0,
        markersize=4,
        label="at the mean confidence",
    )
    for one in full:
        middle = (one.low + one.high) / 2
        axes.text(middle, min(one.accuracy + 0.02, 1.0), str(one.count), ha="center", fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.08)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share of messages that was right")
    axes.set_title(f"Calibration: {error:.3f} from what it should be, on average", pad=12)
    axes.legend(frameon=False, loc="upper left")
    return _saved(figure, path)


def comparison(
    results: Mapping[str, Sequence[Sequence[float]]],
    numbers: Sequence[int],
    path: Path,
    title: str,
) -> Path:
    """Draw what each configuration made of less and less data: the mean, and the spread around."""
    figure, axes = _figure(8, 5)
    for colour, (name, runs) in zip(cycle(COLOURS), results.items(), strict=False):
        columns = list(zip(*runs, strict=True))
        middle = [fmean(column) for column in columns]
        spread = [pstdev(column) for column in columns]
        low = [m - s for m, s in zip(middle, spread, strict=True)]
        high = [m + s for m, s in zip(middle, spread, strict=True)]
        axes.plot(numbers, middle, marker="o", color=colour, label=name)
        axes.fill_between(numbers, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.set_xlabel("number of training examples or stories")
    axes.set_ylabel(title)
    axes.set_title(f"{title}, by what there was to learn from")
    axes.grid(axis="y", color="#e3e8ee")
    axes.legend(frameon=False)
    return _saved(figure, path)


def _binned(confidences: Sequence[float]) -> list[int]:
    counts = Counter(min(int(one * BINS), BINS - 1) for one in confidences)
    return [counts[i] for i in range(BINS)]


def _figure(width: float, height: float) -> tuple[Any, Any]:
    try:
        matplotlib = import_module("matplotlib")
        matplotlib.use("Agg")
        pyplot = import_module("matplotlib.pyplot")
    except ImportError as error:
        raise BespeakError(
            "Pictures need matplotlib: `pip install 'bespeak[reports]'`, or leave them out with "
            "`--no-plot`."
        ) from error
    figure, axes = pyplot.subplots(figsize=(min(width, 40), min(height, 40)))
    return figure, axes


def _saved(figure: Any, path: Path) -> Path:
    figure.savefig(path, dpi=110, bbox_inches="tight")
    import_module("matplotlib.pyplot").close(figure)
    return path
