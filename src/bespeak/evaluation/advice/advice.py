"""All the advice that a test of understanding gives, in the order of what it may gain."""

from collections.abc import Sequence

from bespeak.evaluation.advice import confusions, duplicates, entities, label_errors, variety
from bespeak.evaluation.advice.finding import Finding, ordered
from bespeak.evaluation.nlu import Case, Understanding


def advice(tested: Understanding, learned: Sequence[Case] = ()) -> list[Finding]:
    """Return what to do about the examples, the most rewarding first.

    `tested` are messages that the model had not learned; `learned`, if known, such that it had.
    """
    cases = tested.intent_cases
    return ordered(
        [
            *label_errors.mislabelled(cases),
            *duplicates.same_words(cases),
            *confusions.confused(cases),
            *confusions.drawing(cases),
            *confusions.discarded(cases),
            *variety.never(cases, learned),
            *duplicates.similar(cases),
            *entities.inconsistent(cases),
            *variety.few(cases),
            *variety.uniform(cases),
        ]
    )
