import pytest

from bespeak.data.problems import Place, Problem, Problems, ProblemsFound, Severity, near


def test_a_problem_says_file_line_severity_and_the_other_places() -> None:
    problem = Problem("odd", "a.yml", 3, Severity.WARNING, (Place("b.yml", 4), Place("c.yml")))
    assert str(problem) == "a.yml:3: warning: odd\n    see also b.yml:4\n    see also c.yml"
    assert str(Problem("odd")) == "error: odd"


def test_all_errors_are_raised_together_and_warnings_stay() -> None:
    problems = Problems()
    problems.warning(Place("a.yml", 1), "careful")
    problems.raise_errors()
    problems.error(Place("a.yml", 2), "wrong")
    problems.error(Place("b.yml"), "bad")
    problems.error(Place("b.yml"), "bad")
    with pytest.raises(ProblemsFound) as caught:
        problems.raise_errors()
    assert str(caught.value) == "a.yml:2: error: wrong\nb.yml: error: bad"
    assert len(caught.value.problems) == 3
    assert [problem.text for problem in problems.others] == ["careful"]


@pytest.mark.parametrize(
    ("name", "hint"), [("gret", " Did you mean 'greet'?"), ("xyz", ""), (5, ""), (None, "")]
)
def test_near_names_are_suggested(name: object, hint: str) -> None:
    assert near(name, ["greet", "goodbye"]) == hint
