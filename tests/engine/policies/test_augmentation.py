from itertools import pairwise

from bespeak.domain import LISTEN
from bespeak.events import ActionExecuted, SlotSet
from bespeak.policies.augmentation import augmented
from tests.engine.policies.told import DOMAIN, rule, story

STORIES = [
    story("> greet", "utter_greet", name="hello"),
    story("> book", "action_book", SlotSet("city", "Rome"), name="book"),
    story("> bye", "utter_bye", name="bye"),
]


def test_glued_stories_follow_each_other_without_listening_twice() -> None:
    glued = augmented(STORIES, DOMAIN)
    assert all(one.augmented and not one.is_rule for one in glued)
    for one in glued:
        actions = one.actions
        assert not any(a == b == LISTEN for a, b in pairwise(actions))
        assert len(one.lines) == len(one.events)


def test_what_the_first_story_set_is_still_set_in_the_next() -> None:
    (one,) = [s for s in augmented(STORIES, DOMAIN) if s.name == "book > bye"]
    assert one.tracker.slots["city"] == "Rome"
    assert one.names == ("book", "bye")


def test_there_are_at_most_ten_times_the_factor_and_no_two_alike() -> None:
    glued = augmented(STORIES, DOMAIN, factor=2)
    assert 0 < len(glued) <= 20
    assert len({one.name for one in augmented(STORIES, DOMAIN)}) == len(augmented(STORIES, DOMAIN))


def test_three_rounds_put_up_to_four_stories_in_a_row() -> None:
    assert max(len(one.names) for one in augmented(STORIES, DOMAIN)) == 4


def test_the_same_stories_are_glued_the_same_way_every_time() -> None:
    again = [one.name for one in augmented(STORIES, DOMAIN, factor=3)]
    assert [one.name for one in augmented(STORIES, DOMAIN, factor=3)] == again


def test_rules_are_not_glued_and_a_factor_of_zero_glues_nothing() -> None:
    assert augmented([rule("> greet", "utter_greet")], DOMAIN) == []
    assert augmented(STORIES, DOMAIN, factor=0) == []


def test_the_first_action_of_a_glued_story_is_no_decision_of_it() -> None:
    reminder = story("utter_happy", "> bye", "utter_bye", name="reminder")
    (one,) = [s for s in augmented([STORIES[0], reminder], DOMAIN) if s.name == "hello > reminder"]
    assert [one.events[i] for i in one.unpredictable] == [ActionExecuted("utter_happy")]
