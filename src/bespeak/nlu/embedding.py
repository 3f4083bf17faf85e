"""The encoder as the learned components share it.

The first of them that needs sentence vectors carries the encoder in its folder of the archive,
and leaves each message's vectors in `scratch`; those behind it read them there.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bespeak.errors import ExtensionError, ModelError
from bespeak.message import Array, Message
from bespeak.nlu.encoder import weights
from bespeak.nlu.encoder.encoder import Encoded, Encoder

log = logging.getLogger(__name__)

SENTENCE = "sentence_vector"
LOWER = "lower_sentence_vector"
ENCODER = "encoder"  # the one that made the vectors
FOLDER = "encoder"


def available(component: str, reference: str | None = None) -> Encoder | None:
    """Return the encoder that a reference names (as `weights.find` reads it), or else the usual.

    Where the usual one is not installed, say what that means and return None. Raises ModelError,
    naming the command that installs it, where one that is named is not there.
    """
    if reference is not None:
        return Encoder.of(weights.find(reference))
    if weights.locate() is None:
        log.warning(
            "%s learns from words and their pieces alone: no encoder is installed, which would "
            "tell it what words mean. Install one and train again: %s",
            component,
            weights.INSTALL,
        )
        return None
    return Encoder.installed()


def named(component: str, reference: Any) -> str | None:
    """Return the option `encoder`. Raises ExtensionError where it is no name."""
    if reference is not None and (not isinstance(reference, str) or not reference.strip()):
        raise ExtensionError(
            f"{component}: encoder must be a name as on the hub, or a folder; found {reference!r}."
        )
    return reference


def fingerprint(reference: str | None) -> str | None:
    """Return the hash of the weights that a reference names: what is learned on others is old."""
    return None if reference is None else weights.sha256(weights.find(reference))


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


def carrying(message: Message, encoded: Encoded, encoder: Encoder) -> Message:
    """Return the message with its vectors for the components behind: of the text, and, from the
    lower layers, the mean of its pieces (H,), of length 1 (zeros where there are none). It carries
    who made them as well, for what else is to be compared."""
    lower = encoded.base.mean(axis=0) if len(encoded.base) else np.zeros_like(encoded.sentence)
    length = float(np.linalg.norm(lower))
    vectors = {SENTENCE: encoded.sentence, LOWER: lower / length if length else lower}
    return replace(message, scratch={**message.scratch, **vectors, ENCODER: encoder})


def carried(messages: Sequence[Message]) -> Encoder | None:
    """Return the encoder with which a component before this one makes sentence vectors, if any."""
    made = [message.scratch.get(ENCODER) for message in messages]
    return made[0] if made and all(made) else None


def _encoded(message: Message, encoder: Encoder | None) -> Message:
    if encoder is None:
        raise ModelError(
            "A component was trained on sentence vectors, and no component before it makes them "
            "any more. Train the model anew (--force)."
        )
    [encoded] = encoder.encode([message.text])
    return carrying(message, encoded, encoder)


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
