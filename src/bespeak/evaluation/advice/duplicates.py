"""Examples that are nearly the same and stand under different intents."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from bespeak.evaluation.advice.finding import Evidence, Finding, counted, heard, intent_error
from bespeak.evaluation.nlu import Case
from bespeak.evaluation.similarity import essence, meanings, pairs, trigrams
from bespeak.message import Array

ALIKE_MEANING: Final = 0.85
"""Cosine of sentence vectors from which two messages mean nearly the same."""

ALIKE_LETTERS: Final = 0.75
"""Cosine of character trigrams from which two messages look nearly the same."""


def same_words(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell texts under several intents that differ in case, punctuation or numbers at most."""
    by_essence: defaultdict[str, list[Case]] = defaultdict(list)
    for case in cases:
        by_essence[essence(case.text)].append(case)
    several = [
        alike for alike in by_essence.values() if len({c.gold.base_intent for c in alike}) > 1
    ]
    if not several:
        return
    involved = [case for alike in several for case in alike]
    yield Finding(
        "near-duplicates",
        f"{counted(len(several), 'text')} under two intents at once",
        "The texts are the same but for case, accents, punctuation and numbers. Nothing in the "
        "message can tell which intent is meant.",
        "Keep each under one of the intents. If both are right at different times, make them one "
        "intent and let a story decide.",
        tuple(heard(case) for case in involved),
        frozenset(intent_error(case) for case in involved if not case.right),
        tuple(sorted({case.gold.base_intent or "" for case in involved})),
    )


def similar(cases: Sequence[Case]) -> Iterator[Finding]:
    """Tell messages that are misunderstood, and have a near-duplicate under another intent.

    By meaning where an encoder is installed, else by letters.
    """
    texts = [case.text for case in cases]
    vectors = meanings(texts)
    found = _across(cases, vectors)
    if not found:
        return
    involved = list(dict.fromkeys(i for i, _, _ in found))
    wrong = [cases[i] for i in involved if not cases[i].right]
    by = "the sentence encoder" if vectors is not None else "their letters"
    yield Finding(
        "near-duplicates",
        f"{counted(len(found), 'misunderstood message')} nearly like an example of another intent",
        f"By {by}, each has its like under the intent that it is taken for.",
        "Reword or move one of the two, or add examples to both sides that turn on the word that "
        "makes the difference (no, not, another, off …).",
        tuple(_side_by_side(cases[i], cases[j], cosine) for i, j, cosine in found),
        frozenset(intent_error(case) for case in wrong),
        tuple(sorted(Counter(cases[i].gold.base_intent or "" for i in involved))),
    )


def _across(cases: Sequence[Case], vectors: Array | None) -> list[tuple[int, int, float]]:
    """Return a misunderstood case, its nearest like of the guessed intent, and their cosine."""
    rows = trigrams([case.text for case in cases]) if vectors is None else vectors
    best: dict[int, tuple[float, int]] = {}
    for i, j, cosine in pairs(rows, ALIKE_LETTERS if vectors is None else ALIKE_MEANING):
        for one, other in ((i, j), (j, i)):
            guessed = cases[one].guess.name
            is_wrong = guessed != cases[one].gold.base_intent
            if is_wrong and cases[other].gold.base_intent == guessed:
                best[one] = max(best.get(one, (0.0, 0)), (cosine, other))
    told = [(one, other, cosine) for one, (cosine, other) in best.items()]
    return sorted(told, key=lambda found: -found[2])


def _side_by_side(case: Case, like: Case, cosine: float) -> Evidence:
    return heard(case, f"like “{like.text}” ({like.gold.intent}, {like.gold.source}): {cosine:.2f}")
