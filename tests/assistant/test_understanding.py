"""What CloudMart makes of sentences that no example was written after (`unseen.yml`)."""

import re
from collections import Counter
from pathlib import Path

import pytest

from bespeak.data.config import Endpoints
from bespeak.data.project import read_nlu
from bespeak.evaluation.case import Case, evaluate
from bespeak.evaluation.nlu import Understanding
from bespeak.loading import load
from bespeak.message import Example
from bespeak.nlu.encoder import weights
from tests.assistant.conftest import ROOT, Trained

LEAST_EXAMPLES, LEAST_UNSEEN = 25, 12
TOPICS = {
    *("place_order", "change_order", "cancel_order", "track_order", "check_cancellation_fee"),
    *("delivery_options", "delivery_period"),
    *("set_up_shipping_address", "change_shipping_address"),
    *("check_refund_policy", "get_refund", "track_refund"),
    *("check_invoice", "get_invoice", "check_payment_methods", "payment_issue"),
    *("create_account", "edit_account", "delete_account", "switch_account"),
    *("recover_password", "registration_problems", "newsletter_subscription"),
    *("complaint", "review", "contact_customer_service", "contact_human_agent"),
}


@pytest.fixture(scope="module")
def learned() -> list[Example]:
    return [example for example in read_nlu(ROOT / "data/nlu").examples if example.intent]


@pytest.fixture(scope="module")
def unseen() -> list[Example]:
    return list(read_nlu(Path(__file__).with_name("unseen.yml")).examples)


@pytest.fixture(scope="module")
def understood(trained: Trained, unseen: list[Example]) -> Understanding:
    if weights.locate() is None:
        pytest.skip(f"It takes the encoder: {weights.INSTALL}")
    pipeline = load(trained.models, Endpoints()).assistant.pipeline
    assert pipeline is not None
    return Understanding(tuple(evaluate(pipeline, unseen)))


def test_every_intent_has_its_examples_and_is_held_to_sentences_of_its_own(
    learned: list[Example], unseen: list[Example]
) -> None:
    taught = Counter(example.base_intent for example in learned)
    held = Counter(example.base_intent for example in unseen)
    assert taught.keys() == held.keys()
    assert taught.keys() >= TOPICS
    assert {intent: n for intent, n in taught.items() if n < LEAST_EXAMPLES} == {}
    assert {intent: n for intent, n in held.items() if n < LEAST_UNSEEN} == {}


def test_no_unseen_sentence_is_learned_from(learned: list[Example], unseen: list[Example]) -> None:
    known = {_essence(example) for example in learned} - {"", "cm"}  # numbers are all alike
    assert [e.message.text for e in unseen if _essence(e) in known] == []


def test_nine_of_ten_unseen_customers_get_what_they_meant(understood: Understanding) -> None:
    """The fallback counts as wrong, too."""
    wrong = [case for case in understood.cases if not case.right]
    share = 1 - len(wrong) / len(understood.cases)
    confusions = "\n".join(sorted(map(_confusion, wrong)))
    print(f"{share:.1%} of {len(understood.cases)} unseen sentences are understood; not:")
    print(confusions)
    assert share >= 0.9, confusions


def test_what_unseen_customers_mention_is_found(understood: Understanding) -> None:
    spans = understood.entity_spans()
    assert spans["micro avg"]["f1-score"] >= 0.9, spans


def test_unseen_questions_get_their_answer(understood: Understanding) -> None:
    asked = [case for case in understood.cases if "/" in (case.gold.intent or "")]
    answers = {c.text: c.response[0] if c.response else None for c in asked}
    missed = {case.text for case in asked if answers[case.text] != case.gold.intent}
    assert len(missed) <= len(asked) / 10, missed


def _essence(example: Example) -> str:
    return re.sub(r"[\W\d_]+", "", example.message.text.casefold())


def _confusion(case: Case) -> str:
    return f"  {case.gold.base_intent} → {case.intent}: {case.text}"
