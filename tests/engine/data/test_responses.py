import pytest

from bespeak.data import project
from bespeak.data.problems import ProblemsFound
from bespeak.domain import ResponseCondition, Variation
from tests.engine.data.conftest import Write


def test_variations_are_read(write: Write) -> None:
    folder = write(
        {
            "domain.yml": """\
            responses:
              utter_hi:
              - text: "hi {name}"
                channel: slack
                id: first
                condition:
                - {type: slot, name: vip, value: true}
                buttons:
                - {title: Yes, payload: /affirm, colour: red}
                metadata: {tone: warm}
              - custom: {card: 1}
            """
        }
    )
    domain = project.read(folder).domain
    assert domain.responses["utter_hi"] == (
        Variation(
            {
                "text": "hi {name}",
                "buttons": [{"title": "Yes", "payload": "/affirm", "colour": "red"}],
                "metadata": {"tone": "warm"},
            },
            channel="slack",
            conditions=(ResponseCondition("vip", True),),
            id="first",
        ),
        Variation({"custom": {"card": 1}}),
    )


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ("hi", "expected a list of variations"),
        ("[hi]", "expected a variation"),
        ("[{txt: hi}]", "Did you mean 'text'?"),
        ("[{image: x.png}]", "a variation needs 'text' or 'custom'"),
        ("[{text: 5}]", "expected text under 'text', found the number 5. Quote it."),
        ("[{text: hi, buttons: yes}]", "expected a list under 'buttons'"),
        ("[{text: hi, buttons: [yes]}]", "expected a mapping, found the text 'yes'"),
        ("[{text: hi, condition: [{type: slot}]}]", "a condition needs the slot's 'name'"),
        ("[{text: hi, condition: [{type: slot, slot: x}]}]", "a condition has no 'slot'"),
    ],
)
@pytest.mark.parametrize("file", ["domain.yml", "data/nlu.yml"])
def test_wrong_variations_are_told_with_their_line(
    write: Write, file: str, response: str, said: str
) -> None:
    folder = write({file: f"responses:\n  utter_fine:\n  - text: ok\n  utter_odd: {response}\n"})
    with pytest.raises(ProblemsFound) as caught:
        project.read(folder)
    first = str(caught.value).splitlines()[0]
    assert first.startswith(f"{file}:4: error: ")
    assert said in str(caught.value)


def test_a_response_without_variations_or_with_an_odd_condition_is_warned_of(write: Write) -> None:
    folder = write(
        {
            "domain.yml": """\
            responses:
              utter_none: []
              utter_odd:
              - {text: x, condition: [{type: weather, name: a, value: b}]}
            """
        }
    )
    read = project.read(folder)
    assert [problem.line for problem in read.problems] == [2, 4]
    assert read.domain.responses["utter_odd"][0].conditions == ()
