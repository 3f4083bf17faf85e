"""The assistant's folder as one value."""

from pathlib import Path

import pytest

from bespeak.data import project
from bespeak.data.problems import Place, ProblemsFound
from bespeak.domain import IntentType
from bespeak.message import Entity
from tests.engine.data.conftest import Write

MOODBOT = {
    "config.yml": "language: en\npipeline: [{name: KeywordIntentClassifier}]\n",
    "domain.yml": """\
        intents: [greet, faq, {ask: {use_entities: [city]}}]
        entities: [city, name]
        slots:
          city: {type: text, mappings: [{type: from_entity, entity: city}]}
        responses:
          utter_greet: [{text: hi}]
          utter_faq/hours: [{text: in the domain}]
        """,
    "data/nlu.yml": """\
        nlu:
        - intent: greet
          examples: |
            - hi
        - intent: faq/hours
          examples: |
            - when
        - intent: ask/x
          examples: |
            - who
        responses:
          utter_faq/hours: [{text: in the data}]
          utter_ask/x: [{text: x}]
        """,
    "data/stories.yml": """\
        stories:
        - story: e2e
          steps:
          - user: hello [Ida](name)
          - bot: Hi there
          - user: hello [Ida](name)
          - bot: Bye
        - story: both
          steps:
          - user: good day
            intent: greet
          - action: utter_greet
        """,
    "data/rules.yml": """\
        rules:
        - rule: greet
          steps: [{intent: greet}, {action: utter_greet}]
        """,
    "tests/test_stories.yml": """\
        stories:
        - {story: t, steps: [{user: hi, intent: greet}, {action: utter_greet}]}
        """,
    "tests/other.yml": "stories:\n- {story: o, steps: [{user: hi, intent: greet}]}\n",
}


def test_everything_is_found_under_its_usual_name(write: Write) -> None:
    read = project.read(write(MOODBOT))
    assert read.problems == ()
    assert read.config.pipeline[0].name == "KeywordIntentClassifier"
    assert [story.name for story in read.stories] == ["e2e", "both"]
    assert [rule.name for rule in read.rules] == ["greet"]
    assert read.has_domain
    assert read.has_nlu
    assert read.has_stories
    assert read.places["slots", "city"] == Place("domain.yml", 4)
    assert {path.name for path in read.files} == {
        "config.yml",
        "domain.yml",
        "nlu.yml",
        "rules.yml",
        "stories.yml",
    }


def test_retrieval_intents_are_marked_and_their_responses_and_actions_added(write: Write) -> None:
    read = project.read(write(MOODBOT))
    domain = read.domain
    assert domain.intents["faq"] == IntentType("faq", is_retrieval=True)
    assert domain.retrieval_intents == ("ask", "faq")
    assert domain.actions == ("utter_ask", "utter_faq")
    assert domain.responses["utter_faq/hours"][0].text == "in the data"
    assert {"ask": {"used_entities": ["city"], "is_retrieval_intent": True}} in (
        domain.wire["intents"]
    )
    assert read.training_data.responses == {
        "faq/hours": [{"text": "in the data"}],
        "ask/x": [{"text": "x"}],
    }


def test_texts_of_stories_are_actions_and_examples(write: Write) -> None:
    read = project.read(write(MOODBOT))
    assert read.domain.texts == ("Bye", "Hi there")
    assert read.domain.wire["e2e_actions"] == ["Bye", "Hi there"]
    told = [(e.message.text, e.intent, e.entities) for e in read.training_data.examples[3:]]
    assert told == [
        ("good day", "greet", ()),
        ("hello Ida", None, (Entity("name", "Ida", 6, 9),)),
    ]
    assert read.training_data.examples[3].source == "data/stories.yml:10"


def test_a_project_may_lack_a_domain_or_examples(write: Write) -> None:
    folder = write({"data/nlu.yml": MOODBOT["data/nlu.yml"]})
    only_nlu = project.read(folder)
    assert only_nlu.has_nlu
    assert not only_nlu.has_domain
    (folder / "data/nlu.yml").unlink()
    only_core = project.read(write({"domain.yml": "intents: [a]\n"}))
    assert only_core.has_domain
    assert not only_core.has_nlu


def test_what_is_named_is_read_and_must_exist(write: Write) -> None:
    folder = write(
        {
            "a/domain.yml": "intents: [a]\n",
            "b.yml": "intents: [b]\n",
            "more/nlu.yml": "nlu:\n- intent: a\n  examples: |\n    - x\n",
        }
    )
    read = project.read(domain=[folder / "a", "b.yml"], data="more")
    assert list(read.domain.intents) == ["a", "b"]
    assert len(read.training_data.examples) == 1
    with pytest.raises(ProblemsFound) as caught:
        project.read(domain="none.yml", data=["more", "nowhere"], config="gone.yml")
    assert str(caught.value).splitlines() == [
        "gone.yml: error: there is no such file or folder.",
        "none.yml: error: there is no such file or folder.",
        "nowhere: error: there is no such file or folder.",
    ]


