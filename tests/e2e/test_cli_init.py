"""`bespeak init`, and that what it writes works."""

import re
import shutil
from pathlib import Path

import pytest

from bespeak.cli.init import WRITTEN
from tests.e2e.command import at_terminal, bespeak


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("init")
    done = bespeak(folder, "init", "--no-prompt", "--init-dir", "café")
    assert done.returncode == 0, done.stderr
    return folder / "café"


def test_the_files_of_rasa_are_written_and_a_model_is_trained(made: Path) -> None:
    files = {str(p.relative_to(made)) for p in made.rglob("*") if p.is_file()}
    assert {name for name in files if not name.startswith("models/")} == set(WRITTEN)
    assert len(list((made / "models").glob("*.tar.gz"))) == 1


def test_each_project_gets_an_id_of_its_own(made: Path) -> None:
    [written] = re.findall(r"assistant_id: (\S+)", (made / "config.yml").read_text())
    assert re.fullmatch(r"\d{8}-\d{6}-[a-z]+-[a-z]+", written)


def test_the_starter_is_without_fault(made: Path, tmp_path: Path) -> None:
    checked = bespeak(made, "data", "validate", "--fail-on-warnings")
    assert checked.returncode == 0, checked.stderr
    words = ("test", "--no-plot", "--fail-on-prediction-errors", "--out", str(tmp_path))
    tested = bespeak(made, *words)
    assert tested.returncode == 0, tested.stderr
    again = bespeak(made, "train")
    assert "Nothing has changed" in again.stderr


def test_the_starter_books_a_table(made: Path) -> None:
    talk = "hi\ntable for 5 on Saturday please\n1\n"
    done = bespeak(made, "shell", typed=talk)
    assert done.stdout.splitlines()[1:] == [
        "Shall I book a table for 5 on Saturday?",
        "  1: Yes, please",
        "  2: No",
        "Done. We look forward to seeing you!",
    ]


def test_the_example_action_runs_once_it_is_listed_ruled_and_housed(
    made: Path, tmp_path: Path
) -> None:
    pytest.importorskip("rasa_sdk")
    project = Path(shutil.copytree(made, tmp_path / "project"))
    rules = project / "data/rules.yml"
    rules.write_text(rules.read_text().replace("utter_hours", "action_tell_time"))
    for name, line in (
        ("domain.yml", "\nactions:\n  - action_tell_time\n"),
        ("endpoints.yml", "\naction_endpoint:\n  module: actions\n"),
    ):
        path = project / name
        path.write_text(path.read_text() + line)
    trained = bespeak(project, "train")
    assert trained.returncode == 0, trained.stderr
    done = bespeak(project, "shell", typed="when are you open?\n")
    assert re.fullmatch(r"It is \d\d:\d\d\.\n", done.stdout)


def test_nothing_is_ever_overwritten(made: Path, tmp_path: Path) -> None:
    (tmp_path / "domain.yml").write_text("mine")
    done = bespeak(tmp_path, "init", "--no-prompt")
    assert done.returncode == 1
    assert "already has domain.yml: nothing was written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["domain.yml"]


def test_questions_can_be_declined(tmp_path: Path) -> None:
    done = bespeak(tmp_path, "init", typed="new\nn\n")
    assert done.returncode == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} >= {"domain.yml", "config.yml"}
    assert not (tmp_path / "new/models").exists()
    silent = bespeak(tmp_path, "init", "--init-dir", "silent")
    assert (silent.returncode, (tmp_path / "silent/models").exists()) == (0, False)


def test_the_shell_is_offered(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made, tmp_path / "kept")
    code, seen = at_terminal(tmp_path / "kept", ["shell"], ["when are you open?", "/stop"])
    assert (code, "Tuesday to Sunday" in seen) == (0, True)
