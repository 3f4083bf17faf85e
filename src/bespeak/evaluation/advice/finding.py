"""What there is to do, why, and the messages that show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from bespeak.data.annotations import annotated
from bespeak.evaluation.case import Case
from bespeak.evaluation.neighbours import Neighbour, Neighbourhood, Surroundings
from bespeak.message import Entity, Example

Kind: TypeAlias = Literal[
    "label errors",
    "confused intents",
    "threshold",
    "near-duplicates",
    "missing wordings",
    "never understood",
    "too few examples",
    "uniform examples",
    "inconsistent entities",
    "wrong values",
]

Error: TypeAlias = tuple[str, str, str]
"""A held-out message that was understood wrongly: "intent" or "entity", its source, its text."""


@dataclass(frozen=True)
class Evidence:
    """A message that shows what is the matter; `source` is its file and line.

    `entities` are its annotations, where they matter. `said` is what it was understood as, ""
    where that does not matter; `note` is what else a designer should know of it. `like` is the
    example most like it under the intent that it is taken for, `own` under its label.
    """

    text: str
    source: str
    intent: str = ""
    said: str = ""
    confidence: float | None = None
    note: str = ""
    like: Neighbour | None = None
    own: Neighbour | None = None
    entities: tuple[Entity, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        told = {
            "text": annotated(self.text, self.entities) if self.entities else self.text,
            "source": self.source,
            "intent": self.intent,
            "understood_as": self.said,
            "confidence": self.confidence,
            "note": self.note,
            "like": _neighbour(self.like),
            "like_of_its_label": _neighbour(self.own),
        }
        return {key: value for key, value in told.items() if value not in ("", None)}


@dataclass(frozen=True)
class Finding:
    """One thing to do: `title` says what is the matter, `why` why it matters, `advice` what to do.

    `errors` are those that it may have caused. `gain` is how many of them no finding before this
    one explains: as many messages, at most, would be understood better. `is_rest` says that they
    have no cause in common: it stands behind those that gain something.
    """

    kind: Kind
    title: str
    why: str
    advice: str
    evidence: tuple[Evidence, ...]
    errors: frozenset[Error] = field(default=frozenset(), repr=False)
    intents: tuple[str, ...] = ()
    gain: int = 0
    is_rest: bool = False

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "why": self.why,
            "advice": self.advice,
            "gain": self.gain,
            "errors": len(self.errors),
            "intents": list(self.intents),
            "examples": [one.as_dict() for one in self.evidence],
        }


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings by what they may gain, the most first; each error counts once.

    The one that explains most errors comes first, then the one that explains most of the others,
    and so on; those that explain none more come last, in the order given. Before them is the rest.
    """
    left = list(findings)
    explained: set[Error] = set()
    found: list[Finding] = []
    while left:
        best = max(left, key=lambda one: _weight(len(one.errors - explained), one.is_rest))
        left.remove(best)
        found.append(replace(best, gain=len(best.errors - explained)))
        explained |= best.errors
    return found


def _weight(gain: int, is_rest: bool) -> float:
    return min(gain, 0.5) if is_rest else gain


def intent_error(case: Case) -> Error:
    return ("intent", *case.key)


def entity_error(case: Case) -> Error:
    return ("entity", *case.key)


def shown(example: Example, note: str = "", *, with_entities: bool = False) -> Evidence:
    """Return an example as evidence, whatever it was understood as."""
    return Evidence(
        example.message.text,
        example.source,
        example.intent or "",
        note=note,
        entities=example.entities if with_entities else (),
    )


def heard(case: Case, around: Neighbourhood | None = None, note: str = "") -> Evidence:
    """Return a message as evidence, with what it was understood as and what it is like."""
    said = case.guess
    told = f"{case.intent} instead of {said.name}" if case.fell_back and said.name else case.intent
    near = around.of(case) if around else Surroundings()
    return Evidence(
        case.text,
        case.gold.source,
        case.gold.intent or "",
        told,
        said.confidence,
        note,
        like=None if case.guessed_right else near.guessed,
        own=near.own,
    )


def _neighbour(one: Neighbour | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "text": one.example.message.text,
        "source": one.example.source,
        "intent": one.example.intent,
        "cosine": round(one.cosine, 3),
    }


def counted(number: int, one: str, several: str = "") -> str:
    """Return "1 message", "2 messages"."""
    return f"{number} {one if number == 1 else several or f'{one}s'}"
