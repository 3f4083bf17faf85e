from collections.abc import Mapping
from pathlib import Path

import pytest

from bespeak.data import domain as domains
from bespeak.data.domain import DomainFiles
from bespeak.data.files import Files
from bespeak.data.problems import Problems
from bespeak.domain import (
    Domain,
    EntityType,
    Form,
    IntentType,
    SessionConfig,
)
from tests.engine.data.conftest import Write


def read(write: Write, text: str) -> tuple[Domain, list[str]]:
    folder = write({"domain.yml": text})
    return built([folder / "domain.yml"])


def built(paths: list[Path]) -> tuple[Domain, list[str]]:
    problems = Problems()
    found = merged(paths, problems)
    domain = Domain()
    if not problems.has_errors:
        domain = domains.build(found.wire, found.places, problems)
    return domain, [str(problem) for problem in problems]


def merged(paths: list[Path], problems: Problems) -> DomainFiles:
    return domains.read(paths, Files(problems))


def test_intents_entities_forms_and_actions_are_read(write: Write) -> None:
    domain, told = read(
        write,
        """\
        version: "3.1"
        intents:
        - greet
        - bye: {use_entities: false}
        - inform: {use_entities: [city], ignore_entities: []}
        entities:
        - city: {roles: [from, to], groups: ["1"]}
        - secret: {influence_conversation: false}
        - name
        actions:
        - action_x
        - action_y: {send_domain: true}
        - validate_book
        forms:
          book: {required_slots: [city], ignored_intents: greet}
          empty: {}
        slots:
          city: {type: text, mappings: [{type: from_entity, entity: city}]}
        session_config:
          session_expiration_time: 0
          carry_over_slots_to_new_session: false
        e2e_actions: [Hello there]
        config: {store_entities_as_slots: false}
        """,
    )
    assert told == []
    assert domain.intents == {
        "bye": IntentType("bye", use_entities=()),
        "greet": IntentType("greet"),
        "inform": IntentType("inform", use_entities=("city",), ignore_entities=()),
    }
    assert domain.entities["city"] == EntityType("city", ("from", "to"), ("1",))
    assert not domain.entities["secret"].influences_conversation
    assert domain.actions == ("action_x", "action_y", "validate_book")
    assert domain.actions_with_domain == {"action_y", "validate_book"}
    assert domain.forms["book"] == Form("book", ("city",), ("greet",))
    assert domain.session == SessionConfig(0.0, carry_over_slots=False)
    assert domain.texts == ("Hello there",)
    assert not domain.store_entities_as_slots
    assert domain.influential_entities("greet") == frozenset(
        {
            "city",
            "city#from",
            "city#to",
            "city#1",
            "name",
        }
    )
    assert domain.influential_entities("bye") == frozenset()


def test_the_wire_form_is_as_in_the_file_with_rasas_additions(write: Write) -> None:
    domain, _ = read(
        write,
        """\
        intents:
        - zebra
        - ask: {use_entities: false}
        entities: []
        forms:
          f: {}
        responses:
          utter_x:
          - text: x
        """,
    )
    assert domain.wire == {
        "intents": [{"ask": {"use_entities": []}}, "zebra"],
        "forms": {"f": {"required_slots": {}}},
        "responses": {"utter_x": [{"text": "x"}]},
        "session_config": {
            "session_expiration_time": 60,
            "carry_over_slots_to_new_session": True,
        },
        "version": "3.1",
    }
    assert list(domain.wire)[-2:] == ["session_config", "version"]


