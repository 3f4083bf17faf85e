"""How much to spend on learning: what the option `preset` of DIETClassifier means.

The figures behind the choices are in `docs/understanding.md`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import median
from typing import Literal, TypeAlias, get_args

from bespeak.errors import ExtensionError
from bespeak.nlu.options import without_effect

Preset: TypeAlias = Literal["auto", "draft", "balanced", "best"]
PRESETS: tuple[str, ...] = get_args(Preset)

Progress: TypeAlias = Callable[[float, float], None]
"""Told the share of the learning that is done (0 to 1), and how many seconds are left."""

FEWEST = 250  # examples below which fine-tuning is not better than a linear model
FEWEST_EACH = 3  # of the median intent, likewise
INSTALL = (
    "Install it with: pip install 'bespeak[torch]' "
    "(the CPU build is enough: https://pytorch.org/get-started/locally)"
)


@dataclass(frozen=True, slots=True)
class Budget:
    """What a user allows: `seconds` (None: as long as it takes), processor cores, and a seed."""

    preset: Preset = "auto"
    seconds: float | None = None
    threads: int = 1
    seed: int = 0


def silent(share: float, seconds: float) -> None:
    """Report to nobody."""


def checked(component: str, budget: Budget) -> Budget:
    """Return the budget. Raises ExtensionError where an option of it means nothing."""
    if budget.preset not in PRESETS:
        raise ExtensionError(
            f"{component}: preset must be one of {', '.join(PRESETS)}; found {budget.preset!r}."
        )
    seconds = budget.seconds
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0
    ):
        raise ExtensionError(
            f"{component}: max_seconds must be a number above 0; found {seconds!r}."
        )
    if isinstance(budget.threads, bool) or not isinstance(budget.threads, int):
        raise ExtensionError(
            f"{component}: threads must be a whole number; found {budget.threads!r}."
        )
    if budget.threads < 1:
        raise ExtensionError(f"{component}: threads must be 1 at least; found {budget.threads}.")
    if isinstance(budget.seed, bool) or not isinstance(budget.seed, int) or budget.seed < 0:
        raise ExtensionError(
            f"{component}: random_seed must be a whole number, 0 at least; found {budget.seed!r}."
        )
    return budget


def chosen(component: str, preset: Preset, labels: Sequence[str | None]) -> Preset:
    """Return what to do for texts of these intents: `auto` weighs it, the others are what they are.

    Without PyTorch only `draft` can be done; the log says once how to install it.
    """
    if preset == "draft" or (preset == "auto" and not _worth_it(labels)):
        return "draft"
    if find_spec("torch") is None:
        without_effect(
            component,
            f"fine-tuning the encoder needs PyTorch, a linear model is trained. {INSTALL}",
            **{f"preset: {preset}": True},
        )
        return "draft"
    return "balanced" if preset == "auto" else preset


def strongest(preset: Preset) -> Preset:
    """Return what a preset may mean at best with what is installed."""
    return preset if find_spec("torch") is not None else "draft"


def _worth_it(labels: Sequence[str | None]) -> bool:
    """Say whether fine-tuning is likely to be better than a linear model."""
    each = Counter(label for label in labels if label)
    return len(labels) >= FEWEST and (not each or median(each.values()) >= FEWEST_EACH)
