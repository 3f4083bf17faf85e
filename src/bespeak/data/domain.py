"""domain.yml, or a folder of such files, as a `Domain`.

Reading has three steps, because a project's other files have a say in its domain: each file is
checked where it stands; the files are merged by Rasa's rules into one document (`wire`, what an
action server gets); and the `Domain` is built from that once everything has been merged.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path
from typing import Any, Final

from bespeak.data import migration, responses, slots
from bespeak.data.domain_checks import check, named
from bespeak.data.files import DOMAIN_KEYS, YAML_SUFFIXES, Files, walked
from bespeak.data.migration import Migration
from bespeak.data.problems import Place, Problems
from bespeak.data.wire import Wire, merge, merged, normal
from bespeak.data.yaml import YamlList, YamlMap, plain
from bespeak.domain import Domain, EntityType, Form, IntentType, SessionConfig

RETRIEVAL: Final = "is_retrieval_intent"


@dataclass
class DomainFiles:
    """What the domain's files say together, and where: `places` by section and name."""

    wire: Wire = field(default_factory=lambda: normal({}))
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    migration: Migration | None = None

    @property
    def empty(self) -> bool:
        return self.wire == normal({})


def read(paths: Sequence[Path], files: Files) -> DomainFiles:
    """Read and merge domain files; a folder stands for the domain files below it.

    What is wrong is recorded in `files.problems`; with errors, the document stays empty.
    """
    groups = [(path.is_dir(), _contents(path, files)) for path in paths]
    contents = [content for _, group in groups for content in group]
    found = DomainFiles()
    if migration.needed(contents):
        found.migration = migration.migrate(contents)
        contents = list(found.migration.contents)
        for content in contents:
            files.problems.note(
                content.place,
                "this is a domain of Rasa 2: it is read as 'data migrate' would write it.",
            )
    for content in contents:
        check(content, files.problems)
        _note_places(content, found.places, files.problems)
    if files.problems.has_errors:
        return found
    remaining = iter(contents)
    for is_folder, group in groups:
        wires = [plain(next(remaining)) for _ in group]
        none: Wire = {}
        together = reduce(merge, wires, none) if is_folder else (wires or [none])[0]
        found.wire = merged(found.wire, normal(together))
    return found


def _contents(path: Path, files: Files) -> list[YamlMap]:
    """Return the domain files below a path, or the one it names."""
    paths = [path]
    if path.is_dir():
        paths = [file for file in walked(path, YAML_SUFFIXES) if files.is_domain(file)]
    contents = (files.training_content(file) for file in paths)
    return [content for content in contents if content is not None]


def _note_places(
    content: YamlMap, places: dict[tuple[str, str], Place], problems: Problems
) -> None:
    """Remember where each name stands; one that another file has, too, is worth a warning."""
    for key in DOMAIN_KEYS:
        section = content.get(key)
        if isinstance(section, YamlMap):
            here = {name: section.at(name) for name in section if isinstance(name, str)}
        elif isinstance(section, YamlList):
            here = {
                name: section.at(i)
                for i, item in enumerate(section)
                if (name := named(item)[0]) is not None
            }
        else:
            continue
        for name, place in here.items():
            first = places.setdefault((key, name), place)
            if first.file != place.file and key != "session_config":
                problems.warning(
                    place,
                    f"{name!r} stands under {key!r} in two domain files: the first one counts.",
                    also=(first,),
                )
        if key == "slots" and isinstance(section, YamlMap):
            _note_mappings(section, places)
        if key == "forms" and isinstance(section, YamlMap):
            _note_required(section, places)


def _note_mappings(section: YamlMap, places: dict[tuple[str, str], Place]) -> None:
    for name, options in section.items():
        written = options.get("mappings") if isinstance(options, YamlMap) else None
        if isinstance(written, YamlList):
            for i in range(len(written)):
                places.setdefault(("mappings", f"{name}/{i}"), written.at(i))


