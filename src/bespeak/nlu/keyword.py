"""Intents by keyword: for assistants that have more rules than examples."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.message import Intent, Message, TrainingData
from bespeak.nlu.phrases import Phrases

log = logging.getLogger(__name__)

TRIM = re.compile(r"^\W+|\W+$")


class KeywordIntentClassifier:
    """Give a message the intent of the first training example it contains as whole words.

    Punctuation around an example does not count. An example that several intents have, or that
    an example of another intent contains, is left out. Where nothing matches, a message keeps the
    intent it has, or gets none, with confidence 0.
    """

    serves_only = True

    def __init__(self, *, case_sensitive: bool = True) -> None:
        self.case_sensitive = case_sensitive
        self._learn({})

    def train(self, data: TrainingData) -> None:
        intents: dict[str, str] = {}
        ambiguous: set[str] = set()
        for example in data.examples:
            phrase = self._key(example.message.text)
            if not phrase or example.base_intent is None:
                continue
            if intents.setdefault(phrase, example.base_intent) != example.base_intent:
                ambiguous.add(phrase)
        self._learn(intents)
        for phrase, intent in intents.items():
            parts = (self._keywords[place] for place in self._found(phrase))
            ambiguous.update(part for part in parts if intents[part] != intent)
        if ambiguous:
            log.warning(
                "KeywordIntentClassifier: %d keywords fit several intents and are left out: %s",
                len(ambiguous),
                ", ".join(repr(phrase) for phrase in sorted(ambiguous)),
            )
        self._learn({key: intent for key, intent in intents.items() if key not in ambiguous})

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [self._classify(message) for message in messages]

    def save(self, folder: Path) -> None:
        (folder / "keywords.json").write_text(json.dumps(self.intents, indent=1), "utf-8")

    def load(self, folder: Path) -> None:
        self._learn(json.loads((folder / "keywords.json").read_text("utf-8")))

    def _learn(self, intents: dict[str, str]) -> None:
        self.intents = intents
        self._keywords = list(intents)
        self._phrases = Phrases(intents, case_sensitive=self.case_sensitive)

    def _classify(self, message: Message) -> Message:
        first = min(self._found(message.text), default=None)
        if first is not None:
            return replace(message, intent=Intent(self.intents[self._keywords[first]], 1.0))
        if message.intent is None:
            return replace(message, intent=Intent(None, 0.0))
        return message

    def _found(self, text: str) -> Iterator[int]:
        """Yield the places, in the order of the data, of the keywords that the text contains."""
        for _, _, place in self._phrases.all(text):
            yield place
        if text in self.intents and not TRIM.sub("", text):  # nothing but symbols, such as ":)"
            yield self._keywords.index(text)

    def _key(self, text: str) -> str:
        folded = self._phrases.folded(text)
        return TRIM.sub("", folded) or folded
