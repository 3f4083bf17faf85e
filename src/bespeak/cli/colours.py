"""Colours, where a person reads; https://no-color.org says how to be without."""

import os
import sys
from typing import Final

RED: Final = 31
YELLOW: Final = 33


def painted(text: str, colour: int) -> str:
    """Return a text for standard error, coloured if that is a terminal."""
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{colour}m{text}\033[0m"
