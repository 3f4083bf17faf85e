"""Which language a conversation is in, where somebody has said so."""

from typing import Final

from bespeak.domain import SESSION_METADATA
from bespeak.events import UserUttered
from bespeak.tracker import Tracker

LANGUAGE: Final = "language"
"""The name of the slot, and the key in a message's metadata and in its parse data."""


def agreed(tracker: Tracker) -> str | None:
    """Return the conversation's language: what the slot says, or else the metadata with which the
    session began."""
    began = tracker.slots.get(SESSION_METADATA)
    noted = began.get(LANGUAGE) if isinstance(began, dict) else None
    for named in (tracker.slots.get(LANGUAGE), noted):
        if isinstance(named, str) and named:
            return named
    return None


def misread(heard: UserUttered, language: str | None) -> bool:
    """Say whether a message was taken for one of another language than the conversation's.

    What a message's own metadata say of it counts for more. Where one language is all that is
    understood, parse data name none.
    """
    taken_for = heard.parse.get(LANGUAGE)
    if language is None or taken_for is None or LANGUAGE in heard.metadata:
        return False
    return _primary(language) != _primary(str(taken_for))


def _primary(tag: str) -> str:
    """Return `de` of `de-AT`."""
    return tag.replace("_", "-").partition("-")[0].lower()
