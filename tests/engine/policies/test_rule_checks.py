from bespeak.events import ActiveLoop, SlotSet
from bespeak.policies.rule_checks import ProblemKind, check
from tests.engine.policies.told import DOMAIN, rule, said, story

OPEN = rule("> book", "booking", ActiveLoop("booking"), name="open")


def test_what_fits_together_has_no_problems() -> None:
    told = [
        rule("> faq", "utter_faq"),
        story("> greet", "utter_greet", "> faq", "utter_faq"),
        story("> greet", "utter_greet", "> bye", "utter_bye"),
    ]
    assert check(told, DOMAIN) == []


def test_a_story_that_contradicts_a_rule_is_named_with_both_lines() -> None:
    told = [
        rule("> bye", "utter_bye", name="part"),
        story("> greet", "utter_greet", "> bye", "utter_happy", name="odd"),
    ]
    (problem,) = check(told, DOMAIN)
    assert problem.kind is ProblemKind.CONTRADICTION
    assert [(p.name, p.source, p.line) for p in problem.places] == [
        ("odd", "data/stories.yml", 6),
        ("part", "data/rules.yml", 4),
    ]
    assert "the next action is 'utter_happy'" in str(problem)
    assert "where the next action is 'utter_bye'" in str(problem)


def test_two_rules_that_disagree_are_each_named() -> None:
    told = [rule("> bye", "utter_bye", name="a"), rule("> bye", "utter_happy", name="b")]
    problems = check(told, DOMAIN)
    assert [[place.name for place in problem.places] for problem in problems] == [
        ["a", "b"],
        ["b", "a"],
    ]


def test_a_story_may_go_on_where_a_general_rule_only_ends_the_turn() -> None:
    told = [
        rule("> bye", "utter_bye", name="general"),
        rule("> bye", "utter_bye", "utter_sure", condition=(SlotSet("vip", True),), name="vip"),
        story(SlotSet("vip", True), "> bye", "utter_bye", "utter_sure"),
    ]
    assert check(told, DOMAIN) == []


def test_a_story_that_goes_on_where_the_only_rule_ends_the_turn_contradicts_it() -> None:
    told = [
        rule("> bye", "utter_bye", name="general"),
        story("> bye", "utter_bye", "utter_sure", name="longer"),
    ]
    (problem,) = check(told, DOMAIN)
    assert [place.name for place in problem.places] == ["longer", "general"]


def test_a_story_that_leaves_a_form_does_not_contradict_it() -> None:
    told = [
        OPEN,
        rule("> deny", "utter_sure", name="sure"),
        story(
            "> book",
            "booking",
            ActiveLoop("booking"),
            "> deny",
            "utter_sure",
            "booking",
            ActiveLoop(None),
            "utter_done",
        ),
    ]
    assert check(told, DOMAIN) == []


def test_a_rule_that_leaves_out_what_its_action_sets_elsewhere_is_incomplete() -> None:
    told = [
        rule("> book", "action_book", SlotSet("city", "Rome"), "utter_done", name="whole"),
        rule("> greet", "action_book", "utter_greet", name="short"),
    ]
    (problem,) = check(told, DOMAIN)
    assert problem.kind is ProblemKind.INCOMPLETE
    assert [(p.name, p.line) for p in problem.places] == [("short", 4), ("whole", 5)]
    assert "'action_book' does not set slots there" in str(problem)
    complete = rule("> greet", "action_book", name="short", wait=False)
    assert check([told[0], complete], DOMAIN) == []


def test_a_form_without_the_loop_it_opens_elsewhere_is_incomplete() -> None:
    (problem,) = check([OPEN, rule("> inform", "booking", "utter_done", name="short")], DOMAIN)
    assert problem.kind is ProblemKind.INCOMPLETE
    assert "'active_loop: booking' in 'open'" in str(problem)


def test_two_user_turns_in_a_rule_are_restricted() -> None:
    long = rule("> greet", "utter_greet", "> bye", "utter_bye", name="long")
    (problem,) = check([long], DOMAIN)
    assert problem.kind is ProblemKind.RESTRICTED
    assert check([long], DOMAIN, restrict_rules=False) == []


def test_a_rule_by_text_is_checked_like_any_other() -> None:
    told = [rule(said("hi"), "utter_greet", name="a"), rule(said("hi"), "utter_bye", name="b")]
    assert len(check(told, DOMAIN)) == 2
