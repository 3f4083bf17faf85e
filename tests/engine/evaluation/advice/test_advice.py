from bespeak.evaluation.advice.advice import advice
from bespeak.evaluation.advice.finding import Finding, ordered
from bespeak.evaluation.nlu import Understanding
from tests.engine.evaluation.cases import case


def finding(title: str, *lines: int) -> Finding:
    errors = frozenset(("intent", f"data/nlu.yml:{line}", "text") for line in lines)
    return Finding("confused intents", title, "why", "do", (), errors)


def test_each_error_counts_once_with_the_finding_that_explains_most() -> None:
    found = ordered([finding("small", 4), finding("middle", 1, 2), finding("large", 1, 2, 3)])
    assert [(one.title, one.gain) for one in found] == [("large", 3), ("small", 1), ("middle", 0)]


def test_all_advice_comes_together_and_can_be_written_as_json() -> None:
    cases = (
        *(case(f"bye {word}", "bye", "greet", 0.95, bye=0.01) for word in ("now", "all", "then")),
        *(case(f"hello {word}", "greet") for word in ("you", "there", "again", "friend", "bot")),
        *(case(f"farewell {word}", "bye") for word in ("my", "dear", "old")),
    )
    found = advice(Understanding(cases))
    assert found[0].gain == 3
    kinds = {one.kind for one in found}
    assert {"label errors", "confused intents", "too few examples"} <= kinds
    told = found[0].as_dict()
    assert told["examples"][0]["source"] == "data/nlu.yml:1"


def test_where_nothing_is_wrong_nothing_is_advised() -> None:
    words = ("cat", "river", "stone", "moon", "piano")
    assert advice(Understanding(tuple(case(word, "a") for word in words))) == []
    assert advice(Understanding(())) == []
