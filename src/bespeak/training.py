"""Train a project: pipeline, then policies, in the order of config.yml; only what changed anew.

Each part has a fingerprint of all that it is made of: class, options, and what it saw. Parts whose
fingerprint stands in the previous archive are copied from it.
"""

import inspect
import json
import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bespeak import extend, model
from bespeak.assistant import build_pipeline, build_policies, home
from bespeak.data.config import Entry
from bespeak.data.domain_json import domain_dict
from bespeak.data.project import Project
from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.errors import ModelError, TrainingError
from bespeak.events import UserUttered, to_dict
from bespeak.message import TrainingData
from bespeak.nlu.component import Component, Reporting, Trainable
from bespeak.nlu.encoder import weights
from bespeak.policies.augmentation import augmented
from bespeak.policies.policy import Policy
from bespeak.policies.texts import ReadsTexts
from bespeak.version import __version__

logger = logging.getLogger(__name__)

AUGMENTATION: Final = 50

Report = Callable[[str, float], None]
"""Told the name of the part that is worked on, and the share of the whole that is done (0 to 1)."""


@dataclass(frozen=True)
class Plan:
    """What a training would do: which parts are new, which can be kept."""

    anew: tuple[str, ...]
    kept: tuple[str, ...]
    domain_changed: bool = False

    @property
    def needed(self) -> bool:
        return bool(self.anew) or self.domain_changed


@dataclass(frozen=True)
class Trained:
    """A new archive (or the old one, where nothing had changed)."""

    path: Path
    plan: Plan
    seconds: float
    timings: Mapping[str, float] = field(default_factory=dict)
    unchanged: bool = False


@dataclass(frozen=True)
class Options:
    """How to train. `parts`: "nlu", "core" or both; `name`: a fixed archive name, or None."""

    parts: tuple[str, ...] = ("nlu", "core")
    force: bool = False
    augmentation: int = AUGMENTATION
    seed: int = 42
    name: str | None = None
    sign: Ed25519PrivateKey | None = None


def quiet(part: str, share: float) -> None:
    """Report to nobody."""


def plan(project: Project, options: Options, previous: Path | None) -> Plan:
    """Return what `train` would do, without doing it (`train --dry-run`)."""
    told = _told(project, options)
    known = _known(previous, options)
    if known is None:
        return Plan(tuple(told.names), (), True)
    old = known.fingerprints
    anew = tuple(name for name in told.names if old.get(name) != told.fingerprints[name])
    kept = tuple(name for name in told.names if name not in anew)
    return Plan(anew, kept, old.get("domain") != told.fingerprints["domain"])


def train(
    project: Project,
    out: Path,
    options: Options | None = None,
    *,
    report: Report = quiet,
) -> Trained:
    """Train what changed since the newest archive in `out`, and write a new one there.

    Raises `TrainingError` where there is nothing to learn from, or stories contradict rules.
    """
    began = time.perf_counter()
    options = options or Options()
    parts = _parts(project, options)
    options = replace(options, parts=parts)
    told = _told(project, options)
    previous = None if options.force else _newest(out)
    planned = plan(project, options, previous)
    if previous is not None and not planned.needed and _serves(previous, project, options):
        return Trained(previous, planned, time.perf_counter() - began, unchanged=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bespeak-train-")))
        kept = None
        if previous is not None and planned.kept:
            kept, _ = stack.enter_context(model.opened(previous))
        work = _Work(project, options, told, planned, kept, folder, report)
        if "nlu" in parts:
            work.train_pipeline()
        if "core" in parts:
            work.train_policies()
        (folder / "domain.json").write_text(json.dumps(domain_dict(project.domain)))
        metadata = _metadata(project, options, told, previous)
        prefix = "" if len(parts) == 2 else f"{parts[0]}-"
        name = options.name or model.name_for(model.utc_now(), prefix)
        report("archive", 1.0)
        target = out / (name if name.endswith(".tar.gz") else f"{name}.tar.gz")
        path = model.write(folder, metadata, target, key=options.sign)
    return Trained(path, planned, time.perf_counter() - began, work.timings)


@dataclass
class _Told:
    """The parts of a model by name, in order, and the fingerprint of each."""

    names: list[str] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, *made_of: Any) -> str:
        told = model.fingerprint(*made_of)
        self.names.append(name)
        self.fingerprints[name] = told
        return told


