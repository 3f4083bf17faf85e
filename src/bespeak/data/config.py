"""config.yml, endpoints.yml and credentials.yml as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bespeak.data import shapes
from bespeak.data.endpoints import ActionEndpoint, Endpoint, Endpoints, Models, Settings
from bespeak.data.endpoints import read as read_endpoints
from bespeak.data.files import Files
from bespeak.data.problems import Place, Problem, Problems, kind, near, shown
from bespeak.data.yaml import YamlList, YamlMap, plain

__all__ = [
    "DEFAULT_PIPELINE",
    "DEFAULT_POLICIES",
    "PLACEHOLDER_ID",
    "ActionEndpoint",
    "Config",
    "Credentials",
    "Endpoint",
    "Endpoints",
    "Entry",
    "Models",
    "Settings",
    "configuration",
    "read_config",
    "read_credentials",
    "read_endpoints",
]

PLACEHOLDER_ID: Final = "placeholder_default"
_KNOWN: Final = (
    "recipe",
    "language",
    "assistant_id",
    "pipeline",
    "policies",
    "importers",
    "imports",
    "version",
    "spaces",
)
_GRAPH_KEYS: Final = ("train_schema", "predict_schema", "nlu_target", "core_target")


@dataclass(frozen=True)
class Entry:
    """One `- name: ...` of the pipeline, the policies or the importers."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    @property
    def spec(self) -> dict[str, Any]:
        """The entry as it is written, for `extend.build`."""
        return {"name": self.name, **self.options}


DEFAULT_PIPELINE: Final = (
    Entry("WhitespaceTokenizer"),
    Entry("RegexFeaturizer"),
    Entry("LexicalSyntacticFeaturizer"),
    Entry("CountVectorsFeaturizer"),
    Entry("CountVectorsFeaturizer", {"analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4}),
    Entry("DIETClassifier", {"epochs": 100, "constrain_similarities": True}),
    Entry("EntitySynonymMapper"),
    Entry("ResponseSelector", {"epochs": 100, "constrain_similarities": True}),
    Entry("FallbackClassifier", {"threshold": 0.3, "ambiguity_threshold": 0.1}),
)
DEFAULT_POLICIES: Final = (
    Entry("MemoizationPolicy"),
    Entry("RulePolicy"),
    Entry("UnexpecTEDIntentPolicy", {"max_history": 5, "epochs": 100}),
    Entry("TEDPolicy", {"max_history": 5, "epochs": 100, "constrain_similarities": True}),
)


@dataclass(frozen=True)
class Config:
    """config.yml: what learns, and how.

    `assistant_id` is None where the file has none, or only Rasa's placeholder. `importers` and
    `imports` say where else the project's data is. Where the file has no pipeline or policies,
    the default ones are here, and `default_pipeline` or `default_policies` says so.
    """

    language: str = "en"
    assistant_id: str | None = None
    pipeline: tuple[Entry, ...] = DEFAULT_PIPELINE
    policies: tuple[Entry, ...] = DEFAULT_POLICIES
    importers: tuple[Entry, ...] = ()
    imports: tuple[str, ...] = ()
    default_pipeline: bool = True
    default_policies: bool = True
    path: str = ""


@dataclass(frozen=True)
class Credentials:
    """credentials.yml: the options of each channel, by its name."""

    channels: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()


def read_config(path: str | Path | None) -> Config:
    """Read a config.yml; raises `ProblemsFound`. None stands for an empty file."""
    problems = Problems()
    config = Config() if path is None else configuration(Path(path), Files(problems))
    problems.raise_errors()
    return config


def configuration(path: Path, files: Files) -> Config:
    """Read a config.yml; what is wrong is recorded in `files.problems`."""
    content, problems = files.content(path), files.problems
    if content is None:
        return Config(path=shown(path))
    recipe = content.get("recipe")
    if recipe == "graph.v1" or any(key in content for key in _GRAPH_KEYS):
        key = "recipe" if "recipe" in content else next(k for k in _GRAPH_KEYS if k in content)
        problems.error(
            content.at(key),
            "the recipe graph.v1 describes a graph of Rasa's own components, which are not here. "
            "Write the pipeline and the policies as lists, with recipe: default.v1.",
        )
        return Config(path=shown(path))
    if recipe not in (None, "default.v1"):
        problems.error(
            content.at("recipe"), f"expected the recipe default.v1, found {kind(recipe)}."
        )
    for key in content:
        hint = "" if key in _KNOWN else near(key, _KNOWN)
        if hint:
            problems.warning(content.at(key), f"config.yml has no {key!r}: it is ignored.{hint}")
    language = shapes.text(problems, content, "language", "config.yml")
    if language is None and "language" not in content:
        problems.error(
            Place(shown(path), 1), "the key 'language' is missing: name one, as in language: en."
        )
    assistant = shapes.text(problems, content, "assistant_id", "config.yml")
    pipeline = _entries(content, "pipeline", problems)
    policies = _entries(content, "policies", problems)
    return Config(
        language or "en",
        None if assistant in (None, "", PLACEHOLDER_ID) else assistant,
        pipeline or DEFAULT_PIPELINE,
        policies or DEFAULT_POLICIES,
        _entries(content, "importers", problems),
        shapes.texts(problems, content, "imports", "config.yml"),
        not pipeline,
        not policies,
        shown(path),
    )


def _entries(content: YamlMap, key: str, problems: Problems) -> tuple[Entry, ...]:
    written = content.get(key)
    if written is None:
        return ()
    if not isinstance(written, YamlList):
        problems.error(
            content.at(key), f"expected a list of - name: ... under {key!r}, found {kind(written)}."
        )
        return ()
    entries = []
    for i, item in enumerate(written):
        name = item.get("name") if isinstance(item, YamlMap) else item
        if not isinstance(name, str) or not name:
            problems.error(
                written.at(i), f"{key}: expected an entry such as - name: ..., found {kind(item)}."
            )
            continue
        options = plain(item) if isinstance(item, YamlMap) else {}
        options.pop("name", None)
        entries.append(Entry(name, options, written.lines[i]))
    return tuple(entries)


def read_credentials(path: str | Path | None) -> Credentials:
    """Read a credentials.yml; raises `ProblemsFound`. None stands for an empty file."""
    if path is None:
        return Credentials()
    problems = Problems()
    content = Files(problems).content(Path(path)) or YamlMap(shown(Path(path)), 1)
    channels: dict[str, Mapping[str, Any]] = {}
    for name, options in content.items():
        if options is None:
            channels[name] = {}
        elif isinstance(options, YamlMap):
            channels[str(name)] = plain(options)
        elif name != "version":
            problems.error(
                content.at(name),
                f"channel {name!r}: expected its options as a mapping, found {kind(options)}.",
            )
    problems.raise_errors()
    return Credentials(channels, problems.others)
