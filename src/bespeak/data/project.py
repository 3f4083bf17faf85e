"""The assistant's folder as one value: domain, NLU data, stories, rules and configuration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bespeak.data import config as configs
from bespeak.data import domain as domains
from bespeak.data import imports, nlu, steps, stories
from bespeak.data.config import Config
from bespeak.data.examples import NluFiles
from bespeak.data.files import Files, Paths, below, listed
from bespeak.data.migration import Migration
from bespeak.data.problems import Place, Problem, Problems, Severity, shown
from bespeak.data.steps import Step
from bespeak.data.stories import ExpectedStory
from bespeak.data.wire import merged, normal
from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.events import ActionExecuted, UserUttered
from bespeak.message import Example, Message, TrainingData


@dataclass(frozen=True)
class Project:
    """All that an assistant is made of, as its files say.

    The domain has what the other files add to it: responses of NLU files, actions and marks of
    retrieval intents, bot texts of end-to-end stories. `steps` are the stories and rules before
    checkpoints were joined. `problems` are the warnings and notes of reading. `places` says where
    the domain's names stand, as in `places["intents", "greet"]`. A project without a domain
    understands only, one without examples decides only.
    """

    config: Config = field(default_factory=Config)
    domain: Domain = field(default_factory=Domain)
    training_data: TrainingData = field(default_factory=TrainingData)
    stories: tuple[Story, ...] = ()
    rules: tuple[Story, ...] = ()
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict, repr=False)
    files: tuple[Path, ...] = ()
    has_domain: bool = False
    migration: Migration | None = None

    @property
    def has_nlu(self) -> bool:
        return any(example.intent for example in self.training_data.examples)

    @property
    def has_stories(self) -> bool:
        return bool(self.stories or self.rules)


def read(
    folder: str | Path = ".",
    *,
    domain: Paths | None = None,
    data: Paths | None = None,
    config: str | Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Project:
    """Read a project; raises `ProblemsFound` with everything that is wrong.

    What is not named is looked for in `folder` under Rasa's names (`domain.yml` or `domain/`,
    `data/`, `config.yml`); what is named must exist.
    """
    problems = Problems()
    files = Files(problems, environment)
    root = Path(folder)
    config_path = _one(config, root / "config.yml", problems)
    domain_paths = _several(domain, [root / "domain.yml", root / "domain"], problems)[
        : _all(domain)
    ]
    data_paths = _several(data, [root / "data"], problems)
    settings = Config() if config_path is None else configs.configuration(config_path, files)
    found = imports.gather(settings, config_path, files)
    domain_files = domains.read([*domain_paths, *found.domains], files)
    paths = [*found.data, *(path for path in below(data_paths) if path not in found.data)]
    nlu_files = nlu.read(paths, files)
    story_paths = [path for path in paths if files.is_stories(path)]
    if problems.has_errors:
        _tell_story_errors(story_paths, files)
    problems.raise_errors()
    _tell_tests_among(story_paths, problems)
    wire = merged(domain_files.wire, _retrieval(nlu_files, domain_files.wire), override=True)
    places = dict(domain_files.places)
    built = domains.build(wire, places, problems)
    problems.raise_errors()
    read_steps = _steps(story_paths, built, files)
    texts = _bot_texts(read_steps)
    if texts - set(built.texts):
        wire = merged(wire, normal({"e2e_actions": sorted(texts)}))
        built = domains.build(wire, places, problems)
    all_paths = stories.expanded(read_steps, built, problems)
    problems.raise_errors()
    training_data = nlu_files.training_data(settings.language, responses=wire.get("responses", {}))
    return Project(
        config=settings,
        domain=built,
        training_data=replace(
            training_data, examples=(*training_data.examples, *_said_in(read_steps))
        ),
        stories=tuple(story for story in all_paths if not story.is_rule),
        rules=tuple(story for story in all_paths if story.is_rule),
        steps=tuple(read_steps),
        problems=problems.others,
        places=places,
        files=files.seen,
        has_domain=not domain_files.empty,
        migration=domain_files.migration,
    )


def read_nlu(paths: Paths, language: str = "en") -> TrainingData:
    """Read NLU data alone; raises `ProblemsFound`."""
    problems = Problems()
    files = Files(problems)
    found = nlu.read(below(_several(paths, [], problems)), files)
    problems.raise_errors()
    return found.training_data(language)


def read_tests(
    paths: Paths, domain: Domain, *, only_test_files: bool = True
) -> tuple[ExpectedStory, ...]:
    """Read test stories; raises `ProblemsFound`.

    Of a folder, those files count whose name begins with `test_` (without `only_test_files`, all
    of them); a file that is named counts whatever it is called.
    """
    problems = Problems()
    files = Files(problems)
    tests: list[ExpectedStory] = []
    for path in _several(paths, [], problems):
        is_test = files.is_tests if only_test_files and path.is_dir() else files.is_stories
        for file in below([path]):
            if is_test(file):
                read_steps = _steps([file], domain, files, are_tests=True)
                tests += stories.expectations(read_steps, domain, problems)
    problems.raise_errors()
    return tuple(tests)


def _all(named: Paths | None) -> int | None:
    """Rasa's default is the first of two places; what is named counts altogether."""
    return 1 if named is None else None


