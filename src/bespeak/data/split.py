"""Parting training data into what is learned from and what is tested with, and converting it."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from bespeak.data import nlu, writer
from bespeak.data.files import Files, Paths, below, listed
from bespeak.data.problems import Problems
from bespeak.data.yaml import plain
from bespeak.message import Example, TrainingData

T = TypeVar("T")


def split_nlu(
    data: TrainingData, fraction: float = 0.8, seed: int | None = None
) -> tuple[TrainingData, TrainingData]:
    """Return the training part and the test part of NLU data.

    Of each intent, and of each response of a retrieval intent, `fraction` is for training, but at
    least one example is on either side (an only one is for the test, as in Rasa).
    """
    rng = random.Random(seed)
    train: list[Example] = []
    test: list[Example] = []
    labelled = [example for example in data.examples if example.intent]
    counts = Counter(example.intent for example in labelled)
    seen = trained = 0
    for by_response in (True, False):
        for label, _ in sorted(counts.items(), key=lambda item: item[1]):
            group = [e for e in labelled if e.intent == label and e.is_retrieval is by_response]
            if not group:
                continue
            rng.shuffle(group)
            wanted = int((seen + len(group)) * fraction) - trained
            wanted = min(len(group) - 1, max(1, wanted))
            train += group[:wanted]
            test += group[wanted:]
            seen += len(group)
            trained += wanted
    return _part(data, train), _part(data, test)


def _part(data: TrainingData, examples: Sequence[Example]) -> TrainingData:
    needed = {example.intent for example in examples}
    return replace(
        data,
        examples=tuple(examples),
        responses={name: data.responses[name] for name in data.responses if name in needed},
    )


def write_nlu_split(
    paths: Paths, out: Path, fraction: float = 0.8, seed: int | None = None
) -> list[Path]:
    """Write `training_data` and `test_data` below `out`, in the format of the files read.

    Responses of retrieval intents go to files of their own. Returns the files that were written.
    """
    problems = Problems()
    files = Files(problems)
    found = nlu.read(below(listed(paths)), files)
    problems.raise_errors()
    suffixes = {path.suffix for path in files.seen} or {".json"}
    suffix = ".json" if suffixes == {".json"} else ".yml"
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, part in zip(
        ("training_data", "test_data"),
        split_nlu(found.training_data(), fraction, seed),
        strict=True,
    ):
        text = writer.nlu_json(part) if suffix == ".json" else writer.nlu_yaml(part, {})
        written.append(_write(out / f"{name}{suffix}", text))
        responses = writer.nlu_yaml(TrainingData(responses=part.responses))
        written.append(_write(out / f"nlg_{name}.yml", responses))
    return written


def write_story_split(
    paths: Paths, out: Path, fraction: float = 0.8, seed: int | None = None
) -> list[Path]:
    """Write `train_<file>` and `test_<file>` for each file with stories.

    What else is in a file goes with its training part. Returns the files that were written.
    """
    problems = Problems()
    files = Files(problems)
    rng = random.Random(seed)
    written = []
    for path in below(listed(paths)):
        content = files.training_content(path) if files.is_stories(path) else None
        stories = content.get("stories") if content is not None else None
        if content is None or not isinstance(stories, list) or not stories:
            continue
        out.mkdir(parents=True, exist_ok=True)
        train, test = _parted(plain(stories), fraction, rng)
        written.append(
            _write(out / f"train_{path.name}", writer.dumped({**plain(content), "stories": train}))
        )
        written.append(_write(out / f"test_{path.name}", writer.dumped({"stories": test})))
    problems.raise_errors()
    return written


def _parted(items: Sequence[T], fraction: float, rng: random.Random) -> tuple[list[T], list[T]]:
    """Return the training part and the test part, each at least one item where there are two."""
    order = list(items)
    rng.shuffle(order)
    count = min(max(1, round(len(order) * fraction)), max(1, len(order) - 1))
    return order[:count], order[count:]


def convert(paths: Paths, out: Path, kind: str) -> Path:
    """Write the NLU data below the paths as one file of kind `yaml` or `json`; return where."""
    problems = Problems()
    found = nlu.read(below(listed(paths)), Files(problems))
    problems.raise_errors()
    data = found.training_data()
    name = f"converted_nlu.{'json' if kind == 'json' else 'yml'}"
    target = out / name if out.is_dir() else out
    text = writer.nlu_json(data) if kind == "json" else writer.nlu_yaml(data, found.responses)
    return _write(target, text)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path
