"""Charts as inline SVG: how sure the assistant was, and whether it had reason to be."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from bespeak.domain import NLU_FALLBACK
from bespeak.evaluation.calibration import Bin
from bespeak.evaluation.page.markup import Markup, joined, tag
from bespeak.evaluation.scores import matrix, most_confused

WIDTH: Final = 440
HEIGHT: Final = 300
LEFT: Final = 44
BOTTOM: Final = 42
TOP: Final = 12
BARS: Final = 20

MOST_LABELS: Final = 60
"""A matrix of more labels shows those with most confusions only."""

DENSE: Final = 24
"""Labels from which a matrix is drawn closely."""


def histogram(right: Sequence[float], wrong: Sequence[float]) -> Markup:
    """Draw how many messages there are at each confidence: right ones up, wrong ones down.

    A bar is as high as the square root of its number, so that few are seen beside many.
    """
    up, down = _binned(right), _binned(wrong)
    most_up, most_down = max([*up, 1]), max(down)
    unit = (HEIGHT - TOP - BOTTOM) / (most_up**0.5 + most_down**0.5)
    axis = TOP + most_up**0.5 * unit
    wide = (WIDTH - LEFT) / BARS
    bars = []
    for i, (above, below) in enumerate(zip(up, down, strict=True)):
        x = LEFT + i * wide
        where = f"confidence {i / BARS:.2f} to {(i + 1) / BARS:.2f}"
        if above:
            high = above**0.5 * unit
            bars.append(_bar(x, axis - high, wide, high, "right", above, where))
        if below:
            bars.append(_bar(x, axis, wide, below**0.5 * unit, "wrong", below, where))
    lines = [
        _line(LEFT, axis, WIDTH, axis, "axis"),
        _text(LEFT - 6, TOP + 10, str(most_up), "end"),
        _text(LEFT - 6, axis + 4, "0", "end"),
    ]
    if most_down:
        lines.append(_text(LEFT - 6, HEIGHT - BOTTOM, str(most_down), "end"))
    return _chart(
        f"Histogram of confidence: {len(right)} right messages upwards, {len(wrong)} wrong ones "
        "downwards.",
        *lines,
        *bars,
        *_scale("confidence"),
    )


def reliability(bins: Sequence[Bin]) -> Markup:
    """Draw the share that is right at each confidence, beside the line where both are the same."""
    room = HEIGHT - 2 * TOP - BOTTOM
    floor = HEIGHT - BOTTOM
    most = max((one.count for one in bins), default=0) or 1
    parts: list[Markup] = []
    counts: list[Markup] = []
    for share in (0.0, 0.5, 1.0):
        y = floor - share * room
        parts.append(_line(LEFT, y, WIDTH, y, "grid"))
        parts.append(_text(LEFT - 6, y + 4, f"{share:.0%}", "end"))
    parts.append(_line(LEFT, floor, WIDTH, floor - room, "ideal"))
    for one in bins:
        if not one.count:
            continue
        x, x2 = _across(one.low), _across(one.high)
        high = one.accuracy * room
        what = (
            f"{one.count} messages at confidence {one.low:.1f} to {one.high:.1f} "
            f"({one.confidence:.2f} on average): {one.accuracy:.0%} right"
        )
        weight = 0.25 + 0.75 * (one.count / most) ** 0.5
        bar = tag(
            "rect",
            tag("title", what),
            x=round(x + 2, 1),
            y=round(floor - high, 1),
            width=round(x2 - x - 4, 1),
            height=round(high, 1),
            rx=2,
            class_="right",
            opacity=round(weight, 2),
        )
        middle, y = _across(one.confidence), floor - high
        gap = _line(middle, y, middle, floor - one.confidence * room, "gap")
        parts += [bar, gap]
        counts.append(_text((x + x2) / 2, y - 5, str(one.count), "middle", "count"))
    return _chart(
        "Reliability diagram: the share of messages that is right, by confidence. "
        + "; ".join(f"{b.low:.1f}: {b.accuracy:.0%} of {b.count}" for b in bins if b.count),
        *parts,
        *counts,
        *_scale("confidence"),
    )


def confusions(counts: Mapping[tuple[str, str], int]) -> tuple[Markup, bool]:
    """Return the confusion matrix as a table, and whether labels are left out of it."""
    kept = most_confused(counts, MOST_LABELS)
    names, rows = matrix(kept)
    head = tag(
        "tr",
        tag("th", "is ↓  taken for →", class_="corner"),
        *(tag("th", tag("span", name), scope="col") for name in names),
    )
    body = joined(
        tag(
            "tr",
            tag("th", name, scope="row"),
            *(
                _cell(count, sum(row), name, other, i == j)
                for j, (other, count) in enumerate(zip(names, row, strict=True))
            ),
        )
        for i, (name, row) in enumerate(zip(names, rows, strict=True))
        if any(row)
    )
    drawn = tag(
        "div",
        tag(
            "table",
            tag("caption", "Confusion matrix: a row an intent, a column what it was taken for"),
            tag("thead", head),
            tag("tbody", body),
            class_="matrix dense" if len(names) >= DENSE else "matrix",
        ),
        class_="scroll tall",
        tabindex=0,
        role="region",
        aria_label="Confusion matrix",
    )
    return drawn, len(kept) < len(counts)


def _cell(count: int, total: int, name: str, other: str, on_diagonal: bool) -> Markup:
    if not count:
        return tag("td", class_="own" if on_diagonal else None)
    share = count / total
    kind = "hit" if on_diagonal else ("unsure" if other == NLU_FALLBACK else "miss")
    what = f"{count} of {total} {name}"
    return tag(
        "td",
        count,
        class_=kind,
        style=f"--a:{0.1 + 0.48 * share:.2f}",  # text on the deepest is still read well
        title=f"{what} understood" if on_diagonal else f"{what} taken for {other}",
    )


def _binned(confidences: Sequence[float]) -> list[int]:
    counts = Counter(min(int(one * BARS), BARS - 1) for one in confidences)
    return [counts[i] for i in range(BARS)]


def _across(confidence: float) -> float:
    return LEFT + confidence * (WIDTH - LEFT)


def _scale(what: str) -> list[Markup]:
    y = HEIGHT - BOTTOM + 16
    marks = [
        _text(
            _across(at / 4),
            y,
            f"{at / 4:g}",
            "start" if at == 0 else ("end" if at == 4 else "middle"),
        )
        for at in range(5)
    ]
    return [*marks, _text((LEFT + WIDTH) / 2, HEIGHT - 6, what, "middle", "quiet")]


def _bar(x: float, y: float, wide: float, high: float, kind: str, count: int, where: str) -> Markup:
    return tag(
        "rect",
        tag("title", f"{count} {kind} at {where}"),
        x=round(x + 1, 1),
        y=round(y, 1),
        width=round(wide - 2, 1),
        height=round(max(high, 1), 1),
        rx=1.5,
        class_=kind,
    )


def _line(x: float, y: float, x2: float, y2: float, kind: str) -> Markup:
    return tag(
        "line", x1=round(x, 1), y1=round(y, 1), x2=round(x2, 1), y2=round(y2, 1), class_=kind
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str = "") -> Markup:
    return tag("text", text, x=round(x, 1), y=round(y, 1), text_anchor=anchor, class_=kind or None)


def _chart(label: str, *parts: Markup) -> Markup:
    return tag(
        "svg", *parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label, class_="chart"
    )
