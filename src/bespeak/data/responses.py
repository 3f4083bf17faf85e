"""The responses of domain.yml and of NLU files: what the assistant can say, and its variations."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bespeak.data import shapes
from bespeak.data.problems import Problems, kind
from bespeak.data.yaml import YamlList, YamlMap
from bespeak.domain import ResponseCondition, Variation

_TEXTS: Final = ("id", "text", "image", "button_type", "channel")
_LISTS: Final = ("buttons", "quick_replies", "elements")
_MAPS: Final = ("custom", "attachment")
_KNOWN: Final = (*_TEXTS, *_LISTS, *_MAPS, "metadata", "condition")
_NOT_CONTENT: Final = ("channel", "condition", "id")


def check(section: YamlMap, problems: Problems) -> None:
    """Record what is wrong with the `responses` section of one file."""
    for name, variations in section.items():
        place, what = section.at(name), f"response {name!r}"
        if not isinstance(name, str):
            problems.error(place, f"expected a response's name, found {kind(name)}. Quote it.")
        elif variations == []:
            problems.warning(place, f"{what} has no variations: it says nothing.")
        elif not isinstance(variations, YamlList):
            found = kind(variations)
            problems.error(
                place,
                f'{what}: expected a list of variations such as - text: "...", found {found}.',
            )
        else:
            for i, variation in enumerate(variations):
                if isinstance(variation, YamlMap):
                    _check_variation(what, variation, problems)
                else:
                    problems.error(
                        variations.at(i),
                        f'{what}: expected a variation such as - text: "...", '
                        f"found {kind(variation)}.",
                    )


def _check_variation(what: str, variation: YamlMap, problems: Problems) -> None:
    shapes.only_known(problems, variation, _KNOWN, f"{what}: a variation")
    for key in _TEXTS:
        shapes.text(problems, variation, key, what)
    for key in _MAPS:
        shapes.mapping(problems, variation, key, what)
    if variation.get("text") is None and not variation.get("custom"):
        problems.error(variation.place, f"{what}: a variation needs 'text' or 'custom'.")
    for key in _LISTS:
        entries = shapes.items(problems, variation, key, what)
        for i, entry in enumerate(entries or ()):
            if not isinstance(entry, YamlMap):
                place = (entries or YamlList("", 0)).at(i)
                problems.error(place, f"{what}: expected a mapping, found {kind(entry)}.")
            elif key != "elements":
                shapes.text(problems, entry, "title", what)
                shapes.text(problems, entry, "payload", what)
    conditions = shapes.items(problems, variation, "condition", what)
    for i, condition in enumerate(conditions or ()):
        place = (conditions or YamlList("", 0)).at(i)
        if not isinstance(condition, YamlMap):
            problems.error(place, f"{what}: expected a condition, found {kind(condition)}.")
            continue
        shapes.only_known(problems, condition, ("type", "name", "value"), f"{what}: a condition")
        if condition.get("type") != "slot":
            problems.warning(
                condition.at("type"),
                f"{what}: the only condition is type: slot, found {kind(condition.get('type'))}: "
                "it is ignored.",
            )
        elif not isinstance(condition.get("name"), str):
            problems.error(place, f"{what}: a condition needs the slot's 'name'.")


def build(section: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, tuple[Variation, ...]]:
    """Return the responses of a checked section."""
    return {
        name: tuple(_variation(variation) for variation in variations)
        for name, variations in section.items()
    }


def _variation(written: Mapping[str, Any]) -> Variation:
    return Variation(
        {key: value for key, value in written.items() if key not in _NOT_CONTENT},
        channel=written.get("channel"),
        conditions=tuple(
            ResponseCondition(condition["name"], condition.get("value"))
            for condition in written.get("condition") or ()
            if condition.get("type") == "slot"
        ),
        id=written.get("id"),
    )
