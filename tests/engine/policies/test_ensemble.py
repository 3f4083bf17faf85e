from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from bespeak.dialogue.story import Story
from bespeak.domain import Domain
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    EntitiesAdded,
    LoopInterrupted,
    UserFeaturization,
)
from bespeak.policies.ensemble import best, decide
from bespeak.policies.policy import Prediction
from bespeak.tracker import Tracker
from tests.engine.policies.told import DOMAIN, live

ASKED = live("> greet")
ANSWERED = live("> greet", "utter_greet")


def sure(action: str, confidence: float, priority: int, **more: object) -> Prediction:
    return Prediction(f"P{priority}", priority, {action: confidence}, **more)  # type: ignore[arg-type]


def test_the_surest_prediction_counts() -> None:
    said = [sure("utter_bye", 0.8, 4), sure("utter_greet", 0.9, 1)]
    assert best(said, ANSWERED, DOMAIN).action == "utter_greet"


def test_among_equally_sure_ones_the_higher_priority_counts() -> None:
    said = [sure("utter_bye", 1.0, 3), sure("utter_greet", 1.0, 4)]
    assert best(said, ANSWERED, DOMAIN).action == "utter_greet"


def test_among_equals_the_first_counts() -> None:
    said = [sure("utter_bye", 1.0, 3), sure("utter_greet", 1.0, 3)]
    assert best(said, ANSWERED, DOMAIN).action == "utter_bye"


def test_within_a_prediction_the_order_of_the_domain_decides_among_equals() -> None:
    said = [Prediction("P", 1, {"utter_greet": 0.5, "action_default_fallback": 0.5})]
    assert best(said, ANSWERED, DOMAIN).action == "action_default_fallback"


def test_a_form_going_on_beats_all_that_look_at_the_message() -> None:
    said = [sure("utter_greet", 1.0, 9, end_to_end=True), sure("booking", 0.2, 1, no_user=True)]
    assert best(said, ASKED, DOMAIN).action == "booking"


def test_a_decision_by_text_beats_one_by_intent() -> None:
    said = [sure("utter_greet", 1.0, 9), sure("utter_bye", 0.6, 1, end_to_end=True)]
    counted = best(said, ASKED, DOMAIN)
    assert counted.action == "utter_bye"
    assert counted.events == (UserFeaturization(True),)


def test_the_side_of_the_message_is_noted_right_after_it_only() -> None:
    assert best([sure("utter_greet", 1.0, 1)], ASKED, DOMAIN).events == (UserFeaturization(False),)
    assert best([sure("utter_greet", 1.0, 1)], ANSWERED, DOMAIN).events == ()


def test_what_every_policy_demands_is_recorded_and_what_only_the_winner_adds() -> None:
    added, other = EntitiesAdded(()), EntitiesAdded(())
    said = [
        sure("utter_bye", 0.5, 4, events=(LoopInterrupted(True),), optional_events=(other,)),
        sure("utter_greet", 0.9, 1, optional_events=(added,)),
    ]
    counted = best(said, ASKED, DOMAIN)
    assert counted.events == (LoopInterrupted(True), added, UserFeaturization(False))
    assert counted.optional_events == ()


def test_an_action_that_just_declined_is_nobodys_choice() -> None:
    rejected = ASKED.record([ActionExecutionRejected("booking")])
    said = [sure("booking", 1.0, 4), sure("utter_greet", 0.3, 1)]
    assert best(said, rejected, DOMAIN).action == "utter_greet"
    over = rejected.record([ActionExecuted("utter_faq")])
    assert best(said, over, DOMAIN).action == "booking"


def test_where_nobody_knows_the_assistant_listens() -> None:
    nothing = Prediction("MemoizationPolicy", 3)
    counted = best([nothing, None], ANSWERED, DOMAIN)
    assert (counted.action, counted.confidence, counted.policy) == (
        "action_listen",
        0.0,
        "MemoizationPolicy",
    )
    assert best([], ANSWERED, DOMAIN).action == "action_listen"


@dataclass
class Says:
    """A policy that always says the same, and counts how often it was asked."""

    prediction: Prediction | None
    priority: int
    yields: bool = False
    asked: int = 0

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction | None:
        self.asked += 1
        return self.prediction

    def train(self, stories: Sequence[Story], domain: Domain) -> None: ...
    def save(self, folder: Path) -> None: ...
    def load(self, folder: Path) -> None: ...


def test_who_yields_is_not_asked_where_a_higher_one_is_certain() -> None:
    learned = Says(sure("utter_bye", 1.0, 1), 1, yields=True)
    rules = Says(sure("utter_greet", 1.0, 6), 6)
    assert decide([learned, rules], ANSWERED, DOMAIN).action == "utter_greet"
    assert (learned.asked, rules.asked) == (0, 1)


def test_who_yields_is_asked_where_the_certain_action_has_just_declined() -> None:
    declined = live("> greet", "utter_greet")
    declined = declined.record([ActionExecutionRejected("utter_greet")])
    learned = Says(sure("utter_bye", 0.4, 1), 1, yields=True)
    rules = Says(sure("utter_greet", 1.0, 6), 6)
    assert decide([rules, learned], declined, DOMAIN).action == "utter_bye"


def test_not_asking_changes_no_decision() -> None:
    certainties = (0.0, 0.7, 1.0)
    for one, two, three in product(certainties, repeat=3):
        for marks in ({}, {"no_user": True}, {"end_to_end": True}):
            policies = [
                Says(sure("utter_bye", one, 1), 1, yields=True),
                Says(sure("utter_greet", two, 3, **marks), 3),
                Says(sure("action_default_fallback", three, 2), 2, yields=True),
            ]
            every = best([policy.prediction for policy in policies], ANSWERED, DOMAIN)
            assert decide(policies, ANSWERED, DOMAIN) == every
