"""The data sets, and a project for each: what both engines read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SHARED = Path(__file__).parents[3] / "shared" / "nlu"


@dataclass(frozen=True)
class DataSet:
    """A training part and the part that is asked about, as Rasa's YAML.

    With `intents` and `each` only so many intents are learned, by so many examples of each.
    """

    title: str
    folder: str
    train: str = "train.yml"
    intents: int | None = None
    each: int | None = None

    @property
    def asked(self) -> Path:
        return SHARED / self.folder / "valid.yml"

    def examples(self) -> list[dict[str, Any]]:
        """Return the entries under `nlu:` to learn from."""
        entries = yaml.safe_load((SHARED / self.folder / self.train).read_text())["nlu"]
        found = [entry for entry in entries if "intent" in entry][: self.intents]
        if self.each is None:
            return found
        return [
            {**entry, "examples": "\n".join(entry["examples"].splitlines()[: self.each]) + "\n"}
            for entry in found
        ]


SETS: Mapping[str, DataSet] = {
    "banking77-10": DataSet("BANKING77, 10 an intent", "banking77", "train_10.yml"),
    "banking77": DataSet("BANKING77", "banking77"),
    "hwu64-10": DataSet("HWU64, 10 an intent", "hwu64", "train_10.yml"),
    "hwu64": DataSet("HWU64", "hwu64"),
    "home_assistant": DataSet("home assistant", "home_assistant"),
    "snips": DataSet("SNIPS", "snips"),
    "snips-50": DataSet("SNIPS, 50 an intent", "snips", each=50),
    "assistant-450": DataSet("45 intents, 10 examples each", "home_assistant", "train.yml", 45, 10),
}

PIPELINE: list[dict[str, Any]] = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
    {"name": "EntitySynonymMapper"},
]
"""Rasa's default, without what understands nothing more."""


def write(data: DataSet, folder: Path, **options: Any) -> None:
    """Write a project that learns a data set, with these options of DIETClassifier."""
    pipeline = [
        {**entry, **options} if entry["name"] == "DIETClassifier" else entry for entry in PIPELINE
    ]
    config = {
        "recipe": "default.v1",
        "assistant_id": "benchmark",
        "language": "en",
        "pipeline": pipeline,
        "policies": [],
    }
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text(yaml.safe_dump(config, sort_keys=False))
    entries = data.examples()
    intents = [entry["intent"] for entry in entries]
    (folder / "domain.yml").write_text(yaml.safe_dump({"version": "3.1", "intents": intents}))
    nlu = yaml.safe_dump({"version": "3.1", "nlu": entries}, allow_unicode=True, width=10**6)
    (folder / "data" / "nlu.yml").write_text(nlu, encoding="utf-8")
