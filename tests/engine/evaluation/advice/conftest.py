import pytest


@pytest.fixture(autouse=True)
def letters(by_letters: None) -> None:
    """Advice is tested without an encoder."""
