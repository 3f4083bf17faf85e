from dataclasses import replace
from pathlib import Path

import pytest

from bespeak.errors import ExtensionError, ModelError
from bespeak.message import Entity, Example, Intent, Message, TrainingData
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.fallback import FallbackClassifier
from bespeak.nlu.keyword import KeywordIntentClassifier
from tests.engine.nlu.learning import trained, understood

FALLBACK = Intent("nlu_fallback", 0.3)
RASAS = (
    FallbackClassifier(threshold=0.3),
    FallbackClassifier(threshold=0.3, ambiguity_threshold=0.1),
)


def ranked(*confidences: float, familiarity: float | None = None, text: str = "x") -> Message:
    ranking = tuple(Intent(f"intent {i}", value) for i, value in enumerate(confidences))
    scratch = {} if familiarity is None else {"familiarity": familiarity}
    return Message(text, intent=ranking[0], ranking=ranking, scratch=scratch)


def is_refused(message: Message, classifier: FallbackClassifier | None = None) -> bool:
    (after,) = (classifier or FallbackClassifier()).process([message])
    return is_fallback(after)


def is_fallback(message: Message) -> bool:
    return message.intent is not None and message.intent.name == "nlu_fallback"


@pytest.mark.parametrize("classifier", [*RASAS, FallbackClassifier()])
@pytest.mark.parametrize("confidences", [(0.29, 0.1), (0.5, 0.41), (0.3, 0.3), (0.0,)])
def test_an_unconvincing_intent_comes_second_to_the_fallback(
    classifier: FallbackClassifier, confidences: list[float]
) -> None:
    before = ranked(*confidences)
    (after,) = classifier.process([before])
    assert after.intent == FALLBACK
    assert after.ranking == (FALLBACK, *before.ranking)


@pytest.mark.parametrize("classifier", [*RASAS, FallbackClassifier()])
@pytest.mark.parametrize("confidences", [(0.3, 0.1), (0.9,), (0.3,), (0.6, 0.4)])
def test_a_convincing_intent_stays(
    classifier: FallbackClassifier, confidences: list[float]
) -> None:
    message = ranked(*confidences)
    assert classifier.process([message]) == [message]


@pytest.mark.parametrize("intent", [None, Intent(None, 0.0)])
def test_no_intent_at_all_is_unconvincing(intent: Intent | None) -> None:
    (after,) = FallbackClassifier().process([Message("", intent=intent)])
    assert (after.intent, after.ranking) == (FALLBACK, ())


def test_the_fallback_is_as_sure_as_the_threshold() -> None:
    (after,) = FallbackClassifier(threshold=0.7).process([ranked(0.6, 0.1)])
    assert after.intent == Intent("nlu_fallback", 0.7)


@pytest.mark.parametrize("familiarity", [None, 0.0, 0.5, 1.0])
@pytest.mark.parametrize("confidences", [(0.9, 0.05), (0.5, 0.45), (0.2, 0.1)])
def test_an_explicit_threshold_wins_over_what_is_known_of_familiarity(
    familiarity: float | None, confidences: list[float]
) -> None:
    for classifier in RASAS:
        asked = ranked(*confidences, familiarity=familiarity, text="wo ist meine Bestellung")
        assert is_refused(asked, classifier) == is_refused(ranked(*confidences), classifier)


@pytest.mark.parametrize(
    ("familiarity", "confidence", "refused"),
    [(0.0, 0.99, True), (0.02, 0.99, True), (0.03, 0.99, False), (0.2, 0.1, True), (1, 0.1, False)],
)
def test_a_message_must_be_familiar_or_surely_classified(
    familiarity: float, confidence: float, refused: bool
) -> None:
    assert is_refused(ranked(confidence, 0.0, familiarity=familiarity)) == refused


