from pathlib import Path

import pytest

from bespeak.errors import TrainingError
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    LoopInterrupted,
    SlotSet,
    UserUttered,
)
from bespeak.message import Entity, Intent
from bespeak.policies.rules import RulePolicy
from tests.engine.policies.told import DOMAIN, live, rule, said, story, user

GREET = rule("> greet", "utter_greet", name="say hello")
FAQ = rule("> faq", "utter_faq", name="answer")
SUBMIT = rule(
    "booking",
    ActiveLoop(None),
    "utter_done",
    condition=(ActiveLoop("booking"),),
    name="submit",
)
OPEN = rule("> book", "booking", ActiveLoop("booking"), name="open the form")


def trained(*told: object, **options: object) -> RulePolicy:
    policy = RulePolicy(**options)  # type: ignore[arg-type]
    policy.train(told, DOMAIN)  # type: ignore[arg-type]
    return policy


def test_a_rule_fires_whatever_came_before() -> None:
    policy = trained(GREET, FAQ)
    prediction = policy.predict(live("> faq", "utter_faq", "> greet"), DOMAIN)
    assert prediction.scores == {"utter_greet": 1.0, "action_default_fallback": 0.3}
    assert prediction.why == "rule 'say hello' (data/rules.yml:4)"
    assert prediction.priority == 4


def test_after_its_last_action_a_rule_listens() -> None:
    prediction = trained(GREET).predict(live("> greet", "utter_greet"), DOMAIN)
    assert prediction.action == "action_listen"


def test_a_rule_that_does_not_wait_leaves_the_next_action_open() -> None:
    policy = trained(rule("> greet", "utter_greet", wait=False))
    prediction = policy.predict(live("> greet", "utter_greet"), DOMAIN)
    assert prediction.scores == {"action_default_fallback": 0.3}


def test_where_no_rule_fits_the_fallback_gets_its_threshold() -> None:
    prediction = trained(GREET, core_fallback_threshold=0.4).predict(live("> bye"), DOMAIN)
    assert prediction.scores == {"action_default_fallback": 0.4}
    assert prediction.why == "no rule fits"


def test_without_fallback_no_action_is_likely() -> None:
    prediction = trained(GREET, enable_fallback_prediction=False).predict(live("> bye"), DOMAIN)
    assert prediction.scores == {}
    assert prediction.action == "action_listen"


def test_a_fallback_action_that_does_not_exist_stops_training() -> None:
    with pytest.raises(TrainingError, match="'utter_lost', which is no action of the domain"):
        trained(GREET, core_fallback_action_name="utter_lost")


def test_the_rule_with_more_conditions_wins() -> None:
    vip = rule("> greet", "utter_vip", condition=(SlotSet("vip", True),), name="vips")
    policy = trained(GREET, vip)
    assert policy.predict(live("> greet"), DOMAIN).action == "utter_greet"
    assert policy.predict(live(SlotSet("vip", True), "> greet"), DOMAIN).action == "utter_vip"


def test_a_slot_that_must_not_be_set_keeps_a_rule_from_firing() -> None:
    policy = trained(rule("> greet", "utter_greet", condition=(SlotSet("city", None),)))
    assert policy.predict(live("> greet"), DOMAIN).action == "utter_greet"
    known = live(SlotSet("city", "Rome"), "> greet")
    assert policy.predict(known, DOMAIN).action == "action_default_fallback"


def test_where_a_rules_action_declined_the_fallback_is_left() -> None:
    scores = trained(OPEN).predict(live("> book"), DOMAIN).scores
    assert scores == {"booking": 1.0, "action_default_fallback": 0.3}


def test_a_rule_for_the_start_fires_only_there() -> None:
    policy = trained(rule("> greet", "utter_vip", start=True), GREET)
    assert policy.predict(live("> greet"), DOMAIN).action == "utter_vip"
    later = live("> faq", "utter_faq", "> greet")
    assert policy.predict(later, DOMAIN).action == "utter_greet"


def test_entities_must_be_exactly_those_of_the_rule() -> None:
    city = Entity("city", "Rome")
    policy = trained(rule(UserUttered(None, Intent("inform"), (city,)), "utter_sure"))
    one = live(UserUttered("Rome", Intent("inform"), (city,)))
    two = live(UserUttered("5 to Rome", Intent("inform"), (city, Entity("seats", 5))))
    assert policy.predict(one, DOMAIN).action == "utter_sure"
    assert policy.predict(two, DOMAIN).action == "action_default_fallback"


@pytest.mark.parametrize(
    ("intent", "action"),
    [
        ("restart", "action_restart"),
        ("back", "action_back"),
        ("session_start", "action_session_start"),
    ],
)
def test_the_engines_own_intents_always_do_the_same(intent: str, action: str) -> None:
    prediction = trained(GREET).predict(live(user(intent)), DOMAIN)
    assert (prediction.action, prediction.confidence) == (action, 1.0)
    assert prediction.hide_rule_turn


