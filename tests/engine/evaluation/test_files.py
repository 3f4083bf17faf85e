import json
from pathlib import Path

import pytest

from bespeak.evaluation.case import Case
from bespeak.evaluation.dialogue import Evaluation
from bespeak.evaluation.files import (
    write_comparison,
    write_stories,
    write_study,
    write_understanding,
)
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.study import of_model
from bespeak.message import Example, Intent, Message
from bespeak.nlu.pipeline import Pipeline
from tests.engine.evaluation.cases import case


def test_understanding_is_written_under_rasas_names(tmp_path: Path) -> None:
    right = Case(Example(Message("hi"), "greet"), Message("hi", intent=Intent("greet", 0.9)))
    wrong = Case(Example(Message("ciao"), "bye"), Message("ciao", intent=Intent("greet", 0.6)))
    write_understanding(Understanding((right, wrong)), tmp_path, successes=True, pictures=False)
    assert {path.name for path in tmp_path.iterdir()} == {
        "nlu_evaluation.json",
        "intent_report.json",
        "intent_errors.json",
        "intent_successes.json",
        "entity_spans.json",
    }
    report = json.loads((tmp_path / "intent_report.json").read_text())
    assert report["bye"]["confused_with"] == {"greet": 1}
    assert report["accuracy"] == 0.5


def test_pictures_are_drawn_beside_the_reports(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    right = Case(Example(Message("hi"), "greet"), Message("hi", intent=Intent("greet", 0.9)))
    write_understanding(Understanding((right,)), tmp_path)
    for name in ("intent_confusion_matrix.png", "intent_histogram.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("by_letters")
def test_a_study_is_written_as_a_page_with_its_advice_calibration_and_noise(tmp_path: Path) -> None:
    right = case("hi", "greet")
    study = of_model(
        Understanding((right, case("ciao", "bye", "greet", 0.95, bye=0.01, line=7))),
        "Tested with the model m.tar.gz",
        Pipeline([]),
        noisy={"clean": [right], "typos": [case("hj", "greet", "bye")]},
    )
    page, *others = write_study(study, tmp_path, "cloudmart", pictures=False)
    assert page.name == "nlu.html"
    assert "cloudmart" in page.read_text("utf-8")
    names = {path.name for path in others}
    assert {"nlu_advice.json", "intent_calibration.json", "nlu_robustness.json"} <= names
    [first, *_] = json.loads((tmp_path / "nlu_advice.json").read_text("utf-8"))["findings"]
    assert first["examples"][0]["source"] == "data/nlu.yml:7"
    noise = json.loads((tmp_path / "nlu_robustness.json").read_text("utf-8"))["noise"]
    assert (noise["typos"]["accuracy"], noise["typos"]["loss"]) == (0.0, 1.0)


@pytest.mark.usefixtures("by_letters")
def test_text_that_is_no_unicode_can_be_written(tmp_path: Path) -> None:
    odd = Understanding((case("\ud800", "greet", "bye"),))
    write_study(of_model(odd, "", Pipeline([])), tmp_path, "odd", pictures=False)
    assert json.loads((tmp_path / "intent_errors.json").read_text("utf-8"))[0]["text"] == "?"


def test_what_was_not_asked_for_is_not_written(tmp_path: Path) -> None:
    write_stories(Evaluation((), False), tmp_path, errors=False, warnings=False, pictures=False)
    assert {path.name for path in tmp_path.iterdir()} == {
        "story_report.json",
        "story_evaluation.json",
    }


def test_files_of_stories_say_so_where_there_are_none(tmp_path: Path) -> None:
    write_stories(Evaluation((), False), tmp_path, successes=True, pictures=False)
    assert "all good" in (tmp_path / "failed_test_stories.yml").read_text()
    assert (tmp_path / "successful_test_stories.yml").read_text().startswith("# None")
    assert (tmp_path / "stories_with_warnings.yml").read_text().startswith("# No warnings")


def test_a_comparison_is_written_as_json_with_or_without_its_picture(tmp_path: Path) -> None:
    written = write_comparison({"a": [[1.0]]}, [3], tmp_path, "graph.pdf", "F1", pictures=False)
    assert [path.name for path in written] == ["results.json"]
    assert json.loads(written[0].read_text()) == {"a": [[1.0]]}
