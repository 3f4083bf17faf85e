"""Dialogue policies: what to do next."""

from collections.abc import Mapping
from typing import Final

BUILTIN: Final[Mapping[str, str]] = {
    "RulePolicy": "bespeak.policies.rules.RulePolicy",
    "MemoizationPolicy": "bespeak.policies.memoization.MemoizationPolicy",
    "AugmentedMemoizationPolicy": "bespeak.policies.memoization.AugmentedMemoizationPolicy",
    "TEDPolicy": "bespeak.policies.learned.TEDPolicy",
    "UnexpecTEDIntentPolicy": "bespeak.policies.unlikely_intent.UnexpecTEDIntentPolicy",
}
"""The names that config.yml may use, and where each policy lives."""
