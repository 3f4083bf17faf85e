"""Where the nodes of a graph go on paper: columns from left to right, few crossings, short ways.

The layered method of Sugiyama et al. (1981): ways back are turned round, nodes get the column
after the last one that leads to them, long ways pass through a place in every column between,
columns are ordered by the mean place of their neighbours, and places are then moved as near to
these as their order allows (isotonic regression by pooling adjacent violators).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

SWEEPS: Final = 12

Edge = tuple[str, str]


@dataclass(frozen=True)
class Layout:
    """`columns` has each node's column; `rows` its place in it, in units of one node's height.

    `ways` has, for each edge, the row in every column it passes, both ends included, from left to
    right; `back` are the edges that lead to the left.
    """

    columns: Mapping[str, int]
    rows: Mapping[str, float]
    ways: Mapping[Edge, Sequence[float]]
    back: frozenset[Edge]


def laid_out(nodes: Sequence[str], edges: Iterable[Edge]) -> Layout:
    """Place the nodes; the first is the start. `edges` from a node to itself are left out."""
    told = list(dict.fromkeys(edge for edge in edges if edge[0] != edge[1]))
    back = _ways_back(nodes, told)
    forward = [(edge[1], edge[0]) if edge in back else edge for edge in told]
    columns = _columns(nodes, forward)
    sheet = _Sheet.of(nodes, forward, columns)
    rows = sheet.settled()
    ways = {}
    for edge, way in zip(told, sheet.ways, strict=True):
        ways[edge] = [rows[place] for place in way]
    return Layout(columns, {node: rows[node] for node in nodes}, ways, back)


@dataclass
class _Sheet:
    """Nodes, and the places that long ways pass, column by column, each with its neighbours."""

    columns: list[list[str]]
    ways: list[list[str]] = field(default_factory=list)
    before: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    after: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(
        cls, nodes: Sequence[str], forward: Sequence[Edge], columns: Mapping[str, int]
    ) -> "_Sheet":
        sheet = cls([[] for _ in range(max(columns.values(), default=0) + 1)])
        for node in nodes:
            sheet.columns[columns[node]].append(node)
        for number, (source, target) in enumerate(forward):
            way = [source]
            for column in range(columns[source] + 1, columns[target]):
                place = f"\0{number}:{column}"
                sheet.columns[column].append(place)
                way.append(place)
            way.append(target)
            for left, right in pairwise(way):
                sheet.after[left].append(right)
                sheet.before[right].append(left)
            sheet.ways.append(way)
        return sheet

    def settled(self) -> dict[str, float]:
        """Order the columns, then return every place's row."""
        order = {place: i for column in self.columns for i, place in enumerate(column)}
        for sweep in range(SWEEPS):
            forwards = sweep % 2 == 0
            neighbours = self.before if forwards else self.after
            for column in self.columns if forwards else reversed(self.columns):
                wish = {p: _mean([order[n] for n in neighbours[p]], order[p]) for p in column}
                column.sort(key=lambda place: wish[place])
                order.update({place: i for i, place in enumerate(column)})
        rows = {place: float(i) for place, i in order.items()}
        for sweep in range(SWEEPS):
            forwards = sweep % 2 == 0
            for column in self.columns if forwards else reversed(self.columns):
                near = self.before if forwards else self.after
                wishes = [_mean([rows[n] for n in near[p]], rows[p]) for p in column]
                rows.update(zip(column, _spread(wishes), strict=True))
        top = min(rows.values(), default=0.0)
        return {place: row - top for place, row in rows.items()}


def _ways_back(nodes: Sequence[str], edges: Sequence[Edge]) -> frozenset[Edge]:
    """Return the edges that close a circle, in a walk from the first node."""
    follows: defaultdict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        follows[source].append(target)
    seen: set[str] = set()
    under_way: set[str] = set()
    back: set[Edge] = set()
    for root in nodes:
        if root in seen:
            continue
        seen.add(root)
        under_way.add(root)
        walk = [(root, iter(follows[root]))]
        while walk:
            node, rest = walk[-1]
            target = next(rest, "")
            if not target:
                walk.pop()
                under_way.discard(node)
            elif target in under_way:
                back.add((node, target))
            elif target not in seen:
                seen.add(target)
                under_way.add(target)
                walk.append((target, iter(follows[target])))
    return frozenset(back)


def _columns(nodes: Sequence[str], forward: Sequence[Edge]) -> dict[str, int]:
    """Return for each node the length of the longest way to it."""
    follows: defaultdict[str, list[str]] = defaultdict(list)
    open_ways = dict.fromkeys(nodes, 0)
    for source, target in forward:
        follows[source].append(target)
        open_ways[target] += 1
    columns = dict.fromkeys(nodes, 0)
    ready = [node for node in nodes if not open_ways[node]]
    while ready:
        node = ready.pop()
        for target in follows[node]:
            columns[target] = max(columns[target], columns[node] + 1)
            open_ways[target] -= 1
            if not open_ways[target]:
                ready.append(target)
    return columns


def _spread(wishes: Sequence[float]) -> list[float]:
    """Return rows in this order, at least one apart, as near to the wishes as can be."""
    pools: list[tuple[float, int]] = []
    for i, wish in enumerate(wishes):
        total, count = wish - i, 1
        while pools and pools[-1][0] / pools[-1][1] > total / count:
            sum_before, count_before = pools.pop()
            total, count = total + sum_before, count + count_before
        pools.append((total, count))
    level = [total / count for total, count in pools for _ in range(count)]
    return [row + i for i, row in enumerate(level)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
