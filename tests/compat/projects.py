"""The three real projects beside the repository, compared live: nothing of them is kept.

Two things are held against each other. Their *story tests* run on a model trained with
all that their configuration names, and Bespeak must pass as many as Rasa. Their
*conversations* (the user's turns of those tests, as intents with entities) are held with
a copy from which everything learned is taken out and every response has one variation,
so that what is left must be equal event by event.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.compat import compare, reading
from tests.compat.engines import WORK, Engine
from tests.compat.player import play
from tests.compat.scripts import HERE, Script, Step, Suite

PROJECTS = HERE.parents[2] / "shared" / "rasa-projects"
NEEDING_MODELS = ("SpacyNLP", "SpacyEntityExtractor")
"""Components whose language models are not to be had everywhere."""
LEARNED_POLICIES = ("TEDPolicy", "UnexpecTEDIntentPolicy")
ENDPOINTS = """
action_endpoint:
  url: ${ACTIONS_URL}
tracker_store:
  type: SQL
  dialect: sqlite
  db: conversations.db
"""
ANNOTATION = re.compile(
    r"\[(?P<text>[^\]]+)\](?:\((?P<type>[^:)]+)(?::(?P<value>[^)]+))?\)|(?P<json>\{[^}]+\}))"
)


def compared(theirs: Engine, ours: Engine) -> int:
    """How many conversations and story tests go worse with us than with Rasa."""
    if not PROJECTS.is_dir():
        print(f"Skipped: the projects are not at {PROJECTS}.")
        return 0
    return sum(
        files(project, theirs)
        + conversations(project, theirs, ours)
        + story_tests(project, theirs, ours)
        for project in sorted(PROJECTS.iterdir())
    )


def files(project: Path, theirs: Engine) -> int:
    """How many parts of the project's files are read otherwise than by Rasa."""
    folder = with_what_is_needed(project)
    with_rasa, with_us = reading.by_rasa(theirs, folder), reading.by_bespeak(folder)
    differing = 0
    for part in with_us:
        difference = compare.difference(with_rasa[part], with_us[part])
        print(f"{'FAIL' if difference else 'ok  '} {project.name}: reading the {part}")
        if difference:
            print(difference)
            differing += 1
    return differing


def conversations(project: Path, theirs: Engine, ours: Engine) -> int:
    """How many of the test stories' conversations differ in any event or reply."""
    suite = Suite(
        name=project.name,
        folder=without_learning(project, theirs),
        scripts=scripts(project),
    )
    with_rasa = play(suite, theirs, theirs.command[0])
    with_us = play(suite, ours, ours.command[0])
    differing = 0
    for script in suite.scripts:
        difference = compare.difference(
            compare.script_of(with_rasa, script.name), compare.script_of(with_us, script.name)
        )
        print(f"{'FAIL' if difference else 'ok  '} {project.name}: {script.name}")
        if difference:
            print(difference)
            differing += 1
    return differing


def story_tests(project: Path, theirs: Engine, ours: Engine) -> int:
    """1 if Bespeak fails more story tests than Rasa, else 0.

    Rasa counts conversations that read alike once, so what is passed cannot be compared.
    """
    source = with_what_is_needed(project)
    passed = {engine.name: _passed(engine, source) for engine in (theirs, ours)}
    failed = {name: total - good for name, (good, total) in passed.items()}
    worse = failed[ours.name] > failed[theirs.name]
    told = ", ".join(f"{name} {good} of {total}" for name, (good, total) in passed.items())
    print(f"{'FAIL' if worse else 'ok  '} {project.name}: story tests passed: {told}")
    return int(worse)


def without_learning(project: Path, engine: Engine) -> Path:
    """A copy of the project whose answers follow from its rules and stories alone."""
    folder = _copy(project, "projects-exact")
    config = _config(folder)
    policies = config.get("policies") or [{"name": "MemoizationPolicy"}, {"name": "RulePolicy"}]
    config["policies"] = [entry for entry in policies if entry["name"] not in LEARNED_POLICIES]
    config["pipeline"] = [{"name": "WhitespaceTokenizer"}]
    _write(folder / "config.yml", config)
    domain = reading.by_rasa(engine, folder)["domain"]
    domain["responses"] = {
        name: _one_variation(variations) for name, variations in domain["responses"].items()
    }
    _write(folder / "domain.yml", domain)
    return folder


def with_what_is_needed(project: Path) -> Path:
    """A copy of the project that can be trained here, with all it learns."""
    folder = _copy(project, "projects")
    config = _config(folder)
    if config.get("pipeline"):
        config["pipeline"] = [
            entry for entry in config["pipeline"] if entry["name"] not in NEEDING_MODELS
        ]
    _write(folder / "config.yml", config)
    return folder


def scripts(project: Path) -> list[Script]:
    """The user's turns of each test story, in a conversation of its own.

    Stories with retrieval intents are left out: what they answer is learned.
    """
    learned = _retrieval_intents(project)
    stories = [
        story
        for path in sorted((project / "tests").glob("test_*.yml"))
        for story in yaml.safe_load(path.read_text())["stories"]
    ]
    return [
        Script(
            name=f"{number}. {story['story']}",
            steps=[_turn(step) for step in story["steps"] if "intent" in step],
            conversation=f"story-{number}",
        )
        for number, story in enumerate(stories, 1)
        if not any(step["intent"] in learned for step in story["steps"] if "intent" in step)
    ]


def _retrieval_intents(project: Path) -> set[str]:
    examples = reading.by_bespeak(project)["examples"]
    return {
        name
        for example in examples
        if (key := example.get("intent_response_key"))
        for name in (key, example["intent"])
    }


def _turn(step: Mapping[str, Any]) -> Step:
    """A turn as an intent triggered from outside, which can carry roles and groups."""
    entities = [_entity(match) for match in ANNOTATION.finditer(step.get("user") or "")]
    what = {"name": step["intent"].split("/")[0], "entities": entities}
    return Step("trigger", what, {}, {"trigger": what})


def _entity(match: re.Match[str]) -> dict[str, Any]:
    if match["json"]:
        return {"value": match["text"], **json.loads(match["json"])}
    return {"entity": match["type"], "value": match["value"] or match["text"]}


def _one_variation(variations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first of those that differ in nothing but what they say."""
    first: dict[str, dict[str, Any]] = {}
    for variation in variations:
        first.setdefault(repr((variation.get("channel"), variation.get("condition"))), variation)
    return list(first.values())


def _passed(engine: Engine, source: Path) -> tuple[int, int]:
    trained = engine.train(source)
    shutil.rmtree(trained / "results", ignore_errors=True)
    done = engine.call(trained, "test", "core", "--no-plot")
    report = trained / "results" / "story_report.json"
    if not report.exists():
        raise RuntimeError(f"{engine.name} could not test {source.name}:\n{done.stdout[-4000:]}")
    accuracy = json.loads(report.read_text())["conversation_accuracy"]
    return accuracy["correct"] + accuracy.get("with_warnings", 0), accuracy["total"]


def _copy(project: Path, where: str) -> Path:
    folder = WORK / where / project.name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(project, folder, copy_function=shutil.copyfile)
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    (folder / "endpoints.yml").write_text(ENDPOINTS)
    (folder / "credentials.yml").write_text("rest:\n")
    return folder


def _config(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((folder / "config.yml").read_text())
    return {"recipe": "default.v1", **read, "assistant_id": f"compat-{folder.name}"}


def _write(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False))
