"""`nlu_fallback` when unsure."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bespeak.domain import NLU_FALLBACK
from bespeak.errors import ExtensionError, ModelError
from bespeak.message import Intent, Message, TrainingData
from bespeak.nlu.vocabulary import Vocabulary, Wording

FAMILIARITY = "familiarity"  # in `scratch`, where the classifier knows it

THRESHOLD, AMBIGUITY = 0.3, 0.1
"""What counts where nothing is given and nothing is known of familiarity: Rasa's defaults."""
CONVINCING = {Wording.KNOWN: 0.025, Wording.FOREIGN: 0.15, Wording.UNHEARD: 0.5}
"""What familiarity times confidence must reach, by the words: 2 to 6 % of in-scope messages do not.

Of foreign words not more is asked, since they may be misspelt.
"""


class FallbackClassifier:
    """Put `nlu_fallback` in first place where the best intent is not convincing.

    With a `threshold`, that is where the intent's confidence is below it; the fallback's confidence
    is the threshold. Without one, it is where a message is neither like the training messages nor
    classified with confidence: the product of its familiarity (the share of training messages that
    are stranger, which DIETClassifier knows) and the confidence is too small, or the words are
    another language's or nonsense. The fallback's confidence is what the product lacks to 1. A
    classifier that knows no familiarity is held to a threshold of 0.3.

    With an `ambiguity_threshold`, an intent less than that ahead of the second does not convince
    either; it is 0.1 where a threshold counts and none is given.
    """

    serves_only = True

    def __init__(
        self, *, threshold: float | None = None, ambiguity_threshold: float | None = None
    ) -> None:
        for name, value in (
            ("threshold", threshold),
            ("ambiguity_threshold", ambiguity_threshold),
        ):
            if value is not None and not is_number(value):
                raise ExtensionError(
                    f"FallbackClassifier: {name} must be a number; found {value!r}."
                )
        self.threshold = threshold
        self.ambiguity_threshold = ambiguity_threshold
        self.vocabulary = Vocabulary()

    def train(self, data: TrainingData) -> None:
        said = [example.message.text for example in data.examples if example.intent]
        self.vocabulary = Vocabulary.learned(said) if self.threshold is None else Vocabulary()

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._checked(message) for message in messages]

    def save(self, folder: Path) -> None:
        learned = self.vocabulary
        known = {"words": sorted(learned.words), "rate": learned.rate, "limit": learned.limit}
        (folder / "vocabulary.json").write_text(json.dumps(known), "utf-8")

    def load(self, folder: Path) -> None:
        try:
            known = json.loads((folder / "vocabulary.json").read_text("utf-8"))
            words, rate, limit = frozenset(known["words"]), known["rate"], known["limit"]
            self.vocabulary = Vocabulary(words, float(rate), float(limit))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(
                f"The vocabulary in {str(folder)!r} cannot be read: {error}. Train the model again."
            ) from error

    def _checked(self, message: Message) -> Message:
        familiarity = _familiarity(message)
        if self.threshold is not None or familiarity is None:
            threshold = THRESHOLD if self.threshold is None else float(self.threshold)
            gap = AMBIGUITY if self.ambiguity_threshold is None else self.ambiguity_threshold
            is_unsure = message.intent is None or message.intent.confidence < threshold
            fallback = Intent(NLU_FALLBACK, threshold)
        else:
            gap = self.ambiguity_threshold or 0.0
            convincing = familiarity * (message.intent.confidence if message.intent else 0.0)
            is_unsure = convincing < CONVINCING[self.vocabulary.wording(_common(message))]
            fallback = Intent(NLU_FALLBACK, 1.0 - convincing)
        if not is_unsure and not _is_ambiguous(message, gap):
            return message
        # where no classifier ranked the intents, there is no ranking to head
        ranking = (fallback, *message.ranking) if message.ranking else ()
        return replace(message, intent=fallback, ranking=ranking)


def is_number(value: Any) -> bool:
    """Say whether an option is a number, which True and False are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _familiarity(message: Message) -> float | None:
    """Return how familiar the message is, if its intent comes from the classifier that knows."""
    found = message.scratch.get(FAMILIARITY)
    if found is None or message.intent is None:
        return None
    if message.ranking and message.intent != message.ranking[0]:
        return None  # a keyword has decided
    return float(found)


def _common(message: Message) -> str:
    """Return the text without its entities: a name need not be known."""
    text = message.text
    for entity in message.entities:
        if entity.start is not None and entity.end is not None:
            text = text[: entity.start] + " " * (entity.end - entity.start) + text[entity.end :]
    return text


def _is_ambiguous(message: Message, gap: float) -> bool:
    if len(message.ranking) < 2:
        return False
    first, second = message.ranking[:2]
    return first.confidence - second.confidence < gap
