"""What a project's files say of sentiment: examples of each label, and the slots that it fills."""

from typing import Final

from bespeak.data import shapes
from bespeak.data.problems import Place, Problems, kind, near
from bespeak.data.yaml import YamlList, YamlMap
from bespeak.dialogue.mood import FRUSTRATIONS, MOODS
from bespeak.domain import SlotType
from bespeak.message import SENTIMENTS, SentimentExample

SECTION: Final = "sentiment"
_SLOT_TYPES: Final = (SlotType.FLOAT, SlotType.CATEGORICAL, SlotType.TEXT, SlotType.ANY)


def read(content: YamlMap, found: dict[str, SentimentExample], problems: Problems) -> None:
    """Add the examples of one file's section `sentiment`, by text: the last one of it counts.

    What is wrong is recorded in `problems`, and left out.
    """
    items = shapes.items(problems, content, SECTION, "the file")
    for i, item in enumerate(items or ()):
        if isinstance(item, YamlMap):
            _read_item(item, found, problems)
        else:
            place = (items or YamlList("", 0)).at(i)
            problems.error(place, f"expected - label: and examples:, found {kind(item)}.")


def check_mapping(what: str, slot: YamlMap, mapping: YamlMap, problems: Problems) -> None:
    """Record what is wrong with a mapping of type from_sentiment, held against its slot."""
    value = mapping.get("value")
    if value not in MOODS:
        problems.error(
            mapping.at("value"),
            f"{what}: a mapping of type from_sentiment needs value: {' or '.join(MOODS)}, "
            f"found {kind(value)}.{near(value, MOODS)}",
        )
        return
    half_life = mapping.get("half_life", 1)
    if isinstance(half_life, bool) or not isinstance(half_life, int | float) or half_life <= 0:
        problems.error(
            mapping.at("half_life"),
            f"{what}: expected a number of messages above 0 under 'half_life', "
            f"found {kind(half_life)}.",
        )
    slot_type = slot.get("type")
    if slot_type not in _SLOT_TYPES:
        problems.error(
            slot.at("type"),
            f"{what}: a sentiment fills slots of the types {', '.join(_SLOT_TYPES)}, "
            f"found {kind(slot_type)}.",
        )
    words = FRUSTRATIONS if value == "frustration" else SENTIMENTS
    listed = slot.get("values")
    if slot_type == SlotType.CATEGORICAL and isinstance(listed, YamlList):
        missing = [word for word in words if word not in listed]
        if missing:
            problems.warning(
                slot.at("values"),
                f"{what}: {value} may also be {', '.join(missing)}: add it to the values.",
            )
    if slot_type == SlotType.FLOAT and value == "sentiment" and slot.get("min_value") != -1:
        problems.warning(
            slot.at("min_value"),
            f"{what}: a sentiment goes from -1 to 1, so set min_value: -1. Otherwise rules and "
            "stories see nothing of it below min_value.",
        )


def _read_item(item: YamlMap, found: dict[str, SentimentExample], problems: Problems) -> None:
    shapes.only_known(problems, item, ("label", "examples"), "an item of 'sentiment'")
    label = item.get("label")
    if label not in SENTIMENTS:
        problems.error(
            item.at("label"),
            f"expected a label among {', '.join(SENTIMENTS)}, found {kind(label)}."
            f"{near(label, SENTIMENTS)}",
        )
        return
    written = item.get("examples")
    if not written:
        problems.warning(
            item.at("examples"), f"the sentiment {label!r} has no examples: it is skipped."
        )
    elif not isinstance(written, str):
        problems.error(
            item.at("examples"),
            f"the sentiment {label!r}: expected examples: | and a line that begins with '-' for "
            f"each, found {kind(written)}.",
        )
    else:
        for text, place in shapes.dashed(label, item, written, problems):
            _add(text, label, place, found, problems)


def _add(
    text: str, label: str, place: Place, found: dict[str, SentimentExample], problems: Problems
) -> None:
    if not text:
        problems.warning(place, f"an example of {label!r} is empty: it is skipped.")
        return
    known = found.get(text)
    if known is not None and known.label != label:
        problems.warning(
            place, f"{text!r} is {known.label} elsewhere, and {label} here: this counts."
        )
    found[text] = SentimentExample(text, label, str(place))
