"""`python -m benchmarks.dialogue`: what policies know of conversations that no story tells.

For CloudMart and each project beside this repository: stories left out by turns (all policies
learn from the others), and, learned from all stories, recombined ones, digressions, slots set
before, and messages out of place; and end-to-end texts in other words. Rasa's TED is measured
beside ours, on the first split, where `BESPEAK_RASA_VENV` names an environment of Rasa 3.6.21.
Writes `benchmarks/dialogue.json`.
"""

import argparse
import json
import logging
import resource
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks import dialogue_cases as cases
from benchmarks import dialogue_rasa, dialogue_texts
from benchmarks.dialogue_cases import Case
from benchmarks.projects import SHARED
from bespeak.data import project
from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.policies.augmentation import augmented
from bespeak.policies.learned import TEDPolicy
from bespeak.policies.memoization import AugmentedMemoizationPolicy, MemoizationPolicy
from bespeak.policies.policy import Policy

HERE: Final = Path(__file__).parent
RESULTS: Final = HERE / "dialogue.json"
PROJECTS: Final = {
    "moodbot": SHARED / "moodbot",
    "retail-demo": SHARED / "retail-demo",
    "financial-demo": SHARED / "financial-demo",
    "CloudMart": HERE.parent,
}
FOLDS: Final = 4
MAX_HISTORY: Final = 5
FALLBACK: Final = 0.3
"""The confidence below which RulePolicy falls back unless it is told otherwise."""

RASA: Final = "TED of Rasa 3.6.21"

POLICIES: Final[Mapping[str, Callable[[], Policy]]] = {
    "Memoization": lambda: MemoizationPolicy(max_history=MAX_HISTORY),
    "AugmentedMemoization": lambda: AugmentedMemoizationPolicy(max_history=MAX_HISTORY),
    "TED": lambda: TEDPolicy(max_history=MAX_HISTORY),
}


