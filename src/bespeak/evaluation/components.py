"""What config.yml lists, held against the data and against itself, as far as names tell."""

import difflib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from typing import Final

from bespeak.data.config import Config, Entry
from bespeak.data.problems import Place, Problems
from bespeak.data.project import Project
from bespeak.domain import DEFAULT_FALLBACK, MappingType
from bespeak.errors import BespeakError
from bespeak.extend import build
from bespeak.nlu import BUILTIN as COMPONENTS
from bespeak.policies import BUILTIN as POLICIES

TOKENIZERS: Final = frozenset(
    (
        "WhitespaceTokenizer",
        "UnicodeTokenizer",
        "SpacyTokenizer",
        "MitieTokenizer",
        "JiebaTokenizer",
    )
)
DENSE: Final = frozenset(
    ("SpacyFeaturizer", "MitieFeaturizer", "LanguageModelFeaturizer", "ConveRTFeaturizer")
)
FEATURIZERS: Final = DENSE | {
    "RegexFeaturizer",
    "LexicalSyntacticFeaturizer",
    "CountVectorsFeaturizer",
}
CLASSIFIERS: Final = frozenset(
    (
        "DIETClassifier",
        "LogisticRegressionClassifier",
        "SklearnIntentClassifier",
        "KeywordIntentClassifier",
        "MitieIntentClassifier",
    )
)
TRAINED_EXTRACTORS: Final = frozenset(
    ("DIETClassifier", "CRFEntityExtractor", "MitieEntityExtractor")
)
EXTRACTORS: Final = TRAINED_EXTRACTORS | {
    "RegexEntityExtractor",
    "DucklingEntityExtractor",
    "SpacyEntityExtractor",
}
ROLE_EXTRACTORS: Final = frozenset(("DIETClassifier", "CRFEntityExtractor"))
PATTERN_USERS: Final = frozenset(("RegexFeaturizer", "RegexEntityExtractor"))
SENTIMENT_USERS: Final = frozenset(("SentimentClassifier",))
_TOKENIZER: Final = ("a tokenizer", TOKENIZERS)
_FEATURIZER: Final = ("a featurizer", FEATURIZERS)
REQUIRED: Final[Mapping[str, tuple[tuple[str, frozenset[str]], ...]]] = {
    "RegexFeaturizer": (_TOKENIZER,),
    "LexicalSyntacticFeaturizer": (_TOKENIZER,),
    "CountVectorsFeaturizer": (_TOKENIZER,),
    "LanguageModelFeaturizer": (_TOKENIZER,),
    "ConveRTFeaturizer": (_TOKENIZER,),
    "SpacyTokenizer": (("SpacyNLP", frozenset(("SpacyNLP",))),),
    "SpacyFeaturizer": (("SpacyTokenizer", frozenset(("SpacyTokenizer",))),),
    "SpacyEntityExtractor": (("SpacyNLP", frozenset(("SpacyNLP",))),),
    "DIETClassifier": (_FEATURIZER,),
    "ResponseSelector": (_FEATURIZER,),
    "LogisticRegressionClassifier": (_FEATURIZER,),
    "SklearnIntentClassifier": (("a featurizer with dense features", DENSE),),
    "CRFEntityExtractor": (_TOKENIZER,),
    "FallbackClassifier": (("an intent classifier", CLASSIFIERS),),
    "EntitySynonymMapper": (("an entity extractor", EXTRACTORS),),
}
PRIORITIES: Final = {
    "RulePolicy": 4,
    "MemoizationPolicy": 3,
    "AugmentedMemoizationPolicy": 3,
    "UnexpecTEDIntentPolicy": 2,
    "TEDPolicy": 1,
}


def check(project: Project, found: Problems) -> None:
    """Record what is wrong with the pipeline and the policies, and what data they leave unused."""
    if project.has_nlu:
        _check_names("nlu", "component", COMPONENTS, project.config.pipeline, project, found)
        _check_order(project.config, found)
        _check_data(project, found)
    if project.has_stories:
        _check_names("policies", "policy", POLICIES, project.config.policies, project, found)
        _check_policies(project, found)


