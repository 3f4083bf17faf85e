"""Examples that are nearly the same and stand under different intents."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bespeak.evaluation.advice.finding import Finding, counted, heard, intent_error, shown
from bespeak.evaluation.advice.ground import Ground
from bespeak.evaluation.case import Case
from bespeak.evaluation.similarity import essence
from bespeak.message import Example


def same_words(ground: Ground) -> Iterator[Finding]:
    """Tell texts under several intents that differ in case, punctuation or numbers at most."""
    by_essence: defaultdict[str, dict[tuple[str, str], Case | Example]] = defaultdict(dict)
    for example in ground.known:
        if example.intent:
            by_essence[essence(example.message.text)][example.source, example.message.text] = (
                example
            )
    for case in ground.cases:
        by_essence[essence(case.text)][case.key] = case
    several = [
        alike for alike in by_essence.values() if len({_label(one) for one in alike.values()}) > 1
    ]
    if not several:
        return
    involved = [one for alike in several for one in alike.values()]
    wrong = [one for one in involved if isinstance(one, Case) and not one.guessed_right]
    yield Finding(
        "near-duplicates",
        f"{counted(len(several), 'text')} under two intents at once",
        "The texts are the same but for case, accents, punctuation and numbers. Nothing in the "
        "message can tell which intent is meant.",
        "Keep each under one of the intents. If both are right at different times, make them one "
        "intent and let a story decide.",
        tuple(heard(one) if isinstance(one, Case) else shown(one) for one in involved),
        frozenset(intent_error(case) for case in wrong if not case.right),
        tuple(sorted({_label(one) for one in involved})),
    )


def similar(ground: Ground, wrong: Sequence[Case]) -> Iterator[Finding]:
    """Tell misunderstood messages that have a near-duplicate under the intent they are taken for.

    One is told only where the message is not still more like an example of its own intent.
    """
    found = [case for case in wrong if _is_like_another(ground, case)]
    if not found:
        return
    found.sort(key=lambda case: -ground.around.of(case).guessed_cosine)
    yield Finding(
        "near-duplicates",
        f"{counted(len(found), 'misunderstood message')} nearly like an example of another intent",
        f"By {ground.around.by}, each has its like under the intent that it is taken for: a cosine "
        f"of {ground.around.alike} or more.",
        "Reword or move one of the two, or add examples to both sides that turn on the word that "
        "makes the difference (no, not, another, off …).",
        tuple(heard(case, ground.around) for case in found),
        frozenset(intent_error(case) for case in found if not case.right),
        tuple(sorted({case.gold.base_intent or "" for case in found})),
    )


def _is_like_another(ground: Ground, case: Case) -> bool:
    near = ground.around.of(case)
    return near.guessed_cosine >= max(ground.around.alike, near.own_cosine)


def _label(one: Case | Example) -> str:
    example = one.gold if isinstance(one, Case) else one
    return example.base_intent or ""
