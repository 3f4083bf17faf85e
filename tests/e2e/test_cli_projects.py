"""Projects that were made for Rasa, as they are."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.command import SHARED, bespeak


@pytest.fixture(scope="module", params=["moodbot", "retail-demo", "financial-demo"])
def project(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = SHARED / request.param
    if not source.exists():
        pytest.skip(f"{source} is not there")
    folder: Path = tmp_path_factory.mktemp("projects") / request.param
    shutil.copytree(source, folder, copy_function=shutil.copy)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    if request.param == "financial-demo":
        _leave_out_spacy(folder / "config.yml")
    return folder


def _leave_out_spacy(config: Path) -> None:
    """Its two spaCy components need a model package that is not on the package index."""
    text = config.read_text()
    begin, end = text.index("  - name: SpacyNLP"), text.index("  - name: EntitySynonymMapper")
    config.write_text(text[:begin] + text[end:])


def test_it_is_valid_trains_and_passes_its_own_stories(project: Path) -> None:
    checked = bespeak(project, "data", "validate")
    assert checked.returncode == 0, checked.stderr
    trained = bespeak(project, "train")
    assert trained.returncode == 0, trained.stderr
    tested = bespeak(project, "test", "core", "--no-plot", "--fail-on-prediction-errors")
    assert tested.returncode == 0, tested.stderr
    report = json.loads((project / "results/story_report.json").read_text())
    assert report["conversation_accuracy"]["accuracy"] == 1.0
    assert bespeak(project, "train", "--dry-run").returncode == 0
    assert bespeak(project, "visualize").returncode == 0


OWN = """
class Calm:
    def __init__(self, *, share: float = 0.8) -> None:
        self.share = share

    def process(self, messages):
        return messages
"""


def test_components_beside_the_configuration_are_found_by_every_command(tmp_path: Path) -> None:
    assert bespeak(tmp_path, "init", "--no-prompt").returncode == 0
    (tmp_path / "my_components.py").write_text(OWN)
    config = tmp_path / "config.yml"
    own = "pipeline:\n  - name: my_components.Calm\n    share: 0.9\n"
    config.write_text(config.read_text().replace("pipeline:\n", own, 1))
    command = str(Path(sys.executable).parent / "bespeak")  # `python -m` would add the folder
    for words in (["data", "validate"], ["train"], ["test", "core", "--no-plot"]):
        subprocess.run([command, *words], cwd=tmp_path, check=True, capture_output=True)
    config.write_text(config.read_text().replace("share:", "shair:"))
    told = bespeak(tmp_path, "data", "validate")
    assert told.returncode == 1
    assert "Did you mean 'share'?" in told.stderr
