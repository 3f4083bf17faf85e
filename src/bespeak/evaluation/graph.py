"""Stories and rules as a picture: from left to right, what users say and what is done about it.

Stories are one graph, in which two places are the same if the last few steps that led there are;
rules stand below, one a line. The page needs nothing but itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from importlib.resources import files
from typing import Final

from bespeak.dialogue.story import MUST_NOT_BE_SET, Story
from bespeak.domain import LISTEN, REQUESTED_SLOT, SNIPPET
from bespeak.evaluation.layout import Layout, laid_out
from bespeak.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered

START: Final = "start"
HEIGHT: Final = 30
ROW: Final = 46
GAP: Final = 46
"""Pixels: a node's height, from row to row, and between columns."""

LETTER: Final = 7.1
"""Pixels that a letter takes, about."""

LONGEST: Final = 34
"""Letters of a label that are shown; the rest is in its tooltip."""


@dataclass(frozen=True)
class Node:
    """A place: what was said or done, after the same last few steps.

    `kind` is "start", "user", "action", "slot" or "loop"; `ends` says that a story ends here.
    """

    key: str
    label: str
    kind: str
    ends: bool = False

    @property
    def shown(self) -> str:
        return self.label if len(self.label) <= LONGEST else f"{self.label[: LONGEST - 1]}…"

    @property
    def width(self) -> float:
        return len(self.shown) * LETTER + (18 if self.kind == "slot" else 30)


@dataclass(frozen=True)
class Edge:
    """A way from one place to the next."""

    source: str
    target: str


@dataclass(frozen=True)
class Rule:
    """A rule, step by step; the first `conditions` of them are what must hold."""

    name: str
    steps: tuple[Node, ...]
    conditions: int = 0


@dataclass(frozen=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    rules: tuple[Rule, ...] = ()


def story_graph(stories: Sequence[Story], *, max_history: int = 2) -> Graph:
    """Merge the stories' paths: places are one if their last `max_history` turns are the same."""
    nodes: dict[str, Node] = {START: Node(START, "START", "start")}
    edges: dict[Edge, None] = {}
    rules: list[Rule] = []
    for story in stories:
        if story.is_rule:
            rules.append(_rule(story))
            continue
        at, turns = START, [START]
        for step in _steps(story.tracker.events):
            if step.kind == "user":
                turns.append("")
            turns[-1] += f" > {step.kind} {step.label}"
            key = " | ".join(turns[-max(1, max_history) :])
            nodes.setdefault(key, replace(step, key=key))
            edges[Edge(at, key)] = None
            at = key
        nodes[at] = replace(nodes[at], ends=True)
    return Graph(tuple(nodes.values()), tuple(edges), tuple(rules))


def _steps(events: Sequence[Event]) -> Iterator[Node]:
    for event in events:
        match event:
            case UserUttered():
                said = event.intent_name or f"“{event.text or ''}”"
                entities = ", ".join(dict.fromkeys(entity.name for entity in event.entities))
                yield Node("", f"{said} ({entities})" if entities else said, "user")
            case ActionExecuted(name=name) if name in (LISTEN, SNIPPET):
                pass
            case ActionExecuted():
                yield Node("", event.label, "action")
            case SlotSet(name=name, value=value) if name != REQUESTED_SLOT:
                if value in (None, MUST_NOT_BE_SET):
                    yield Node("", f"{name} not set", "slot")
                else:
                    yield Node("", f"{name} = {value}", "slot")
            case ActiveLoop(name=name) if name in (None, MUST_NOT_BE_SET):
                yield Node("", "form ends", "loop")
            case _:
                pass


def _rule(story: Story) -> Rule:
    """Take a rule apart at its snippet marker: conditions before it, steps after."""
    events = story.tracker.events
    cut = next(
        (i for i, e in enumerate(events) if isinstance(e, ActionExecuted) and e.name == SNIPPET), 0
    )
    conditions = [node for event in events[:cut] for node in _condition(event)]
    return Rule(story.name, (*conditions, *_steps(events[cut:])), len(conditions))


def _condition(event: Event) -> Iterator[Node]:
    if isinstance(event, ActiveLoop):
        inside = event.name not in (None, MUST_NOT_BE_SET)
        yield Node("", f"in {event.name}" if inside else "in no form", "loop")
    elif isinstance(event, SlotSet):
        yield from _steps([event])


# --- drawing ----------------------------------------------------------------------------------


def page(graph: Graph, title: str) -> str:
    """Return the graph as an HTML page."""
    here = files("bespeak.evaluation")
    style, script = ((here / name).read_text("utf-8") for name in ("graph.css", "graph.js"))
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f"<h1>{escape(title)}</h1>{_LEGEND}"
    ]
    if len(graph.nodes) > 1:
        parts.append(f"<h2>Stories</h2><div class='sheet'>{svg(graph)}</div>")
    if graph.rules:
        rows = "".join(_rule_row(rule) for rule in graph.rules)
        parts.append(f"<h2>Rules</h2><div class='sheet'><table>{rows}</table></div>")
    return "".join([*parts, f"<script>{script}</script></body></html>\n"])


