from collections.abc import Sequence

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
