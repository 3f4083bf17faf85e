from bespeak.evaluation.advice.confusions import confused, discarded, drawing
from tests.engine.evaluation.cases import case


def test_a_pair_that_is_taken_for_each_other_is_told_with_its_messages() -> None:
    cases = [
        case("stop it", "stop", "deny", 0.6, line=3),
        case("no more", "deny", "stop", 0.8, line=9),
        case("no", "deny", line=10),
        case("hi", "greet", "deny"),
    ]
    [found] = confused(cases)
    assert found.title == "deny and stop are taken for each other"
    assert "2 of their 3 messages" in found.why
    assert [(one.text, one.source, one.said) for one in found.evidence] == [
        ("no more", "data/nlu.yml:9", "stop"),
        ("stop it", "data/nlu.yml:3", "deny"),
    ]
    assert len(found.errors) == 2


def test_a_fallback_does_not_hide_what_a_message_was_taken_for() -> None:
    cases = [case(text, "stop", "deny", 0.4, fallback=0.7) for text in ("stop", "enough")]
    [found] = confused(cases)
    assert {one.said for one in found.evidence} == {"nlu_fallback instead of deny"}


def test_an_intent_that_draws_messages_of_many_others_is_told() -> None:
    others = ["a", "b", "c", "d"]
    cases = [case(f"{name} {i}", name, "vague") for name in others for i in range(2)]
    [found] = drawing(cases)
    assert found.intents == ("vague", *others)
    assert len(found.errors) == 8
    assert list(drawing(cases[:4])) == []


def test_a_lower_threshold_is_proposed_where_right_guesses_outweigh_wrong_ones() -> None:
    right = [case(f"hi {i}", "greet", confidence=0.62, fallback=0.7) for i in range(6)]
    wrong = [case("yo", "greet", "bye", 0.3, fallback=0.7)]
    [found] = discarded([*right, *wrong])
    assert found.title == "6 right guesses became nlu_fallback"
    assert "`threshold: 0.6`" in found.advice
    assert "6 more would be understood, and 0 more" in found.why
    assert len(found.errors) == 6


def test_no_threshold_is_proposed_where_it_would_let_as_much_wrong_through() -> None:
    right = [case(f"hi {i}", "greet", confidence=0.6, fallback=0.7) for i in range(3)]
    wrong = [case(f"yo {i}", "greet", "bye", 0.6, fallback=0.7) for i in range(3)]
    [found] = discarded([*right, *wrong])
    assert "Leave the threshold" in found.advice
    assert list(discarded(wrong)) == []
