"""All that a test of understanding finds out: what its files and its page are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bespeak.evaluation.advice.advice import advice
from bespeak.evaluation.advice.finding import Finding
from bespeak.evaluation.crossval import CrossValidation
from bespeak.evaluation.nlu import Case, Understanding
from bespeak.evaluation.robustness import Noisy, Paste

Spread = Mapping[str, tuple[float, float]]
"""By score, its mean over the folds and its standard deviation."""


@dataclass(frozen=True)
class Study:
    """A test of understanding: what was tested and how, what came of it, what to do about it.

    `held_out` says that the messages were not learned from; `noisy` and `pastes` are empty where
    noise was not tried, `spread` where there were no folds.
    """

    tested: Understanding
    how: str = ""
    held_out: bool = False
    findings: Sequence[Finding] = ()
    noisy: Noisy = field(default_factory=dict)
    pastes: Sequence[Paste] = ()
    spread: Spread = field(default_factory=dict)

    @property
    def cases(self) -> list[Case]:
        return self.tested.intent_cases


def of_folds(validated: CrossValidation, how: str) -> Study:
    """Return the study that a cross-validation is."""
    tested = validated.tested
    return Study(
        tested,
        how,
        held_out=True,
        findings=advice(tested, validated.learned.cases),
        noisy=validated.noisy,
        pastes=validated.pastes,
        spread=validated.spread()["test"],
    )


def of_model(
    tested: Understanding, how: str, noisy: Noisy | None = None, pastes: Sequence[Paste] = ()
) -> Study:
    """Return the study of a model on messages that it may or may not have learned from."""
    return Study(tested, how, findings=advice(tested), noisy=noisy or {}, pastes=pastes)
