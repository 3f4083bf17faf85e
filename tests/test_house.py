"""The rules of the house that no linter knows."""

import argparse
import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bespeak import channels, nlu, policies, stores
from bespeak.assistant import build_pipeline, build_policies
from bespeak.cli.main import COMMANDS
from bespeak.data.config import read_credentials, read_endpoints
from bespeak.data.conversations import read_scripts
from bespeak.domain import Domain
from bespeak.extend import build, load
from bespeak.loading import action_options, nlg_options
from bespeak.stores.build import event_broker, tracker_store
from tests.engine.evaluation.projects import FILES

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "bespeak"
STARTER = SOURCE / "cli" / "starter"
MODULES = sorted(SOURCE.rglob("*.py"))

FAMILIES: Mapping[str, Mapping[str, str]] = {
    "nlu": nlu.BUILTIN,
    "policies": policies.BUILTIN,
    "channels": channels.BUILTIN,
    "stores": stores.BUILTIN,
    "brokers": stores.BROKERS,
}
PAGES = {
    "nlu": "components.md",
    "policies": "policies.md",
    "channels": "channels.md",
    "stores": "endpoints.md",
    "brokers": "endpoints.md",
}
BUILTIN = [(family, name) for family, table in FAMILIES.items() for name in table]

LEARNING = ("sklearn", "scipy", "matplotlib", "onnx", "pycrfsuite", "torch")
"""What may be imported while training or drawing, never while serving."""

NAMELESS = ("utils", "util", "common", "helpers", "helper", "constants", "misc", "manager")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    tree = _parsed(path)
    if tree.body:
        assert ast.get_docstring(tree), "a module begins with one sentence on what it is for"


def test_no_module_is_called_after_nothing_in_particular() -> None:
    names = {part for path in MODULES for part in path.relative_to(SOURCE).with_suffix("").parts}
    assert names.isdisjoint(NAMELESS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_runs_what_it_reads(path: Path) -> None:
    """No pickle, no YAML with tags, no code from text, no imports for types alone."""
    found = set(_forbidden(_parsed(path)))
    assert found == set()


@pytest.mark.parametrize("family, name", BUILTIN, ids=lambda part: str(part))
def test_every_built_in_name_leads_to_something(family: str, name: str) -> None:
    assert callable(load(FAMILIES[family][name]))


@pytest.mark.parametrize("family, name", BUILTIN, ids=lambda part: str(part))
def test_every_option_of_a_built_in_stands_in_its_page(family: str, name: str) -> None:
    told = _told(PAGES[family], name)
    missing = [option for option in _options(load(FAMILIES[family][name])) if option not in told]
    assert missing == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: str(command.name))
def test_every_option_of_a_command_stands_in_its_page(command: Any) -> None:
    parser = argparse.ArgumentParser()
    importlib.import_module(command.module).add(parser)
    page = (ROOT / "docs/cli.md").read_text()
    [section] = re.findall(rf"^## bespeak {command.name}\b(.*?)(?=^## |\Z)", page, re.M | re.S)
    shared = page[: page.index("## bespeak")]
    assert [names for names in _flags(parser) if not _mentions(section + shared, names)] == []


def test_helping_needs_no_numpy() -> None:
    """A person who asks for help should not wait for what is not used."""
    imported = _imported_by("import bespeak.cli.main")
    assert not imported & {"numpy", "rich", "yaml", "httpx", "starlette", *LEARNING}


@pytest.mark.parametrize("command", ["train", "run", "shell", "data", "test"])
def test_no_command_imports_at_its_start_what_only_learning_needs(command: str) -> None:
    imported = _imported_by(f"import bespeak.cli.{command}")
    assert not imported & {*LEARNING, "fastapi", "onnxruntime"}


def test_serving_imports_nothing_that_only_learning_needs(tmp_path: Path) -> None:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    (tmp_path / "config.yml").write_text(LEARNED)
    train = [sys.executable, "-m", "bespeak", "train"]
    subprocess.run(train, cwd=tmp_path, check=True, capture_output=True)
    imported = _imported_by(SERVE, cwd=tmp_path)
    assert "bespeak.policies.learned" in imported  # the model was really loaded
    assert not imported & set(LEARNING)


LEARNED = """
recipe: default.v1
language: en
assistant_id: tests
pipeline:
  - name: WhitespaceTokenizer
  - name: CountVectorsFeaturizer
  - name: DIETClassifier
  - name: CRFEntityExtractor
  - name: FallbackClassifier
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
  - name: TEDPolicy
    max_history: 5
"""

