from pathlib import Path

import pytest

from bespeak.assistant import Assistant
from tests.engine.evaluation import projects


@pytest.fixture(scope="session")
def trips() -> Assistant:
    """The assistant of `projects.py`: tests only look at it."""
    return projects.assistant()


@pytest.fixture
def by_letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No encoder is installed: texts are compared by their letters, the same on every machine."""
    monkeypatch.setenv("BESPEAK_CACHE", str(tmp_path / "cache"))
