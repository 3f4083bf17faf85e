import pytest

from bespeak.message import Example, Intent, Message, TrainingData
from bespeak.nlu.keyword import KeywordIntentClassifier


def intents(
    texts: list[str], *examples: tuple[str, str | None], case_sensitive: bool = True
) -> list[tuple[str | None, float]]:
    classifier = KeywordIntentClassifier(case_sensitive=case_sensitive)
    classifier.train(
        TrainingData(tuple(Example(Message(text), intent) for text, intent in examples))
    )
    messages = classifier.process([Message(text) for text in texts])
    return [(m.intent.name, m.intent.confidence) for m in messages if m.intent]


def test_an_example_matches_as_whole_words() -> None:
    found = intents(["well, bye now", "goodbye", "Bye"], ("bye", "goodbye"))
    assert found == [("goodbye", 1.0), (None, 0.0), (None, 0.0)]


def test_case_can_be_left_out_of_it() -> None:
    assert intents(["BYE"], ("Bye", "goodbye"), case_sensitive=False) == [("goodbye", 1.0)]


def test_the_first_example_of_the_data_wins() -> None:
    found = intents(["pay the order now"], ("order", "status"), ("pay", "payment"))
    assert found == [("status", 1.0)]


def test_punctuation_around_an_example_does_not_count() -> None:
    found = intents(["How are you", "so: how are you"], ("how are you?", "chat"), ("x", "y"))
    assert found == [(None, 0.0), ("chat", 1.0)]


def test_an_example_of_symbols_matches_itself() -> None:
    assert intents([":)", "ok :)"], (":)", "mood"), ("a.c", "x")) == [("mood", 1.0), (None, 0.0)]


def test_an_example_is_no_regular_expression() -> None:
    assert intents(["abc", "a.c"], ("a.c", "x"), ("(", "y")) == [(None, 0.0), ("x", 1.0)]


def test_an_example_of_several_intents_is_left_out_and_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    found = intents(["hello", "hi"], ("hello", "a"), ("hello", "b"), ("hi", "a"), ("hello", "a"))
    assert found == [(None, 0.0), ("a", 1.0)]
    assert "'hello'" in caplog.text


def test_an_example_that_one_of_another_intent_contains_is_left_out() -> None:
    examples = (("book", "reading"), ("book a table", "dinner"), ("a book", "reading"))
    assert intents(["book", "book a table", "a book"], *examples) == [
        (None, 0.0),
        ("dinner", 1.0),
        ("reading", 1.0),
    ]


def test_a_retrieval_intent_counts_without_its_key() -> None:
    assert intents(["hours?"], ("hours", "faq/hours")) == [("faq", 1.0)]


def test_a_message_keeps_the_intent_it_has_where_nothing_matches() -> None:
    classifier = KeywordIntentClassifier()
    classifier.train(TrainingData((Example(Message("bye"), "goodbye"),)))
    kept, replaced = classifier.process(
        [Message("hm", intent=Intent("x", 0.4)), Message("bye", intent=Intent("x", 0.4))]
    )
    assert kept.intent == Intent("x", 0.4)
    assert replaced.intent == Intent("goodbye", 1.0)
