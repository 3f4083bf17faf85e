import re
from pathlib import Path
from xml.etree import ElementTree

from bespeak.data import project as projects
from bespeak.evaluation.graph import Graph, page, story_graph, svg
from tests.engine.evaluation.projects import FILES


def graph_of(folder: Path, stories: str, *, max_history: int = 2) -> Graph:
    (folder / "data").mkdir()
    for name, content in {**FILES, "data/stories.yml": stories}.items():
        (folder / name).write_text(content)
    read = projects.read(folder)
    return story_graph([*read.stories, *read.rules], max_history=max_history)


def story(name: str, *steps: str) -> str:
    written = "".join(f"      - {step}\n" for step in steps)
    return f"  - story: {name}\n    steps:\n{written}"


HEAD = 'version: "3.1"\nstories:\n'
THANKED = ("intent: thanks", "action: utter_welcome")


def test_paths_that_begin_alike_are_drawn_once(tmp_path: Path) -> None:
    one = story("one", *THANKED, "intent: bye", "action: utter_bye")
    two = story("two", *THANKED, "intent: greet", "action: utter_greet")
    graph = graph_of(tmp_path, HEAD + one + two)
    labels = [node.label for node in graph.nodes]
    assert sorted(labels) == sorted(
        ["START", "thanks", "utter_welcome", "bye", "utter_bye", "greet", "utter_greet"]
    )
    assert {node.label for node in graph.nodes if node.ends} == {"utter_bye", "utter_greet"}


def test_max_history_says_how_far_back_places_differ(tmp_path: Path) -> None:
    after = ("intent: bye", "action: utter_bye")
    one = story("one", *THANKED, *after)
    two = story("two", "intent: greet", "action: utter_greet", *after)
    far = graph_of(tmp_path, HEAD + one + two, max_history=2)
    assert [node.label for node in far.nodes].count("utter_bye") == 2
    (tmp_path / "near").mkdir()
    near = graph_of(tmp_path / "near", HEAD + one + two, max_history=1)
    assert [node.label for node in near.nodes].count("utter_bye") == 1


def test_rules_are_told_one_by_one_with_their_conditions(tmp_path: Path) -> None:
    rules = {rule.name: rule for rule in graph_of(tmp_path, HEAD + story("s", *THANKED)).rules}
    important = rules["Greet somebody important"]
    assert important.conditions == 1
    assert [step.label for step in important.steps] == ["vip = True", "greet", "utter_vip"]
    assert [step.label for step in rules["Close the form"].steps][:2] == ["in trip", "trip"]


def test_the_picture_is_well_formed_and_holds_what_users_say_as_text(tmp_path: Path) -> None:
    said = story("<odd> & 'odd'", 'user: "<b>1 & 2</b>"', "action: utter_greet")
    graph = graph_of(tmp_path, HEAD + said)
    drawn = ElementTree.fromstring(svg(graph))
    texts = [element.text for element in drawn.iter() if element.tag == "text"]
    assert "“<b>1 & 2</b>”" in texts


def test_the_page_asks_nothing_of_the_network(tmp_path: Path) -> None:
    written = page(graph_of(tmp_path, HEAD + story("s", *THANKED)), "A <title>")
    assert "A &lt;title&gt;" in written
    assert not re.search(r"(src|href)=|@import|https?://", written)
    assert ".faded" in written and "mouseenter" in written