def test_the_errors_of_all_files_are_told_at_once(write: Write) -> None:
    folder = write(
        {
            "config.yml": "language: en\npipeline: 5\n",
            "domain.yml": "intents: [a, a]\n",
            "data/nlu.yml": "nlu: 5\n",
            "data/broken.yml": "nlu: [\n",
            "data/stories.yml": "stories:\n- {story: s, steps: [{actoin: x}]}\n",
        }
    )
    with pytest.raises(ProblemsFound) as caught:
        project.read(folder)
    assert {problem.file for problem in caught.value.problems} == {
        "config.yml",
        "domain.yml",
        "data/nlu.yml",
        "data/broken.yml",
        "data/stories.yml",
    }


def test_yaml_files_of_other_programs_are_left_alone(write: Write) -> None:
    folder = write({"data/compose.yml": "services: !override {a: 1}\n", "data/x.txt": "nlu: ["})
    assert project.read(folder).problems == ()


def test_tests_are_those_of_test_files_or_of_a_file_that_is_named(write: Write) -> None:
    folder = write(MOODBOT)
    domain = project.read(folder).domain
    assert [story.name for story in project.read_tests(folder / "tests", domain)] == ["t"]
    every = project.read_tests(folder / "tests", domain, only_test_files=False)
    assert sorted(story.name for story in every) == ["o", "t"]
    named = project.read_tests(folder / "tests/other.yml", domain)
    assert [story.name for story in named] == ["o"]


def test_tests_among_the_data_are_trained_on_with_a_warning(write: Write) -> None:
    files = {"domain.yml": MOODBOT["domain.yml"], "data/test_x.yml": MOODBOT["tests/other.yml"]}
    read = project.read(write(files))
    assert [story.name for story in read.stories] == ["o"]
    assert "these stories are trained on" in read.problems[-1].text


def test_nlu_data_are_read_alone(write: Write) -> None:
    write(MOODBOT)
    assert len(project.read_nlu("data", "de").examples) == 3
    assert project.read_nlu("data", "de").language == "de"


def test_links_that_lead_round_are_followed_once(write: Write) -> None:
    folder = write({"data/nlu.yml": MOODBOT["data/nlu.yml"]})
    (folder / "data" / "round").symlink_to(folder / "data", target_is_directory=True)
    (folder / "data" / "away").symlink_to(folder / "elsewhere", target_is_directory=True)
    (folder / "elsewhere").mkdir()
    (folder / "elsewhere" / "more.yml").write_text("nlu:\n- {intent: b, examples: '- y'}\n")
    texts = [e.message.text for e in project.read_nlu("data").examples]
    assert sorted(texts) == ["hi", "when", "who", "y"]


def test_variables_may_be_given(write: Write) -> None:
    folder = write({"config.yml": "language: ${LANGUAGE_OF_TESTS}\n"})
    read = project.read(folder, environment={"LANGUAGE_OF_TESTS": "fr"})
    assert read.config.language == "fr"


def test_a_domain_of_rasa_2_is_read_as_if_migrated(write: Write) -> None:
    read = project.read(
        write(
            {
                "domain.yml": """\
                version: "2.0"
                entities: [city]
                slots:
                  city: {type: text}
                """
            }
        )
    )
    assert read.migration is not None
    assert "+    mappings:" in read.migration.diff
    assert read.domain.slots["city"].mappings[0].entity == "city"
    assert any("domain of Rasa 2" in problem.text for problem in read.problems)


def test_paths_are_shown_as_from_the_folder_one_is_in(
    write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = write({"p/domain.yml": "intents: [a, a]\n"})
    with pytest.raises(ProblemsFound, match=r"^p/domain.yml:1: "):
        project.read(folder / "p")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    with pytest.raises(ProblemsFound, match=str(folder / "p" / "domain.yml")):
        project.read(folder / "p")


def test_values_of_a_shortcut_may_be_any_json(write: Write) -> None:
    told = 'stories:\n- story: s\n  steps:\n  - user: \'/a{"x": {"y": [1]}}\'\n  - bot: hi\n'
    read = project.read(write({"domain.yml": "intents: [a]\n", "data/stories.yml": told}))
    assert read.training_data.examples[0].entities[0].value == {"y": [1]}
