"""All that a test of understanding finds out: what its files and its page are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bespeak.evaluation.advice.advice import advice
from bespeak.evaluation.advice.finding import Finding
from bespeak.evaluation.advice.ground import ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.crossval import CrossValidation
from bespeak.evaluation.nlu import Understanding
from bespeak.evaluation.robustness import Noisy, Paste
from bespeak.evaluation.thresholds import Threshold, threshold_of
from bespeak.message import Example
from bespeak.nlu.pipeline import Pipeline

Spread = Mapping[str, tuple[float, float]]
"""By score, its mean over the folds and its standard deviation."""


@dataclass(frozen=True)
class Study:
    """A test of understanding: what was tested and how, what came of it, what to do about it.

    `held_out` says that the messages were not learned from; `seen` is how many of them are examples
    of the project as well, None where they are its examples or that is not known. `noisy` and
    `pastes` are empty where noise was not tried, `spread` where there were no folds; `threshold` is
    None where no threshold of FallbackClassifier counts.
    """

    tested: Understanding
    how: str = ""
    held_out: bool = False
    findings: Sequence[Finding] = ()
    noisy: Noisy = field(default_factory=dict)
    pastes: Sequence[Paste] = ()
    spread: Spread = field(default_factory=dict)
    threshold: Threshold | None = None
    seen: int | None = None

    @property
    def cases(self) -> list[Case]:
        return self.tested.intent_cases


def of_folds(validated: CrossValidation, how: str, pipeline: Pipeline) -> Study:
    """Return the study that a cross-validation is; `pipeline` is one like those of the folds."""
    tested = validated.tested
    threshold = threshold_of(pipeline, tested.cases)
    return Study(
        tested,
        how,
        held_out=True,
        findings=advice(ground(tested, learned=validated.learned.cases, threshold=threshold)),
        noisy=validated.noisy,
        pastes=validated.pastes,
        spread=validated.spread()["test"],
        threshold=threshold,
    )


def of_model(
    tested: Understanding,
    how: str,
    pipeline: Pipeline,
    *,
    known: Sequence[Example] = (),
    noisy: Noisy | None = None,
    pastes: Sequence[Paste] = (),
) -> Study:
    """Return the study of a model on messages that it may or may not have learned from.

    `known` are the examples of the project, where they are not the tested messages themselves.
    """
    threshold = threshold_of(pipeline, tested.cases)
    examples = {example.message.text for example in known}
    seen = sum(case.text in examples for case in tested.cases) if known else None
    return Study(
        tested,
        how,
        held_out=seen == 0,
        findings=advice(ground(tested, known, threshold=threshold)),
        noisy=noisy or {},
        pastes=pastes,
        threshold=threshold,
        seen=seen,
    )
