import random
from itertools import pairwise

from bespeak.evaluation.layout import laid_out


def test_a_node_stands_right_of_all_that_lead_to_it() -> None:
    edges = [("s", "a"), ("a", "b"), ("s", "b"), ("b", "c")]
    layout = laid_out(["s", "a", "b", "c"], edges)
    assert [layout.columns[node] for node in "sabc"] == [0, 1, 2, 3]
    assert layout.back == frozenset()


def test_nodes_of_a_column_do_not_touch() -> None:
    chance = random.Random(7)
    nodes = [str(i) for i in range(60)]
    edges = [(str(a), str(b)) for a in range(60) for b in chance.sample(range(60), 2) if b > a]
    layout = laid_out(nodes, edges)
    for column in set(layout.columns.values()):
        rows = sorted(layout.rows[node] for node in nodes if layout.columns[node] == column)
        assert all(below - above > 0.999 for above, below in pairwise(rows))
    assert min(layout.rows.values()) >= 0


def test_a_circle_is_broken_where_the_walk_from_the_start_closes_it() -> None:
    layout = laid_out(["s", "a", "b"], [("s", "a"), ("a", "b"), ("b", "a")])
    assert layout.back == {("b", "a")}
    assert layout.columns == {"s": 0, "a": 1, "b": 2}


def test_a_long_way_passes_every_column_between() -> None:
    layout = laid_out(["s", "a", "b", "c"], [("s", "a"), ("a", "b"), ("b", "c"), ("s", "c")])
    assert len(layout.ways["s", "c"]) == 4
    assert layout.ways["s", "c"][0] == layout.rows["s"]
    assert layout.ways["s", "c"][-1] == layout.rows["c"]


def test_ways_that_need_not_cross_do_not() -> None:
    nodes = ["s", "a", "b", "x", "y"]
    layout = laid_out(nodes, [("s", "a"), ("s", "b"), ("a", "y"), ("b", "x")])
    assert (layout.rows["a"] < layout.rows["b"]) == (layout.rows["y"] < layout.rows["x"])


def test_a_node_alone_is_a_layout_too() -> None:
    layout = laid_out(["s"], [("s", "s")])
    assert (layout.columns, layout.rows, layout.ways) == ({"s": 0}, {"s": 0.0}, {})
