"""`nlu_fallback` when unsure."""

from collections.abc import Sequence
from dataclasses import replace

from bespeak.errors import ExtensionError
from bespeak.message import Intent, Message

FALLBACK_INTENT = "nlu_fallback"


class FallbackClassifier:
    """Put `nlu_fallback` in first place where the best intent is not convincing.

    That is where its confidence is below `threshold`, or where it is less than
    `ambiguity_threshold` ahead of the second. The fallback's confidence is `threshold`.
    """

    serves_only = True

    def __init__(self, *, threshold: float = 0.3, ambiguity_threshold: float = 0.1) -> None:
        for name, value in (
            ("threshold", threshold),
            ("ambiguity_threshold", ambiguity_threshold),
        ):
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ExtensionError(
                    f"FallbackClassifier: {name} must be a number; found {value!r}."
                )
        self.threshold = float(threshold)
        self.ambiguity_threshold = float(ambiguity_threshold)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        fallback = Intent(FALLBACK_INTENT, self.threshold)
        return [
            replace(
                message,
                intent=fallback,
                # where no classifier ranked the intents, there is no ranking to head
                ranking=(fallback, *message.ranking) if message.ranking else (),
            )
            if self._is_unsure(message)
            else message
            for message in messages
        ]

    def _is_unsure(self, message: Message) -> bool:
        if message.intent is None or message.intent.confidence < self.threshold:
            return True
        if len(message.ranking) < 2:
            return False
        first, second = message.ranking[:2]
        return first.confidence - second.confidence < self.ambiguity_threshold
