from bespeak.evaluation.advice.ground import ground
from bespeak.evaluation.advice.variety import few, never, uniform
from bespeak.evaluation.nlu import Understanding
from bespeak.message import Example, Message
from tests.engine.evaluation.cases import case, misread, on

WORDS = [
    *("apple", "river", "stone", "cloud", "tiger", "maple"),
    *("ocean", "piano", "candle", "silver", "window", "garden"),
]


def test_intents_with_few_examples_or_with_not_many_that_do_badly_are_told() -> None:
    scarce = [case(word, "scarce") for word in WORDS[:4]]
    bad = [case(word, "bad", "good" if i < 3 else "bad") for i, word in enumerate(WORDS[:8])]
    good = [case(word, "good") for word in WORDS[:8]]
    found = {finding.intents[0]: finding for finding in few(on(*scarce, *bad, *good))}
    assert set(found) == {"scarce", "bad"}
    assert "scarce has 4 examples" in found["scarce"].title
    assert "5 of its 8 messages are understood." in found["bad"].why
    assert len(found["bad"].errors) == 3


def test_what_counts_as_few_are_the_examples_to_learn_from_not_the_tested_messages() -> None:
    learned = [Example(Message(f"bye {word}"), "bye") for word in WORDS]
    learned += [Example(Message("hello"), "greet")]
    tested = Understanding((case("so long", "bye", "bye"), case("hi", "greet", "bye")))
    found = list(few(ground(tested, learned)))
    assert [one.title for one in found] == ["greet has 1 example"]


def test_intents_whose_examples_are_all_alike_are_told() -> None:
    alike = [case(f"where is order {i}", "track", line=i) for i in range(6)]
    opening = [case(f"are you {word}", "challenge") for word in WORDS[:6]]
    varied = [case(word, "varied") for word in WORDS]
    found = {finding.intents[0]: finding for finding in uniform(on(*alike, *opening, *varied))}
    assert set(found) == {"track", "challenge"}
    assert "6 examples are 1 different one" in found["track"].why
    assert "6 of 6 examples begin with “are you …”" in found["challenge"].why


def test_examples_are_hopeless_that_even_a_model_which_learned_them_misunderstands() -> None:
    cases = [case("hm", "greet", "bye", line=1), case("moin", "greet", "bye", line=2)]
    learned = [case("hm", "greet", "bye", line=1), case("moin", "greet", line=2)]
    [found] = never(on(*cases, learned=learned), misread(cases))
    assert [one.text for one in found.evidence] == ["hm"]
    assert list(never(on(*cases), misread(cases))) == []  # nothing is known of what was learned
