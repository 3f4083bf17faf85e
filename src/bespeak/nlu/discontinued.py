"""Names that Rasa projects may hold, of components whose own makers have given them up."""

import logging
from collections.abc import Callable, Sequence
from typing import NoReturn

from bespeak.errors import ExtensionError
from bespeak.message import Message

log = logging.getLogger(__name__)


class ConveRTFeaturizer:
    """Let messages pass: ConveRT's weights were withdrawn by their publisher."""

    def __init__(self, *, model_url: str | None = None, alias: str | None = None) -> None:
        log.warning(
            "ConveRTFeaturizer adds no features, since ConveRT's weights were withdrawn by their "
            "publisher. Take it out of the pipeline."
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return list(messages)


def _refused(name: str, instead: str) -> Callable[..., NoReturn]:
    def refuse(**options: object) -> NoReturn:
        raise ExtensionError(
            f"{name!r} is not supported: MITIE, the library under it, is not maintained. {instead}"
        )

    return refuse


MitieNLP = _refused("MitieNLP", "Take it out: DIETClassifier brings an encoder of its own.")
MitieTokenizer = _refused("MitieTokenizer", "Use WhitespaceTokenizer.")
MitieFeaturizer = _refused("MitieFeaturizer", "Use CountVectorsFeaturizer.")
MitieIntentClassifier = _refused("MitieIntentClassifier", "Use DIETClassifier.")
MitieEntityExtractor = _refused("MitieEntityExtractor", "Use DIETClassifier.")
