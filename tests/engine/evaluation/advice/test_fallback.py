import pytest

from bespeak.evaluation.advice.fallback import discarded
from bespeak.evaluation.case import Case
from bespeak.evaluation.thresholds import Threshold, outcome, threshold_of
from bespeak.nlu.fallback import FallbackClassifier
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.languages import LanguageRouter
from bespeak.nlu.pipeline import Pipeline
from tests.engine.evaluation.cases import case, on

SET = Threshold(0.7)


def test_a_lower_threshold_is_proposed_where_right_guesses_outweigh_wrong_ones() -> None:
    right = [case(f"hi {i}", "greet", confidence=0.62, fallback=0.7) for i in range(6)]
    wrong = [case("yo", "greet", "bye", 0.3, fallback=0.7)]
    [found] = discarded(on(*right, *wrong, threshold=SET))
    assert found.title == "6 right guesses became nlu_fallback"
    assert "`threshold: 0.6`" in found.advice
    assert "At 0.7, 0 messages are understood, 0 misunderstood and 7 asked again" in found.why
    assert "At 0.6, 6 messages would be understood, 0 misunderstood and 1 asked again" in found.why
    assert len(found.errors) == 6
    assert not found.is_rest


def test_a_higher_threshold_is_proposed_where_it_spares_more_wrong_than_it_costs() -> None:
    wrong = [case(f"yo {i}", "greet", "bye", 0.4) for i in range(5)]
    right = [case(f"hi {i}", "greet", confidence=0.9) for i in range(5)]
    [found] = discarded(on(*wrong, *right, threshold=Threshold(0.3)))
    assert "`threshold: 0.45`" in found.advice
    assert "5 messages would be understood, 0 misunderstood and 5 asked again" in found.why


def test_a_threshold_is_left_where_asking_again_costs_about_what_it_spares() -> None:
    wrong = [case(f"yo {i}", "greet", "bye", 0.4) for i in range(6)]
    right = [case(f"hi {i}", "greet", confidence=0.4) for i in range(5)]
    assert list(discarded(on(*wrong, *right, threshold=Threshold(0.3)))) == []


def test_no_threshold_is_proposed_where_it_would_let_as_much_wrong_through() -> None:
    right = [case(f"hi {i}", "greet", confidence=0.6, fallback=0.7) for i in range(3)]
    wrong = [case(f"yo {i}", "greet", "bye", 0.6, fallback=0.7) for i in range(3)]
    [found] = discarded(on(*right, *wrong, threshold=SET))
    assert "Leave the threshold" in found.advice
    assert found.is_rest  # nothing that one thing would mend
    assert "kept 3 wrong guesses from being acted upon" in found.why
    assert list(discarded(on(*wrong, threshold=SET))) == []


def test_of_a_fallback_that_has_learned_when_to_ask_again_no_threshold_is_spoken() -> None:
    """Its confidence says how unfamiliar a message is: no value of it is a threshold."""
    right = [case(f"hi {i}", "greet", confidence=0.62, fallback=0.9 + i / 100) for i in range(6)]
    [found] = discarded(on(*right))
    assert "`threshold:" not in found.advice
    assert "Leave the threshold" not in found.advice
    assert "0.9" not in found.why
    assert "has no `threshold`" in found.why
    assert len(found.errors) == 6


def test_a_message_is_asked_again_where_the_second_intent_is_close() -> None:
    close = case("hm", "greet", confidence=0.5, bye=0.45)
    assert outcome([close], 0.3, 0.1).asked == 1
    assert outcome([close], 0.3, 0.0).understood == 1


def fallen(*confidences: float) -> list[Case]:
    return [case("hm", "greet", confidence=0.2, fallback=one) for one in confidences]


@pytest.mark.parametrize(
    ("classifier", "cases", "expected"),
    [
        (FallbackClassifier(threshold=0.4), [], Threshold(0.4, 0.1)),
        (
            FallbackClassifier(threshold=0.4, ambiguity_threshold=0.2),
            fallen(0.4),
            Threshold(0.4, 0.2),
        ),
        (FallbackClassifier(), fallen(0.97, 0.99), None),
        (FallbackClassifier(), fallen(0.3, 0.3), Threshold(0.3, 0.1)),  # no familiarity is known
        (KeywordIntentClassifier(), [], None),
    ],
)
def test_the_threshold_is_the_pipelines_own(
    classifier: FallbackClassifier | KeywordIntentClassifier,
    cases: list[Case],
    expected: Threshold | None,
) -> None:
    assert threshold_of(Pipeline([classifier]), cases) == expected


def test_languages_with_thresholds_of_their_own_have_none_in_common() -> None:
    def router(english: float, german: float) -> Pipeline:
        pipelines = {
            "en": [{"name": "FallbackClassifier", "threshold": english}],
            "de": [{"name": "FallbackClassifier", "threshold": german}],
        }
        return Pipeline([LanguageRouter(pipelines=pipelines)])

    assert threshold_of(router(0.5, 0.5), []) == Threshold(0.5, 0.1)
    assert threshold_of(router(0.5, 0.6), []) is None
