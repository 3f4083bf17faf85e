import pytest

from bespeak.data import project
from bespeak.data.problems import ProblemsFound, Severity
from bespeak.message import Entity, TrainingData
from tests.engine.data.conftest import Write


def nlu(write: Write, text: str) -> TrainingData:
    return project.read_nlu(write({"nlu.yml": text}) / "nlu.yml")


def warnings(write: Write, text: str) -> list[str]:
    read = project.read(write({"data/nlu.yml": text}))
    return [str(problem) for problem in read.problems]


def test_examples_have_text_intent_entities_metadata_and_line(write: Write) -> None:
    data = nlu(
        write,
        """\
        nlu:
        - intent: greet
          examples: |
            - hi
            -   hello  [Rome](city)
        - intent: faq/hours
          metadata: {sentiment: good}
          examples:
          - text: |
              when [now](time)
            metadata: {source: web}
          - text: open?
        """,
    )
    first, second, third, fourth = data.examples
    assert (first.message.text, first.intent, first.source) == ("hi", "greet", "nlu.yml:4")
    assert second.message.text == "hello  Rome"
    assert second.entities == (Entity("city", "Rome", 7, 11),)
    assert second.source == "nlu.yml:5"
    assert (third.intent, third.base_intent, third.is_retrieval) == ("faq/hours", "faq", True)
    assert third.message.text == "when now"
    assert third.metadata == {"intent": {"sentiment": "good"}, "example": {"source": "web"}}
    assert fourth.metadata == {"intent": {"sentiment": "good"}}


def test_an_example_that_is_written_twice_counts_once(write: Write) -> None:
    data = nlu(write, "nlu:\n- intent: a\n  examples: |\n    - x\n    - x\n    - X\n")
    assert [example.message.text for example in data.examples] == ["x", "X"]


def test_synonyms_patterns_and_lookups_are_read(write: Write) -> None:
    data = nlu(
        write,
        """\
        nlu:
        - synonym: New York
          examples: |
            - NYC
            - big apple
        - regex: zip
          examples: |
            - \\d{5}
            - [0-9]+
        - lookup: city
          examples: |
            - Rome
        - lookup: city
          examples: |
            - Oslo
        - intent: go
          examples: |
            - to [the capital](city:Rome)
        """,
    )
    assert data.synonyms == {"NYC": "New York", "big apple": "New York", "the capital": "Rome"}
    assert [(p.name, p.pattern) for p in data.patterns] == [("zip", "[0-9]+"), ("zip", "\\d{5}")]
    assert [(table.name, table.elements) for table in data.lookups] == [("city", ("Rome", "Oslo"))]


def test_odd_lines_are_told_and_left_out(write: Write) -> None:
    told = warnings(
        write,
        """\
        nlu:
        - intent: greet
          examples: |
            - hi
            hello
            -
        - intent:
          examples: |
            - x
        - synonym: a
        - intent: bye
        - intent: x
          examples: |
            - [a](e:b)
            - [a](e:c)
        """,
    )
    assert told == [
        "data/nlu.yml:5: warning: 'greet': expected an example that begins with '-', "
        "found the text 'hello': it is skipped.",
        "data/nlu.yml:6: warning: an example of the intent 'greet' is empty: it is skipped.",
        "data/nlu.yml:7: warning: the intent has no name: it is skipped.",
        "data/nlu.yml:10: warning: the synonym 'a' has no examples: it is skipped.",
        "data/nlu.yml:11: warning: the intent 'bye' has no examples.",
        "data/nlu.yml:15: warning: 'a' stands for 'b' elsewhere, and for 'c' here: this counts.",
    ]


def test_every_error_of_a_file_is_told_at_once(write: Write) -> None:
    folder = write(
        {
            "data/nlu.yml": """\
            nlu:
            - intnt: greet
              examples: |
                - hi
            - intent: a/b/c
              examples: |
                - hi
            - intent: greet
              examples: |
                - [hi]{"entity": bad}
            - intent: bye
              example: |
                - bye
            - regex: x
              examples: [a, b]
            - just text
            """
        }
    )
    with pytest.raises(ProblemsFound) as caught:
        project.read(folder)
    assert "Did you mean 'intent'?" in str(caught.value)
    assert "Did you mean 'examples'?" in str(caught.value)
    errors = [p for p in caught.value.problems if p.severity is Severity.ERROR]
    assert [f"{problem.place}: " for problem in errors] == [
        "data/nlu.yml:2: ",
        "data/nlu.yml:5: ",
        "data/nlu.yml:10: ",
        "data/nlu.yml:12: ",
        "data/nlu.yml:15: ",
        "data/nlu.yml:16: ",
    ]


def test_responses_in_nlu_files_are_those_of_retrieval_intents(write: Write) -> None:
    data = nlu(
        write,
        """\
        responses:
          utter_faq/hours:
          - text: at nine
          utter_greet:
          - text: hi
        """,
    )
    assert data.responses == {"faq/hours": [{"text": "at nine"}]}
