import logging

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.message import Message, Token
from bespeak.nlu import embedding
from bespeak.nlu.encoder.encoder import Encoder
from tests.engine.nlu.encoder import bert


def test_without_an_encoder_the_log_says_what_that_means(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        assert embedding.available("DIETClassifier") is None
    assert "bespeak encoder install" in caplog.text


def test_a_sentence_vector_is_made_once_and_carried_on(tiny: Encoder) -> None:
    message, vector = embedding.sentence(Message("hello play"), tiny)
    again, same = embedding.sentence(message, None)
    assert same is vector
    assert again is message
    assert embedding.carried([message])
    assert not embedding.carried([message, Message("hello")])
    assert not embedding.carried([])


def test_a_vector_that_nobody_makes_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(ModelError, match="Train the model anew"):
        embedding.sentence(Message("hello"), None)


def test_tokens_have_the_vectors_of_their_first_piece(tiny: Encoder) -> None:
    text = "hello playing \u200b"
    tokens = (Token("hello", 0, 5), Token("playing", 6, 13), Token("\u200b", 14, 15))
    [encoded] = tiny.encode([text])
    vectors = embedding.of_tokens(encoded, Message(text, tokens=tokens))
    assert vectors.shape == (3, 64)
    assert np.array_equal(vectors[1], np.concatenate([encoded.top[2], encoded.base[2]]))
    assert np.isnan(vectors[2]).all()
    assert bert.WORDS[encoded.ids[2]] == "play"
