"""The slots of domain.yml: their types, options and mappings."""

from collections.abc import Mapping
from typing import Any, Final

from bespeak import extend
from bespeak.data import sentiment, shapes
from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.yaml import YamlList, YamlMap, plain
from bespeak.domain import (
    KNOWLEDGE_BASE_ACTION,
    KNOWLEDGE_BASE_SLOTS,
    REQUESTED_SLOT,
    SESSION_METADATA,
    MappingCondition,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
)
from bespeak.errors import ExtensionError

TYPES: Final = tuple(slot_type for slot_type in SlotType if slot_type is not SlotType.CUSTOM)
_COMMON: Final = (
    "type",
    "mappings",
    "initial_value",
    "influence_conversation",
    "value_reset_delay",
)
_OPTIONS: Final[Mapping[SlotType, tuple[str, ...]]] = {
    SlotType.FLOAT: ("min_value", "max_value"),
    SlotType.CATEGORICAL: ("values",),
}
_MAPPING_KEYS: Final = (
    "type",
    "entity",
    "role",
    "group",
    "intent",
    "not_intent",
    "conditions",
    "value",
    "action",
    "half_life",
)
_REQUIRED: Final[Mapping[MappingType, str]] = {
    MappingType.FROM_ENTITY: "entity",
    MappingType.FROM_INTENT: "value",
    MappingType.FROM_TRIGGER_INTENT: "value",
}


def check(section: YamlMap, problems: Problems) -> None:
    """Record what is wrong with the `slots` section of one file."""
    for name, options in section.items():
        place, what = section.at(name), f"slot {name!r}"
        if not isinstance(name, str):
            problems.error(place, f"expected a slot's name, found {kind(name)}. Quote it.")
        elif name == SESSION_METADATA:
            problems.error(place, f"{what} is made by the engine: choose another name.")
        elif not isinstance(options, YamlMap):
            problems.error(place, f"{what}: expected its type and mappings, found {kind(options)}.")
        else:
            _check_slot(name, options, problems)


def _check_slot(name: str, options: YamlMap, problems: Problems) -> None:
    what = f"slot {name!r}"
    slot_type = _checked_type(what, options, problems)
    if slot_type is not None and slot_type is not SlotType.CUSTOM:
        known = (*_COMMON, *_OPTIONS.get(slot_type, ()))
        shapes.only_known(problems, options, known, f"a slot of type {slot_type}")
    influence = shapes.flag(
        problems, options, "influence_conversation", what, slot_type is not SlotType.ANY
    )
    if slot_type is SlotType.ANY and influence:
        problems.error(
            options.at("influence_conversation"),
            f"{what}: a slot of type any cannot influence the conversation; "
            "choose another type, or false.",
        )
    if slot_type is SlotType.FLOAT:
        _check_range(what, options, problems)
    if slot_type is SlotType.CATEGORICAL:
        _check_values(what, options, problems)
    _check_mappings(what, options, problems)


def _checked_type(what: str, options: YamlMap, problems: Problems) -> SlotType | None:
    written = options.get("type")
    if written is None:
        problems.error(
            options.at("type"), f"{what} has no type: expected one of {', '.join(TYPES)}."
        )
        return None
    if written in TYPES:
        return SlotType(written)
    if isinstance(written, str) and "." in written:
        return SlotType.CUSTOM
    hint = near(written, TYPES)
    problems.error(
        options.at("type"),
        f"{what}: expected a type among {', '.join(TYPES)}, or the module path of a class, "
        f"found {kind(written)}.{hint}",
    )
    return None


def _check_range(what: str, options: YamlMap, problems: Problems) -> None:
    low = shapes.number(problems, options, "min_value", what, 0.0)
    high = shapes.number(problems, options, "max_value", what, 1.0)
    initial = options.get("initial_value")
    if low >= high:
        key = "min_value" if "min_value" in options else "max_value"
        problems.error(
            options.at(key), f"{what}: min_value {low} must be smaller than max_value {high}."
        )
    elif isinstance(initial, (int, float)) and not low <= initial <= high:
        problems.warning(
            options.at("initial_value"),
            f"{what}: the initial value {initial} is outside {low} to {high}.",
        )


def _check_values(what: str, options: YamlMap, problems: Problems) -> None:
    values = shapes.items(problems, options, "values", what)
    if not values:
        problems.warning(
            options.at("values"), f"{what} is categorical, but lists no values: all are the same."
        )
    for i, value in enumerate(values or ()):
        if value is None:
            problems.warning(
                (values or YamlList("", 0)).at(i),
                f"{what}: null means that the slot is not set, it is no value of it and is "
                "ignored. Quote it if you mean the text.",
            )


def _check_mappings(what: str, options: YamlMap, problems: Problems) -> None:
    mappings = shapes.items(problems, options, "mappings", what)
    if mappings is None:
        if "mappings" not in options or options["mappings"] is None:
            problems.error(
                options.place if "mappings" not in options else options.at("mappings"),
                f"{what} has no mappings: say how it is filled, as in "
                "mappings: [{type: from_text}] or [{type: custom}].",
            )
        return
    if not mappings:
        problems.error(options.at("mappings"), f"{what}: expected at least one mapping.")
    for i, mapping in enumerate(mappings):
        if isinstance(mapping, YamlMap):
            _check_mapping(what, options, mapping, problems)
        else:
            problems.error(mappings.at(i), f"{what}: expected a mapping, found {kind(mapping)}.")


