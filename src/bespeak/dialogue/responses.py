"""Choose a variation of a response, fill it in, and make it what the bot says."""

import logging
import random
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bespeak.domain import ResponseCondition, Variation
from bespeak.events import BotUttered

log = logging.getLogger(__name__)

FILLED_KEYS: Final = ("text", "image", "custom", "buttons", "attachment", "quick_replies")
"""The keys of a variation in which `{slot}` stands for a value."""

BOT_DATA: Final = ("elements", "quick_replies", "buttons", "attachment", "image", "custom")
"""The keys of a bot event's data, in Rasa's order; what else a message has is metadata."""

_REST_OUTPUTS: Final = frozenset({"collector", "queue"})
_VALUES: Final = "\x00"
_NAME: Final = re.compile(r"{([^\n{}]+?)}")


def channel_names(output_channel: str) -> frozenset[str]:
    """Return the names under which a variation's `channel:` may mean this output channel.

    Answers to REST requests leave by channels that have names of their own; the name of the
    channel by which the message came means them too.
    """
    if output_channel in _REST_OUTPUTS:
        return frozenset({output_channel, "rest"})
    return frozenset({output_channel}) if output_channel else frozenset()


def eligible(
    variations: Sequence[Variation], slots: Mapping[str, Any], channels: frozenset[str]
) -> list[Variation]:
    """Return the variations of the best tier that has any, in the order of the file.

    The tiers: conditions met, for this channel; unconditional, for this channel; conditions met,
    for any channel; unconditional, for any channel.
    """
    tiers: tuple[list[Variation], ...] = ([], [], [], [])
    for variation in variations:
        if variation.channel is not None and variation.channel not in channels:
            continue
        if not all(_met(condition, slots) for condition in variation.conditions):
            continue
        tiers[2 * (variation.channel is None) + (not variation.conditions)].append(variation)
    return next((tier for tier in tiers if tier), [])


def chosen(
    variations: Sequence[Variation],
    slots: Mapping[str, Any],
    channels: frozenset[str],
    rng: random.Random,
) -> Variation | None:
    """Return one of the eligible variations, each as likely as the other."""
    suitable = eligible(variations, slots, channels)
    if len(suitable) > 1:
        return rng.choice(suitable)
    return suitable[0] if suitable else None


def variation_id(
    variations: Sequence[Variation], slots: Mapping[str, Any], channels: frozenset[str]
) -> str | None:
    """Return the id of the first eligible variation; None where ids are doubled or missing."""
    suitable = eligible(variations, slots, channels)
    ids = [variation.id for variation in suitable if variation.id]
    if len(set(ids)) < len(ids):
        log.warning("Responses share the id %r: none is sent to the NLG server.", ids[0])
        return None
    return suitable[0].id if suitable else None


def filled(
    variation: Variation, values: Mapping[str, Any], *, unset: str | None = None
) -> dict[str, Any]:
    """Return the variation as a message, `{name}` replaced by values wherever it may stand.

    A value of None reads `None`, or `unset` where that is given.
    """
    if unset is not None:
        values = {name: unset if value is None else value for name, value in values.items()}
    message = {
        key: interpolated(value, values) if key in FILLED_KEYS else value
        for key, value in variation.content.items()
    }
    if variation.channel is not None:
        message["channel"] = variation.channel
    if variation.conditions:
        message["condition"] = [
            {"type": "slot", "name": condition.slot, "value": condition.value}
            for condition in variation.conditions
        ]
    if variation.id is not None:
        message["id"] = variation.id
    return message


def interpolated(content: Any, values: Mapping[str, Any]) -> Any:
    """Return the content with every text in it filled in, however deep it lies."""
    match content:
        case str():
            return (
                _interpolated_text(content, values) if "{" in content or "}" in content else content
            )
        case Mapping():
            return {key: interpolated(value, values) for key, value in content.items()}
        case list() | tuple():
            return [interpolated(item, values) for item in content]
        case _:
            return content


def bot_uttered(message: Mapping[str, Any]) -> BotUttered:
    """Return the event of a message: an image is its attachment too, what is left is metadata."""
    data = {key: message.get(key) for key in BOT_DATA}
    data["attachment"] = data["attachment"] or data["image"]
    rest = {key: value for key, value in message.items() if key != "text" and key not in data}
    return BotUttered(message.get("text"), data, metadata=rest)


def _met(condition: ResponseCondition, slots: Mapping[str, Any]) -> bool:
    value, wanted = slots.get(condition.slot), condition.value
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


def _interpolated_text(text: str, values: Mapping[str, Any]) -> str:
    """Fill one text in, by the rules of `str.format` for names without braces or line ends.

    Doubled braces are literal, but only in a text without plain names: where both occur, or a
    name is unknown, the text stays as it was written.
    """
    try:
        result = _NAME.sub(rf"{{{_VALUES}[\1]}}", text).format_map({_VALUES: values})
        # A mark that survives stood between doubled braces.
        return text.format_map({}) if _VALUES in result else result
    except KeyError as missing:
        log.error(
            "No slot and no argument of the action is called %s: %r stays as it is.",
            missing,
            text,
        )
    except (ValueError, IndexError, AttributeError, TypeError) as wrong:
        log.error("The braces of %r cannot be read (%s): it stays as it is.", text, wrong)
    return text
