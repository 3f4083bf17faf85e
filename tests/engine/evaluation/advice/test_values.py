from bespeak.evaluation.advice.values import wrong
from tests.engine.evaluation.cases import case, on


def test_a_kind_of_entity_is_told_by_what_is_wrong_with_it_and_where() -> None:
    cases = [
        case("to [New York](city)", "go", found="to New [York](city)", line=1),
        case("to [Oslo](city)", "go", found="to Oslo", line=2),
        case("to [Bonn](city)", "go", found="to Bonn", line=3),
        case("hi Ann", "greet", found="hi [Ann](city)", line=4),
        case("to [Rome](city)", "go", line=5),
    ]
    [found] = wrong(on(*cases))
    assert found.title == "city is found wrongly 4 times"
    assert found.why == "Of 4 values: 2 missed, 1 with other ends, 1 found where there is none."
    assert "lookup table" in found.advice  # what most of them need
    assert [(one["text"], one["source"], one["note"]) for one in found.as_dict()["examples"]] == [
        ("to [Oslo](city)", "data/nlu.yml:2", "“Oslo” is missed"),
        ("to [Bonn](city)", "data/nlu.yml:3", "“Bonn” is missed"),
        (
            "to [New York](city)",
            "data/nlu.yml:1",
            "“York” is found as city instead of “New York” as city",
        ),
        ("hi Ann", "data/nlu.yml:4", "“Ann” is found as city"),
    ]
    assert len(found.errors) == 4


def test_kinds_that_are_taken_for_each_other_and_roles_are_told_by_name() -> None:
    kinds = [case(f"call [{w}](person)", "call", found=f"call [{w}](city)") for w in "XYZ"]
    [found] = wrong(on(*kinds, case("to [Oslo](city)", "go")))
    assert "tell person from city" in found.advice
    old, new = '{"entity": "size", "role": "old"}', '{"entity": "size", "role": "new"}'
    roles = [case(f"size [{w}]{new}", "change", found=f"size [{w}]{old}") for w in "SML"]
    [found] = wrong(on(*roles))
    assert found.evidence[0].note == "“S” is found as size (old), not size (new)"


def test_a_fault_or_two_are_no_finding() -> None:
    cases = [case("to [Oslo](city)", "go", found="to Oslo"), case("to [Bonn](city)", "go")]
    assert list(wrong(on(*cases))) == []
