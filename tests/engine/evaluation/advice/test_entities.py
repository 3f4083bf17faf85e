from bespeak.evaluation.advice.entities import inconsistent
from tests.engine.evaluation.cases import case


def test_words_that_are_annotated_here_and_not_there_are_told_with_both_places() -> None:
    cases = [
        case("fly to [New York](city)", "go", line=1),
        case("to [new york](city) please", "go", line=2),
        case("new york in may", "go", found="[new york](city) in may", line=3),
        case("to [Oslo](city)", "go", line=4),
    ]
    [found] = inconsistent(cases)
    assert found.title == "city is not annotated in 1 example that names one"
    [shown] = found.evidence
    assert (shown.text, shown.source) == ("new york in may", "data/nlu.yml:3")
    assert shown.note == "“new york” is annotated 2 times elsewhere"
    assert len(found.errors) == 1  # found, and rightly so, where it is not annotated


def test_values_that_are_missed_count_as_errors() -> None:
    cases = [
        case("to [Oslo](city)", "go", found="to Oslo", line=1),
        case("oslo", "go", line=2),
    ]
    [found] = inconsistent(cases)
    assert found.errors == {("entity", "data/nlu.yml:1", "to Oslo")}


def test_words_with_two_kinds_are_told() -> None:
    cases = [case("to [Paris](city)", "go"), case("call [Paris](person)", "call")]
    [found] = inconsistent(cases)
    assert found.title == "“paris” is annotated as city and as person"


def test_numbers_single_letters_and_consistent_words_are_left_alone() -> None:
    cases = [
        case("pay [50](amount) to [x](person)", "pay"),
        case("50 ways x", "other"),
        case("to [Oslo](city)", "go"),
        case("from [oslo](city) to [Oslo](city)", "go"),
    ]
    assert list(inconsistent(cases)) == []
