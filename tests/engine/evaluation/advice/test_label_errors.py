from bespeak.evaluation.advice.label_errors import mislabelled, suspects
from tests.engine.evaluation.cases import case, misread, on


def test_a_label_is_suspect_where_the_model_is_as_sure_of_another_as_it_usually_is() -> None:
    usual = [case(f"bye {i}", "bye", confidence=0.8) for i in range(5)]
    doubtful = case("bye you", "greet", "bye", 0.95, line=7, greet=0.01)
    unsure = case("good day", "greet", "bye", 0.6, line=8, greet=0.3)
    greetings = [case(f"hi {i}", "greet", confidence=0.9) for i in range(5)]
    cases = [*usual, doubtful, unsure, *greetings]
    assert suspects(cases) == [doubtful]
    [found] = mislabelled(on(*cases), misread(cases))
    [shown] = found.evidence
    assert (shown.source, shown.said, shown.note) == (
        "data/nlu.yml:7",
        "bye",
        "the label itself: 1%",
    )
    assert shown.like is not None
    assert shown.like.example.intent == "bye"


def test_a_message_that_is_more_like_its_own_intent_is_hard_and_not_mislabelled() -> None:
    usual = [case(f"bye {i}", "bye", confidence=0.8) for i in range(5)]
    hard = case("hello you there", "greet", "bye", 0.95, greet=0.01)
    cases = [*usual, hard, *(case(f"hello you {i}", "greet") for i in range(5))]
    assert suspects(cases) == [hard]
    assert list(mislabelled(on(*cases), misread(cases))) == []


def test_a_label_that_the_model_does_not_rule_out_is_not_told() -> None:
    usual = [case(f"bye {i}", "bye", confidence=0.8) for i in range(5)]
    cases = [*usual, case("bye you", "greet", "bye", 0.9, greet=0.05)]
    assert len(suspects(cases)) == 1
    assert list(mislabelled(on(*cases), misread(cases))) == []


def test_suspects_are_in_the_order_of_doubt() -> None:
    usual = [case(f"bye {i}", "bye", confidence=0.7) for i in range(3)]
    one = case("later", "greet", "bye", 0.8, greet=0.15)
    other = case("ciao", "greet", "bye", 0.9, greet=0.05)
    assert suspects([*usual, one, other]) == [other, one]


def test_nothing_is_suspect_where_all_is_understood() -> None:
    cases = [case("hi", "greet"), case("bye", "bye")]
    assert list(mislabelled(on(*cases), [])) == []
