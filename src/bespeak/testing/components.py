"""What every component must do: subclass, say how yours is built, and pytest does the rest.

    class TestMyFeaturizer(ComponentContract):
        @pytest.fixture
        def build(self):
            return lambda: MyFeaturizer(size=3)

`build` gives a new, untrained component each time it is called. A component that needs others
before it, such as a tokenizer, overrides `before`; one that needs other examples, `data`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bespeak.message import (
    Entity,
    Example,
    Features,
    Lookup,
    Message,
    Pattern,
    Sparse,
    TrainingData,
)
from bespeak.nlu.component import Component, Trainable
from bespeak.nlu.pipeline import Pipeline

DATA = TrainingData(
    examples=(
        Example(Message("hello there"), "greet"),
        Example(Message("good morning"), "greet"),
        Example(Message("Hey"), "greet"),
        Example(Message("bye now"), "goodbye"),
        Example(Message("see you tomorrow"), "goodbye"),
        Example(Message("cya later 24"), "goodbye"),
        Example(
            Message("fly me to New York"),
            "travel",
            (Entity("city", "New York", 10, 18, role="to"),),
        ),
        Example(Message("a trip to NYC please"), "travel", (Entity("city", "New York", 10, 13),)),
        Example(
            Message("from Paris to Rome"),
            "travel",
            (Entity("city", "Paris", 5, 10), Entity("city", "Rome", 14, 18, role="to")),
        ),
        Example(Message("when do you open"), "faq/hours"),
        Example(Message("opening hours on Sundays"), "faq/hours"),
        Example(Message("where are you"), "faq/place"),
        Example(Message("your address please"), "faq/place"),
    ),
    synonyms={"NYC": "New York"},
    patterns=(Pattern("number", "[0-9]+"), Pattern("city", "par[iy]s")),
    lookups=(Lookup("city", ("New York", "Rome", "Oslo (Norway)")),),
    responses={
        "faq/hours": ({"text": "We open at nine."},),
        "faq/place": ({"text": "In Oslo."},),
    },
)
"""Three intents, a retrieval intent, entities with and without a role, and all that goes along."""

ORDINARY = (
    "hello",
    "Hello, THERE!",
    "a trip from paris to oslo (norway) on 24.12.2026 at 5:30pm",
    "i paid $20.50 for 3 tickets, mail me: jo.doe+x@example.com",
    "/greet",
    '/travel{"city": "Rome"}',
)
STRANGE = (
    "",
    " ",
    "\n\t",
    ".",
    ":) :(",
    "😀",
    "👩‍👩‍👧‍👦🏳️‍🌈 ok",
    "हिन्दी में बात करो",
    "สวัสดีครับ",
    "今日は元気ですか",
    "مرحبا كيف حالك",
    "e\u0301te\u0301 \u0130stanbul \ufb01n ß ǅ",
    "\u0000\u0001\ufeff\u200b\u2028\u00a0",
    "\U0010ffff\ufffe",
    "½ ² ٣ 一 Ⅷ",
    "([{<*+?^$|\\",
    "{}{{}}%s%d{0}",
    "/",
    "//",
    '/greet{"a": [[[',
)


class ComponentContract:
    """What `Pipeline` and the model archive rely on."""

    @pytest.fixture
    def build(self) -> Callable[[], Component]:
        raise NotImplementedError("Override the fixture `build`: how is your component built?")

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return ()

    @pytest.fixture
    def data(self) -> TrainingData:
        return DATA

    @pytest.fixture
    def pipeline(self, before: Sequence[Component], data: TrainingData) -> Pipeline:
        """The trained components before yours."""
        pipeline = Pipeline(before)
        pipeline.train(data)
        return pipeline

    @pytest.fixture
    def trained(
        self, build: Callable[[], Component], pipeline: Pipeline, data: TrainingData
    ) -> Component:
        component = build()
        if isinstance(component, Trainable):
            messages = pipeline.process([example.message for example in data.examples])
            examples = [
                replace(example, message=message)
                for example, message in zip(data.examples, messages, strict=True)
            ]
            component.train(replace(data, examples=tuple(examples)))
        return component

    @pytest.fixture
    def saved(self, trained: Component, tmp_path: Path) -> Path:
        folder = tmp_path / "saved"
        folder.mkdir()
        if isinstance(trained, Trainable):
            trained.save(folder)
        return folder

    def test_it_answers_the_same_after_it_was_saved_and_loaded(
        self,
        build: Callable[[], Component],
        pipeline: Pipeline,
        trained: Component,
        saved: Path,
    ) -> None:
        loaded = build()
        if isinstance(loaded, Trainable):
            loaded.load(saved)
        for message in pipeline.process([Message(text) for text in (*ORDINARY, *STRANGE)]):
            assert seen(loaded.process([message])) == seen(trained.process([message]))

    def test_it_saves_nothing_that_could_run_code(self, saved: Path) -> None:
        kinds = {file.suffix for file in saved.rglob("*") if file.is_file()}
        assert kinds <= {".json", ".npz", ".safetensors", ".onnx", ".txt"}

    def test_it_keeps_the_order_of_messages_and_treats_each_alone(
        self, pipeline: Pipeline, trained: Component
    ) -> None:
        messages = pipeline.process([Message(text) for text in (*ORDINARY, *STRANGE)])
        alone = [seen(trained.process([message])) for message in messages]
        assert [[each] for each in seen(trained.process(messages))] == alone

    def test_no_messages_give_no_messages(self, trained: Component) -> None:
        assert trained.process([]) == []

    def test_it_takes_any_text(self, pipeline: Pipeline, trained: Component) -> None:
        for text in STRANGE:
            (message,) = trained.process(pipeline.process([Message(text)]))
            fits(message)

    def test_it_takes_a_text_of_5000_characters(
        self, pipeline: Pipeline, trained: Component
    ) -> None:
        for unit in ("x", "long ", "é 12, ", "a@b.c ", "😀", " .,"):
            (message,) = trained.process(pipeline.process([Message((unit * 5000)[:5000])]))
            fits(message)

    def test_it_leaves_what_the_channel_said_as_it_is(
        self, pipeline: Pipeline, trained: Component
    ) -> None:
        said = Message("hello there", metadata={"page": 3}, received_at=1_700_000_000.0)
        (message,) = trained.process(pipeline.process([said]))
        assert (message.text, message.metadata, message.received_at) == (
            said.text,
            said.metadata,
            said.received_at,
        )

    def test_it_leaves_the_messages_it_was_given_as_they_are(
        self, pipeline: Pipeline, trained: Component
    ) -> None:
        (message,) = pipeline.process([Message("from Paris to Oslo, twice")])
        before = seen([message])
        trained.process([message])
        assert seen([message]) == before


def fits(message: Message) -> None:
    """Check that what was understood fits the text."""
    text, end = message.text, 0
    for token in message.tokens:
        assert end <= token.start <= token.end <= len(text), (text, token)
        assert token.text == text[token.start : token.end], (text, token)
        end = token.end
    for features in message.features:
        assert features.tokens is None or _rows(features.tokens) == len(message.tokens), text
        assert features.sentence is None or _rows(features.sentence) == 1, text
    for entity in message.entities:
        if entity.start is not None and entity.end is not None:
            assert 0 <= entity.start < entity.end <= len(text), (text, entity)
    confidences = [intent.confidence for intent in message.ranking]
    assert confidences == sorted(confidences, reverse=True), text
    assert all(0.0 <= confidence <= 1.0 for confidence in confidences), text


def seen(messages: Sequence[Message]) -> list[Any]:
    """Return all that can be seen of messages, as values that compare; floats rounded."""
    return [(message, [_values(features) for features in message.features]) for message in messages]


def _values(features: Features) -> tuple[Any, ...]:
    return (features.origin, _rounded(features.tokens), _rounded(features.sentence))


def _rounded(rows: Any) -> Any:
    if rows is None:
        return None
    if isinstance(rows, Sparse):
        columns = [
            dict(zip(map(int, rows.indices[start:end]), rows.values[start:end], strict=True))
            for start, end in zip(rows.indptr, rows.indptr[1:], strict=False)
        ]
        return rows.width, [
            {column: round(float(value), 4) for column, value in row.items()} for row in columns
        ]
    return np.round(rows, 3).tolist()


def _rows(rows: Any) -> int:
    return int(rows.rows if isinstance(rows, Sparse) else rows.shape[0])
