import pytest

from bespeak.evaluation.neighbours import neighbourhood
from bespeak.message import Example, Message
from tests.engine.evaluation.cases import case

pytestmark = pytest.mark.usefixtures("by_letters")


def example(text: str, intent: str, line: int) -> Example:
    return Example(Message(text), intent, source=f"data/nlu.yml:{line}")


def test_a_message_is_put_beside_the_nearest_examples_of_its_label_and_of_the_guess() -> None:
    asked = case("cancel my order now", "cancel", "track", line=1)
    known = [
        asked.gold,
        example("cancel the order", "cancel", 2),
        example("stop it", "cancel", 3),
        example("where is my order now", "track", 4),
        example("my parcel", "track", 5),
    ]
    around = neighbourhood([asked], known).of(asked)
    assert around.own is not None
    assert around.guessed is not None
    assert (around.own.example.source, around.guessed.example.source) == (
        "data/nlu.yml:2",
        "data/nlu.yml:4",
    )
    assert 1 > around.own.cosine > around.guessed.cosine > 0
    assert around.labels == ("cancel", "track", "track", "cancel")  # not itself


def test_the_only_example_of_an_intent_has_no_neighbour_there() -> None:
    alone = case("hello", "greet", "bye", line=1)
    around = neighbourhood([alone], [alone.gold]).of(alone)
    assert (around.own, around.guessed, around.labels) == (None, None, ())
    assert neighbourhood([], []).of(alone).own_cosine == 0.0


def test_what_is_usual_is_learned_from_the_messages_that_are_understood() -> None:
    near = [case(f"where is my order {word}", "track", line=i) for i, word in enumerate("abcd")]
    far = case("zzz", "track", "stop", line=9)
    found = neighbourhood([*near, far], [one.gold for one in (*near, far)])
    assert found.of(far).own_cosine < found.usual <= min(found.of(c).own_cosine for c in near[:1])


def test_many_messages_are_compared_block_by_block() -> None:
    cases = [case(f"word{i} word{i} x{i}", "a" if i % 2 else "b", line=i) for i in range(1100)]
    found = neighbourhood(cases, [one.gold for one in cases])
    assert len(found.found) == 1100
    own = found.of(cases[1099]).own
    assert own is not None
    assert own.example.source != cases[1099].gold.source
