from collections.abc import Sequence

import pytest

from bespeak.errors import TrainingError
from bespeak.evaluation.crossval import CrossValidation, cross_validated, parted
from bespeak.message import Example, Message, TrainingData
from bespeak.nlu.keyword import KeywordIntentClassifier
from bespeak.nlu.pipeline import Pipeline


def example(text: str, intent: str) -> Example:
    return Example(Message(text), intent)


def many() -> list[Example]:
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    return [example(f"{intent} {word}", intent) for intent in ("a", "b") for word in words]


def test_every_example_is_held_out_once_and_labels_are_spread_evenly() -> None:
    examples = many()
    folds = parted(examples, 5)
    assert sorted(i for fold in folds for i in fold) == list(range(20))
    for fold in folds:
        assert sorted(examples[i].intent or "" for i in fold) == ["a", "a", "b", "b"]


def test_near_duplicates_are_never_parted() -> None:
    examples = [*many(), example("A, one!", "a"), example("a  ONE 7", "a")]
    [fold] = [fold for fold in parted(examples, 4) if 0 in fold]
    assert {20, 21} <= fold


def test_near_duplicates_of_two_labels_stay_together_as_well() -> None:
    examples = [*many(), example("B one", "a")]
    [fold] = [fold for fold in parted(examples, 4) if 10 in fold]
    assert 20 in fold


def test_the_same_seed_gives_the_same_folds() -> None:
    assert parted(many(), 3, seed=1) == parted(many(), 3, seed=1)
    assert parted(many(), 3, seed=1) != parted(many(), 3, seed=2)


def test_a_round_learns_nothing_of_what_it_tests() -> None:
    seen: list[tuple[Sequence[str], Sequence[str]]] = []
    data = TrainingData(tuple(many()))
    rounds = list(cross_validated(data, lambda: Pipeline([KeywordIntentClassifier()]), folds=4))
    for fold in rounds:
        learned = [case.text for case in fold.train.cases]
        tested = [case.text for case in fold.test.cases]
        assert not set(learned) & set(tested)
        seen.append((learned, tested))
    assert sorted(text for _, tested in seen for text in tested) == sorted(
        e.message.text for e in data.examples
    )
    spread = CrossValidation(tuple(rounds)).spread()
    assert spread["train"]["Accuracy"][0] == 1.0
    assert spread["test"]["Accuracy"][0] == 0.0  # a keyword that was never seen


def test_what_is_held_out_is_tried_under_noise_and_the_work_is_told() -> None:
    told: list[str] = []
    data = TrainingData(tuple(many()))
    rounds = cross_validated(
        data,
        lambda: Pipeline([KeywordIntentClassifier()]),
        folds=2,
        noise=True,
        report=lambda part, share: told.append(part),
    )
    validated = CrossValidation(tuple(rounds))
    assert {len(cases) for cases in validated.noisy.values()} == {20}
    assert validated.pastes
    assert told[:3] == ["Fold 1 of 2: learning", "Fold 1 of 2: testing", "Fold 1 of 2: noise"]
    assert len(validated.learned.cases) == 20


def test_examples_that_cannot_be_parted_are_an_error_that_says_so() -> None:
    def build() -> Pipeline:
        return Pipeline([KeywordIntentClassifier()])

    with pytest.raises(TrainingError, match="none were found"):
        list(cross_validated(TrainingData(), build))
    alike = TrainingData((example("hi", "a"), example("Hi!", "b")))
    with pytest.raises(TrainingError, match="all of them are nearly the same"):
        list(cross_validated(alike, build))
