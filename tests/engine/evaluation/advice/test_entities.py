from bespeak.evaluation.advice.entities import inconsistent
from tests.engine.evaluation.cases import case, on


def test_words_that_are_annotated_nearly_always_and_not_here_are_told() -> None:
    cases = [
        case("fly to [New York](city)", "go", line=1),
        case("to [new york](city) please", "go", line=2),
        case("[New York](city) again", "go", line=5),
        case("new york in may", "go", found="[new york](city) in may", line=3),
        case("to [Oslo](city)", "go", line=4),
    ]
    [found] = inconsistent(on(*cases))
    assert found.title == "city is not annotated in 1 example that names one"
    assert "The model finds 1 of them all the same." in found.why
    [shown] = found.evidence
    assert (shown.text, shown.source) == ("new york in may", "data/nlu.yml:3")
    assert shown.note == "“new york” is annotated 3 times and left bare 1 time"
    assert found.errors == {("entity", "data/nlu.yml:3", "new york in may")}


def test_a_word_of_many_uses_is_no_slip_where_it_is_bare_as_often_as_not() -> None:
    cases = [
        *(case(f"[one](quantity) {what}", "buy") for what in ("mug", "lamp", "rug")),
        case("the red one", "buy"),
        case("that one please", "buy"),
    ]
    assert list(inconsistent(on(*cases))) == []
    [found] = inconsistent(on(*cases[:4]))  # three times of four it is annotated
    assert found.title == "quantity is not annotated in 1 example that names one"


def test_an_intent_that_has_no_such_entity_speaks_of_something_else() -> None:
    annotated = [case(f"a [green](colour) {what}", "buy") for what in ("mug", "lamp", "rug")]
    assert list(inconsistent(on(*annotated, case("how green is your shop", "faq")))) == []
    assert len(list(inconsistent(on(*annotated, case("the green mug", "buy"))))) == 1


def test_what_the_model_finds_all_the_same_comes_first() -> None:
    cases = [
        *(case(f"to [Oslo](city) {i}", "go") for i in range(6)),
        case("oslo is cold", "go", line=7),
        case("oslo now", "go", found="[oslo](city) now", line=8),
    ]
    [found] = inconsistent(on(*cases))
    assert [one.source for one in found.evidence] == ["data/nlu.yml:8", "data/nlu.yml:7"]


def test_values_that_are_missed_where_they_are_annotated_count_as_errors() -> None:
    cases = [
        case("to [Oslo](city)", "go", found="to Oslo", line=1),
        case("from [Oslo](city)", "go", line=2),
        case("by [Oslo](city)", "go", line=4),
        case("oslo", "go", line=3),
    ]
    [found] = inconsistent(on(*cases))
    assert found.errors == {("entity", "data/nlu.yml:1", "to Oslo")}


def test_words_that_are_nearly_always_of_one_kind_are_told_where_they_are_of_another() -> None:
    cases = [
        case("to [Paris](city)", "go", line=1),
        case("from [Paris](city)", "go", line=2),
        case("by [Paris](city)", "go", line=4),
        case("call [Paris](person)", "call", line=3),
    ]
    [found] = inconsistent(on(*cases))
    assert found.title == "“paris” is annotated as city and as person"
    assert [one.source for one in found.evidence] == ["data/nlu.yml:3"]
    assert "as city too" in found.advice


def test_words_of_two_kinds_are_told_only_if_they_are_mixed_up() -> None:
    told_apart = [case("to [Paris](city)", "go", line=1), case("call [Paris](person)", "call")]
    assert list(inconsistent(on(*told_apart))) == []
    mixed_up = case("to [Paris](city)", "go", found="to [Paris](person)", line=1)
    [found] = inconsistent(on(mixed_up, told_apart[1]))
    assert found.errors == {("entity", "data/nlu.yml:1", "to Paris")}
    assert len(found.evidence) == 2


def test_numbers_single_letters_and_consistent_words_are_left_alone() -> None:
    cases = [
        case("pay [50](amount) to [x](person)", "pay"),
        case("50 ways x", "other"),
        case("to [Oslo](city)", "go"),
        case("from [oslo](city) to [Oslo](city)", "go"),
    ]
    assert list(inconsistent(on(*cases))) == []