def test_the_fallback_is_as_sure_as_the_message_is_not_convincing() -> None:
    (after,) = FallbackClassifier().process([ranked(0.5, 0.4, familiarity=0.02)])
    assert after.intent is not None and after.intent.name == "nlu_fallback"
    assert after.intent.confidence == pytest.approx(0.99)
    assert [intent.confidence for intent in after.ranking[1:]] == [0.5, 0.4]


def test_two_likely_intents_are_no_reason_unless_an_ambiguity_threshold_is_given() -> None:
    torn = ranked(0.5, 0.45, familiarity=0.5)
    assert not is_refused(torn)
    assert is_refused(torn, FallbackClassifier(ambiguity_threshold=0.1))


def test_what_a_keyword_decided_is_not_asked_for_familiarity() -> None:
    (said,) = KeywordIntentClassifier().process([ranked(0.9, familiarity=0.0)])
    keyword = KeywordIntentClassifier()
    keyword.train(TrainingData((Example(Message("refund"), "refund"),)))
    (said,) = keyword.process([ranked(0.9, familiarity=0.0, text="refund!")])
    assert not is_refused(said)


def test_unknown_words_must_be_all_the_more_familiar(tmp_path: Path) -> None:
    learned = FallbackClassifier()
    said = ["where is my order", "is my order late", "where is it", "my order is late"] * 5
    said += ["my parcel is late", "where is the invoice"]
    learned.train(TrainingData(tuple(Example(Message(text), "track") for text in said)))
    learned.save(tmp_path)
    loaded = FallbackClassifier()
    loaded.load(tmp_path)
    assert loaded.vocabulary == learned.vocabulary
    for classifier in (learned, loaded):
        for text, needed in (
            ("where is my order", 0.04),
            ("wher is my ordr schon wieder", 0.17),
            ("wo ist meine Bestellung", 0.56),
        ):
            assert is_refused(ranked(0.9, familiarity=needed - 0.02, text=text), classifier), text
            assert not is_refused(ranked(0.9, familiarity=needed, text=text), classifier), text


def test_the_words_of_an_entity_need_not_be_known() -> None:
    classifier = FallbackClassifier()
    said = ["i am called ann", "i am called bob", "call me ann"] * 5
    classifier.train(TrainingData(tuple(Example(Message(text), "name") for text in said)))
    asked = ranked(0.9, familiarity=0.2, text="Wolfgang Amadeus Mozart")
    assert is_refused(asked, classifier)
    named = replace(asked, entities=(Entity("name", "Wolfgang Amadeus Mozart", 0, 23),))
    assert not is_refused(named, classifier)


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "vocabulary.json").write_text("[]")
    with pytest.raises(ModelError, match="Train the model again"):
        FallbackClassifier().load(tmp_path)


@pytest.mark.parametrize("option", ["threshold", "ambiguity_threshold"])
def test_a_threshold_that_is_no_number_is_refused(option: str) -> None:
    with pytest.raises(ExtensionError, match=f"{option} must be a number; found 'high'"):
        FallbackClassifier(**{option: "high"})  # type: ignore[arg-type]


ORDERS = [
    *("where is my order", "track my order", "when does my order come", "has my order left"),
    *("is my order late", "show me where the order is", "my order has not come"),
]
REFUNDS = [
    *("i want a refund", "give me my money back", "refund this please", "return my money"),
    *("can i get a refund", "how do i get my money back", "i want my money back"),
]


def test_behind_a_learned_classifier_nonsense_and_silence_are_refused() -> None:
    data = TrainingData(
        tuple(Example(Message(text), "track") for text in ORDERS)
        + tuple(Example(Message(text), "refund") for text in REFUNDS)
    )
    pipeline = trained(DIETClassifier(), FallbackClassifier(), data=data)
    for text in ("", "  ", "zqx vvv wpf", "😀😀", "????", "wo ist das nur geblieben"):
        assert is_fallback(understood(pipeline, text)), text
    for text in ("where is my order please", "refund my money"):
        assert not is_fallback(understood(pipeline, text)), text