def test_everything_that_is_wrong_is_told_at_once(write: Write) -> None:
    _, told = read(
        write,
        """\
        intents:
        - greet
        - greet
        - bye:
        - 5
        - old: {triggers: action_x}
        entities:
        - city:
        - name: {roles: from}
        actions: {a: 1}
        forms:
          f: {requird_slots: [a]}
          g: [a]
          h: {ignored_intents: greet}
        session_config: {session_expiration_time: -1}
        slts: {}
        """,
    )
    assert told == [
        "domain.yml:16: warning: a domain has no 'slts': it is ignored. Did you mean 'slots'?",
        "domain.yml:3: error: the intent 'greet' is listed twice.\n    see also domain.yml:2",
        "domain.yml:4: error: intent 'bye': nothing follows the colon. Write - bye without it, "
        "or say something about it.",
        "domain.yml:5: error: expected the name of an intent, found the number 5.",
        "domain.yml:6: error: intent 'old': 'triggers' belongs to the MappingPolicy, which is "
        "gone. Write a rule with the steps intent: ... and action: action_x.",
        "domain.yml:8: error: entity 'city': nothing follows the colon. Write - city without it, "
        "or say something about it.",
        "domain.yml:9: error: entity 'name': expected a list under 'roles', found the text 'from'.",
        "domain.yml:10: error: the domain: expected a list under 'actions', found a mapping.",
        "domain.yml:12: error: form 'f' has no 'requird_slots'. Did you mean 'required_slots'? "
        "Known here: required_slots, ignored_intents.",
        "domain.yml:13: error: form 'g': expected required_slots: [...], found a list.",
        "domain.yml:14: error: form 'h': ignored_intents needs required_slots.",
        "domain.yml:15: error: session_config: expected minutes (0 means that a session never "
        "ends), found -1.",
    ]


def test_a_name_for_two_things_is_an_error(write: Write) -> None:
    _, told = read(
        write,
        "forms:\n  utter_x: {required_slots: []}\nresponses:\n  utter_x:\n  - text: x\n",
    )
    assert told == [
        "domain.yml:2: error: 'utter_x' names two things that the assistant can do: "
        "an action, response, form or bot text. Rename one of them."
    ]


FOLDER: Mapping[str, str] = {
    "domain/a.yml": """\
        intents: [greet, {ask: {use_entities: []}}]
        actions: [action_a, book]
        slots:
          one: {type: text, mappings: [{type: from_text}]}
        session_config: {session_expiration_time: 5}
        """,
    "domain/deep/b.yml": """\
        intents: [bye, greet]
        actions: [action_b]
        forms:
          book: {required_slots: [one]}
        slots:
          two: {type: text, mappings: [{type: from_text}]}
        responses:
          utter_x:
          - text: x
        """,
    "domain/notes.txt": "intents: [none]",
    "domain/nlu.yml": "nlu: []",
}


def test_a_folder_of_domains_is_one_domain(write: Write) -> None:
    domain, told = built([write(FOLDER) / "domain"])
    assert told == [
        "domain/deep/b.yml:1: warning: 'greet' stands under 'intents' in two domain files: "
        "the first one counts.\n    see also domain/a.yml:1"
    ]
    assert list(domain.intents) == ["ask", "bye", "greet"]
    assert list(domain.slots)[:2] == ["two", "one"], "later files come first, as in Rasa"
    assert domain.actions == ("action_b", "action_a", "book")
    assert domain.session.expiration_minutes == 5


def test_several_domains_are_merged_the_first_wins(write: Write) -> None:
    folder = write(
        {
            "one.yml": "responses:\n  utter_x:\n  - text: one\n",
            "two.yml": "responses:\n  utter_x:\n  - text: two\n  utter_y:\n  - text: y\n",
        }
    )
    domain, _ = built([folder / "one.yml", folder / "two.yml"])
    assert domain.responses["utter_x"][0].text == "one"
    assert domain.responses["utter_y"][0].text == "y"


def test_a_file_of_a_later_format_is_skipped_with_a_warning(write: Write) -> None:
    domain, told = read(write, 'version: "3.2"\nintents: [greet]\n')
    assert domain.intents == {}
    assert told == [
        "domain.yml:1: warning: the file is skipped: its format version 3.2 is later than 3.1, "
        "the last one known."
    ]


@pytest.mark.parametrize("version", ["3.1", "[1]", "next"])
def test_a_version_that_is_no_text_is_told_and_the_file_read(write: Write, version: str) -> None:
    domain, told = read(write, f"version: {version}\nintents: [greet]\n")
    assert list(domain.intents) == ["greet"]
    assert "expected the format version as text" in told[0]


def test_a_folders_own_files_come_before_those_of_its_folders(write: Write) -> None:
    slot = "slots:\n  {}: {{type: text, mappings: [{{type: from_text}}]}}\n"
    folder = write(
        {
            "domain/z.yml": slot.format("z"),
            "domain/y.yml": slot.format("y"),
            "domain/a/x.yml": slot.format("x") + "config: {store_entities_as_slots: false}\n",
        }
    )
    domain, _ = built([folder / "domain"])
    assert list(domain.slots)[:3] == ["x", "z", "y"]
    assert not domain.store_entities_as_slots
