"""The documents tell the truth: their links lead somewhere and their examples run."""

import re
from pathlib import Path

import pytest
import yaml
from rasa_sdk import Action

from bespeak.message import Message
from bespeak.nlu.component import Component
from bespeak.testing.components import ComponentContract

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    links = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_yaml_examples_are_yaml(document: Path) -> None:
    for language, block in BLOCK.findall(document.read_text()):
        if language == "yaml":
            yaml.safe_load(block)


def test_the_examples_of_extending_are_what_they_say() -> None:
    names: dict[str, type] = {}
    for language, block in BLOCK.findall((ROOT / "docs/extending.md").read_text()):
        if language == "python":
            exec(compile(block, "docs/extending.md", "exec"), names)
    calm = names["Calm"]()
    assert isinstance(calm, Component)
    assert [message.text for message in calm.process([Message("HELP ME"), Message("Hello")])] == [
        "help me",
        "Hello",
    ]
    assert issubclass(names["ActionTellStoreHours"], Action)
    assert issubclass(names["TestCalm"], ComponentContract)


def test_every_decision_record_is_in_the_list_and_has_its_three_parts() -> None:
    records = sorted(ROOT.glob("docs/adr/0*.md"))
    listed = (ROOT / "docs/adr/README.md").read_text()
    for number, record in enumerate(records, start=1):
        text = record.read_text()
        assert text.startswith(f"# {number}. ")
        assert f"({record.name})" in listed
        for part in ("**Context.**", "**Decision.**", "**Consequences.**"):
            assert part in text


def test_the_readme_leads_to_every_page() -> None:
    readme = LINK.findall((ROOT / "README.md").read_text())
    pages = [str(page.relative_to(ROOT)) for page in ROOT.glob("docs/*.md")]
    assert sorted(set(pages) - set(readme)) == []


def test_the_makefile_names_every_command_that_the_readme_and_guides_name() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        named = set(re.findall(r"`make ([a-z-]+)`", document.read_text()))
        assert named <= targets, document.name
