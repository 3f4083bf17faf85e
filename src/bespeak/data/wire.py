"""A domain as one document, in the form that an action server gets, and how two become one."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from bespeak.data.files import FORMAT_VERSION

Wire: TypeAlias = dict[str, Any]

DEFAULT_SESSION: Final = {
    "session_expiration_time": 60,
    "carry_over_slots_to_new_session": True,
}
_MERGED_MAPS: Final = ("forms", "responses", "slots")
_MERGE_ORDER: Final = (
    "intents",
    "entities",
    "actions",
    "e2e_actions",
    "forms",
    "responses",
    "slots",
)


def normal(wire: Mapping[str, Any]) -> Wire:
    """Return the document as Rasa's `domain.as_dict()` gives it.

    Empty sections are left out, the session's configuration and the version are filled in,
    intents are sorted, and a form without `required_slots` has what it says as such.
    """
    clean = {
        key: value for key, value in wire.items() if value not in ({}, []) and value is not None
    }
    forms = clean.get("forms")
    if isinstance(forms, dict):
        clean["forms"] = {name: _form_wire(options) for name, options in forms.items()}
    if clean.get("intents"):
        clean["intents"] = sorted(map(_intent_wire, clean["intents"]), key=_name)
    clean.setdefault("session_config", dict(DEFAULT_SESSION))
    clean.setdefault("version", FORMAT_VERSION)
    return clean


def _form_wire(options: Any) -> Any:
    if isinstance(options, dict) and "required_slots" not in options:
        return {"required_slots": options}
    return options


def _intent_wire(item: Any) -> Any:
    if not isinstance(item, dict):
        return item
    return {name: _intent_options(options) for name, options in item.items()}


def _intent_options(options: Any) -> Any:
    if not isinstance(options, dict):
        return options
    emptied: Wire = {
        key: [] for key in ("use_entities", "ignore_entities") if not options.get(key, True)
    }
    return {**options, **emptied}


def _name(item: Any) -> str:
    return str(next(iter(item))) if isinstance(item, dict) else str(item)


def merged(first: Wire, second: Wire, *, override: bool = False) -> Wire:
    """Return both documents as one, as Rasa merges two domains; the first wins unless `override`.

    Both are normal, and so is the result.
    """
    if second == normal({}):
        return first
    if first == normal({}):
        return second
    return normal(merge(first, second, override=override))


def merge(first: Wire, second: Wire, *, override: bool = False) -> Wire:
    """Return both documents as one, as they are written: the first wins unless `override`."""
    if not second:
        return first
    if not first:
        return second
    combined = dict(first)
    session = second.get("session_config")
    if session not in (None, DEFAULT_SESSION) and (
        override or first.get("session_config") in (None, DEFAULT_SESSION)
    ):
        combined["session_config"] = session
    if second.get("config") and (override or "config" not in combined):
        combined["config"] = {**(combined.get("config") or {}), **second["config"]}
    forms = combined.get("forms") or {}
    for key in _MERGE_ORDER:
        ours, theirs = combined.get(key) or [], second.get(key) or []
        if key == "actions":
            theirs = [action for action in theirs if _name(action) not in forms]
        if key == "e2e_actions":
            combined[key] = sorted({*ours, *theirs})
        elif key in _MERGED_MAPS:
            combined[key] = _merge_maps(dict(ours), dict(theirs), override)
        else:
            by_name = _merge_maps(_by_name(ours), _by_name(theirs), override)
            combined[key] = list(by_name.values())
    return combined


def _merge_maps(ours: Wire, theirs: Wire, override: bool) -> Wire:
    return {**ours, **theirs} if override else {**theirs, **ours}


def _by_name(items: Iterable[Any]) -> Wire:
    return {(min(item) if isinstance(item, dict) else item): item for item in items}
