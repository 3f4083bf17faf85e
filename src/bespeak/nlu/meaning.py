"""What a text means, as a vector, by the encoder that a trained pipeline carries."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from bespeak.message import Array
from bespeak.nlu import embedding
from bespeak.nlu.encoder.encoder import Encoder

REMEMBERED: Final = 512
"""How many texts' vectors are kept: a conversation's texts are asked for at each decision."""


def of_texts(pipeline: Path) -> Callable[[str], Array] | None:
    """Return what gives a text's sentence vector (H,), of length 1; zeros for one without words.

    `pipeline` is the folder in which a pipeline was saved; None where no component of it carries
    an encoder, be it in a language's own pipeline: then the first language's counts. What was read
    is needed no longer.
    """
    places = sorted(pipeline.rglob(embedding.FOLDER), key=lambda place: (len(place.parts), place))
    if not places:
        return None
    encoder = Encoder.load(places[0])

    @lru_cache(REMEMBERED)
    def vector(text: str) -> Array:
        [encoded] = encoder.encode([text])
        return encoded.sentence

    return vector
