from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.message import Example, Intent, Message, Token, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.count_vectors import CountVectorsFeaturizer
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.synonyms import EntitySynonymMapper
from bespeak.nlu.tokenizers import WhitespaceTokenizer

DATA = TrainingData(
    (Example(Message("hello there"), "greet"), Example(Message("bye"), "goodbye")),
    synonyms={"nyc": "New York"},
)


class Witness:
    """Remembers what it was trained on and what it was to process."""

    def __init__(self) -> None:
        self.learned_from: TrainingData | None = None
        self.processed: list[str] = []

    def train(self, data: TrainingData) -> None:
        self.learned_from = data

    def process(self, messages: Sequence[Message]) -> list[Message]:
        self.processed += [message.text for message in messages]
        return [replace(message, tokens=(Token("x", 0, 1),)) for message in messages]

    def save(self, folder: Path) -> None:
        pass

    def load(self, folder: Path) -> None:
        pass


class Servant(Witness):
    serves_only = True


def test_each_component_learns_from_what_the_ones_before_it_made() -> None:
    witness = Witness()
    Pipeline([WhitespaceTokenizer(), witness]).train(DATA)
    assert witness.learned_from is not None
    first = witness.learned_from.examples[0]
    assert [token.text for token in first.message.tokens] == ["hello", "there"]
    assert (first.intent, witness.learned_from.synonyms) == ("greet", DATA.synonyms)


def test_what_nobody_learns_from_is_not_run_while_training() -> None:
    servant, witness = Servant(), Witness()
    Pipeline([servant, witness, Witness()]).train(DATA)
    assert servant.learned_from == DATA and servant.processed == []
    assert witness.processed == ["hello there", "bye"]


class Preparer(Witness):
    def prepare(self, examples: Sequence[Example]) -> list[Message]:
        return [
            replace(example.message, scratch={"asked": True})
            if example.intent == "greet"
            else example.message
            for example in examples
        ]


def test_who_prepares_leaves_what_is_learned_from_and_does_no_more() -> None:
    preparer, witness = Preparer(), Witness()
    Pipeline([preparer, witness]).train(DATA)
    assert preparer.processed == []
    assert witness.learned_from is not None
    left = [dict(example.message.scratch) for example in witness.learned_from.examples]
    assert left == [{"asked": True}, {}]


def test_the_last_component_is_not_run_while_training() -> None:
    last = Witness()
    Pipeline([WhitespaceTokenizer(), last]).train(DATA)
    assert last.processed == []


def test_what_was_learned_before_is_not_learned_anew() -> None:
    known, new = Witness(), Witness()
    Pipeline([known, new]).train(DATA, learned=lambda i, component, data: i == 0)
    assert known.learned_from is None and new.learned_from is not None


def test_a_pipeline_is_saved_and_loaded(tmp_path: Path) -> None:
    def built() -> list[Component]:
        return [
            WhitespaceTokenizer(),
            CountVectorsFeaturizer(),
            KeywordIntentClassifier(),
            EntitySynonymMapper(),
        ]

    trained = Pipeline(built())
    trained.train(DATA)
    trained.save(tmp_path)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == [
        "01-CountVectorsFeaturizer",
        "02-KeywordIntentClassifier",
        "03-EntitySynonymMapper",
    ]
    loaded = Pipeline(built())
    loaded.load(tmp_path)
    texts = [Message("well, bye"), Message("hm")]
    assert loaded.process(texts) == trained.process(texts)
    assert loaded.process(texts)[0].intent == Intent("goodbye", 1.0)
