"""What advice is drawn from: the messages that were tested, and the examples that were learned."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bespeak.evaluation.case import Case
from bespeak.evaluation.neighbours import Neighbourhood, neighbourhood
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.thresholds import Threshold
from bespeak.message import Example


@dataclass(frozen=True)
class Ground:
    """The tested messages, with what the model knew and by what it falls back.

    `known` are the examples that the designer may edit: in a cross-validation the tested ones.
    `learned` are cases of models that had learned them, empty where there are none. `threshold` is
    None where no threshold counts.
    """

    tested: Understanding
    known: Sequence[Example] = ()
    learned: Sequence[Case] = ()
    threshold: Threshold | None = None
    around: Neighbourhood = field(default_factory=Neighbourhood)

    @cached_property
    def cases(self) -> list[Case]:
        return self.tested.intent_cases

    @cached_property
    def by_intent(self) -> Mapping[str, list[Example]]:
        found: defaultdict[str, list[Example]] = defaultdict(list)
        for example in self.known:
            if example.intent:
                found[example.base_intent or ""].append(example)
        return found

    def examples_of(self, intent: str) -> Sequence[Example]:
        return self.by_intent.get(intent, ())


def ground(
    tested: Understanding,
    known: Sequence[Example] = (),
    learned: Sequence[Case] = (),
    threshold: Threshold | None = None,
) -> Ground:
    """Return the ground for advice; without `known` the tested messages are the examples."""
    known = known or [case.gold for case in tested.cases]
    around = neighbourhood(tested.intent_cases, known)
    return Ground(tested, known, learned, threshold, around)
