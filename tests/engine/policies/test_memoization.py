from dataclasses import replace
from pathlib import Path

import pytest

from bespeak.dialogue.story import Story
from bespeak.errors import ExtensionError
from bespeak.events import ActionExecuted, SlotSet, UserUttered
from bespeak.message import Intent
from bespeak.policies.memoization import AugmentedMemoizationPolicy, MemoizationPolicy
from tests.engine.policies.told import DOMAIN, live, rule, story

HAPPY = story("> greet", "utter_greet", "> mood_great", "utter_happy", name="happy")
SAD = story("> greet", "utter_greet", "> mood_bad", "utter_cheer_up", "utter_sure", name="sad")


def trained(*told: Story, max_history: int | None = None) -> MemoizationPolicy:
    policy = MemoizationPolicy(max_history=max_history)
    policy.train(told, DOMAIN)
    return policy


def augmented(*told: Story, max_history: int | None = None) -> AugmentedMemoizationPolicy:
    policy = AugmentedMemoizationPolicy(max_history=max_history)
    policy.train(told, DOMAIN)
    return policy


def test_the_same_situation_gets_the_same_action() -> None:
    policy = trained(HAPPY, SAD)
    prediction = policy.predict(live("> greet", "utter_greet", "> mood_bad"), DOMAIN)
    assert prediction.scores == {"utter_cheer_up": 1.0}
    assert prediction.why == "story 'sad' (data/stories.yml:6)"
    assert prediction.priority == 3


def test_a_situation_no_story_was_in_gets_none() -> None:
    prediction = trained(HAPPY).predict(live("> mood_great"), DOMAIN)
    assert prediction.scores == {}
    assert prediction.policy == "MemoizationPolicy"


def test_two_stories_that_disagree_are_both_forgotten() -> None:
    other = story("> greet", "utter_greet", "> mood_great", "utter_bye", name="other")
    prediction = trained(HAPPY, other).predict(
        live("> greet", "utter_greet", "> mood_great"), DOMAIN
    )
    assert prediction.scores == {}


def test_rules_and_glued_stories_are_not_learned_by_heart() -> None:
    policy = trained(rule("> greet", "utter_greet"), replace(HAPPY, augmented=True))
    assert policy.memories == {}


def test_what_came_before_counts_only_as_far_as_max_history() -> None:
    long = live("> faq", "utter_faq", "> greet", "utter_greet", "> mood_great")
    assert trained(HAPPY).predict(long, DOMAIN).scores == {}
    assert trained(HAPPY, max_history=2).predict(long, DOMAIN).action == "utter_happy"


def test_the_featurizer_may_say_how_far_it_looks_back() -> None:
    policy = MemoizationPolicy(
        featurizer=[{"name": "MaxHistoryTrackerFeaturizer", "max_history": 3}]
    )
    assert policy.max_history == 3
    whole = MemoizationPolicy(max_history=3, featurizer=[{"name": "FullDialogueTrackerFeaturizer"}])
    assert whole.max_history is None
    with pytest.raises(ExtensionError, match="not 'Magic'"):
        MemoizationPolicy(featurizer=[{"name": "Magic"}])
    with pytest.raises(ExtensionError, match="a number of turns or null, not 'two'"):
        MemoizationPolicy(max_history="two")  # type: ignore[arg-type]


def test_turns_that_only_rules_handled_leave_no_trace() -> None:
    policy = trained(HAPPY, rule("> faq", "utter_faq"))
    conversation = live("> greet", "utter_greet").record(
        [
            ActionExecuted("action_listen"),
            UserUttered("what?", Intent("faq")),
            ActionExecuted("utter_faq", hide_rule_turn=True),
            ActionExecuted("action_listen", hide_rule_turn=True),
            UserUttered("great", Intent("mood_great")),
        ]
    )
    assert policy.predict(conversation, DOMAIN).action == "utter_happy"


def test_slots_that_only_rules_know_do_not_count() -> None:
    policy = trained(HAPPY, rule("> faq", "utter_faq", condition=(SlotSet("city", "x"),)))
    assert policy.predict(live("> greet", SlotSet("city", "Rome")), DOMAIN).action == "utter_greet"


def test_an_unlikely_intent_noted_in_between_does_not_count() -> None:
    policy = trained(HAPPY)
    conversation = live("> greet").record([ActionExecuted("action_unlikely_intent")])
    assert policy.predict(conversation, DOMAIN).action == "utter_greet"


def test_the_score_may_be_the_confidence_of_the_understanding() -> None:
    policy = MemoizationPolicy(use_nlu_confidence_as_score=True)
    policy.train([HAPPY], DOMAIN)
    unsure = live(UserUttered("hi", Intent("greet", 0.7)))
    assert policy.predict(unsure, DOMAIN).scores == {"utter_greet": 0.7}


def test_an_end_to_end_story_does_not_match_a_live_message_by_its_text() -> None:
    policy = trained(story(UserUttered("hello"), "utter_greet"))
    assert policy.predict(live(UserUttered("hello", Intent("greet"))), DOMAIN).scores == {}


def test_augmented_memory_forgets_the_beginning_until_a_story_fits() -> None:
    long = live("> faq", "utter_faq", "> greet", "utter_greet", "> mood_great")
    policy = augmented(HAPPY)
    prediction = policy.predict(long, DOMAIN)
    assert prediction.action == "utter_happy"
    assert prediction.policy == "AugmentedMemoizationPolicy"


def test_augmented_memory_forgets_slots_that_were_set_before() -> None:
    late = live(SlotSet("city", "Rome"), "> faq", "utter_faq", "> greet")
    assert (
        trained(HAPPY, story(SlotSet("city", "x"), "> bye", "utter_bye"), max_history=2)
        .predict(late, DOMAIN)
        .scores
        == {}
    )
    policy = augmented(HAPPY, story(SlotSet("city", "x"), "> bye", "utter_bye"))
    assert policy.predict(late, DOMAIN).action == "utter_greet"


def test_augmented_memory_cuts_to_max_history_first() -> None:
    policy = augmented(HAPPY, max_history=2)
    long = live(
        SlotSet("vip", True), "> faq", "utter_faq", "> greet", "utter_greet", "> mood_great"
    )
    assert policy.predict(long, DOMAIN).action == "utter_happy"


def test_a_model_read_back_predicts_the_same(tmp_path: Path) -> None:
    policy = augmented(HAPPY, SAD, rule("> faq", "utter_faq", condition=(SlotSet("city", "x"),)))
    policy.save(tmp_path)
    again = AugmentedMemoizationPolicy()
    again.load(tmp_path)
    for conversation in (
        live("> greet"),
        live("> faq", "utter_faq", "> greet", "utter_greet", "> mood_bad"),
        live("> greet", "utter_greet", "> mood_bad", "utter_cheer_up"),
        live("> bye"),
    ):
        assert again.predict(conversation, DOMAIN) == policy.predict(conversation, DOMAIN)


def test_a_long_conversation_is_looked_at_only_as_far_as_a_story_reaches() -> None:
    policy = trained(HAPPY)
    assert policy.longest == 5
    assert policy.predict(live(*["> faq", "utter_faq"] * 300, "> greet"), DOMAIN).scores == {}
