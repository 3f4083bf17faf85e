from typing import Any

import pytest

from bespeak.message import Entity, Intent, Message, Token
from bespeak.nlu.shortcut import RegexMessageHandler

HANDLER = RegexMessageHandler(intents={"greet", "tell"}, entities={"name", "city"})


def understood(text: str, handler: RegexMessageHandler = HANDLER) -> Message:
    (message,) = handler.process([Message(text)])
    return message


@pytest.mark.parametrize(
    ("text", "intent", "confidence"),
    [
        ("/greet", "greet", 1.0),
        ("  /greet  ", "greet", 1.0),
        ("/greet@0.42", "greet", 0.42),
        ("/greet@7", "greet", 1.0),
        ("/greet@1.2.3", "greet", 0.0),
        ('/greet@0.5{"name": "Max"}', "greet", 0.5),
        ('/greet {"name": "Max"}', "greet", 1.0),
        ("/greet{broken", "greet", 1.0),
        ("/greet{[1]}", "greet", 1.0),
    ],
)
def test_intent_and_confidence(text: str, intent: str, confidence: float) -> None:
    message = understood(text)
    assert message.intent == Intent(intent, confidence)
    assert message.ranking == (Intent(intent, confidence),)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('/tell{"city": "Oslo"}', [("city", "Oslo")]),
        ('/tell{"city": ["a", "b"], "name": null}', [("city", "a"), ("city", "b"), ("name", None)]),
        ('/tell{"city": {"x": [1]}}', [("city", {"x": [1]})]),
        ('/tell{"city": []}', []),
        ('/tell{"planet": "Mars", "name": 3.5}', [("name", 3.5)]),
        ("/tell{city: Oslo}", []),
        ('/tell["city"]', []),
        ("/tell{" + '"city": [' * 100_000 + "}", []),
    ],
    ids=lambda value: str(value)[:40],
)
def test_entities(text: str, values: list[tuple[str, Any]]) -> None:
    message = understood(text, RegexMessageHandler(entities={"name", "city"}))
    assert [(entity.name, entity.value) for entity in message.entities] == values


def test_entities_span_the_json_and_name_the_handler() -> None:
    assert understood('/tell{"city": "Oslo"} and more').entities == (
        Entity("city", "Oslo", 5, 21, extractor="RegexMessageHandler"),
    )


@pytest.mark.parametrize("text", ["/", "//greet", "hello /greet", "/unknown", "", "/{}", "/ @1"])
def test_another_text_stays_as_it_is(text: str) -> None:
    message = Message(text, tokens=(Token("x", 0, 1),), intent=Intent("chat", 0.4))
    assert HANDLER.process([message]) == [message]


def test_a_shortcut_replaces_all_that_was_understood_but_what_the_channel_said() -> None:
    message = Message(
        "/greet",
        tokens=(Token("greet", 1, 6),),
        intent=Intent("chat", 0.4),
        entities=(Entity("name", "x"),),
        attributes={"mood": 1},
        response_selector={"faq": {}},
        metadata={"page": 1},
        received_at=5.0,
    )
    greet = Intent("greet")
    assert HANDLER.process([message]) == [
        Message("/greet", intent=greet, ranking=(greet,), metadata={"page": 1}, received_at=5.0)
    ]


def test_without_a_domain_every_intent_and_entity_is_known() -> None:
    message = understood('/any/thing{"x": 1}', RegexMessageHandler())
    assert message.intent == Intent("any/thing")
    assert [entity.name for entity in message.entities] == ["x"]


def test_the_log_never_holds_what_was_said(caplog: pytest.LogCaptureFixture) -> None:
    understood('/greet@x.{"name": "Secret"} Secret')
    understood("/Secret")
    understood('/greet{"name": Secret}')
    understood('/greet{"name": "Secret"} Secret')
    assert caplog.records
    assert "Secret" not in caplog.text