@dataclass(frozen=True)
class Said:
    """What a policy said where something was right (`expected`; None: nobody can know)."""

    expected: str | None
    action: str | None
    confidence: float

    @property
    def right(self) -> bool:
        return self.action is not None and self.action == self.expected


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dialogue", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="splits of each project")
    parser.add_argument("--only", nargs="+", choices=PROJECTS, default=list(PROJECTS))
    parser.add_argument("--without-rasa", action="store_true")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    logging.disable(logging.INFO)
    rasa = None if asked.without_rasa else dialogue_rasa.python()
    if rasa is None:
        print("Rasa's TED is skipped: BESPEAK_RASA_VENV names no environment.", file=sys.stderr)
    results: dict[str, Any] = {}
    for name in asked.only:
        if not PROJECTS[name].exists():
            print(f"{name} is skipped: it is not beside this repository.", file=sys.stderr)
            continue
        results[name] = measured(PROJECTS[name], asked.seeds, rasa)
        print(f"\n{name}\n{table(results[name])}", flush=True)
    results["texts"] = {"end-to-end texts": dialogue_texts.measured()}
    print(f"\n{table(results['texts'])}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"\nPeak memory of this process: {peak:.0f} MB")
    asked.out.write_text(json.dumps({**results, "peak MB": peak}, indent=1))
    return 0


def measured(folder: Path, seeds: int, rasa: Path | None) -> dict[str, dict[str, Any]]:
    """Return the figures of one project, by kind of conversation and policy."""
    whole = project.read(folder)
    said: dict[str, dict[str, list[Said]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, list[float]] = defaultdict(list)
    for seed in range(seeds):
        for learned, tested in cases.left_out(whole.stories, FOLDS, seed):
            left_out = {"left out": cases.told(tested, whole.domain)}
            _ask(learned, left_out, whole, said, seconds)
            if rasa is not None and seed == 0:
                _ask_rasa(rasa, learned, left_out, whole, said, seconds)
        kinds = {
            "recombined": cases.recombined(whole.stories, whole.domain, seed),
            "digressed": cases.digressed(whole.stories, whole.domain, seed),
            "carried over": cases.carried_over(whole.stories, whole.domain, seed),
            "out of place": cases.out_of_place(whole.stories, whole.domain, seed),
        }
        _ask(whole.stories, kinds, whole, said, seconds)
        if rasa is not None and seed == 0:
            _ask_rasa(rasa, whole.stories, kinds, whole, said, seconds)
    return {
        kind: {policy: figures(told) for policy, told in by_policy.items()}
        for kind, by_policy in said.items()
        if any(by_policy.values())
    } | {"training": {policy: {"seconds": statistics.median(s)} for policy, s in seconds.items()}}


def _ask(
    stories: Sequence[Story],
    kinds: Mapping[str, Sequence[Case]],
    whole: project.Project,
    said: dict[str, dict[str, list[Said]]],
    seconds: dict[str, list[float]],
) -> None:
    glued = augmented(stories, whole.domain)
    for name, build in POLICIES.items():
        policy = build()
        began = time.perf_counter()
        policy.train([*stories, *whole.rules, *glued], whole.domain)
        seconds[name].append(time.perf_counter() - began)
        for kind, given in kinds.items():
            said[kind][name] += [_said(policy, case, whole.domain) for case in given]


def _ask_rasa(
    rasa: Path,
    stories: Sequence[Story],
    kinds: Mapping[str, Sequence[Case]],
    whole: project.Project,
    said: dict[str, dict[str, list[Said]]],
    seconds: dict[str, list[float]],
) -> None:
    """Ask Rasa's TED the same; once only, as it takes minutes."""
    given = [(kind, case) for kind, of_kind in kinds.items() for case in of_kind]
    told = [*stories, *augmented(stories, whole.domain)]
    answers, took = dialogue_rasa.ted(
        rasa, whole.domain, told, [case for _, case in given], MAX_HISTORY
    )
    seconds[RASA].append(took)
    for (kind, case), (action, sure) in zip(given, answers, strict=True):
        said[kind][RASA].append(Said(case.action, action, sure))


def _said(policy: Policy, case: Case, domain: Domain) -> Said:
    prediction = policy.predict(case.before, domain)
    if prediction is None or not prediction.scores:
        return Said(case.action, None, 0.0)
    return Said(case.action, prediction.action, prediction.confidence)


def figures(said: Sequence[Said]) -> dict[str, float]:
    """Return what a policy is worth on its own and with RulePolicy's fallback beside it.

    `accuracy`: of all; `answered`: the share it is surer of than the fallback; `right`: accuracy
    there; `ece`: expected calibration error in ten bins, of all it says anything to; `aurc`: the
    area under the risk-coverage curve (0: all errors come after all right answers), which counts
    silence as an error. Where nobody can know what is right, whatever is answered is wrong.
    """
    right = np.array([one.right for one in said], float)
    sure = np.array([one.confidence for one in said])
    answered = sure > FALLBACK
    told = {"n": len(said), "answered": float(answered.mean())}
    if all(one.expected is None for one in said):
        return told
    spoke = np.array([one.action is not None for one in said])
    risk = 1 - right[np.argsort(-sure, kind="stable")]
    return told | {
        "accuracy": float(right.mean()),
        "right": float(right[answered].mean()) if answered.any() else 0.0,
        "ece": _ece(sure[spoke], right[spoke]),
        "aurc": float((np.cumsum(risk) / np.arange(1, len(said) + 1)).mean()),
    }


def _ece(sure: Any, right: Any, bins: int = 10) -> float:
    bin_of = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [
        abs(sure[bin_of == i].mean() - right[bin_of == i].mean()) * (bin_of == i).mean()
        for i in range(bins)
        if (bin_of == i).any()
    ]
    return float(sum(gaps))


def table(results: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return the figures as lines of text."""
    lines = []
    for kind, by_policy in results.items():
        lines.append(kind)
        for policy, told in by_policy.items():
            shown = "  ".join(f"{name} {value:.3f}" for name, value in told.items())
            lines.append(f"  {policy:22}{shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