def svg(graph: Graph) -> str:
    """Return the stories' graph as SVG."""
    layout = laid_out(
        [node.key for node in graph.nodes], [(edge.source, edge.target) for edge in graph.edges]
    )
    lefts = _lefts(graph.nodes, layout)
    number = {node.key: i for i, node in enumerate(graph.nodes)}
    width = max(lefts[layout.columns[node.key]] + node.width for node in graph.nodes) + 24
    height = (max(layout.rows.values()) + 1) * ROW + 12
    edges = [_edge(edge, graph, layout, lefts, number) for edge in graph.edges]
    nodes = [
        _node(node, lefts[layout.columns[node.key]], _middle(layout.rows[node.key]), number)
        for node in graph.nodes
    ]
    return (
        f"<svg id='stories' width='{width:.0f}' height='{height:.0f}' role='img' "
        "aria-label='Stories as a graph'><defs><marker id='tip' viewBox='0 0 8 8' refX='7' "
        "refY='4' markerWidth='6' markerHeight='6' orient='auto'><path d='M0 .5 7.5 4 0 7.5z' "
        f"class='tip'/></marker></defs>{''.join(edges)}{''.join(nodes)}</svg>"
    )


def _lefts(nodes: Sequence[Node], layout: Layout) -> list[float]:
    """Return where each column begins."""
    widths = [0.0] * (max(layout.columns.values()) + 1)
    for node in nodes:
        column = layout.columns[node.key]
        widths[column] = max(widths[column], node.width)
    lefts, x = [], 8.0
    for width in widths:
        lefts.append(x)
        x += width + GAP
    return lefts


def _middle(row: float) -> float:
    return row * ROW + HEIGHT / 2 + 8


def _node(node: Node, left: float, y: float, number: Mapping[str, int]) -> str:
    radius = {"user": HEIGHT / 2, "start": HEIGHT / 2, "action": 6}.get(node.kind, 3)
    high = HEIGHT - 8 if node.kind in ("slot", "loop") else HEIGHT
    end = ""
    if node.ends:
        x = left + node.width + 10
        end = f"<circle cx='{x:.0f}' cy='{y:.0f}' r='4' class='end'><title>ends</title></circle>"
    return (
        f"<g class='node {node.kind}' data-n='{number[node.key]}'>"
        f"<title>{escape(node.label)}</title>"
        f"<rect x='{left:.0f}' y='{y - high / 2:.1f}' width='{node.width:.0f}' height='{high}' "
        f"rx='{radius:.0f}'/><text x='{left + node.width / 2:.0f}' y='{y + 4:.1f}'>"
        f"{escape(node.shown)}</text>{end}</g>"
    )


def _edge(
    edge: Edge, graph: Graph, layout: Layout, lefts: Sequence[float], number: Mapping[str, int]
) -> str:
    """Draw a way through all the columns that it passes; one back is dashed."""
    key = (edge.source, edge.target)
    ends = f"data-a='{number[edge.source]}' data-b='{number[edge.target]}'"
    first, last = graph.nodes[number[edge.source]], graph.nodes[number[edge.target]]
    if edge.source == edge.target:
        x = lefts[layout.columns[edge.source]] + first.width / 2
        y = _middle(layout.rows[edge.source]) - HEIGHT / 2
        path = f"M{x - 14:.0f} {y:.0f}c-6 -16 34 -16 28 -1"
        return f"<path class='edge' {ends} d='{path}' marker-end='url(#tip)'/>"
    is_back = key in layout.back
    if is_back:
        first, last = last, first
    column = layout.columns[first.key]
    x, y = lefts[column] + first.width, _middle(layout.rows[first.key])
    path = f"M{x:.0f} {y:.1f}"
    for step, row in enumerate(layout.ways[key][1:], start=1):
        to, level = lefts[column + step], _middle(row)
        is_last = step == len(layout.ways[key]) - 1
        if to - x > 2 * GAP:  # past shorter nodes of its own column, straight on
            x = to - GAP
            path += f"L{x:.0f} {y:.1f}"
        bend = (x + to) / 2
        path += f"C{bend:.0f} {y:.1f} {bend:.0f} {level:.1f} {to - (1 if is_last else 0):.0f}"
        path += f" {level:.1f}"
        x, y = to, level
    tip = "marker-start" if is_back else "marker-end"
    turned = "back" if is_back else ""
    return f"<path class='edge {turned}' {ends} d='{path}' {tip}='url(#tip)'/>"


def _rule_row(rule: Rule) -> str:
    chips = []
    for i, step in enumerate(rule.steps):
        if i and i == rule.conditions:
            chips.append("<i>then</i>")
        chips.append(f"<span class='chip {step.kind}'>{escape(step.label)}</span>")
    return f"<tr><th>{escape(rule.name)}</th><td>{''.join(chips)}</td></tr>"


_LEGEND: Final = (
    "<div class='legend'>What users say leads to what the assistant does."
    "<span class='chip user'>intent</span><span class='chip'>action</span>"
    "<span class='chip slot'>slot</span><span class='chip loop'>form</span>"
    "<svg width='12' height='12' style='margin:0 .3rem'><circle cx='6' cy='6' r='4' class='end'/>"
    "</svg>a story ends. Point at a place to see the ways through it.</div>"
)
