"""One user message, from the channel to the answer: the shell around everything pure."""

from bespeak.engine.engine import Engine
from bespeak.engine.upkeep import Upkeep

__all__ = ["Engine", "Upkeep"]