@dataclass
class _Work:
    project: Project
    options: Options
    told: _Told
    plan: Plan
    kept: Path | None
    folder: Path
    report: Report
    timings: dict[str, float] = field(default_factory=dict)

    def train_pipeline(self) -> None:
        pipeline = build_pipeline(
            [entry.spec for entry in self.project.config.pipeline], self.project.domain
        )
        names = [part_name("nlu", i, component) for i, component in enumerate(pipeline.components)]
        if all(name in self.plan.kept for name in names[:-1]) and self.kept is not None:
            shutil.copytree(self.kept / "nlu", self.folder / "nlu")
            return
        clock = _Stopwatch(self.timings)

        def learned(i: int, component: Component, data: TrainingData) -> bool:
            clock.lap(names[i])
            self.report(type(component).__name__, i / len(names) * 0.8)
            if isinstance(component, Reporting):
                component.report = partial(self._tell, component, i, len(names))
            if names[i] not in self.plan.kept or not isinstance(component, Trainable):
                return False
            component.load(self._old() / "nlu" / pipeline.home(i))
            return True

        pipeline.train(self.project.training_data, learned=learned)
        clock.stop()
        pipeline.save(self.folder / "nlu")
        (self.folder / "nlu").mkdir(exist_ok=True)

    def _tell(self, component: Component, i: int, count: int, share: float, seconds: float) -> None:
        """Pass on that a share of the i-th component's work is done, and what time is left."""
        name = f"{type(component).__name__}, {seconds:.0f} s left"
        self.report(name, (i + share) / count * 0.8)

    def train_policies(self) -> None:
        policies = build_policies([entry.spec for entry in self.project.config.policies])
        names = [part_name("policies", i, policy) for i, policy in enumerate(policies)]
        stories: list[Story] | None = None
        clock = _Stopwatch(self.timings)
        for i, policy in enumerate(policies):
            target = self.folder / "policies" / home(i, policy)
            self.report(type(policy).__name__, 0.8 + i / len(policies) * 0.2)
            if names[i] in self.plan.kept:
                shutil.copytree(self._old() / "policies" / home(i, policy), target)
                continue
            if stories is None:
                stories = self._stories()
            clock.lap(names[i])
            if isinstance(policy, ReadsTexts) and any(map(_has_texts, self.project.stories)):
                of_texts = extend.load("bespeak.nlu.meaning.of_texts")
                policy.text_features = of_texts(self.folder / "nlu")
            policy.train(stories, self.project.domain)
            target.mkdir(parents=True)
            policy.save(target)
        clock.stop()

    def _stories(self) -> list[Story]:
        written = [*self.project.rules, *self.project.stories]
        if not self.options.augmentation:
            return written
        return [*written, *augmented(written, self.project.domain, self.options.augmentation)]

    def _old(self) -> Path:
        if self.kept is None:
            raise ModelError("There is no previous model to keep parts of.")
        return self.kept


class _Stopwatch:
    """Seconds of each part, by name."""

    def __init__(self, timings: dict[str, float]) -> None:
        self.timings = timings
        self.running: tuple[str, float] | None = None

    def lap(self, name: str) -> None:
        self.stop()
        self.running = (name, time.perf_counter())

    def stop(self) -> None:
        if self.running:
            name, began = self.running
            self.timings[name] = time.perf_counter() - began
            self.running = None


def _has_texts(story: Story) -> bool:
    return any(isinstance(e, UserUttered) and not e.intent_name for e in story.events)


def part_name(room: str, i: int, part: Component | Policy) -> str:
    return f"{room}/{i:02}-{type(part).__name__}"


def _parts(project: Project, options: Options) -> tuple[str, ...]:
    """Return the parts that can be trained: those that were asked for and have data."""
    has = {
        "nlu": bool(project.training_data.examples),
        "core": bool(project.stories or project.rules),
    }
    parts = tuple(part for part in options.parts if has[part])
    if not parts:
        raise TrainingError(
            "There is nothing to train on: no NLU examples, stories or rules were found. "
            "Name the folder of your training data with `--data`."
        )
    return parts


