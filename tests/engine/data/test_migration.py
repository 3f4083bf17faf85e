"""Domains of Rasa 2, in memory and on disk."""

from textwrap import dedent

import pytest

from bespeak.data import migrate, migration, project, yaml
from bespeak.data.problems import Problems
from bespeak.data.yaml import YamlMap
from bespeak.errors import ProjectError
from tests.engine.data.conftest import Write

OLD = """\
version: "2.0"
intents: [greet, inform]
entities: [city, {cuisine: {roles: [x]}}]
slots:
  city:
    type: text
  cuisine:
    type: text
    auto_fill: false
  number:
    type: unfeaturized
  note:
    type: text
    influence_conversation: false
forms:
  book:
    ignored_intents: [greet]
    required_slots:
      cuisine:
      - type: from_entity
        entity: cuisine
      number:
      - type: from_text
        not_intent: greet
  other:
    cuisine:
    - type: from_entity
      entity: cuisine
"""


def content(text: str, file: str = "domain.yml") -> YamlMap:
    return yaml.parse(dedent(text), file, Problems())


def test_the_mappings_of_forms_become_those_of_slots() -> None:
    (latest,) = migration.migrate([content(OLD)]).contents
    assert yaml.plain(latest)["slots"] == {
        "city": {"type": "text", "mappings": [{"type": "from_entity", "entity": "city"}]},
        "cuisine": {
            "type": "text",
            "mappings": [
                {
                    "type": "from_entity",
                    "entity": "cuisine",
                    "conditions": [{"active_loop": "book"}, {"active_loop": "other"}],
                }
            ],
        },
        "number": {
            "type": "any",
            "mappings": [
                {
                    "type": "from_text",
                    "not_intent": "greet",
                    "conditions": [{"active_loop": "book", "requested_slot": "number"}],
                }
            ],
        },
        "note": {
            "type": "text",
            "influence_conversation": False,
            "mappings": [{"type": "custom"}],
        },
    }
    assert yaml.plain(latest)["forms"] == {
        "book": {"required_slots": ["cuisine", "number"], "ignored_intents": ["greet"]},
        "other": {"required_slots": ["cuisine"]},
    }
    assert latest["version"] == "3.1"


def test_the_diff_says_what_was_changed_and_the_original_stays() -> None:
    original = content(OLD)
    done = migration.migrate([original])
    assert original == content(OLD)
    assert done.diff.startswith("--- domain.yml (Rasa 2)\n+++ domain.yml (Rasa 3)\n")
    assert "-    auto_fill: false\n" in done.diff
    assert "+      - active_loop: book\n" in done.diff


def test_forms_slots_and_entities_may_stand_in_different_files() -> None:
    files = [
        content("entities: [city]\n", "entities.yml"),
        content("slots:\n  city: {type: text}\n  size: {type: text}\n", "slots.yml"),
        content(
            "forms:\n  f:\n    required_slots:\n      size: [{type: from_text}]\n", "forms.yml"
        ),
    ]
    assert migration.needed(files)
    _, slots, forms = migration.migrate(files).contents
    assert slots["slots"]["city"]["mappings"] == [{"type": "from_entity", "entity": "city"}]
    assert slots["slots"]["size"]["mappings"][0]["conditions"] == [
        {"active_loop": "f", "requested_slot": "size"}
    ]
    assert forms["forms"] == {"f": {"required_slots": ["size"]}}


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("slots: {a: {type: text}}", True),
        ("version: '3.1'\nslots: {a: {type: text}}", False),
        ("slots: {a: {type: text}, b: {type: text, mappings: [{type: custom}]}}", False),
        ("version: '2.0'\nslots: {a: {type: text}, b: {type: text, mappings: [x]}}", True),
        ("forms: {f: {required_slots: [a]}}", False),
        ("forms: {f: {a: [{type: from_text}]}}", True),
        ("forms: {f: {requird_slots: [a]}}", False),
        ("intents: [a]", False),
    ],
)
def test_only_domains_of_rasa_2_are_migrated(text: str, needed: bool) -> None:
    assert migration.needed([content(text)]) is needed


def test_the_command_writes_the_result_and_keeps_the_original(write: Write) -> None:
    folder = write({"domain.yml": OLD})
    done = migrate.migrate("domain.yml")
    assert (done.out.name, done.backup.name) == ("new_domain.yml", "original_domain.yml")
    assert done.backup.read_text() == OLD
    assert (folder / "domain.yml").read_text() == OLD
    read = project.read(domain=done.out)
    assert read.migration is None
    assert read.domain.slots["city"].mappings[0].entity == "city"


def test_a_folder_of_domains_is_migrated_file_by_file(write: Write) -> None:
    folder = write(
        {
            "domain/slots.yml": "slots:\n  a: {type: text}\n",
            "domain/forms.yml": "forms:\n  f: {a: [{type: from_text}]}\n",
            "domain/notes.yml": "some: thing\n",
        }
    )
    done = migrate.migrate("domain", "migrated")
    assert sorted(path.name for path in done.out.iterdir()) == ["forms.yml", "slots.yml"]
    assert (folder / "original_domain" / "notes.yml").exists()
    assert project.read(domain="migrated").domain.forms["f"].required_slots == ("a",)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"domain.yml": OLD, "original_domain.yml": ""}, "original_domain.yml exists already"),
        ({"domain.yml": OLD, "new_domain.yml": ""}, "new_domain.yml exists already"),
        ({"domain.yml": 'version: "3.1"\nslots: {}\n'}, "in format 3.1 already"),
        ({"domain.yml": "intents: [a]\n"}, "neither slots nor forms"),
        ({}, "there is no such file or folder"),
    ],
)
def test_nothing_is_written_where_there_is_nothing_to_do_or_no_room(
    write: Write, files: dict[str, str], said: str
) -> None:
    folder = write(files)
    before = sorted(folder.iterdir())
    with pytest.raises(ProjectError, match=said):
        migrate.migrate("domain.yml")
    assert sorted(folder.iterdir()) == before
