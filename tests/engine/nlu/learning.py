"""What the tests of learned components share: pipelines, and messages on their way through."""

from collections.abc import Sequence
from dataclasses import replace

from bespeak.message import Example, Message, TrainingData
from bespeak.nlu.component import Component, Trainable
from bespeak.nlu.count_vectors import CountVectorsFeaturizer
from bespeak.nlu.patterns import RegexFeaturizer
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.tokenizers import WhitespaceTokenizer


def featurizers() -> list[Component]:
    return [
        WhitespaceTokenizer(),
        RegexFeaturizer(),
        CountVectorsFeaturizer(),
        CountVectorsFeaturizer(analyzer="char_wb", max_ngram=4),
    ]


def trained(*components: Component, data: TrainingData) -> Pipeline:
    """Return a pipeline of the featurizers and these, trained."""
    pipeline = Pipeline([*featurizers(), *components])
    pipeline.train(data)
    return pipeline


def understood(pipeline: Pipeline, text: str) -> Message:
    [message] = pipeline.process([Message(text)])
    return message


def processed(data: TrainingData, components: Sequence[Component] | None = None) -> TrainingData:
    """Return the data as the featurizers (or these components) leave them."""
    for component in featurizers() if components is None else components:
        if isinstance(component, Trainable):
            component.train(data)
        messages = component.process([example.message for example in data.examples])
        examples = [
            replace(example, message=message)
            for example, message in zip(data.examples, messages, strict=True)
        ]
        data = replace(data, examples=tuple(examples))
    return data


def examples(**texts: Sequence[str]) -> TrainingData:
    """Return examples by intent; a double underscore stands for the slash of a retrieval intent."""
    return TrainingData(
        tuple(
            Example(Message(text), intent.replace("__", "/"))
            for intent, said in texts.items()
            for text in said
        )
    )
