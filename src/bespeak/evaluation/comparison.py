"""Compare configurations: what each makes of less and less of the training data.

Files and shapes are Rasa's: `run_<n>/<config>__percentage__<left out>.tar.gz` and
`num_stories.json` from training, `results.json` from testing.
"""

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from bespeak.data.project import Project
from bespeak.evaluation.case import evaluate
from bespeak.evaluation.crossval import parted
from bespeak.evaluation.nlu import Understanding
from bespeak.message import Example, TrainingData
from bespeak.nlu.pipeline import Pipeline
from bespeak.training import Options, train

PERCENTAGE: Final = "__percentage__"
NUMBERS: Final = "num_stories.json"
RESULTS: Final = "results.json"

Results = Mapping[str, Sequence[Sequence[float]]]
"""By configuration, by run: the figure at each percentage."""


def train_core_variants(
    variants: Mapping[str, Project],
    out: Path,
    *,
    percentages: Sequence[int],
    runs: int,
    augmentation: int,
) -> Iterator[Path]:
    """Train every configuration `runs` times on each share of its stories; yield the archives.

    What is left out is the same for all configurations of a run. Rules are never left out.
    """
    for run in range(1, runs + 1):
        for percentage in percentages:
            for name, project in variants.items():
                options = Options(
                    parts=("core",),
                    force=True,
                    augmentation=augmentation,
                    name=f"{name}{PERCENTAGE}{percentage}",
                )
                yield train(_reduced(project, percentage, run), out / f"run_{run}", options).path
    counts = [len(project.stories) for project in variants.values()][:1]
    numbers = [count - round(p / 100 * count) for count in counts for p in percentages]
    (out / NUMBERS).write_text(json.dumps(numbers, indent=2))


def core_results(folder: Path, right: Callable[[Path], int]) -> tuple[Results, list[int]]:
    """Return what `right` (a model's count of passed stories) says of all models in `folder`.

    The second value is how many stories each percentage left to train on.
    """
    results: defaultdict[str, list[list[float]]] = defaultdict(list)
    for run in sorted(path for path in folder.iterdir() if path.is_dir()):
        found: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for archive in run.glob(f"*{PERCENTAGE}*.tar.gz"):
            name, _, percentage = archive.name.removesuffix(".tar.gz").partition(PERCENTAGE)
            found[name].append((int(percentage), right(archive)))
        for name, figures in sorted(found.items()):
            results[name].append([figure for _, figure in sorted(figures)])
    numbers = folder / NUMBERS
    return dict(results), json.loads(numbers.read_text()) if numbers.exists() else []


def nlu_results(
    builders: Mapping[str, Callable[[], Pipeline]],
    data: TrainingData,
    *,
    percentages: Sequence[int],
    runs: int,
) -> Iterator[tuple[str, int, int, Understanding, int]]:
    """Train and test every pipeline on the same shares of the same data.

    Each run holds out a fifth of the examples; a share of the rest is left out of training.
    Yields configuration, run, percentage, what was understood, and how many examples it learned
    from.
    """
    for run in range(1, runs + 1):
        held_out = parted(data.examples, 5, seed=run)[0]
        tested = [e for i, e in enumerate(data.examples) if i in held_out and e.intent]
        kept = [e for i, e in enumerate(data.examples) if i not in held_out]
        for percentage in percentages:
            learned = _thinned(kept, percentage, run)
            for name, build in builders.items():
                pipeline = build()
                pipeline.train(replace(data, examples=tuple(learned)))
                understood = Understanding(tuple(evaluate(pipeline, tested)))
                yield name, run, percentage, understood, len(learned)


def _reduced(project: Project, percentage: int, seed: int) -> Project:
    """Leave out a share of the stories, by chance, in their order."""
    count = len(project.stories)
    kept = sorted(random.Random(seed).sample(range(count), count - round(percentage / 100 * count)))
    return replace(project, stories=tuple(project.stories[i] for i in kept))


def _thinned(examples: Sequence[Example], percentage: int, seed: int) -> list[Example]:
    """Leave out a share of each label's examples, by chance; each keeps at least one."""
    by_label: defaultdict[str, list[Example]] = defaultdict(list)
    for example in examples:
        by_label[example.intent or ""].append(example)
    chance = random.Random(seed)
    kept: list[Example] = []
    for label in sorted(by_label):
        alike = by_label[label]
        left = max(1, len(alike) - round(percentage / 100 * len(alike)))
        kept += chance.sample(alike, left)
    return kept
