import yaml

from bespeak.data.augmentation import Proposal, proposals
from bespeak.data.examples import NluFiles, read_yaml
from bespeak.data.problems import Problems
from bespeak.data.yaml import parse
from bespeak.evaluation.proposals import HEAD, as_yaml, hardest, offered
from bespeak.message import Entity, Example, Message, TrainingData
from bespeak.nlu.pipeline import Pipeline
from bespeak.testing.conversation import trained
from tests.engine.evaluation.projects import FILES

DATA = TrainingData(
    (
        Example(
            Message("travel to Oslo"), "book", (Entity("city", "Oslo", 10, 14),), {}, "n.yml:4"
        ),
        Example(Message("hello everybody"), "greet", source="n.yml:9"),
        Example(Message("thanks for nothing"), "thanks", source="n.yml:12"),
    )
)


def made() -> list[Proposal]:
    return list(proposals(DATA, 1))


def pipeline() -> Pipeline:
    built = trained(FILES).pipeline
    assert built is not None
    return built


def test_a_model_is_offered_what_it_gets_most_wrong_and_nothing_that_it_knows() -> None:
    offers = hardest(made(), pipeline(), 5, 1)
    assert offers
    for offer in offers:
        assert offer.case is not None
        assert not (offer.case.right and offer.has_entities)
        assert "taken for" in offer.remark or "entity is missed" in offer.remark
    assert "HELLO EVERYBODY" not in {one.proposal.example.message.text for one in offers}
    by_intent = [one.wrongness for one in offers if one.proposal.example.intent == "greet"]
    assert by_intent == sorted(by_intent, reverse=True)


def test_the_file_says_that_it_is_a_proposal_and_can_be_read_as_nlu_data() -> None:
    offers = offered(made(), 5, 1)
    text = as_yaml(offers, "Made by a test.")
    assert text.startswith(f"# {HEAD[0]}\n")
    problems, found = Problems(), NluFiles()
    read_yaml(parse(text, "proposals.yml", problems), found, problems)
    assert list(problems) == []
    assert {(e.message.text, e.intent, e.entities) for e in found.examples} == {
        (e.message.text, e.intent, e.entities) for e in (offer.proposal.example for offer in offers)
    }
    assert "# “" in text
    assert " of n.yml:4" in text


def test_a_text_with_line_breaks_and_signs_of_yaml_does_not_leave_its_comment() -> None:
    odd = TrainingData((Example(Message("one\nnlu: two # three four"), "a", source="n.yml:1"),))
    text = as_yaml(offered(list(proposals(odd, 1)), 5, 1), "about\nnlu: []")
    told = yaml.safe_load(text)
    assert [item["intent"] for item in told["nlu"]] == ["a"]
    assert as_yaml([], "nothing").endswith('version: "3.1"\n')