def _check_mapping(what: str, slot: YamlMap, mapping: YamlMap, problems: Problems) -> None:
    known = ", ".join(MappingType)
    written = mapping.get("type")
    if written not in tuple(MappingType):
        problems.error(
            mapping.at("type"),
            f"{what}: expected a mapping type among {known}, found {kind(written)}."
            f"{near(written, MappingType)}",
        )
        return
    shapes.only_known(problems, mapping, _MAPPING_KEYS, f"{what}: a mapping", strict=False)
    for key in ("entity", "role", "group", "action"):
        shapes.text(problems, mapping, key, what)
    for key in ("intent", "not_intent"):
        shapes.text_or_texts(problems, mapping, key, what)
    required = _REQUIRED.get(MappingType(written))
    if required and mapping.get(required) is None:
        problems.error(
            mapping.place, f"{what}: a mapping of type {written} needs the key {required!r}."
        )
    if written == MappingType.FROM_SENTIMENT:
        sentiment.check_mapping(what, slot, mapping, problems)
    conditions = shapes.items(problems, mapping, "conditions", what)
    for i, condition in enumerate(conditions or ()):
        if not isinstance(condition, YamlMap):
            place = (conditions or YamlList("", 0)).at(i)
            problems.error(place, f"{what}: expected a condition, found {kind(condition)}.")
            continue
        shapes.only_known(problems, condition, ("active_loop", "requested_slot"), "a condition")
        shapes.text(problems, condition, "active_loop", what)
        shapes.text(problems, condition, "requested_slot", what)


def build(
    section: Mapping[str, Mapping[str, Any]],
    *,
    has_forms: bool,
    actions: tuple[str, ...],
    place_of: Mapping[str, Place],
    problems: Problems,
) -> dict[str, Slot]:
    """Return the slots of a checked section, and those that the engine adds."""
    slots = {
        name: _slot(name, options, place_of.get(name, Place()), problems)
        for name, options in section.items()
    }
    automatic: list[Slot] = []
    if has_forms:
        automatic.append(Slot(REQUESTED_SLOT, influences_conversation=False, kind="text"))
    if KNOWLEDGE_BASE_ACTION in actions:
        automatic.extend(
            Slot(name, influences_conversation=False, kind="text") for name in KNOWLEDGE_BASE_SLOTS
        )
    automatic.append(
        Slot(SESSION_METADATA, SlotType.ANY, influences_conversation=False, kind="any")
    )
    for slot in automatic:
        slots.setdefault(slot.name, slot)
    return slots


def _slot(name: str, options: Mapping[str, Any], place: Place, problems: Problems) -> Slot:
    written = str(options["type"])
    slot_type = SlotType(written) if written in TYPES else SlotType.CUSTOM
    return Slot(
        name,
        slot_type,
        mappings=tuple(_mapping(mapping) for mapping in options.get("mappings") or ()),
        initial_value=plain(options.get("initial_value")),
        influences_conversation=options.get(
            "influence_conversation", slot_type is not SlotType.ANY
        ),
        values=tuple(str(v).lower() for v in options.get("values") or () if v is not None),
        minimum=options.get("min_value", 0.0),
        maximum=options.get("max_value", 1.0),
        kind=written,
        custom=_custom(name, options, place, problems) if slot_type is SlotType.CUSTOM else None,
    )


def _custom(name: str, options: Mapping[str, Any], place: Place, problems: Problems) -> Any:
    """Build a project's own slot type; it gets the options that are not common to all slots."""
    try:
        factory = extend.load(options["type"])
    except ExtensionError as error:
        problems.error(place, f"slot {name!r}: {error}")
        return None
    try:
        custom = factory(**own_options(options))
    except TypeError as error:
        problems.error(place, f"slot {name!r}: {options['type']} cannot be built: {error}.")
        return None
    if not callable(getattr(custom, "feature", None)):
        problems.error(
            place,
            f"slot {name!r}: {options['type']} has no method feature(value), which returns the "
            "numbers that policies see.",
        )
    return custom


def own_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a project's own slot type is built with: options that not all slots have."""
    return {key: plain(value) for key, value in options.items() if key not in _COMMON}


def _mapping(options: Mapping[str, Any]) -> SlotMapping:
    return SlotMapping(
        MappingType(options["type"]),
        entity=options.get("entity"),
        role=options.get("role"),
        group=options.get("group"),
        intents=_names(options.get("intent")),
        not_intents=_names(options.get("not_intent")),
        conditions=tuple(
            MappingCondition(condition.get("active_loop"), condition.get("requested_slot"))
            for condition in options.get("conditions") or ()
        ),
        value=plain(options.get("value")),
        action=options.get("action"),
        half_life=options.get("half_life"),
    )


def _names(value: str | list[str] | None) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case str():
            return (value,)
        case _:
            return tuple(value)
