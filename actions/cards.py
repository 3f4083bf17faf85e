"""Card numbers: never asked for, never kept in a slot, never passed on, and never said again."""

import re
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import ValidationAction
from rasa_sdk.types import DomainDict

DIGITS = re.compile(r"(?<![\d+])[2-6](?:[ .-]?\d){12,18}(?!\d)")
"""13 to 19 digits, in groups or not (ISO/IEC 7812-1), as banks' and shops' cards begin."""

MASK = "[card number]"


class ActionValidateSlotMappings(ValidationAction):
    """Runs after each message: a card number in it is answered, and fills no slot."""

    async def get_extraction_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """None: the SDK would look for code that fills a slot, for each slot of the domain."""
        return []

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """Empties the slots that the message filled with one."""
        if not has_card(str(tracker.latest_message.get("text") or "")):
            return [SlotSet("card_typed", None)] if tracker.get_slot("card_typed") else []
        dispatcher.utter_message(response="utter_never_send_card")
        filled: Mapping[str, Any] = tracker.slots_to_validate()
        emptied = [SlotSet(name, None) for name, value in filled.items() if _holds_card(value)]
        return [SlotSet("card_typed", True), *emptied]


def has_card(text: str) -> bool:
    """Whether a card number stands in a text."""
    return any(_is_card(found[0]) for found in DIGITS.finditer(text))


def masked(text: str) -> str:
    """The text with `MASK` for each card number."""
    return DIGITS.sub(lambda found: MASK if _is_card(found[0]) else found[0], text)


def _holds_card(value: object) -> bool:
    return isinstance(value, str) and has_card(value)


def _is_card(digits: str) -> bool:
    """Whether the check digit is right (the Luhn algorithm, ISO/IEC 7812-1, annex B)."""
    numbers = [int(digit) for digit in reversed(digits) if digit.isdecimal()]
    doubled = (sum(divmod(2 * number, 10)) for number in numbers[1::2])
    return (sum(numbers[::2]) + sum(doubled)) % 10 == 0
