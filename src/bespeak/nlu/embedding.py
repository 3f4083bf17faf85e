"""The encoder as the learned components share it.

The first of them that needs sentence vectors carries the encoder in its folder of the archive,
and leaves each message's vectors in `scratch`; those behind it read them there.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bespeak.errors import ModelError
from bespeak.message import Array, Message
from bespeak.nlu.encoder import weights
from bespeak.nlu.encoder.encoder import Encoded, Encoder

log = logging.getLogger(__name__)

SENTENCE = "sentence_vector"
LOWER = "lower_sentence_vector"
FOLDER = "encoder"


def available(component: str) -> Encoder | None:
    """Return the installed encoder; where there is none, say what that means and return None."""
    if weights.locate() is None:
        log.warning(
            "%s learns from words and their pieces alone: no encoder is installed, which would "
            "tell it what words mean. Install one and train again: %s",
            component,
            weights.INSTALL,
        )
        return None
    return Encoder.installed()


def sentence(message: Message, encoder: Encoder | None) -> tuple[Message, Array]:
    """Return the message's sentence vector (H,), and the message that carries it."""
    if SENTENCE not in message.scratch:
        message = _encoded(message, encoder)
    return message, message.scratch[SENTENCE]


def sentence_at_both(message: Message, encoder: Encoder | None) -> tuple[Message, Array]:
    """Return the sentence vector and the lower one, one after the other (2H,), and the message.

    The last layers were trained to tell what a text is about; how it is said is plainer below.
    """
    if SENTENCE not in message.scratch or LOWER not in message.scratch:
        message = _encoded(message, encoder)
    return message, np.concatenate([message.scratch[SENTENCE], message.scratch[LOWER]])


def carrying(message: Message, encoded: Encoded) -> Message:
    """Return the message with its vectors for the components behind: of the text, and, from the
    lower layers, the mean of its pieces (H,), of length 1 (zeros where there are none)."""
    lower = encoded.base.mean(axis=0) if len(encoded.base) else np.zeros_like(encoded.sentence)
    length = float(np.linalg.norm(lower))
    vectors = {SENTENCE: encoded.sentence, LOWER: lower / length if length else lower}
    return replace(message, scratch={**message.scratch, **vectors})


def carried(messages: Sequence[Message]) -> bool:
    """Say whether a component before this one leaves sentence vectors."""
    return bool(messages) and all(SENTENCE in message.scratch for message in messages)


def _encoded(message: Message, encoder: Encoder | None) -> Message:
    if encoder is None:
        raise ModelError(
            "A component was trained on sentence vectors, and no component before it makes them "
            "any more. Train the model anew (--force)."
        )
    [encoded] = encoder.encode([message.text])
    return carrying(message, encoded)


def of_tokens(encoded: Encoded, message: Message) -> Array:
    """Return (L, 2H): each token's first word piece after TOP and BASE; NaN where it has none."""
    rows = encoded.pieces([(token.start, token.end) for token in message.tokens])
    vectors = np.full((len(rows), 2 * encoded.top.shape[1]), np.nan, np.float32)
    there = rows >= 0
    vectors[there, : encoded.top.shape[1]] = encoded.top[rows[there]]
    vectors[there, encoded.top.shape[1] :] = encoded.base[rows[there]]
    return vectors


def save(encoder: Encoder | None, folder: Path) -> None:
    """Write the encoder, if there is one, into its folder in a component's."""
    if encoder is not None:
        (folder / FOLDER).mkdir()
        encoder.save(folder / FOLDER)


def load(folder: Path) -> Encoder | None:
    """Read what `save` wrote."""
    return Encoder.load(folder / FOLDER) if (folder / FOLDER).is_dir() else None
