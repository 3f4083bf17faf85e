"""Right guesses that a fallback discards, and what another threshold would change."""

from collections.abc import Iterator
from typing import Final

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.thresholds import Outcome, Threshold, outcome, outcomes

FEWEST: Final = 2
"""Right guesses that must be discarded before that is told."""

WORTH: Final = 0.005
"""Share of the messages by which another threshold must do better before it is proposed."""


def discarded(ground: Ground) -> Iterator[Finding]:
    """Tell the messages whose right guess a fallback discards, and a threshold that does better.

    Proposed is only what the tested messages bear out, and only where a threshold counts: a
    FallbackClassifier without one learns from the project itself whom to ask again.
    """
    fallen = [case for case in ground.cases if case.fell_back and case.guess.name]
    right = [case for case in fallen if case.guessed_right]
    better = _better(ground.cases, ground.threshold) if ground.threshold else None
    if len(right) < FEWEST and better is None:
        return
    stopped = counted(len(fallen) - len(right), "wrong guess", "wrong guesses")
    kept = f"The fallback also kept {stopped} from being acted upon."
    words = "Give these intents more examples, in words like these."
    errors = right
    if ground.threshold is None:
        why = (
            "FallbackClassifier has no `threshold`: it asks again where a message is unlike all "
            f"examples, and it has learned from yours what that means. {kept}"
        )
        do = words
    elif better is None:
        why = (
            f"They were less sure than the threshold of {ground.threshold.value:g}, or hardly "
            f"surer than of a second intent. {kept}"
        )
        do = f"Leave the threshold: none does better on these messages. {words}"
    else:
        now = outcome(ground.cases, ground.threshold.value, ground.threshold.ambiguity)
        why = f"{_told(now, 'is')}. {_told(better, 'would be')}. {kept}"
        do = (
            f"Set `threshold: {better.threshold:g}` for FallbackClassifier in config.yml, and try "
            f"whether what it should not answer still falls back. {words}"
        )
        errors = [case for case in right if case.guess.confidence >= better.threshold]
    yield Finding(
        "threshold",
        f"{counted(len(right), 'right guess', 'right guesses')} became nlu_fallback",
        why,
        do,
        tuple(heard(case) for case in sorted(right, key=lambda c: -c.guess.confidence)),
        frozenset(intent_error(case) for case in errors),
        tuple(sorted({case.gold.base_intent or "" for case in right})),
        is_rest=better is None,
    )


def _better(cases: list[Case], now: Threshold) -> Outcome | None:
    """Return the outcome at the best other threshold, None where none is much better."""
    as_it_is = outcome(cases, now.value, now.ambiguity)
    best = max(
        outcomes(cases, now),
        key=lambda one: (one.gain(as_it_is), -abs(one.threshold - now.value)),
    )
    return best if best.gain(as_it_is) >= max(FEWEST, WORTH * len(cases)) else None


def _told(at: Outcome, verb: str) -> str:
    return (
        f"At {at.threshold:g}, {at.understood} messages {'are' if verb == 'is' else verb} "
        f"understood, {at.misunderstood} misunderstood and {at.asked} asked again"
    )
