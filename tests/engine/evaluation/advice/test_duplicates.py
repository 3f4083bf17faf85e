from bespeak.evaluation.advice.duplicates import same_words, similar
from bespeak.evaluation.advice.ground import ground
from bespeak.evaluation.nlu import Understanding
from bespeak.message import Example, Message
from tests.engine.evaluation.cases import case, misread, on


def test_the_same_text_under_two_intents_is_told_whatever_its_case_and_numbers() -> None:
    cases = [
        case("Where is order 12?", "track", line=1),
        case("where is order 345", "cancel", "track", line=2),
        case("where is order 345!", "cancel", line=3),
        case("cancel it", "cancel"),
    ]
    [found] = same_words(on(*cases))
    assert found.title == "1 text under two intents at once"
    assert [one.source[-1] for one in found.evidence] == ["1", "2", "3"]
    assert len(found.errors) == 1


def test_a_tested_message_contradicts_an_example_that_was_learned() -> None:
    learned = [Example(Message("cancel it!"), "cancel", source="data/nlu.yml:7")]
    [found] = same_words(ground(Understanding((case("Cancel it", "stop", line=1),)), learned))
    assert [one.source for one in found.evidence] == ["data/nlu.yml:7", "data/nlu.yml:1"]


def test_a_misunderstood_message_is_shown_with_its_like_of_the_other_intent() -> None:
    cases = [
        case("where is my order number", "lost_id", "track", line=5),
        case("where is my order", "track", line=6),
        case("something else", "other"),
    ]
    [found] = similar(on(*cases), misread(cases))
    [shown] = found.evidence
    assert shown.like is not None
    assert (shown.like.example.message.text, shown.like.example.source) == (
        "where is my order",
        "data/nlu.yml:6",
    )
    assert round(shown.like.cosine, 2) == 0.86
    assert "their letters" in found.why


def test_a_message_that_is_still_more_like_its_own_intent_is_no_duplicate_of_another() -> None:
    cases = [
        case("where is my order number", "lost_id", "track"),
        case("where is my order numbers", "lost_id"),
        case("where is my order", "track"),
    ]
    assert list(similar(on(*cases), misread(cases))) == []


def test_likes_that_are_both_understood_are_no_matter() -> None:
    cases = [case("turn it on please", "on"), case("turn it off please", "off")]
    assert list(similar(on(*cases), misread(cases))) == []
    assert list(same_words(on(*cases))) == []