def short(entry: Entry) -> str:
    """Return a component's name without the path of its module."""
    return entry.name.rpartition(".")[2]


def _place(config: Config, entry: Entry | None) -> Place:
    return Place(config.path, entry.line if entry else 0)


def _check_names(
    family: str,
    what: str,
    builtin: Mapping[str, str],
    entries: Sequence[Entry],
    project: Project,
    found: Problems,
) -> None:
    installed = {point.name for point in entry_points(group=f"bespeak.{family}")}
    known = sorted({*builtin, *installed})
    for entry in entries:
        if entry.name in known or "." in entry.name:
            _check_options(family, builtin, entry, _place(project.config, entry), found)
            continue
        near = difflib.get_close_matches(entry.name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        found.error(
            _place(project.config, entry),
            f"there is no {what} {entry.name!r}.{hint} Your own is named by its module path.",
        )


def _check_options(
    family: str, builtin: Mapping[str, str], entry: Entry, place: Place, found: Problems
) -> None:
    """Build the component as training will, for only itself knows which options it takes."""
    try:
        build(family, builtin, {**entry.options, "name": entry.name})
    except BespeakError as error:
        missing = getattr(error.__cause__, "name", None)
        if missing is None or entry.name.startswith(
            missing
        ):  # else a package that the machine lacks
            text = str(error)
            found.error(place, text if short(entry) in text else f"{short(entry)}: {text}")


def _has_own(entries: Sequence[Entry], builtin: Mapping[str, str]) -> bool:
    """Say whether some entry is not ours, so that names tell nothing of what it does."""
    return any(short(entry) not in builtin for entry in entries)


def _check_order(config: Config, found: Problems) -> None:
    before: set[str] = set()
    tokenizers = [entry for entry in config.pipeline if short(entry) in TOKENIZERS]
    if len(tokenizers) > 1:
        found.error(
            _place(config, tokenizers[1]),
            f"the pipeline has {len(tokenizers)} tokenizers, but one is possible: "
            f"{', '.join(short(entry) for entry in tokenizers)}.",
            also=(_place(config, tokenizers[0]),),
        )
    known_only = not _has_own(config.pipeline, COMPONENTS)
    for entry in config.pipeline:
        name = short(entry)
        for what, needed in REQUIRED.get(name, ()):
            if known_only and not needed & before:
                found.error(
                    _place(config, entry),
                    f"{name} needs {what} before it in the pipeline"
                    + ("." if what in needed else f": one of {', '.join(sorted(needed))}."),
                )
        if name == "WhitespaceTokenizer" and config.language in ("zh", "ja", "th"):
            found.error(
                _place(config, entry),
                f"{name} cannot part words in the language {config.language!r}, which is "
                "written without blanks.",
            )
        if name == "JiebaTokenizer" and config.language != "zh":
            found.error(
                _place(config, entry),
                f"{name} is for Chinese (zh), but the language is {config.language!r}.",
            )
        before.add(name)


def _check_data(project: Project, found: Problems) -> None:
    data, config = project.training_data, project.config
    names = {short(entry) for entry in config.pipeline}
    place = Place(config.path)
    entities = [entity for example in data.examples for entity in example.entities]
    trained = names & TRAINED_EXTRACTORS
    resolved = "EntityConflictResolver" in names  # keeps one of several
    if len(trained) > 1 and not resolved:
        found.warning(
            place,
            f"{' and '.join(sorted(trained))} learn the same entities: each may be found twice.",
        )
    overlap = {pattern.name for pattern in data.patterns} & {entity.name for entity in entities}
    finders = {
        short(entry)
        for entry in config.pipeline
        if short(entry) in TRAINED_EXTRACTORS and entry.options.get("entity_recognition", True)
    }
    if finders and "RegexEntityExtractor" in names and overlap and not resolved:
        found.warning(
            place,
            f"RegexEntityExtractor and {' and '.join(sorted(finders))} both find "
            f"{', '.join(sorted(overlap))}: each may be found twice.",
        )
    if _has_own(config.pipeline, COMPONENTS) or "LanguageRouter" in names:
        return  # what they have inside is not known here
    for is_there, users, what, add in (
        (
            any(example.is_retrieval for example in data.examples),
            {"ResponseSelector"},
            "examples with responses",
            "ResponseSelector",
        ),
        (bool(entities), TRAINED_EXTRACTORS, "annotated entities", "DIETClassifier"),
        (
            any(entity.role or entity.group for entity in entities),
            ROLE_EXTRACTORS,
            "entities with roles or groups",
            "DIETClassifier",
        ),
        (bool(data.patterns), PATTERN_USERS, "regular expressions", "RegexFeaturizer"),
        (bool(data.lookups), PATTERN_USERS, "lookup tables", "RegexFeaturizer"),
        (bool(data.synonyms), {"EntitySynonymMapper"}, "synonyms", "EntitySynonymMapper"),
        (bool(data.sentiment), SENTIMENT_USERS, "examples of sentiment", "SentimentClassifier"),
    ):
        if is_there and not names & users:
            found.warning(
                place, f"there are {what}, but nothing in the pipeline uses them: add {add}."
            )
    _check_sentiment(project, names, found)


def _check_sentiment(project: Project, names: set[str], found: Problems) -> None:
    """Record what a slot that sentiment fills, or the component that finds it, goes without."""
    slots = [
        slot.name
        for slot in project.domain.slots.values()
        if any(mapping.type is MappingType.FROM_SENTIMENT for mapping in slot.mappings)
    ]
    if slots and not names & SENTIMENT_USERS:
        found.warning(
            project.places.get(("slots", slots[0]), Place()),
            f"the slot {slots[0]!r} is filled from_sentiment, but nothing in the pipeline finds "
            "any: add SentimentClassifier.",
        )
    if names & SENTIMENT_USERS and not project.training_data.sentiment:
        found.warning(
            Place(project.config.path),
            "SentimentClassifier has nothing to learn from: write examples under 'sentiment:' in "
            "a file of the training data.",
        )


def _check_policies(project: Project, found: Problems) -> None:
    config, domain = project.config, project.domain
    place = Place(config.path)
    own = _has_own(config.policies, POLICIES)
    rule_policy = next((e for e in config.policies if short(e) == "RulePolicy"), None)
    if rule_policy is None and not own:
        for name in domain.forms:
            found.error(
                project.places.get(("forms", name), Place()),
                f"the form {name!r} needs the RulePolicy: add it to the policies.",
                also=(place,),
            )
            break
        if project.rules:
            found.warning(place, "there are rules, but no RulePolicy that follows them: add it.")
        elif not domain.forms:
            found.warning(
                place, "without a RulePolicy, nothing answers /restart, /back and /session_start."
            )
    if rule_policy is not None:
        _check_fallback(project, rule_policy, found)
        if not project.rules:
            found.warning(
                _place(config, rule_policy), "there is a RulePolicy, but there are no rules."
            )
    by_priority: dict[float, list[Entry]] = defaultdict(list)
    for entry in config.policies:
        priority = entry.options.get("priority", PRIORITIES.get(short(entry)))
        if isinstance(priority, (int, float)):
            by_priority[priority].append(entry)
    for priority, entries in by_priority.items():
        if len(entries) > 1:
            found.warning(
                _place(config, entries[1]),
                f"{' and '.join(short(entry) for entry in entries)} have the same priority "
                f"{priority}: give each its own.",
                also=(_place(config, entries[0]),),
            )


def _check_fallback(project: Project, policy: Entry, found: Problems) -> None:
    options = policy.options
    name = options.get("core_fallback_action_name", DEFAULT_FALLBACK)
    if options.get("enable_fallback_prediction", True) and not project.domain.knows_action(name):
        near = difflib.get_close_matches(str(name), project.domain.action_names, n=1)
        found.error(
            _place(project.config, policy),
            f"the RulePolicy falls back on {name!r}, which the domain does not have."
            + (f" Did you mean {near[0]!r}?" if near else ""),
        )
