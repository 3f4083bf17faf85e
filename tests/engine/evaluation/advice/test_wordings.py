from bespeak.evaluation.advice.wordings import strange
from tests.engine.evaluation.cases import case, misread, on

ALIKE = [case(f"where is my order number {word}", "track") for word in ("a", "b", "c", "d")]


def test_messages_unlike_all_others_of_their_intent_are_told_by_intent() -> None:
    cases = [
        *ALIKE,
        case("parcel gone", "track", "stop", line=1),
        case("no idea what happened to it", "track", "stop", line=2),
        case("still waiting here", "track", "stop", line=3),
        case("where is my order number z", "track", "stop", line=4),
    ]
    [found] = strange(on(*cases), misread(cases))
    assert found.title == "track lacks the words of 3 of its messages"
    assert {one.source for one in found.evidence} == {f"data/nlu.yml:{i}" for i in (1, 2, 3)}
    assert "like each of these" in found.advice


def test_one_or_two_of_an_intent_are_left_to_the_confusions() -> None:
    cases = [
        *ALIKE,
        case("parcel gone", "track", "stop"),
        case("bah", "deny", "stop"),
        case("ciao", "bye", "stop"),
    ]
    assert list(strange(on(*cases), misread(cases))) == []
