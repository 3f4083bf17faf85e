from dataclasses import replace

from bespeak.evaluation.advice.advice import advice
from bespeak.evaluation.advice.finding import Finding, ordered
from tests.engine.evaluation.cases import case, misread, on


def finding(title: str, *lines: int) -> Finding:
    errors = frozenset(("intent", f"data/nlu.yml:{line}", "text") for line in lines)
    return Finding("confused intents", title, "why", "do", (), errors)


def test_each_error_counts_once_with_the_finding_that_explains_most() -> None:
    found = ordered([finding("small", 4), finding("middle", 1, 2), finding("large", 1, 2, 3)])
    assert [(one.title, one.gain) for one in found] == [("large", 3), ("small", 1), ("middle", 0)]


def test_all_advice_comes_together_and_can_be_written_as_json() -> None:
    cases = (
        case("hello now", "bye", "greet", 0.95, bye=0.01, line=7),
        *(case(f"hello {word}", "greet") for word in ("you", "there", "again", "friend", "bot")),
        *(case(f"farewell {word}", "bye") for word in ("my", "dear", "old")),
    )
    found = advice(on(*cases))
    assert [(one.kind, one.gain) for one in found] == [("label errors", 1), ("too few examples", 0)]
    told = found[0].as_dict()
    [shown] = told["examples"]
    assert shown["source"] == "data/nlu.yml:7"
    assert shown["like"]["intent"] == "greet"


def test_what_has_no_cause_in_common_stands_behind_what_has_one() -> None:
    rest = replace(finding("rest", 1, 2, 3), is_rest=True)
    found = ordered([rest, finding("none"), finding("one", 4)])
    assert [(one.title, one.gain) for one in found] == [("one", 1), ("rest", 3), ("none", 0)]


def test_a_misunderstood_message_stands_under_one_cause() -> None:
    cases = [
        case("cancel my order", "stop", "cancel", line=1),
        case("Cancel my order!", "cancel", line=2),
        case("where is the parcel of mine", "track", "period", 0.5, line=3),
        case("where is the parcel", "period", line=4),
        *(case(f"what about {word} then", "track", line=9) for word in ("this", "that", "those")),
        *(
            case(f"where about {word} now", "track", "stop", line=20 + i)
            for i, word in enumerate(("this", "that", "those"))
        ),
    ]
    causes = [one for one in advice(on(*cases)) if one.kind != "too few examples"]
    errors = [error for one in causes for error in one.errors]
    assert len(errors) == len(set(errors)) == len(misread(cases))
    assert {one.kind for one in causes} == {"near-duplicates", "confused intents"}


def test_where_nothing_is_wrong_nothing_is_advised() -> None:
    words = ("cat", "river", "stone", "moon", "piano")
    assert advice(on(*(case(word, "a") for word in words))) == []
    assert advice(on()) == []
