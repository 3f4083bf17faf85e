import pytest

from bespeak.errors import ExtensionError
from bespeak.message import Intent, Message
from bespeak.nlu.fallback import FallbackClassifier

FALLBACK = Intent("nlu_fallback", 0.3)


def understood(*confidences: float) -> Message:
    ranking = tuple(Intent(f"intent {i}", value) for i, value in enumerate(confidences))
    return Message("x", intent=ranking[0], ranking=ranking)


@pytest.mark.parametrize("confidences", [(0.29, 0.1), (0.5, 0.41), (0.3, 0.3), (0.0,)])
def test_an_unconvincing_intent_comes_second_to_the_fallback(confidences: list[float]) -> None:
    before = understood(*confidences)
    (after,) = FallbackClassifier().process([before])
    assert after.intent == FALLBACK
    assert after.ranking == (FALLBACK, *before.ranking)


@pytest.mark.parametrize("confidences", [(0.3, 0.1), (0.9,), (0.3,), (0.6, 0.4)])
def test_a_convincing_intent_stays(confidences: list[float]) -> None:
    message = understood(*confidences)
    assert FallbackClassifier().process([message]) == [message]


@pytest.mark.parametrize("intent", [None, Intent(None, 0.0)])
def test_no_intent_at_all_is_unconvincing(intent: Intent | None) -> None:
    (after,) = FallbackClassifier().process([Message("", intent=intent)])
    assert (after.intent, after.ranking) == (FALLBACK, ())


def test_the_fallback_is_as_sure_as_the_threshold() -> None:
    (after,) = FallbackClassifier(threshold=0.7).process([understood(0.6, 0.1)])
    assert after.intent == Intent("nlu_fallback", 0.7)


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(ExtensionError, match="threshold must be a number; found 'high'"):
        FallbackClassifier(threshold="high")  # type: ignore[arg-type]
