"""Examples of sentiment, and the slots that it fills, as files say them."""

import pytest

from bespeak.data import project, writer
from bespeak.data.problems import ProblemsFound
from bespeak.domain import MappingType, Slot, SlotMapping
from bespeak.message import SentimentExample
from tests.engine.data.conftest import Write

LABELLED = """\
sentiment:
- label: negative
  examples: |
    - thanks for nothing
    - not good
- label: positive
  examples: |
    - not bad at all
"""


def sentiment(write: Write, text: str) -> tuple[SentimentExample, ...]:
    return project.read(write({"data/sentiment.yml": text})).training_data.sentiment


def warnings(write: Write, text: str) -> list[str]:
    read = project.read(write({"data/sentiment.yml": text}))
    return [str(problem) for problem in read.problems]


def errors(write: Write, files: dict[str, str]) -> str:
    with pytest.raises(ProblemsFound) as caught:
        project.read(write(files))
    return str(caught.value)


def slot(write: Write, options: str) -> Slot:
    domain = f"slots:\n  mood: {options}\n"
    return project.read(write({"domain.yml": domain})).domain.slots["mood"]


def test_examples_have_their_label_and_place(write: Write) -> None:
    assert sentiment(write, LABELLED) == (
        SentimentExample("thanks for nothing", "negative", "data/sentiment.yml:4"),
        SentimentExample("not good", "negative", "data/sentiment.yml:5"),
        SentimentExample("not bad at all", "positive", "data/sentiment.yml:8"),
    )


def test_they_may_stand_beside_intents_and_are_none(write: Write) -> None:
    nlu = "nlu:\n- intent: greet\n  examples: |\n    - hi\n"
    data = project.read(write({"data/nlu.yml": nlu + LABELLED})).training_data
    assert [example.message.text for example in data.examples] == ["hi"]
    assert len(data.sentiment) == 3


def test_they_are_written_as_they_were_read(write: Write) -> None:
    data = project.read(write({"data/sentiment.yml": LABELLED})).training_data
    again = project.read(write({"data/sentiment.yml": writer.nlu_yaml(data)})).training_data
    assert [(e.text, e.label) for e in again.sentiment] == [
        (e.text, e.label) for e in data.sentiment
    ]


@pytest.mark.parametrize(
    "text, told",
    [
        ("sentiment: {a: b}\n", "data/sentiment.yml:1: error: the file: expected a list"),
        ("sentiment:\n- bad\n", "data/sentiment.yml:2: error: expected - label: and examples:"),
        (
            "sentiment:\n- label: negativ\n  examples: |\n    - no\n",
            "data/sentiment.yml:2: error: expected a label among negative, neutral, positive, "
            "found the text 'negativ'. Did you mean 'negative'?",
        ),
        (
            "sentiment:\n- label: neutral\n  examples: [a]\n",
            "data/sentiment.yml:3: error: the sentiment 'neutral': expected examples: |",
        ),
        (
            "sentiment:\n- label: neutral\n  exmples: |\n    - a\n",
            "data/sentiment.yml:3: error: an item of 'sentiment' has no 'exmples'.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(write: Write, text: str, told: str) -> None:
    assert told in errors(write, {"data/sentiment.yml": text})


def test_one_text_with_two_labels_is_told_and_the_last_counts(write: Write) -> None:
    text = LABELLED + "    - not good\n"
    [told] = warnings(write, text)
    assert "data/sentiment.yml:9" in told
    assert "'not good' is negative elsewhere, and positive here" in told
    assert SentimentExample("not good", "positive", "data/sentiment.yml:9") in sentiment(
        write, text
    )


def test_a_label_without_examples_is_told(write: Write) -> None:
    [told] = warnings(write, "sentiment:\n- label: neutral\n")
    assert "the sentiment 'neutral' has no examples" in told


def test_a_mapping_says_what_fills_the_slot_and_how_long_it_counts(write: Write) -> None:
    mappings = "[{type: from_sentiment, value: frustration, half_life: 3}]"
    found = slot(write, f"{{type: text, mappings: {mappings}}}")
    assert found.mappings == (
        SlotMapping(MappingType.FROM_SENTIMENT, value="frustration", half_life=3),
    )


@pytest.mark.parametrize(
    "options, told",
    [
        (
            "{type: text, mappings: [{type: from_sentiment, value: frustraton}]}",
            "needs value: sentiment or frustration, found the text 'frustraton'. "
            "Did you mean 'frustration'?",
        ),
        (
            "{type: text, mappings: [{type: from_sentiment}]}",
            "needs value: sentiment or frustration, found nothing",
        ),
        (
            "{type: text, mappings: [{type: from_sentiment, value: sentiment, half_life: 0}]}",
            "expected a number of messages above 0 under 'half_life', found the number 0",
        ),
        (
            "{type: bool, mappings: [{type: from_sentiment, value: sentiment}]}",
            "slots of the types float, categorical, text, any, found the text 'bool'",
        ),
    ],
)
def test_a_mapping_that_cannot_work_is_an_error(write: Write, options: str, told: str) -> None:
    found = errors(write, {"domain.yml": f"slots:\n  mood: {options}\n"})
    assert "domain.yml:2" in found
    assert told in found


@pytest.mark.parametrize(
    "options, told",
    [
        ("{type: float, mappings: [{type: from_sentiment, value: sentiment}]}", "min_value: -1"),
        (
            "{type: categorical, values: [calm, upset], "
            "mappings: [{type: from_sentiment, value: frustration}]}",
            "frustration may also be annoyed",
        ),
    ],
)
def test_a_slot_that_would_not_hold_all_values_is_told(
    write: Write, options: str, told: str
) -> None:
    read = project.read(write({"domain.yml": f"slots:\n  mood: {options}\n"}))
    assert any(told in str(problem) for problem in read.problems)
