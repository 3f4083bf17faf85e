from bespeak.evaluation.advice.confusions import confused
from bespeak.evaluation.advice.finding import Finding
from bespeak.evaluation.case import Case
from tests.engine.evaluation.cases import case, misread, on


def told(*cases: Case) -> list[Finding]:
    return list(confused(on(*cases), misread(cases)))


def test_a_pair_that_is_taken_for_each_other_is_told_with_its_messages() -> None:
    [found] = told(
        case("stop it", "stop", "deny", 0.6, line=3),
        case("stop that", "stop", "deny", 0.7, line=4),
        case("no more", "deny", "stop", 0.8, line=9),
        case("no", "deny", line=10),
    )
    assert found.title == "deny and stop are taken for each other"
    assert "3 messages: 2 of stop as deny, 1 of deny as stop." in found.why
    assert [(one.text, one.source, one.said) for one in found.evidence] == [
        ("stop that", "data/nlu.yml:4", "deny"),
        ("stop it", "data/nlu.yml:3", "deny"),
        ("no more", "data/nlu.yml:9", "stop"),
    ]
    assert len(found.errors) == 3


def test_beside_a_message_stands_the_example_that_it_is_taken_for_and_one_of_its_own() -> None:
    [found] = told(
        case("cancel the order", "cancel", "change", line=1),
        case("cancel this order", "cancel", "change", line=2),
        case("please cancel it", "cancel", "change", line=3),
        case("change the order", "change", line=4),
        case("something else instead", "change", line=5),
    )
    first = found.evidence[0]
    assert first.like is not None
    assert first.own is not None
    assert (first.like.example.source, first.own.example.source) == (
        "data/nlu.yml:4",
        "data/nlu.yml:2",
    )
    written = first.as_dict()
    assert written["like"]["text"] == "change the order"
    assert written["like"]["intent"] == "change"
    assert 0 < written["like"]["cosine"] < 1


def test_confusions_are_grouped_around_the_intent_that_has_most_and_each_is_told_once() -> None:
    cases = [
        *(case(f"bye {i}", "bye", "chat", line=i) for i in range(5)),
        *(case(f"hello {i}", "greet", "chat", line=10 + i) for i in range(4)),
        *(case(f"hi {i}", "greet", "bye", line=20 + i) for i in range(3)),
        case("once", "repeat", "stop", line=30),
    ]
    found = told(*cases)
    assert [one.title for one in found] == [
        "chat is confused with 2 other intents",
        "bye and greet are taken for each other",
        "1 message misunderstood in other ways",
    ]
    assert [len(one.errors) for one in found] == [9, 3, 1]
    assert "two more examples like each of these, and move what stands in chat" in found[0].advice


def test_words_that_are_usual_where_messages_are_put_and_not_where_they_belong_are_told() -> None:
    cases = [
        *(case(f"when is {what} delivered", "track", "period") for what in ("it", "this", "that")),
        *(case(f"where is {what}", "track") for what in ("it", "my parcel", "my order", "mine")),
        *(case(f"be delivered in {n} days", "period") for n in ("two", "three", "four", "five")),
    ]
    [found] = told(*cases)
    assert "“delivered” from track to period (3 of 3; 100% of period have it, 0% of track)" in (
        found.why
    )
    assert "“when”" not in found.why  # no example of the other intent has it


def test_words_that_are_about_as_usual_on_both_sides_or_too_short_tell_nothing() -> None:
    cases = [
        *(case(f"do I get my {what}", "track", "period") for what in ("mug", "rug", "lamp")),
        *(case(f"where is my {what}", "track") for what in ("cup", "bag", "box")),
        *(case(f"do you bring my {n}", "period") for n in ("bed", "car", "toy", "hat")),
    ]
    [found] = told(*cases)
    assert "What leads astray" not in found.why  # "my" is on both sides, "do" has two letters


def test_a_fallback_does_not_hide_what_a_message_was_taken_for() -> None:
    texts = ("stop", "enough", "leave it")
    [found] = told(*(case(text, "stop", "deny", 0.4, fallback=0.7) for text in texts))
    assert {one.said for one in found.evidence} == {"nlu_fallback instead of deny"}


def test_few_confusions_of_many_sorts_are_told_together_in_one_finding() -> None:
    cases = [case(f"say {i}", f"a{i}", f"b{i}") for i in range(40)]
    [found] = told(*cases)
    assert len(found.evidence) == 40
    assert "no cause in common" in found.why
