"""What a text means, as a vector, by the encoder that a trained pipeline carries."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from bespeak.message import Array
from bespeak.nlu import embedding

REMEMBERED: Final = 512
"""How many texts' vectors are kept: a conversation's texts are asked for at each decision."""


def of_texts(pipeline: Path) -> Callable[[str], Array] | None:
    """Return what gives a text's sentence vector (H,), of length 1; zeros for one without words.

    `pipeline` is the folder in which a pipeline was saved; None where no component of it carries
    an encoder. What was read is needed no longer.
    """
    for folder in sorted(pipeline.glob("*/")):
        if (encoder := embedding.load(folder)) is not None:
            break
    else:
        return None

    @lru_cache(REMEMBERED)
    def vector(text: str) -> Array:
        [encoded] = encoder.encode([text])
        return encoded.sentence

    return vector
