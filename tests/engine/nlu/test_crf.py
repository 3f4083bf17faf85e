from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bespeak.errors import ExtensionError
from bespeak.message import Entity, Example, Features, Message, Token, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.crf import CRFEntityExtractor
from bespeak.nlu.tokenizers import WhitespaceTokenizer
from bespeak.testing.components import DATA, ComponentContract
from tests.engine.nlu.learning import examples, featurizers, trained, understood


class TestContract(ComponentContract):
    @pytest.fixture(
        params=[{}, {"BILOU_flag": False}, {"features": [["low", "pos", "pattern"]]}], ids=str
    )
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: CRFEntityExtractor(**request.param)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return featurizers()


def test_it_finds_entities_with_their_roles() -> None:
    message = understood(trained(CRFEntityExtractor(), data=DATA), "from Paris to Rome")
    assert [(each.value, each.role, each.extractor) for each in message.entities] == [
        ("Paris", None, "CRFEntityExtractor"),
        ("Rome", "to", "CRFEntityExtractor"),
    ]


def test_groups_have_a_field_of_their_own() -> None:
    def order(first: str, second: str) -> Example:
        text = f"{first} and {second}"
        at = len(first) + 5
        return Example(
            Message(text),
            "order",
            (
                Entity("pizza", first, 0, len(first), group="1"),
                Entity("pizza", second, at, len(text), group="2"),
            ),
        )

    words = ("margherita", "funghi", "salami", "napoli")
    data = TrainingData(tuple(order(a, b) for a in words for b in words if a != b))
    message = understood(trained(CRFEntityExtractor(), data=data), "salami and funghi")
    assert [(each.value, each.group) for each in message.entities] == [
        ("salami", "1"),
        ("funghi", "2"),
    ]
    assert "confidence_group" in message.entities[0].extra


def test_without_annotations_nothing_is_learned_or_found(tmp_path: Path) -> None:
    pipeline = trained(CRFEntityExtractor(), data=examples(a=["hi"], b=["bye"]))
    pipeline.save(tmp_path / "model")
    assert understood(pipeline, "hi Rome").entities == ()


def test_a_token_is_seen_through_the_window() -> None:
    extractor = CRFEntityExtractor(
        features=[["low", "title"], ["bias", "suffix2", "digit", "pos2", "pattern"], ["upper"]]
    )
    tokens = (Token("Fly", 0, 3, pos="VBP"), Token("747", 4, 7), Token("KLM", 8, 11))
    message = Message("Fly 747 KLM", tokens=tokens, scratch={"patterns": ((), ("plane",), ())})
    first, middle, last = extractor._look(message, None)
    assert sorted(first) == ["0:bias=bias", "0:pos2=VB", "0:suffix2=ly", "BOS"]
    assert sorted(middle) == [
        *("-1:low=fly", "-1:title", "0:bias=bias", "0:digit", "0:pattern:plane"),
        *("0:suffix2=47", "1:upper"),
    ]
    assert sorted(last) == ["-1:low=747", "0:bias=bias", "0:suffix2=LM", "EOS"]
    assert "1:entity=airline" in extractor._look(message, ["O", "O", "airline"])[1]


class Vectors:
    """A dense featurizer that knows a fruit when it sees one."""

    def process(self, messages: Sequence[Message]) -> list[Message]:
        return [
            replace(
                message,
                features=(
                    Features(
                        "Vectors",
                        np.array(
                            [[1, 0] if "q" in token.text else [0, 1] for token in message.tokens],
                            np.float32,
                        ),
                    ),
                ),
            )
            for message in messages
        ]


def test_dense_features_are_learned_from_where_the_window_asks_for_them() -> None:
    said = [
        Example(Message(f"one q{x} now"), "eat", (Entity("fruit", f"q{x}", 4, 6),)) for x in "abc"
    ]
    said += [Example(Message(f"one {x} now"), "eat") for x in "defg"]
    data = TrainingData(tuple(said))
    for window, found in (([["text_dense_features"]], ["zq"]), ([["bias"]], [])):
        pipeline = trained(Vectors(), CRFEntityExtractor(features=window), data=data)
        message = understood(pipeline, "two zq then")
        assert [each.value for each in message.entities] == found


@pytest.mark.parametrize(
    "features", [[["low"], ["low"]], [["colour"]], "low", [["low"], "title", ["low"]], []]
)
def test_a_window_that_makes_no_sense_is_refused(features: Any) -> None:
    with pytest.raises(ExtensionError, match="odd number of lists"):
        CRFEntityExtractor(features=features)


def test_it_works_on_tokens_alone() -> None:
    data = replace(DATA, patterns=(), lookups=())
    extractor = CRFEntityExtractor()
    messages = WhitespaceTokenizer().process([each.message for each in data.examples])
    said = tuple(
        replace(each, message=message)
        for each, message in zip(data.examples, messages, strict=True)
    )
    extractor.train(replace(data, examples=said))
    [message] = extractor.process(WhitespaceTokenizer().process([Message("from Paris to Rome")]))
    assert [each.value for each in message.entities] == ["Paris", "Rome"]
