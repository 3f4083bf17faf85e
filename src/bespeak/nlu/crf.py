"""Entities by conditional random fields on the looks of words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from bespeak.errors import ExtensionError
from bespeak.extend import load as load_by_name
from bespeak.message import Array, Message, Token, TrainingData
from bespeak.nlu.tagger import Tagger
from bespeak.nlu.tagging import CommaSplit, trainable, warn_of_misaligned

NAME = "CRFEntityExtractor"

WINDOWS = (
    ("low", "title", "upper"),
    (
        *("low", "bias", "prefix5", "prefix2", "suffix5", "suffix3", "suffix2"),
        *("upper", "title", "digit", "pattern"),
    ),
    ("low", "title", "upper"),
)

WORDS: Mapping[str, Callable[[Token], str]] = {
    "low": lambda token: token.text.lower(),
    "prefix5": lambda token: token.text[:5],
    "prefix2": lambda token: token.text[:2],
    "suffix5": lambda token: token.text[-5:],
    "suffix3": lambda token: token.text[-3:],
    "suffix2": lambda token: token.text[-2:],
    "suffix1": lambda token: token.text[-1:],
    "bias": lambda token: "bias",
    "pos": lambda token: token.pos,
    "pos2": lambda token: token.pos[:2],
}
YES_OR_NO: Mapping[str, Callable[[Token], bool]] = {
    "title": lambda token: token.text.istitle(),
    "upper": lambda token: token.text.isupper(),
    "digit": lambda token: token.text.isdigit(),
}
PATTERN, DENSE = "pattern", "text_dense_features"


class CRFEntityExtractor:
    """Find entities by the looks of a word and of those around it.

    `features` has a list of looks for each place in the window around a word, an odd number of
    places: `low`, `title`, `upper`, `digit`, `prefix2`, `prefix5`, `suffix1`, `suffix2`,
    `suffix3`, `suffix5`, `bias`; `pattern` needs a RegexFeaturizer, `pos` and `pos2` a tokenizer
    that knows parts of speech, `text_dense_features` a dense featurizer (of all, or of those that
    `featurizers` names). Roles and groups have fields of their own, which see the entities too.

    `max_iterations`, `L1_c` and `L2_c` say how long to learn and how much to hold back.
    """

    serves_only = True

    def __init__(
        self,
        *,
        BILOU_flag: bool = True,
        split_entities_by_comma: bool | Mapping[str, bool] = True,
        features: Sequence[Sequence[str]] = WINDOWS,
        max_iterations: int = 50,
        L1_c: float = 0.1,
        L2_c: float = 0.1,
        featurizers: Sequence[str] = (),
    ) -> None:
        known = {*WORDS, *YES_OR_NO, PATTERN, DENSE}
        if (
            not isinstance(features, list | tuple)
            or len(features) % 2 != 1
            or not all(isinstance(place, list | tuple) for place in features)
            or not all(look in known for place in features for look in place)
        ):
            raise ExtensionError(
                f"{NAME}: features must be an odd number of lists of {', '.join(sorted(known))}, "
                f"the word's own in the middle; found {features!r}."
            )
        self.bilou = BILOU_flag
        self.split = CommaSplit.from_option(split_entities_by_comma)
        self.windows = tuple(tuple(place) for place in features)
        self.limits = {"max_iterations": max_iterations, "c1": L1_c, "c2": L2_c}
        self.featurizers = tuple(featurizers)
        self.tagger = Tagger()

    def train(self, data: TrainingData) -> None:
        self.tagger = Tagger()
        examples = [
            example
            for example in data.examples
            if example.message.tokens and (example.intent or example.entities)
        ]
        annotated = [trainable(example, NAME) for example in examples]
        if not any(annotated):
            return
        warn_of_misaligned(examples, NAME)
        vectors = [self._vectors(example.message) for example in examples]
        dense = [rows for rows in vectors if rows is not None]
        options = {**self.limits, "feature.possible_transitions": True}
        settings = load_by_name("bespeak.nlu.tagger_trainer.Settings")
        train = load_by_name("bespeak.nlu.tagger_trainer.train")
        self.tagger = train(
            examples,
            annotated,
            self._look,
            dense if len(dense) == len(examples) else None,
            settings(bilou=self.bilou, options=options),
        )

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._extract(message) for message in messages]

    def save(self, folder: Path) -> None:
        self.tagger.save(folder)

    def load(self, folder: Path) -> None:
        self.tagger = Tagger.load(folder)

    def _extract(self, message: Message) -> Message:
        vectors = self._vectors(message)
        found = self.tagger.entities(message, self._look, vectors, self.split, NAME)
        return replace(message, entities=(*message.entities, *found)) if found else message

    def _places(self) -> list[tuple[int, Sequence[str]]]:
        """Return each place in the window, from the word on, with its looks."""
        half = len(self.windows) // 2
        return [(i - half, looks) for i, looks in enumerate(self.windows)]

    def _look(self, message: Message, names: Sequence[str] | None) -> list[list[str]]:
        patterns = message.scratch.get("patterns") or [()] * len(message.tokens)
        seen = []
        for i in range(len(message.tokens)):
            attributes: list[str] = []
            for offset, looks in self._places():
                j = i + offset
                if j < 0:
                    attributes.append("BOS")
                elif j >= len(message.tokens):
                    attributes.append("EOS")
                else:
                    attributes += _looks(message.tokens[j], looks, f"{offset}:")
                    if PATTERN in looks:
                        attributes += [f"{offset}:pattern:{name}" for name in patterns[j]]
                    if names is not None:
                        attributes.append(f"{offset}:entity={names[j]}")
            seen.append(attributes)
        return seen

    def _vectors(self, message: Message) -> Array | None:
        """Return the dense features of each token's window, where the windows ask for them."""
        offsets = [offset for offset, looks in self._places() if DENSE in looks]
        blocks = [
            features.tokens
            for features in message.features
            if isinstance(features.tokens, np.ndarray)
            and (not self.featurizers or features.origin in self.featurizers)
        ]
        if not offsets or not blocks:
            return None
        rows = np.concatenate(blocks, axis=1)
        shifted = []
        for offset in offsets:
            moved = np.zeros_like(rows)
            for i in range(len(rows)):
                if 0 <= i + offset < len(rows):
                    moved[i] = rows[i + offset]
            shifted.append(moved)
        return np.concatenate(shifted, axis=1)


def _looks(token: Token, looks: Sequence[str], at: str) -> list[str]:
    words = [
        f"{at}{look}={value}" for look in looks if look in WORDS and (value := WORDS[look](token))
    ]
    return words + [f"{at}{look}" for look in looks if look in YES_OR_NO and YES_OR_NO[look](token)]