def _one(named: str | Path | None, default: Path, problems: Problems) -> Path | None:
    found = _several(named, [default], problems)
    return found[0] if found else None


def _several(named: Paths | None, default: Sequence[Path], problems: Problems) -> list[Path]:
    """Return the paths that were named, which must exist, or those of the default that do."""
    if named is None:
        return [path for path in default if path.exists()]
    found = []
    for path in listed(named):
        if path.exists():
            found.append(path)
        else:
            problems.error(Place(str(path)), "there is no such file or folder.")
    return found


def _steps(
    paths: Sequence[Path], domain: Domain, files: Files, *, are_tests: bool = False
) -> list[Step]:
    found: list[Step] = []
    for path in paths:
        content = files.training_content(path)
        if content is not None:
            is_test = are_tests or files.is_tests(path)
            found += steps.read(content, domain, files.problems, are_tests=is_test)
    return found


def _tell_story_errors(paths: Sequence[Path], files: Files) -> None:
    """Record what is wrong with the stories even if the domain is unknown."""
    shadow = Files(Problems(), files.environment)
    _steps(paths, Domain(), shadow)
    files.problems.extend(p for p in shadow.problems if p.severity is Severity.ERROR)


def _tell_tests_among(paths: Sequence[Path], problems: Problems) -> None:
    for path in paths:
        if path.name.startswith("test_"):
            problems.warning(
                Place(shown(path)),
                "these stories are trained on, because they are among the training data: move "
                "them to tests/ if they are tests.",
            )


def _retrieval(found: NluFiles, wire: dict[str, Any]) -> dict[str, Any]:
    """Return what NLU data adds to the domain: responses, and actions for retrieval intents."""
    return normal(
        {
            "intents": [domains.retrieval_intent(wire, name) for name in found.retrieval_intents],
            "responses": found.responses,
            "actions": [f"utter_{name}" for name in found.retrieval_intents],
        }
    )


def _bot_texts(read_steps: Sequence[Step]) -> set[str]:
    return {
        event.text
        for step in read_steps
        for event in step.events
        if isinstance(event, ActionExecuted) and event.text
    }


def _said_in(read_steps: Sequence[Step]) -> list[Example]:
    """Return what users say in stories, each once: with its intent, where the story has one."""
    said = {
        (event.text, event.intent_name, repr(event.entities)): Example(
            Message(event.text),
            event.intent_name,
            event.entities,
            source=f"{step.source}:{line}",
        )
        for step in reversed(read_steps)
        for event, line in zip(step.events, step.lines, strict=True)
        if isinstance(event, UserUttered) and event.text
    }
    return sorted(said.values(), key=lambda example: example.intent or example.message.text)
