"""How well a pipeline understands: intents, entities and responses, against gold labels.

The report files have Rasa's names and shapes. Entities are scored twice: by token, as Rasa does,
one file an extractor; and by exact span (`entity_spans.json`), which is what a slot gets.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bespeak.evaluation.case import Case
from bespeak.evaluation.scores import ClassificationReport, Score, report
from bespeak.evaluation.spans import span
from bespeak.message import Entity, Message, Token

NO_ENTITY: Final = "no_entity"


@dataclass(frozen=True)
class Understanding:
    """All cases of an evaluation; what it says is computed when asked."""

    cases: tuple[Case, ...]

    @property
    def intent_cases(self) -> list[Case]:
        return [case for case in self.cases if case.gold.intent]

    def intents(self) -> ClassificationReport:
        cases = self.intent_cases
        return report(
            [case.gold.base_intent or "" for case in cases], [case.intent for case in cases]
        )

    def intent_errors(self) -> list[dict[str, Any]]:
        return [_intent_dict(case) for case in self.intent_cases if not case.right]

    def intent_successes(self) -> list[dict[str, Any]]:
        return [_intent_dict(case) for case in self.intent_cases if case.right]

    def confidences(self) -> tuple[list[float], list[float]]:
        """Return the confidences of right and of wrong intents."""
        right = [case.confidence for case in self.intent_cases if case.right]
        wrong = [case.confidence for case in self.intent_cases if not case.right]
        return right, wrong

    @property
    def entity_kinds(self) -> frozenset[str]:
        """The kinds of entity that the gold labels know of."""
        return frozenset(entity.name for case in self.cases for entity in case.gold.entities)

    @property
    def extractors(self) -> list[str]:
        """The extractors that found anything that the gold labels know of."""
        known = self.entity_kinds
        found = {
            entity.extractor
            for case in self.cases
            for entity in case.said.entities
            if entity.extractor and entity.name in known
        }
        return sorted(found)

    def entities(self, extractor: str) -> ClassificationReport:
        """Score one extractor by token."""
        gold: list[str] = []
        predicted: list[str] = []
        for case in self.cases:
            of_it = [e for e in case.said.entities if e.extractor == extractor]
            gold.extend(_token_labels(case.said, case.gold.entities))
            predicted.extend(_token_labels(case.said, of_it))
        return report(gold, predicted, ignored=(NO_ENTITY,))

    def entity_confidences(self, extractor: str) -> tuple[list[float], list[float]]:
        """Return how sure an extractor was of the tokens that it got right, and wrong.

        Both are empty for one that does not say how sure it is.
        """
        right: list[float] = []
        wrong: list[float] = []
        for case in self.cases:
            of_it = [
                e
                for e in case.said.entities
                if e.extractor == extractor and e.confidence is not None
            ]
            gold = _token_labels(case.said, case.gold.entities)
            for token, label in zip(case.said.tokens, gold, strict=True):
                found = next((e for e in of_it if _covers(e, token)), None)
                if found is not None and found.confidence is not None:
                    (right if found.name == label else wrong).append(found.confidence)
        return right, wrong

    def entity_cases(self, extractor: str, *, right: bool) -> list[dict[str, Any]]:
        """Return the texts in which an extractor was right about all tokens, or was not."""
        told: list[dict[str, Any]] = []
        for case in self.cases:
            of_it = [e for e in case.said.entities if e.extractor == extractor]
            if not of_it and not case.gold.entities:
                continue
            gold = _token_labels(case.said, case.gold.entities)
            if (gold == _token_labels(case.said, of_it)) is right:
                told.append(
                    {
                        "text": case.text,
                        "entities": [entity.to_dict() for entity in case.gold.entities],
                        "predicted_entities": [entity.to_dict() for entity in of_it],
                    }
                )
        return told

    def entity_spans(self) -> dict[str, Any]:
        """Score entities by exact span and type, of all extractors together."""
        right: Counter[str] = Counter()
        gold: Counter[str] = Counter()
        said: Counter[str] = Counter()
        known = self.entity_kinds
        for case in self.cases:
            wanted = {span(entity) for entity in case.gold.entities}
            found = {span(entity) for entity in case.said.entities if entity.name in known}
            gold.update(name for _, _, name in wanted)
            said.update(name for _, _, name in found)
            right.update(name for _, _, name in wanted & found)
        told = {"micro avg": _counted(right.total(), said.total(), gold.total()).as_dict()}
        for name in sorted(known):
            told[name] = _counted(right[name], said[name], gold[name]).as_dict()
        return told

    @property
    def response_cases(self) -> list[Case]:
        return [case for case in self.cases if case.gold.is_retrieval and case.response]

    def responses(self) -> ClassificationReport:
        cases = self.response_cases
        return report(
            [case.gold.intent or "" for case in cases],
            [case.response[0] if case.response else "" for case in cases],
        )

    def response_confidences(self) -> tuple[list[float], list[float]]:
        """Return the confidences of right and of wrong responses."""
        found = [(case.gold.intent, case.response) for case in self.response_cases]
        right = [said[1] for gold, said in found if said and said[0] == gold]
        wrong = [said[1] for gold, said in found if said and said[0] != gold]
        return right, wrong

    def response_dicts(self, *, right: bool) -> list[dict[str, Any]]:
        told = []
        for case in self.response_cases:
            key, confidence = case.response or ("", 0.0)
            if (key == case.gold.intent) is right:
                told.append(
                    {
                        "text": case.text,
                        "intent_response_key_target": case.gold.intent,
                        "intent_response_key_prediction": {"name": key, "confidence": confidence},
                    }
                )
        return told

    def summary(self) -> dict[str, Any]:
        """Return what `POST /model/test/intents` answers."""
        intents = self.intents()
        told: dict[str, Any] = {
            "intent_evaluation": {
                "report": intents.as_dict(confused=True),
                "precision": intents.weighted.precision,
                "f1_score": intents.weighted.f1,
                "accuracy": intents.accuracy,
                "errors": self.intent_errors(),
            },
            "entity_evaluation": {
                name: _evaluation(self.entities(name), self.entity_cases(name, right=False))
                for name in self.extractors
            },
            "response_selection_evaluation": {},
        }
        if self.response_cases:
            told["response_selection_evaluation"] = _evaluation(
                self.responses(), self.response_dicts(right=False)
            )
        return told


def _intent_dict(case: Case) -> dict[str, Any]:
    return {
        "text": case.text,
        "intent": case.gold.base_intent,
        "intent_prediction": {"name": case.intent, "confidence": case.confidence},
    }


def _token_labels(message: Message, entities: Sequence[Entity]) -> list[str]:
    """Label each token by the first entity that covers some of it."""
    labels: list[str] = []
    for token in message.tokens:
        covering = (e.name for e in entities if _covers(e, token))
        labels.append(next(covering, NO_ENTITY))
    return labels


def _covers(entity: Entity, token: Token) -> bool:
    if entity.start is None or entity.end is None:
        return False
    return entity.start < token.end and token.start < entity.end


def _counted(right: int, said: int, gold: int) -> Score:
    precision, recall = right / said if said else 0.0, right / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Score(precision, recall, f1, gold)


def _evaluation(
    scored: ClassificationReport, errors: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    return {
        "report": scored.as_dict(),
        "precision": scored.weighted.precision,
        "f1_score": scored.weighted.f1,
        "accuracy": scored.accuracy,
        "errors": list(errors),
    }
