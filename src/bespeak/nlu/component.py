"""What a pipeline component is."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from bespeak.message import Example, Message, TrainingData

INTENT_ONLY: Final = "intent_only"
"""In a message's `scratch`, where whoever has it understood wants nothing but its intent: steps
that cost time may leave out the rest of their work."""


@runtime_checkable
class Component(Protocol):
    """A step of the NLU pipeline. Its options are its `__init__` keywords.

    A component that says `serves_only = True` adds nothing that the ones after it learn from
    (entities, say, where they learn from tokens and features): training does not run it.
    """

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Return fuller copies of the messages, in the same order."""
        ...


@runtime_checkable
class Trainable(Component, Protocol):
    """A step that learns: what it learned it can save, and load again."""

    def train(self, data: TrainingData) -> None:
        """Learn from the data, whose messages the components before this one have processed."""
        ...

    def save(self, folder: Path) -> None:
        """Write what was learned into an empty folder: JSON, npz, safetensors or ONNX."""
        ...

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        ...


@runtime_checkable
class Preparing(Component, Protocol):
    """A step of which those after it learn from a part only, and of some examples only. Training
    has it do that part, and leaves out the rest of its work."""

    def prepare(self, examples: Sequence[Example]) -> list[Message]:
        """Return the examples' messages with what the steps after this one learn from."""
        ...


@runtime_checkable
class Reporting(Component, Protocol):
    """A step that may learn for long. While it trains it tells `report`, which whoever trains it
    may set, the share of its work that is done (0 to 1) and the seconds that are left."""

    report: Callable[[float, float], None]


@runtime_checkable
class Rereading(Component, Protocol):
    """A step that has parts of a message, or other texts, understood by the steps before it."""

    def understand_with(self, understand: Callable[[Sequence[Message]], list[Message]]) -> None:
        """Take what understands: all components before this one. Called by the pipeline, once."""
        ...
