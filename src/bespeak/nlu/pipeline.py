"""The components in the order of config.yml: a text goes in, an understood message comes out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.message import Message, TrainingData
from bespeak.nlu.component import Component, Preparing, Rereading, Trainable


class Pipeline:
    """Components that work one after the other, each on what the ones before it made."""

    def __init__(self, components: Sequence[Component]) -> None:
        self.components = tuple(components)
        for i, component in enumerate(self.components):
            if isinstance(component, Rereading):
                component.understand_with(Pipeline(self.components[:i]).process)

    def train(
        self,
        data: TrainingData,
        *,
        learned: Callable[[int, Component, TrainingData], bool] = lambda i, component, data: False,
    ) -> None:
        """Train each component on the data as the ones before it leave it.

        Components that say `serves_only` are trained, but leave the data as it is.

        `learned(i, component, data)` may restore what an earlier model learned from the same
        data, and says whether it did; otherwise the component is trained.
        """
        for i, component in enumerate(self.components):
            if not learned(i, component, data) and isinstance(component, Trainable):
                component.train(data)
            if i + 1 < len(self.components) and not getattr(component, "serves_only", False):
                messages = (
                    component.prepare(data.examples)
                    if isinstance(component, Preparing)
                    else component.process([example.message for example in data.examples])
                )
                examples = tuple(
                    replace(example, message=message)
                    for message, example in zip(messages, data.examples, strict=True)
                )
                data = replace(data, examples=examples)

    def process(self, messages: Sequence[Message]) -> list[Message]:
        """Understand the messages, in the same order."""
        understood = list(messages)
        for component in self.components:
            understood = component.process(understood)
        return understood

    def save(self, folder: Path) -> None:
        for i, component in enumerate(self.components):
            if isinstance(component, Trainable):
                home = folder / self.home(i)
                home.mkdir(parents=True)
                component.save(home)

    def load(self, folder: Path) -> None:
        for i, component in enumerate(self.components):
            if isinstance(component, Trainable):
                component.load(folder / self.home(i))

    def home(self, i: int) -> str:
        """Return the name of the folder in which component `i` keeps what it learned."""
        return f"{i:02}-{type(self.components[i]).__name__}"