def _note_required(section: YamlMap, places: dict[tuple[str, str], Place]) -> None:
    for name, options in section.items():
        required = options.get("required_slots") if isinstance(options, YamlMap) else None
        if isinstance(required, YamlList):
            for i, slot in enumerate(required):
                places.setdefault(("required_slots", f"{name}/{slot}"), required.at(i))


def retrieval_intent(wire: Wire, name: str) -> Wire:
    """Return how the document describes an intent once NLU data made it a retrieval intent.

    As in Rasa, what the domain said of its entities is then resolved, and no longer counts.
    """
    known = Domain(
        intents={name: _intent(name, options) for name, options in _pairs(wire, "intents")},
        entities={name: _entity(name, options) for name, options in _pairs(wire, "entities")},
    )
    if name not in known.intents:
        return {name: {RETRIEVAL: True}}
    used = known.influential_entities(name) or ()
    return {name: {"used_entities": sorted(used), RETRIEVAL: True}}


def build(wire: Wire, places: Mapping[tuple[str, str], Place], problems: Problems) -> Domain:
    """Return the domain of a merged document whose files had no errors."""
    actions = tuple(name for item in wire.get("actions", ()) for name in _names(item))
    forms = {name: _form(name, options) for name, options in wire.get("forms", {}).items()}
    built = Domain(
        intents={name: _intent(name, options) for name, options in _pairs(wire, "intents")},
        entities={name: _entity(name, options) for name, options in _pairs(wire, "entities")},
        slots=slots.build(
            wire.get("slots", {}),
            has_forms=bool(forms),
            actions=actions,
            place_of={name: place for (key, name), place in places.items() if key == "slots"},
            problems=problems,
        ),
        responses=responses.build(wire.get("responses", {})),
        actions=actions,
        actions_with_domain=_actions_with_domain(wire.get("actions", ())),
        forms=forms,
        texts=tuple(wire.get("e2e_actions", ())),
        session=_session(wire.get("session_config", {})),
        store_entities_as_slots=(wire.get("config") or {}).get("store_entities_as_slots", True),
        wire=wire,
    )
    for name, count in Counter(built.action_names).items():
        if count > 1:
            problems.error(
                places.get(("forms", name), places.get(("e2e_actions", name), Place())),
                f"{name!r} names two things that the assistant can do: "
                "an action, response, form or bot text. Rename one of them.",
            )
    return built


def _names(item: Any) -> Iterable[str]:
    return item if isinstance(item, dict) else (item,)


def _pairs(wire: Wire, key: str) -> Iterable[tuple[str, Mapping[str, Any]]]:
    for item in wire.get(key, ()):
        if isinstance(item, dict):
            yield from item.items()
        else:
            yield item, {}


def _intent(name: str, options: Mapping[str, Any]) -> IntentType:
    used, ignored = options.get("use_entities", True), options.get("ignore_entities")
    return IntentType(
        name,
        use_entities=None if used is True else tuple(used or ()),
        ignore_entities=None if ignored is None else tuple(ignored),
        is_retrieval=bool(options.get(RETRIEVAL)),
    )


def _entity(name: str, options: Mapping[str, Any]) -> EntityType:
    return EntityType(
        name,
        tuple(options.get("roles") or ()),
        tuple(options.get("groups") or ()),
        options.get("influence_conversation", True) is not False,
    )


def _form(name: str, options: Mapping[str, Any] | None) -> Form:
    options = options or {}
    ignored = options.get("ignored_intents") or ()
    return Form(
        name,
        tuple(options.get("required_slots") or ()),
        (ignored,) if isinstance(ignored, str) else tuple(ignored),
    )


def _actions_with_domain(items: Iterable[Any]) -> frozenset[str]:
    asked: set[str] = set()
    for item in items:
        if isinstance(item, dict):
            asked.update(name for name, options in item.items() if options.get("send_domain"))
        elif item.startswith("validate_"):
            asked.add(item)
    return frozenset(asked)


def _session(options: Mapping[str, Any]) -> SessionConfig:
    minutes = options.get("session_expiration_time")
    return SessionConfig(
        60.0 if minutes is None else float(minutes),
        options.get("carry_over_slots_to_new_session", True),
    )
