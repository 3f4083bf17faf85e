"""What is sent for one bot message, as Rasa's channels send it."""

from typing import Any

import pytest

from bespeak.channels.output import as_json
from bespeak.events import BotUttered


@pytest.mark.parametrize(
    ("text", "data", "sent"),
    [
        ("Hello\n\nthere", {}, [{"text": "Hello"}, {"text": "there"}]),
        ("  Hello \n", {}, [{"text": "Hello"}]),
        (
            "Well?",
            {"buttons": [{"title": "Yes", "payload": "/affirm"}]},
            [{"text": "Well?", "buttons": [{"title": "Yes", "payload": "/affirm"}]}],
        ),
        (
            "Well?",
            {"quick_replies": [{"title": "Yes"}], "buttons": [{"title": "No"}]},
            [{"text": "Well?", "buttons": [{"title": "Yes"}]}],
        ),
        (None, {"image": "a.png", "attachment": "a.png"}, [{"image": "a.png"}]),
        ("See", {"attachment": {"a": 1}}, [{"text": "See"}, {"attachment": {"a": 1}}]),
        (
            "All",
            {"custom": {"x": 1}, "image": "a.png"},
            [{"text": "All"}, {"custom": {"x": 1}}, {"image": "a.png"}],
        ),
        (
            None,
            {"elements": [{"title": "A", "subtitle": "b", "buttons": [{"title": "Buy"}]}]},
            [{"text": "A : b", "buttons": [{"title": "Buy"}]}],
        ),
        (None, {}, []),
    ],
)
def test_parts_come_in_rasas_order(
    text: str | None, data: dict[str, Any], sent: list[dict[str, Any]]
) -> None:
    answers = as_json("ann", BotUttered(text, data))
    assert answers == [{"recipient_id": "ann", **content} for content in sent]