def test_a_form_goes_on_by_itself() -> None:
    policy = trained(OPEN, SUBMIT)
    opened = live("> book", "booking", ActiveLoop("booking"))
    listens = policy.predict(opened, DOMAIN)
    assert (listens.action, listens.no_user) == ("action_listen", True)
    answered = live("> book", "booking", ActiveLoop("booking"), "> inform")
    goes_on = policy.predict(answered, DOMAIN)
    assert (goes_on.action, goes_on.no_user) == ("booking", True)
    assert goes_on.why == "the form booking goes on"


def test_a_form_that_declined_lets_rules_answer_and_then_comes_back() -> None:
    policy = trained(OPEN, SUBMIT, FAQ)
    asked = live("> book", "booking", ActiveLoop("booking"), "> faq")
    asked = asked.record([ActionExecutionRejected("booking")])
    answer = policy.predict(asked, DOMAIN)
    assert (answer.action, answer.no_user) == ("utter_faq", False)
    answered = asked.record([ActionExecuted("utter_faq")])
    back = policy.predict(answered, DOMAIN)
    assert back.action == "booking"
    assert "has answered, back to the form booking" in back.why


def test_a_rule_that_stays_out_of_the_form_keeps_it_from_coming_back() -> None:
    stop = rule("> deny", "utter_sure", condition=(ActiveLoop("booking"),), name="listen inside")
    policy = trained(OPEN, SUBMIT, stop)
    asked = live("> book", "booking", ActiveLoop("booking"), "> deny")
    asked = asked.record([ActionExecutionRejected("booking"), ActionExecuted("utter_sure")])
    assert policy.predict(asked, DOMAIN).action == "action_listen"


def test_a_story_that_returns_to_the_form_interrupts_it() -> None:
    unhappy = story(
        "> book",
        "booking",
        ActiveLoop("booking"),
        "> deny",
        "utter_sure",
        "> inform",
        "booking",
        ActiveLoop(None),
        "utter_done",
    )
    policy = trained(OPEN, SUBMIT, unhappy)
    asked = live("> book", "booking", ActiveLoop("booking"), "> deny")
    asked = asked.record([ActionExecutionRejected("booking"), ActionExecuted("utter_sure")])
    answered = asked.record([ActionExecuted("action_listen"), user("inform", "yes")])
    prediction = policy.predict(answered, DOMAIN)
    assert prediction.events == (LoopInterrupted(True),)


def test_a_rule_by_text_beats_one_by_intent() -> None:
    policy = trained(GREET, rule(said("hi there"), "utter_vip", name="by text"))
    prediction = policy.predict(live(user("greet", "hi there")), DOMAIN)
    assert (prediction.action, prediction.end_to_end) == ("utter_vip", True)
    other = policy.predict(live(user("greet", "hello")), DOMAIN)
    assert (other.action, other.end_to_end) == ("utter_greet", False)


def test_a_turn_is_hidden_unless_a_story_tells_it_too() -> None:
    policy = trained(GREET, FAQ, story("> greet", "utter_greet"))
    assert not policy.predict(live("> greet"), DOMAIN).hide_rule_turn
    assert policy.predict(live("> faq"), DOMAIN).hide_rule_turn


def test_the_score_may_be_the_confidence_of_the_understanding() -> None:
    policy = trained(GREET, use_nlu_confidence_as_score=True)
    unsure = live(UserUttered("hi", Intent("greet", 0.6)))
    prediction = policy.predict(unsure, DOMAIN)
    assert (prediction.action, prediction.confidence) == ("utter_greet", 0.6)


def test_a_rule_with_two_user_turns_is_refused_with_its_line() -> None:
    long = rule("> greet", "utter_greet", "> bye", "utter_bye", name="too long")
    with pytest.raises(TrainingError, match=r"'too long' \(data/rules.yml:6\) holds 2 user turns"):
        trained(long)
    trained(long, restrict_rules=False)


def test_a_model_read_back_predicts_the_same(tmp_path: Path) -> None:
    policy = trained(
        GREET, FAQ, OPEN, SUBMIT, rule(said("hi"), "utter_vip"), story("> greet", "utter_greet")
    )
    policy.save(tmp_path)
    again = RulePolicy()
    again.load(tmp_path)
    for conversation in (
        live("> greet"),
        live("> faq", "utter_faq"),
        live(user("bye", "hi")),
        live("> book", "booking", ActiveLoop("booking"), "> faq"),
    ):
        assert again.predict(conversation, DOMAIN) == policy.predict(conversation, DOMAIN)


def test_an_explanation_says_why_the_nearest_rules_did_not_fire() -> None:
    vip = rule("> greet", "utter_vip", condition=(SlotSet("vip", True),), name="vips")
    explained = trained(GREET, vip, FAQ).explain(live("> greet"), DOMAIN, nearest=1)
    assert explained.action == "utter_greet"
    assert explained.why == "rule 'say hello' (data/rules.yml:4)"
    assert [str(miss) for miss in explained.near] == [
        "Rule 'vips' (data/rules.yml:5) would do 'utter_vip', but wants slot vip (1.0, 1.0) now; "
        "it is nothing."
    ]


def test_a_long_conversation_costs_a_prediction_no_more_states() -> None:
    policy = trained(GREET, FAQ)
    long = live(*["> faq", "utter_faq"] * 300, "> greet")
    assert len(policy.book.look_at(long, DOMAIN)) == 2
    assert policy.predict(long, DOMAIN).action == "utter_greet"
