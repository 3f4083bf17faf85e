"""The examples that a message is most like: why it was understood as it was, and what to edit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from bespeak.evaluation.case import Case
from bespeak.evaluation.similarity import ROWS, Space, space
from bespeak.message import Array, Example

STRANGE: Final = 0.25
"""Share of the understood messages that are no more like their own intent's examples than one that
counts as unlike them."""

NEAREST: Final = 5
"""Examples around a message whose intents are looked at."""


@dataclass(frozen=True)
class Neighbour:
    """An example that a message is like, and the cosine of the two."""

    example: Example
    cosine: float


@dataclass(frozen=True)
class Surroundings:
    """The nearest other examples: of the message's label, and of the intent it is taken for.

    None where that intent has no (other) example; `guessed` is that of the label where the guess
    is right. `labels` are the intents of the `NEAREST` examples, of whatever intent.
    """

    own: Neighbour | None = None
    guessed: Neighbour | None = None
    labels: tuple[str, ...] = ()

    @property
    def own_cosine(self) -> float:
        return self.own.cosine if self.own else 0.0

    @property
    def guessed_cosine(self) -> float:
        return self.guessed.cosine if self.guessed else 0.0


@dataclass(frozen=True)
class Neighbourhood:
    """The surroundings of messages; two texts are nearly the same from the cosine `alike`.

    Below `usual` a message is unlike all other examples of its label; `by` says by what it is told.
    """

    found: Mapping[tuple[str, str], Surroundings] = field(default_factory=dict)
    alike: float = 1.0
    usual: float = 0.0
    by: str = ""

    def of(self, case: Case) -> Surroundings:
        return self.found.get(case.key, Surroundings())


def neighbourhood(cases: Sequence[Case], known: Sequence[Example]) -> Neighbourhood:
    """Return what messages are like among the `known` examples, but for themselves."""
    if not cases:
        return Neighbourhood()
    examples = sorted((e for e in known if e.intent), key=lambda one: one.base_intent or "")
    texts = [case.text for case in cases] + [example.message.text for example in examples]
    at = {text: row for row, text in enumerate(dict.fromkeys(texts))}
    places = space(list(at))
    map_ = _Map(examples, [at[example.message.text] for example in examples], places)
    found: dict[tuple[str, str], Surroundings] = {}
    for start in range(0, len(cases), ROWS):
        block = cases[start : start + ROWS]
        near = map_.cosines([at[case.text] for case in block])
        found |= {case.key: map_.around(case, row) for case, row in zip(block, near, strict=True)}
    understood = [found[case.key].own_cosine for case in cases if case.guessed_right]
    usual = float(np.quantile(understood, STRANGE)) if understood else 0.0
    return Neighbourhood(found, places.alike, usual, places.by)


class _Map:
    """Where the known examples lie, those of an intent side by side."""

    def __init__(self, examples: Sequence[Example], rows: Sequence[int], places: Space) -> None:
        self.examples, self.rows, self.places = examples, rows, places
        self.itself: dict[tuple[str, str], int] = {}
        bounds: defaultdict[str, list[int]] = defaultdict(list)
        for i, example in enumerate(examples):
            self.itself[example.source, example.message.text] = i
            bounds[example.base_intent or ""].append(i)
        self.intents = {name: slice(of[0], of[-1] + 1) for name, of in bounds.items()}

    def cosines(self, rows: Sequence[int]) -> Array:
        """Return (messages, examples): how like each message is to each example."""
        all_rows: Any = self.places.rows
        near = all_rows[rows] @ all_rows[self.rows].T
        return near if isinstance(near, np.ndarray) else np.asarray(near.toarray(), np.float32)

    def around(self, case: Case, cosines: Array) -> Surroundings:
        itself = self.itself.get(case.key)
        if itself is not None:
            cosines[itself] = -1.0
        nearest = {
            name: self._nearest(name, cosines)
            for name in {case.gold.base_intent or "", case.guess.name or ""}
        }
        some = np.argpartition(-cosines, min(NEAREST, len(cosines)) - 1)[:NEAREST]
        closest = some[np.argsort(-cosines[some], kind="stable")]
        return Surroundings(
            nearest[case.gold.base_intent or ""],
            nearest[case.guess.name or ""],
            tuple(self.examples[i].base_intent or "" for i in closest if cosines[i] > -1.0),
        )

    def _nearest(self, intent: str, cosines: Array) -> Neighbour | None:
        of = self.intents.get(intent)
        if of is None:
            return None
        best = of.start + int(cosines[of].argmax())
        cosine = float(cosines[best])
        return Neighbour(self.examples[best], cosine) if cosine > -1.0 else None
