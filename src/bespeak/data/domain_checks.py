"""What one domain file must look like, section by section."""

from typing import Any

from bespeak.data import responses, shapes, slots
from bespeak.data.files import DOMAIN_KEYS
from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.wire import DEFAULT_SESSION
from bespeak.data.yaml import YamlList, YamlMap


def check(content: YamlMap, problems: Problems) -> None:
    """Record what is wrong with one domain file."""
    for key in content:
        hint = near(key, DOMAIN_KEYS) if key not in DOMAIN_KEYS else ""
        if hint and key not in ("nlu", "stories", "rules"):
            problems.warning(content.at(key), f"a domain has no {key!r}: it is ignored.{hint}")
    for key in ("intents", "entities", "actions", "e2e_actions"):
        section = shapes.items(problems, content, key, "the domain")
        if section is not None:
            _check_names(key, section, problems)
    for key in ("slots", "forms", "responses", "session_config", "config"):
        mapping = shapes.mapping(problems, content, key, "the domain")
        if mapping is None:
            continue
        match key:
            case "slots":
                slots.check(mapping, problems)
            case "forms":
                _check_forms(mapping, problems)
            case "responses":
                responses.check(mapping, problems)
            case "session_config":
                _check_session(mapping, problems)
            case "config":
                shapes.flag(problems, mapping, "store_entities_as_slots", "config", True)


def _check_names(key: str, section: YamlList, problems: Problems) -> None:
    what = {"intents": "intent", "entities": "entity", "actions": "action"}.get(key, "bot text")
    seen: dict[str, Place] = {}
    for i, item in enumerate(section):
        name, options = named(item)
        if name is None or (key == "e2e_actions" and options is not None):
            problems.error(
                section.at(i),
                f"expected the name of an {what}, found {kind(item)}."
                if what != "bot text"
                else f"expected a text that the bot says, found {kind(item)}.",
            )
            continue
        if name in seen:
            problems.error(
                section.at(i), f"the {what} {name!r} is listed twice.", also=(seen[name],)
            )
        seen.setdefault(name, section.at(i))
        if isinstance(item, YamlMap):
            _check_options(what, item, problems)


def named(item: Any) -> tuple[str | None, Any]:
    """Return the name that a list item gives, and what it says about it."""
    match item:
        case str():
            return item, None
        case YamlMap() if item and all(isinstance(name, str) for name in item):
            name = next(iter(item))
            return name, item[name]
        case _:
            return None, None


def _check_options(what: str, item: YamlMap, problems: Problems) -> None:
    for name, options in item.items():
        about = f"{what} {name!r}"
        if not options and what != "action":
            problems.error(
                item.at(name),
                f"{about}: nothing follows the colon. Write - {name} without it, "
                "or say something about it.",
            )
            continue
        if not isinstance(options, YamlMap):
            problems.error(
                item.at(name), f"{about}: expected its options as a mapping, found {kind(options)}."
            )
            continue
        match what:
            case "intent":
                _check_intent(about, options, problems)
            case "entity":
                known = ("roles", "groups", "influence_conversation")
                shapes.only_known(problems, options, known, about, strict=False)
                shapes.texts(problems, options, "roles", about)
                shapes.texts(problems, options, "groups", about)
                shapes.flag(problems, options, "influence_conversation", about, True)
            case _:
                shapes.only_known(problems, options, ("send_domain",), about)
                shapes.flag(problems, options, "send_domain", about, False)


def _check_intent(about: str, options: YamlMap, problems: Problems) -> None:
    known = ("use_entities", "ignore_entities", "triggers")
    shapes.only_known(problems, options, known, about, strict=False)
    if "triggers" in options:
        problems.error(
            options.at("triggers"),
            f"{about}: 'triggers' belongs to the MappingPolicy, which is gone. "
            f"Write a rule with the steps intent: ... and action: {options['triggers']}.",
        )
    used, ignored = options.get("use_entities"), options.get("ignore_entities")
    if used is not None and not isinstance(used, bool):
        shapes.texts(problems, options, "use_entities", about)
    if ignored:
        shapes.texts(problems, options, "ignore_entities", about)
    if isinstance(used, list) and isinstance(ignored, list):
        for name in sorted({str(name) for name in used} & {str(name) for name in ignored}):
            problems.warning(
                options.at("ignore_entities"),
                f"{about}: the entity {name!r} is both used and ignored: it is ignored.",
            )


def _check_forms(section: YamlMap, problems: Problems) -> None:
    for name, options in section.items():
        what = f"form {name!r}"
        if not isinstance(name, str):
            problems.error(section.at(name), f"expected a form's name, found {kind(name)}.")
        elif options is None:
            continue
        elif not isinstance(options, YamlMap):
            problems.error(
                section.at(name),
                f"{what}: expected required_slots: [...], found {kind(options)}.",
            )
        else:
            shapes.only_known(problems, options, ("required_slots", "ignored_intents"), what)
            shapes.texts(problems, options, "required_slots", what)
            shapes.text_or_texts(problems, options, "ignored_intents", what)
            if "ignored_intents" in options and "required_slots" not in options:
                problems.error(
                    options.at("ignored_intents"), f"{what}: ignored_intents needs required_slots."
                )


def _check_session(options: YamlMap, problems: Problems) -> None:
    shapes.only_known(problems, options, tuple(DEFAULT_SESSION), "session_config", strict=False)
    shapes.flag(problems, options, "carry_over_slots_to_new_session", "session_config", True)
    minutes = shapes.number(problems, options, "session_expiration_time", "session_config", 60)
    if minutes < 0:
        problems.error(
            options.at("session_expiration_time"),
            f"session_config: expected minutes (0 means that a session never ends), "
            f"found {minutes}.",
        )