def _told(project: Project, options: Options) -> _Told:
    """Fingerprint every part: a component by all components before it and the data."""
    told = _Told()
    parts = [part for part in options.parts if part in _parts(project, options)]
    seen = ""
    if "nlu" in parts:
        encoder = weights.locate()  # installing it makes better components of the same options
        learned_on = weights.sha256(encoder) if encoder else ""
        seen = model.fingerprint(_data_fingerprint(project.training_data), learned_on)
        pipeline = build_pipeline([entry.spec for entry in project.config.pipeline], project.domain)
        entries: list[Any] = [entry.spec for entry in project.config.pipeline]
        entries.append({"intents": sorted(project.domain.intents)})  # what `/intent` may say
        for i, (component, entry) in enumerate(zip(pipeline.components, entries, strict=True)):
            alone = _also_learned(component, project.training_data)
            made_of = (_class(component), entry, seen, options.seed, *alone)
            seen = told.add(part_name("nlu", i, component), *made_of)
    if "core" in parts:
        texts = any(map(_has_texts, project.stories)) and seen  # compared by the pipeline's encoder
        stories = _stories_fingerprint([*project.rules, *project.stories])
        skeleton = _domain_skeleton(project.domain)
        for i, (policy, written) in enumerate(
            zip(
                build_policies([entry.spec for entry in project.config.policies]),
                project.config.policies,
                strict=True,
            )
        ):
            made_of_policy = (
                _class(policy),
                written.spec,
                stories,
                texts,
                skeleton,
                options.augmentation,
                options.seed,
            )
            told.add(part_name("policies", i, policy), *made_of_policy)
    told.fingerprints["domain"] = model.fingerprint(domain_dict(project.domain))
    return told


def _class(part: Any) -> str:
    """Name a class so that its name changes with its code."""
    kind = type(part)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name.startswith("bespeak."):
        return f"{name}@{__version__}"
    return f"{name}@{model.fingerprint(inspect.getsource(kind))}"


def _data_fingerprint(data: TrainingData) -> str:
    return model.fingerprint(
        [
            (e.message.text, e.intent, [entity.to_dict() for entity in e.entities], e.metadata)
            for e in data.examples
        ],
        dict(data.synonyms),
        [(p.name, p.pattern) for p in data.patterns],
        [(lookup.name, lookup.elements) for lookup in data.lookups],
        {name: list(variations) for name, variations in data.responses.items()},
        data.language,
    )


def _also_learned(component: Component, data: TrainingData) -> tuple[Any, ...]:
    """Return what only this component learns from: a change leaves the others as they are.

    `learned_with` is what a component says of itself: a package that it learns better with, say.
    `parts` are components that it holds.
    """
    told = [each for part in getattr(component, "parts", ()) for each in _also_learned(part, data)]
    with_ = getattr(component, "learned_with", None)
    if with_ is not None:
        told.append(with_)
    if getattr(component, "learns_sentiment", False):
        told += [(example.text, example.label) for example in data.sentiment]
    return tuple(told)


def _stories_fingerprint(stories: Sequence[Story]) -> str:
    return model.fingerprint(
        [(s.name, s.kind, [_untimed(to_dict(e)) for e in s.tracker.events]) for s in stories]
    )


def _untimed(wire: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wire.items() if key != "timestamp"}


def _domain_skeleton(domain: Domain) -> Any:
    """Return what policies see of a domain: names and kinds, not what responses say."""
    told = domain_dict(domain)
    slots = domain.wire.get("slots")  # the options of custom slot types stand there
    return {**told, "responses": sorted(domain.responses), "session": None, "wire": slots}


def _newest(out: Path) -> Path | None:
    try:
        return model.latest(out)
    except ModelError:
        return None


def _known(previous: Path | None, options: Options) -> model.Metadata | None:
    """Return what the previous archive says of itself, if its parts can be used."""
    if previous is None or options.force:
        return None
    try:
        return model.described(previous)
    except ModelError:
        return None


def _serves(previous: Path, project: Project, options: Options) -> bool:
    """Say whether an archive with the same parts is what was asked for: its name, halves, id."""
    if options.sign is not None or options.name not in (
        None,
        previous.name.removesuffix(".tar.gz"),
    ):
        return False
    known = model.described(previous)
    kind = "both" if len(options.parts) == 2 else options.parts[0]
    return known.training_type == kind and project.config.assistant_id in (
        None,
        known.assistant_id,
    )


def _metadata(
    project: Project, options: Options, told: _Told, previous: Path | None
) -> model.Metadata:
    now = model.utc_now()
    trains = options.parts
    known = _known(previous, options)
    assistant_id = project.config.assistant_id or (known.assistant_id if known else None)
    return model.Metadata(
        trained_at=now.isoformat(),
        model_id=model.fingerprint(told.fingerprints, now.isoformat())[:32],
        assistant_id=assistant_id or model.assistant_id_for(now),
        language=project.config.language or "en",
        training_type="both" if len(trains) == 2 else trains[0],
        domain=project.domain.wire,
        pipeline=_specs(project.config.pipeline) if "nlu" in trains else [],
        policies=_specs(project.config.policies) if "core" in trains else [],
        fingerprints=told.fingerprints,
        project_fingerprint=model.fingerprint(told.fingerprints),
        nlu_target="run_RegexMessageHandler" if "nlu" in trains else None,
        core_target="select_prediction" if "core" in trains else None,
    )


def _specs(entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    return [entry.spec for entry in entries]
