import logging
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer

from bespeak.errors import ExtensionError
from bespeak.message import Example, Features, Message, Sparse, Token, TrainingData
from bespeak.nlu.count_vectors import CountVectorsFeaturizer
from bespeak.nlu.tokenizers import WhitespaceTokenizer

TEXTS = ("Where is my order 17", "I want my money back", "my order, my order!", "naïve café")


def data(*texts: str, **more: Any) -> TrainingData:
    messages = WhitespaceTokenizer().process([Message(text) for text in texts])
    return TrainingData(tuple(Example(message, "intent") for message in messages), **more)


def trained(*texts: str, **options: Any) -> CountVectorsFeaturizer:
    featurizer = CountVectorsFeaturizer(**options)
    featurizer.train(data(*texts))
    return featurizer


def features(featurizer: CountVectorsFeaturizer, text: str) -> Features:
    (message,) = featurizer.process(WhitespaceTokenizer().process([Message(text)]))
    return message.features[0]


def counted(featurizer: CountVectorsFeaturizer, text: str) -> dict[str, float]:
    pieces = list(featurizer.vocabulary)
    whole = features(featurizer, text).sentence
    assert isinstance(whole, Sparse)
    return {
        pieces[column]: float(value)
        for column, value in zip(whole.indices, whole.values, strict=True)
    }


def dense(rows: object) -> NDArray[np.float32]:
    assert isinstance(rows, Sparse)
    full = np.zeros((rows.rows, rows.width), np.float32)
    for i in range(rows.rows):
        start, end = rows.indptr[i : i + 2]
        full[i, rows.indices[start:end]] = rows.values[start:end]
    return full


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"max_ngram": 3},
        {"min_ngram": 2, "max_ngram": 2},
        {"analyzer": "char", "max_ngram": 3},
        {"analyzer": "char_wb", "max_ngram": 4},
        {"analyzer": "char_wb", "min_ngram": 5, "max_ngram": 6},
        {"strip_accents": "unicode"},
        {"strip_accents": "ascii", "analyzer": "char_wb", "max_ngram": 2},
        {"max_ngram": 2, "stop_words": ["my", "is"]},
        {"max_ngram": 2, "stop_words": "english"},
        {"lowercase": False},
    ],
    ids=str,
)
@settings(deadline=None, max_examples=25)
@given(text=st.text(st.sampled_from("abmyordi éï _-.,9 "), max_size=30))
def test_it_counts_as_scikit_learn_does(options: dict[str, Any], text: str) -> None:
    featurizer = trained(*TEXTS, **options)
    by_word = options.get("analyzer", "word") == "word"
    peer = CountVectorizer(
        vocabulary=list(featurizer.vocabulary),
        analyzer=options.get("analyzer", "word"),
        ngram_range=(options.get("min_ngram", 1), options.get("max_ngram", 1)),
        token_pattern=r"(?u)\b\w+\b" if by_word else None,
        strip_accents=options.get("strip_accents"),
        stop_words=options.get("stop_words") if by_word else None,
        lowercase=options.get("lowercase", True),
    )
    (message,) = WhitespaceTokenizer().process([Message(text)])
    words = featurizer._words(message.tokens)
    found = features(featurizer, text)
    np.testing.assert_array_equal(dense(found.tokens), peer.transform(words).toarray())
    np.testing.assert_array_equal(
        dense(found.sentence), peer.transform([" ".join(words)]).toarray()
    )


@pytest.mark.parametrize(
    "limits", [{"min_df": 2}, {"max_df": 1}, {"min_df": 0.3, "max_df": 0.5}, {"max_features": 3}]
)
def test_the_vocabulary_is_limited_as_in_scikit_learn(limits: dict[str, Any]) -> None:
    texts = ("a a a b", "a b c", "a c d", "d d e")
    peer = CountVectorizer(token_pattern=r"(?u)\b\w+\b", **limits).fit(texts)
    assert list(trained(*texts, **limits).vocabulary) == sorted(peer.vocabulary_)


def test_every_number_is_the_same_word() -> None:
    featurizer = trained("order 17", "room 4b")
    assert counted(featurizer, "order 99 and 3") == {"order": 1.0, "__number__": 2.0}
    assert counted(featurizer, "room 4b") == {"room": 1.0, "4b": 1.0}


def test_an_unseen_word_is_the_oov_token_where_training_has_seen_that() -> None:
    assert counted(trained("hello OOV", OOV_token="oov"), "hello Martian friends") == {
        "hello": 1.0,
        "oov": 2.0,
    }


def test_oov_words_stand_for_unseen_words_in_training() -> None:
    featurizer = trained("buy a Zloty please", OOV_token="unseen", OOV_words=["zloty"])
    assert list(featurizer.vocabulary) == ["a", "buy", "please", "unseen"]
    assert counted(featurizer, "buy yen")["unseen"] == 1.0


def test_an_oov_token_that_no_example_has_is_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    featurizer = trained("hello", OOV_token="oov")
    assert counted(featurizer, "hello you") == {"hello": 1.0}
    assert "no example has the OOV_token 'oov'" in caplog.text


def test_lemmas_are_counted_unless_told_otherwise() -> None:
    message = Message("went", tokens=(Token("went", 0, 4, lemma="go"),))
    examples = TrainingData((Example(message, "leave"),))
    for use_lemma, piece in ((True, "go"), (False, "went")):
        featurizer = CountVectorsFeaturizer(use_lemma=use_lemma)
        featurizer.train(examples)
        assert list(featurizer.vocabulary) == [piece]


def test_a_shared_vocabulary_has_the_words_of_responses_and_intents() -> None:
    featurizer = CountVectorsFeaturizer(use_shared_vocab=True)
    featurizer.train(data("when", responses={"faq/hours": ({"text": "At 9!"}, {"image": "x"})}))
    assert list(featurizer.vocabulary) == ["__number__", "at", "intent", "when"]


def test_features_carry_the_alias() -> None:
    assert features(trained("a"), "a").origin == "CountVectorsFeaturizer"
    assert features(trained("a", alias="letters"), "a").origin == "letters"


def test_without_anything_to_count_it_adds_nothing_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    featurizer = trained("hello", min_df=2)
    (message,) = featurizer.process(WhitespaceTokenizer().process([Message("hello")]))
    assert message.features == ()
    assert "adds no features" in caplog.text


@pytest.mark.parametrize(
    "options",
    [
        {"analyzer": "words"},
        {"strip_accents": "yes"},
        {"stop_words": "german"},
        {"min_ngram": 3, "max_ngram": 2},
        {"min_ngram": 0},
    ],
    ids=str,
)
def test_an_option_that_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ExtensionError, match=next(iter(options))):
        CountVectorsFeaturizer(**options)


def test_options_for_words_are_named_in_the_log_where_characters_are_counted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        CountVectorsFeaturizer(analyzer="char", stop_words="english", OOV_token="oov")
    assert "OOV_token, stop_words have no effect" in caplog.text