SERVE = """
import asyncio
from pathlib import Path
import bespeak.cli.run
from bespeak.data.config import Endpoints
from bespeak.engine import Engine
from bespeak.loading import load
from bespeak.message import UserMessage
from bespeak.server.app import Settings, create_app
from bespeak.stores.memory import InMemoryTrackerStore

create_app(Settings(enable_api=True))

async def talk():
    engine = Engine(load(Path("models"), Endpoints()).assistant, InMemoryTrackerStore())
    async def deliver(said):
        pass
    await engine.handle(UserMessage("ann", "hello there"), deliver)
    await engine.close()

asyncio.run(talk())
"""


# --- the pages' examples ------------------------------------------------------------------------


def test_the_pipelines_and_policies_of_the_pages_can_be_built() -> None:
    for example in _examples("components.md"):
        assert build_pipeline(example["pipeline"], Domain()).components
    for example in _examples("policies.md"):
        assert build_policies(example["policies"])


def test_the_channels_of_the_pages_can_be_built(tmp_path: Path) -> None:
    for example in _examples("channels.md"):
        path = tmp_path / "credentials.yml"
        path.write_text(yaml.safe_dump(example))
        for name, options in read_credentials(path).channels.items():
            assert build("channels", channels.BUILTIN, {"name": name, **(options or {})})


def test_the_endpoints_of_the_pages_can_be_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "secret")
    monkeypatch.setenv("HELPLINE_SECRET", "secret")
    for page in ("endpoints.md", "extending.md"):
        for example in _examples(page):
            path = tmp_path / "endpoints.yml"
            path.write_text(yaml.safe_dump(example))
            read = read_endpoints(path)
            store, broker = read.tracker_store, read.event_broker
            if store:
                assert tracker_store({"type": store.type, **store.options})
            if broker:
                assert event_broker({"type": broker.type, **broker.options})
            assert isinstance(action_options(read.action), Mapping)
            assert isinstance(nlg_options(read.nlg), Mapping)


def test_the_conversation_of_the_pages_can_be_read(tmp_path: Path) -> None:
    [example] = _examples("cli.md")
    path = tmp_path / "conversation.yml"
    path.write_text(yaml.safe_dump(example))
    [script] = read_scripts([path])
    assert len(script.steps) == 5


def _examples(page: str) -> list[dict[str, Any]]:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / "docs" / page).read_text(), re.M | re.S)
    return [yaml.safe_load(block) for block in blocks]


# --- looking things up --------------------------------------------------------------------------


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _forbidden(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name in ("pickle", "dill", "marshal"))
            case ast.ImportFrom(module="pickle" | "dill" | "marshal" as module):
                yield module
            case ast.ImportFrom(module="typing", names=names):
                yield from (one.name for one in names if one.name == "TYPE_CHECKING")
            case ast.Call(func=ast.Name(id="eval" | "exec" as name)):
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(id="yaml"), attr="load" | "load_all")):
                yield "yaml.load"
            case ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
                yield "allow_pickle"


def _options(built_in: Any) -> list[str]:
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(built_in).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind in kinds]


def _told(page: str, name: str) -> set[str]:
    """Return what stands in backticks about a name: its section, the one around it, its row."""
    text = (ROOT / "docs" / page).read_text()
    told: set[str] = set()
    general = ""
    for part in re.split(r"^(?=##)", text, flags=re.M):
        heading, _, body = part.partition("\n")
        if heading.startswith("## "):
            general = body
        if re.search(rf"\b{name}\b", heading):
            told |= _quoted(general + body)
    for row in re.findall(rf"^\| `{name}` \|.*$", text, re.M | re.I):
        told |= _quoted(row)
    return told


def _quoted(text: str) -> set[str]:
    without_blocks = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    return set(re.findall(r"`([^`]+)`", without_blocks))


def _flags(parser: argparse.ArgumentParser) -> Iterator[Sequence[str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _flags(inner)
        elif action.option_strings and action.help != argparse.SUPPRESS:
            yield action.option_strings


def _mentions(text: str, names: Sequence[str]) -> bool:
    return "--help" in names or any(name in _quoted(text) for name in names)


def _imported_by(code: str, cwd: Path = ROOT) -> set[str]:
    """Return all modules, and their packages, that a fresh process has after some code."""
    tell = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", tell], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names = set(done.stdout.split())
    return names | {name.partition(".")[0] for name in names}
