"""Domains of Rasa 2, read as if they had been migrated: forms give their mappings to slots.

A slot that a form filled gets the form's mappings, each under the condition that the form is
active; a slot with the name of an entity is filled from it, unless `auto_fill` is false; what is
left is filled by custom actions.
"""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bespeak.data.files import FORMAT_VERSION
from bespeak.data.writer import dumped
from bespeak.data.yaml import YamlList, YamlMap, copied

_FREE_OF_QUESTION: Final = ("from_entity", "from_trigger_intent")


@dataclass(frozen=True)
class Migration:
    """What became of the domain's files, in their order: `diff` is for a person to read."""

    contents: tuple[YamlMap, ...]
    diff: str


def needed(contents: Sequence[YamlMap]) -> bool:
    """Say whether the files are of Rasa 2: no slot has mappings, or a form lists them itself.

    A file that says it is of format 3 is taken at its word.
    """
    if any(str(content.get("version", "")).startswith("3") for content in contents):
        return False
    forms = [form for content in contents for form in _section(content, "forms").values()]
    if any(_old_form(form) for form in forms):
        return True
    slots = [slot for content in contents for slot in _section(content, "slots").values()]
    has_mappings = ["mappings" in slot for slot in slots if isinstance(slot, YamlMap)]
    if any(str(content.get("version", "")).startswith("2") for content in contents):
        return not all(has_mappings)
    return bool(has_mappings) and not any(has_mappings)


def migrate(contents: Sequence[YamlMap]) -> Migration:
    """Return the files' contents in the format of Rasa 3, and what was changed."""
    latest = [copied(content) for content in contents]
    slots = {
        name: slot
        for content in latest
        for name, slot in _section(content, "slots").items()
        if isinstance(slot, YamlMap)
    }
    for content in latest:
        _migrate_forms(content, slots)
        if "version" in content:
            content["version"] = FORMAT_VERSION
    entities = frozenset(name for content in latest for name in _names(content.get("entities")))
    for name, slot in slots.items():
        _fill(name, slot, entities)
    return Migration(tuple(latest), "".join(map(_diff, contents, latest)))


def _diff(before: YamlMap, after: YamlMap) -> str:
    return "".join(
        difflib.unified_diff(
            dumped(before).splitlines(keepends=True),
            dumped(after).splitlines(keepends=True),
            f"{before.file} (Rasa 2)",
            f"{after.file} (Rasa 3)",
            n=2,
        )
    )


def _migrate_forms(content: YamlMap, slots: dict[str, YamlMap]) -> None:
    """Turn the forms of one file; slots that no file has are added to this one."""
    forms = _section(content, "forms")
    for name, form in forms.items():
        if not _old_form(form):
            continue
        asked = form.get("required_slots", form)
        for slot in asked:
            if slot not in slots and slot != "ignored_intents":
                slots[slot] = _new_slot(content, slot, asked)
        forms[name] = _migrate_form(name, form, slots)


def _new_slot(content: YamlMap, name: str, asked: YamlMap) -> YamlMap:
    section = content.setdefault("slots", YamlMap(content.file, asked.line))
    content.lines.setdefault("slots", asked.line)
    slot = YamlMap(content.file, asked.lines.get(name, asked.line))
    section[name] = slot
    section.lines[name] = slot.line
    return slot


def _section(content: YamlMap, key: str) -> YamlMap:
    section = content.get(key)
    return section if isinstance(section, YamlMap) else YamlMap(content.file, content.line)


def _old_form(form: Any) -> bool:
    """Say whether a form maps its slots to mappings, as in Rasa 2."""
    asked = form.get("required_slots", form) if isinstance(form, YamlMap) else None
    if not isinstance(asked, YamlMap):
        return False
    return any(isinstance(mapping, YamlMap) for value in asked.values() for mapping in _all(value))


def _all(value: Any) -> Sequence[Any]:
    return value if isinstance(value, YamlList) else [value]


def _migrate_form(name: str, form: YamlMap, slots: dict[str, YamlMap]) -> YamlMap:
    asked = form.get("required_slots", form)
    required = YamlList(form.file, form.line)
    for slot, mappings in asked.items():
        if slot == "ignored_intents":
            continue
        line = asked.lines.get(slot, form.line)
        required.append(slot)
        required.lines.append(line)
        options = slots[slot]
        options["mappings"] = _with_condition(options, mappings, name, slot)
        options.lines.setdefault("mappings", line)
    latest = YamlMap(form.file, form.line)
    latest["required_slots"] = required
    if form.get("ignored_intents"):
        latest["ignored_intents"] = form["ignored_intents"]
    latest.lines = {key: form.lines.get(key, form.line) for key in latest}
    return latest


def _with_condition(options: YamlMap, added: Any, form: str, slot: str) -> YamlList:
    """Return a slot's mappings and those of a form, which count while the form is active."""
    present = options.get("mappings")
    result = present if isinstance(present, YamlList) else YamlList(options.file, options.line)
    for mapping in _all(added):
        condition = _condition(mapping, form, slot, options)
        same = next((m for m in result if _bare(m) == _bare(mapping)), None)
        if same is None:
            same = copied(mapping)
            result.append(same)
            result.lines.append(same.line if isinstance(same, YamlMap) else options.line)
        if isinstance(same, YamlMap):
            conditions = same.setdefault("conditions", YamlList(options.file, options.line))
            same.lines.setdefault("conditions", same.line)
            conditions.append(condition)
            conditions.lines.append(options.line)
    return result


def _condition(mapping: Any, form: str, slot: str, options: YamlMap) -> YamlMap:
    condition = YamlMap(options.file, options.line)
    condition["active_loop"] = form
    if not isinstance(mapping, YamlMap) or mapping.get("type") not in _FREE_OF_QUESTION:
        condition["requested_slot"] = slot
    condition.lines = dict.fromkeys(condition, options.line)
    return condition


def _bare(mapping: Any) -> Any:
    if not isinstance(mapping, dict):
        return mapping
    return {key: value for key, value in mapping.items() if key != "conditions"}


def _fill(name: str, slot: YamlMap, entities: frozenset[str]) -> None:
    """Give a slot the mappings that Rasa 2 implied."""
    mappings = slot.get("mappings")
    if not isinstance(mappings, YamlList):
        mappings = YamlList(slot.file, slot.line)
    from_entity = {"type": "from_entity", "entity": name}
    if name in entities and slot.get("auto_fill", True) is True and from_entity not in mappings:
        _append(mappings, from_entity, slot)
    slot.pop("auto_fill", None)
    if not mappings:
        _append(mappings, {"type": "custom"}, slot)
    if slot.get("type") == "unfeaturized":
        slot["type"] = "any"
        slot.pop("influence_conversation", None)
    slot["mappings"] = mappings
    slot.lines.setdefault("mappings", slot.line)


def _append(mappings: YamlList, mapping: dict[str, str], slot: YamlMap) -> None:
    located = YamlMap(slot.file, slot.line)
    located.update(mapping)
    located.lines = dict.fromkeys(mapping, slot.line)
    mappings.append(located)
    mappings.lines.append(slot.line)


def _names(entities: Any) -> Iterator[str]:
    for item in entities if isinstance(entities, list) else ():
        yield from item if isinstance(item, dict) else (str(item),)
