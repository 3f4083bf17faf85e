from bespeak.dialogue.states import RuleOnly
from bespeak.events import ActiveLoop, SlotSet
from bespeak.policies.examples import examples, rule_only
from tests.engine.policies.told import DOMAIN, rule, story


def test_each_action_of_a_story_is_an_example_with_its_line() -> None:
    told = story("> greet", "utter_greet", "utter_sure")
    found = list(examples([told], DOMAIN))
    assert [(e.action, len(e.states), e.line) for e in found] == [
        ("action_listen", 1, 1),
        ("utter_greet", 2, 3),
        ("utter_sure", 3, 4),
        ("action_listen", 4, 5),
    ]


def test_the_action_a_story_starts_with_is_none() -> None:
    found = examples([story("utter_greet", "> bye", "utter_bye")], DOMAIN)
    assert next(found).action == "action_listen"


def test_an_unlikely_intent_may_be_passed_over() -> None:
    told = story("> greet", "action_unlikely_intent", "utter_greet")
    kept = [e.action for e in examples([told], DOMAIN)]
    passed = list(examples([told], DOMAIN, without_unlikely=True))
    assert "action_unlikely_intent" in kept
    assert [e.action for e in passed] == ["action_listen", "utter_greet", "action_listen"]
    assert [e.states[-1].previous for e in passed] == [None, "action_listen", "utter_greet"]


def test_what_only_rules_mention_is_known() -> None:
    told = [
        rule("> greet", "utter_vip", condition=(SlotSet("vip", True), SlotSet("city", "x"))),
        rule("> deny", "utter_sure", condition=(ActiveLoop("booking"),)),
        rule("> bye", "utter_bye", condition=(ActiveLoop(None),)),
        story("> inform", SlotSet("city", "Rome"), "utter_done"),
    ]
    assert rule_only(told, DOMAIN) == RuleOnly(frozenset({"vip"}), frozenset({"booking"}))


def test_a_form_that_a_story_runs_twice_in_a_row_is_mentioned() -> None:
    told = [
        rule("> deny", "utter_sure", condition=(ActiveLoop("booking"),)),
        story(
            "> book", "booking", ActiveLoop("booking"), "booking", ActiveLoop(None), "utter_done"
        ),
    ]
    assert rule_only(told, DOMAIN).loops == frozenset()
