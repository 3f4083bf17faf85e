import json
from dataclasses import replace
from pathlib import Path

from bespeak import model
from bespeak.data import project as projects
from bespeak.evaluation.comparison import core_results, nlu_results, train_core_variants
from bespeak.message import Example, Message, TrainingData
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.pipeline import Pipeline
from tests.engine.evaluation.projects import FILES


def project(folder: Path) -> projects.Project:
    for name, content in FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    read = projects.read(folder)
    [story] = read.stories
    return replace(read, stories=(story, replace(story, name="again")))


def test_variants_lie_where_rasa_puts_them(tmp_path: Path) -> None:
    out = tmp_path / "models"
    read = project(tmp_path)
    written = train_core_variants(
        {"one": read, "two": read}, out, percentages=[0, 50], runs=2, augmentation=0
    )
    assert [str(path.relative_to(out)) for path in written] == [
        f"run_{run}/{name}__percentage__{percentage}.tar.gz"
        for run in (1, 2)
        for percentage in (0, 50)
        for name in ("one", "two")
    ]
    assert json.loads((out / "num_stories.json").read_text()) == [2, 1]
    assert model.described(out / "run_1/one__percentage__0.tar.gz").training_type == "core"


def test_results_stand_by_configuration_run_and_percentage(tmp_path: Path) -> None:
    for run in ("run_1", "run_2"):
        (tmp_path / run).mkdir()
        for name in ("a__percentage__0", "a__percentage__50", "b__percentage__0"):
            (tmp_path / run / f"{name}.tar.gz").touch()
        (tmp_path / run / "other.tar.gz").touch()
    (tmp_path / "num_stories.json").write_text("[10, 5]")

    def right(archive: Path) -> int:
        return 5 if "50" in archive.name else 10

    results, numbers = core_results(tmp_path, right)
    assert results == {"a": [[10, 5], [10, 5]], "b": [[10], [10]]}
    assert numbers == [10, 5]


def test_pipelines_are_tested_on_what_no_share_of_theirs_held() -> None:
    words = [f"word{letter}" for letter in "abcdefghij"]
    examples = tuple(Example(Message(f"{i} {w}"), i) for i in ("yes", "no") for w in words)
    rounds = nlu_results(
        {"only": lambda: Pipeline([KeywordIntentClassifier()])},
        TrainingData(examples),
        percentages=[0, 50],
        runs=1,
    )
    full, half = list(rounds)
    assert (full[:3], full[4]) == (("only", 1, 0), 16)
    assert (half[:3], half[4]) == (("only", 1, 50), 8)
    assert len(full[3].cases) == len(half[3].cases) == 4
