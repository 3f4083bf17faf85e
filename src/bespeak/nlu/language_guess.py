"""Which of a project's languages a text is in, by the letters that follow one another."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import regex

LETTERS = regex.compile(r"[\p{L}\p{M}]+")
SMOOTHING = 0.5  # what a run of letters counts that a language never had
READ = 1000  # characters of a text, which are enough
SURE = 2.0
"""By how much the logarithm of another language's odds must exceed the default one's."""


@dataclass(frozen=True)
class LanguageGuess:
    """How often each language has each run of three letters: naive Bayes over them.

    Learned from a project's own examples, it knows its languages and no others.
    """

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @classmethod
    def learned(cls, texts: Mapping[str, Sequence[str]]) -> "LanguageGuess":
        """Learn from texts by language."""
        return cls(
            {
                language: Counter(run for text in said for run in _runs(text))
                for language, said in texts.items()
            }
        )

    def of(self, text: str, default: str) -> str:
        """Return the likeliest language; the default where another is not clearly likelier."""
        runs = [run for run in _runs(text[:READ]) if run in self._known]
        if not runs or default not in self.counts:
            return default
        odds = {language: self._log_odds(language, runs) for language in self.counts}
        best = max(odds, key=lambda language: odds[language])
        return best if odds[best] > odds[default] + SURE else default

    def _log_odds(self, language: str, runs: Sequence[str]) -> float:
        counts, total = self.counts[language], self._totals[language]
        return sum(math.log((counts.get(run, 0) + SMOOTHING) / total) for run in runs)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(run for counts in self.counts.values() for run in counts)

    @cached_property
    def _totals(self) -> dict[str, float]:
        return {
            language: sum(counts.values()) + SMOOTHING * len(self._known)
            for language, counts in self.counts.items()
        }


def _runs(text: str) -> list[str]:
    """Return all runs of three letters, with the word's edges as blanks."""
    words = (f" {word} " for word in LETTERS.findall(text.lower()))
    return [word[i : i + 3] for word in words for i in range(len(word) - 2)]
