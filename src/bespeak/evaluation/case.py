"""One tested message: what it should be understood as, and what a pipeline made of it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bespeak.domain import NLU_FALLBACK
from bespeak.evaluation.spans import Fault, faults, span
from bespeak.message import Example, Intent, Message
from bespeak.nlu.pipeline import Pipeline

BATCH: Final = 64


@dataclass(frozen=True)
class Case:
    """One example, and what the pipeline made of its text."""

    gold: Example
    said: Message

    @property
    def text(self) -> str:
        return self.gold.message.text

    @property
    def key(self) -> tuple[str, str]:
        """What tells the example from others: where it stands, and its text."""
        return (self.gold.source, self.text)

    @property
    def intent(self) -> str:
        """The predicted intent; "" for none."""
        return (self.said.intent.name if self.said.intent else None) or ""

    @property
    def confidence(self) -> float:
        return self.said.intent.confidence if self.said.intent else 0.0

    @property
    def right(self) -> bool:
        """Whether the intent is the one that the label says."""
        return self.intent == self.gold.base_intent

    @property
    def guess(self) -> Intent:
        """What the classifier put first, be it that a fallback took its place."""
        said = self.said.intent or Intent(None, 0.0)
        if said.name != NLU_FALLBACK:
            return said
        below = (one for one in self.said.ranking if one.name != NLU_FALLBACK)
        return next(below, Intent(None, 0.0))

    @property
    def guessed_right(self) -> bool:
        """Whether the intent is right that the classifier put first, be it that a fallback took its
        place."""
        return self.guess.name == self.gold.base_intent

    @property
    def fell_back(self) -> bool:
        return self.intent == NLU_FALLBACK

    def sureness(self, intent: str) -> float:
        """Return the confidence in an intent; 0 for one that the ranking does not hold."""
        ranked = (one.confidence for one in self.said.ranking if one.name == intent)
        return next(ranked, self.guess.confidence if self.guess.name == intent else 0.0)

    def spans_right(self, kinds: Collection[str]) -> bool:
        """Say whether exactly the annotated entities were found, of these kinds."""
        found = {span(entity) for entity in self.said.entities if entity.name in kinds}
        return found == {span(entity) for entity in self.gold.entities if entity.name in kinds}

    def faults(self, kinds: Collection[str]) -> list[Fault]:
        """Return what is wrong with the entities that were found, of these kinds."""
        return faults(
            [entity for entity in self.gold.entities if entity.name in kinds],
            [entity for entity in self.said.entities if entity.name in kinds],
        )

    @property
    def response(self) -> tuple[str, float] | None:
        """The response that the selector of the gold intent chose, with its confidence."""
        base = self.gold.base_intent or ""
        chosen = self.said.response_selector.get(base) or self.said.response_selector.get("default")
        if not chosen:
            return None
        response = chosen.get("response", {})
        return response.get("intent_response_key") or "", response.get("confidence") or 0.0


def evaluate(pipeline: Pipeline, examples: Sequence[Example]) -> Iterator[Case]:
    """Yield each example with what the pipeline makes of it, batch by batch.

    What components leave for one another is not kept: it would fill memory.
    """
    for start in range(0, len(examples), BATCH):
        batch = examples[start : start + BATCH]
        said = pipeline.process([Message(example.message.text) for example in batch])
        bare = (replace(message, features=(), scratch={}) for message in said)
        yield from (Case(gold, message) for gold, message in zip(batch, bare, strict=True))
