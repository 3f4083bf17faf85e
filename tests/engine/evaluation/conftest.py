import pytest

from bespeak.assistant import Assistant
from tests.engine.evaluation import projects


@pytest.fixture(scope="session")
def trips() -> Assistant:
    """The assistant of `projects.py`: tests only look at it."""
    return projects.assistant()
