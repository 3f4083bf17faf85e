from collections.abc import Sequence
from dataclasses import replace

import pytest

from bespeak.evaluation.case import evaluate
from bespeak.evaluation.robustness import CLEAN, MOST, PASTE, effects, pasted, under_noise
from bespeak.message import Entity, Example, Message
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.pipeline import Pipeline
from bespeak.testing.conversation import trained
from tests.engine.evaluation.projects import FILES


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    built = trained(FILES).pipeline
    assert built is not None
    return built


def examples() -> list[Example]:
    oslo = (Entity("city", "Oslo", 10, 14),)
    return [
        Example(Message("hello there"), "greet"),
        Example(Message("travel to Oslo"), "book", oslo),
        Example(Message("Thanks!"), "thanks"),
    ]


def test_noise_is_told_beside_clean_on_the_same_messages(pipeline: Pipeline) -> None:
    cases = list(evaluate(pipeline, examples()))
    noisy = under_noise(pipeline, cases, seed=1)
    told = {one.kind: one for one in effects(noisy)}
    assert (told[CLEAN].accuracy, told[CLEAN].changed, told[CLEAN].entity_f1) == (1.0, 0, 1.0)
    assert told["UPPER CASE"].accuracy == 1.0  # keywords are found whatever their case
    assert told["dropped letters"].accuracy < 1.0
    assert told["dropped letters"].loss == 1 - told["dropped letters"].accuracy
    assert told["no accents"].changed == 0
    assert all(one.messages == 3 for one in told.values())


def test_entities_are_looked_for_where_they_are_after_the_noise(pipeline: Pipeline) -> None:
    cases = list(evaluate(pipeline, examples()))
    told = {one.kind: one for one in effects(under_noise(pipeline, cases, seed=1))}
    assert told["emoji"].entity_f1 == 1.0  # also where the emoji stands before it
    assert told["no punctuation"].entity_f1 == 1.0


def test_the_same_seed_tries_the_same(pipeline: Pipeline) -> None:
    cases = list(evaluate(pipeline, examples()))

    def texts(seed: int) -> list[list[str]]:
        noisy = under_noise(pipeline, cases, seed=seed)
        return [[one.text for one in together] for together in noisy.values()]

    assert texts(1) == texts(1)
    assert texts(1) != texts(2)


def test_of_very_many_messages_some_are_tried() -> None:
    gold = [Example(Message(f"word {i}"), "a") for i in range(MOST + 50)]
    nothing = Pipeline([KeywordIntentClassifier()])
    noisy = under_noise(nothing, list(evaluate(nothing, gold)), seed=1, parts=2)
    assert {len(cases) for cases in noisy.values()} == {MOST // 2}


def test_messages_without_an_intent_are_not_tried(pipeline: Pipeline) -> None:
    cases = list(evaluate(pipeline, [replace(one, intent=None) for one in examples()]))
    assert {one.messages for one in effects(under_noise(pipeline, cases, seed=1))} == {0}


LEARNED = """
recipe: default.v1
language: en
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
  - name: CRFEntityExtractor
  - name: FallbackClassifier
policies:
  - name: RulePolicy
"""


@pytest.mark.parametrize("config", [FILES["config.yml"], LEARNED], ids=["keywords", "learned"])
def test_long_and_strange_messages_are_survived(config: str) -> None:
    pipeline = trained({**FILES, "config.yml": config}).pipeline
    assert pipeline is not None
    tried = pasted(pipeline, examples())
    assert len(tried) == 9
    longest: Sequence[int] = [one.characters for one in tried]
    assert max(longest) >= PASTE
    assert all(one.seconds > 0 for one in tried)
    assert pasted(pipeline, [])  # without any example, too
