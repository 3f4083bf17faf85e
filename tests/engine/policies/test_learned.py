import logging
from pathlib import Path

import numpy as np
import pytest

from bespeak.dialogue.story import Story
from bespeak.events import ActionExecuted, SlotSet, UserUttered
from bespeak.message import Array, Intent
from bespeak.policies.augmentation import augmented
from bespeak.policies.learned import TEDPolicy
from tests.engine.policies.told import DOMAIN, live, rule, said, story

STORIES = [
    story("> greet", "utter_greet", "> mood_great", "utter_happy", name="happy"),
    story("> greet", "utter_greet", "> mood_bad", "utter_cheer_up", "utter_sure", name="sad"),
    story("> bye", "utter_bye", name="bye"),
    story("> book", "action_book", SlotSet("city", "Rome"), "utter_done", name="known"),
]


def trained(*told: Story, **options: object) -> TEDPolicy:
    policy = TEDPolicy(**options)  # type: ignore[arg-type]
    policy.train([*told, *augmented(told, DOMAIN)], DOMAIN)
    return policy


def test_it_goes_on_as_the_stories_do() -> None:
    policy = trained(*STORIES)
    for told in STORIES:
        conversation = live(*told.events[:2])
        for event in told.events[2:]:
            if isinstance(event, ActionExecuted):
                prediction = policy.predict(conversation, DOMAIN)
                assert prediction.action == event.label
                assert 0.5 < prediction.confidence < 1.0
            conversation = conversation.record([event])


def test_it_knows_what_to_do_in_an_order_of_things_no_story_has() -> None:
    unseen = live("> bye", "utter_bye", "> greet", "utter_greet", "> book", "action_book", "> bye")
    prediction = trained(*STORIES).predict(unseen, DOMAIN)
    assert prediction.action == "utter_bye"
    assert prediction.confidence > 0.5
    assert prediction.priority == 1


def test_all_scores_are_probabilities() -> None:
    scores = trained(*STORIES).predict(live("> greet"), DOMAIN).scores
    assert 0.9 < sum(scores.values()) <= 1.0  # what is missing: that nothing is right
    assert min(scores.values()) >= 0.0
    assert "" not in scores


@pytest.mark.parametrize("words", ["> faq", "> deny"])
def test_it_abstains_where_no_story_has_the_intent(words: str) -> None:
    policy = trained(*STORIES, rule("> faq", "utter_faq"))
    assert policy.predict(live(words), DOMAIN).scores == {}


def test_it_abstains_where_the_message_was_not_understood() -> None:
    unclear = live(UserUttered("hm", Intent(None, 0.0)))
    assert trained(*STORIES).predict(unclear, DOMAIN).scores == {}


def test_it_abstains_where_an_intent_is_out_of_place() -> None:
    policy = trained(*STORIES)
    assert policy.predict(live("> greet", "utter_greet", "> mood_bad"), DOMAIN).confidence > 0.5
    for words in ("> mood_bad", "> mood_great"):
        prediction = policy.predict(live("> bye", "utter_bye", words), DOMAIN)
        assert (prediction.scores, prediction.why) == ({}, "no story has anything like this")


def test_what_stories_have_after_many_actions_is_known_after_another_one() -> None:
    asked = ("utter_faq", "utter_greet", "utter_vip", "utter_done", "utter_happy", "action_book")
    thanked = [story("> faq", one, "> deny", "utter_sure", name=one) for one in asked]
    policy = trained(*thanked, story("> bye", "utter_bye", name="bye"))
    prediction = policy.predict(live("> bye", "utter_bye", "> deny"), DOMAIN)
    assert prediction.action == "utter_sure"


def test_a_story_goes_on_after_a_digression() -> None:
    policy = trained(*STORIES)
    aside = live("> greet", "utter_greet", "> bye", "utter_bye", "> mood_great")
    prediction = policy.predict(aside, DOMAIN)
    assert prediction.action == "utter_happy"


def test_what_looks_like_a_story_to_a_short_memory_is_not_out_of_place() -> None:
    policy = trained(*STORIES, max_history=1)
    assert policy.predict(live("> greet", "utter_greet", "> mood_bad"), DOMAIN).action == (
        "utter_cheer_up"
    )


def test_turns_that_only_rules_handled_leave_no_trace() -> None:
    policy = trained(*STORIES, rule("> faq", "utter_faq"))
    asked = live("> greet", "utter_greet")
    aside = asked.record(
        [
            ActionExecuted("action_listen"),
            UserUttered("what?", Intent("faq")),
            ActionExecuted("utter_faq", hide_rule_turn=True),
            ActionExecuted("action_listen", hide_rule_turn=True),
            UserUttered("great", Intent("mood_great")),
        ]
    )
    direct = asked.record(
        [ActionExecuted("action_listen"), UserUttered("great", Intent("mood_great"))]
    )
    assert policy.predict(aside, DOMAIN).scores == policy.predict(direct, DOMAIN).scores


def test_max_history_bounds_what_it_looks_at() -> None:
    policy = trained(*STORIES, max_history=1)
    short, long = live("> bye"), live("> greet", "utter_greet", "> bye")
    assert policy.predict(short, DOMAIN).scores == policy.predict(long, DOMAIN).scores


def test_ranking_length_keeps_the_likeliest_actions() -> None:
    scores = trained(*STORIES, ranking_length=2).predict(live("> greet"), DOMAIN).scores
    assert len(scores) == 2
    assert sum(scores.values()) < 1.0
    whole = trained(*STORIES, ranking_length=2, renormalize_confidences=True)
    again = whole.predict(live("> greet"), DOMAIN).scores
    assert sum(again.values()) == pytest.approx(1.0)


def test_options_of_the_network_are_named_once_and_unknown_ones_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        TEDPolicy(epochs=100, constrain_similarities=True, batch_sise=[8, 16])
    assert [record.getMessage() for record in caplog.records] == [
        "TEDPolicy: without effect here: constrain_similarities, epochs.",
        "TEDPolicy has no option 'batch_sise'. Did you mean 'batch_size'? It is ignored.",
    ]


E2E = [
    story(said("I would like to fly"), "utter_sure", name="fly"),
    story(said("where is my suitcase"), ActionExecuted(None, text="Hello there!"), name="lost"),
]


def test_an_end_to_end_text_is_known_again_and_decides() -> None:
    policy = trained(*STORIES, *E2E)
    prediction = policy.predict(live(UserUttered("I would like to fly", Intent("faq"))), DOMAIN)
    assert (prediction.action, prediction.end_to_end) == ("utter_sure", True)
    assert prediction.why == "learned from stories, by a text 100% like one of them"
    lost = policy.predict(live(UserUttered("Where is my suitcase?", Intent("faq"))), DOMAIN)
    assert (lost.action, lost.end_to_end) == ("Hello there!", True)


def test_a_text_unlike_all_stories_leaves_the_decision_to_the_intent() -> None:
    policy = trained(*STORIES, *E2E)
    prediction = policy.predict(live(UserUttered("good bye", Intent("bye"))), DOMAIN)
    assert (prediction.action, prediction.end_to_end) == ("utter_bye", False)


def test_the_threshold_for_texts_can_be_raised() -> None:
    policy = trained(*STORIES, *E2E, e2e_confidence_threshold=1.0)
    prediction = policy.predict(live(UserUttered("I would like to fly", Intent("bye"))), DOMAIN)
    assert (prediction.action, prediction.end_to_end) == ("utter_bye", False)


def test_texts_are_compared_by_their_features_where_there_are_some(tmp_path: Path) -> None:
    def meaning(text: str) -> Array:
        travel = any(word in text for word in ("fly", "travel"))
        return np.array([1.0, 0.1] if travel else [0.1, 1.0], np.float32)

    policy = TEDPolicy()
    policy.text_features = meaning
    policy.train([*STORIES, *E2E], DOMAIN)
    policy.save(tmp_path)
    again = TEDPolicy()
    again.text_features = meaning
    again.load(tmp_path)
    message = live(UserUttered("time for some travel", Intent("faq")))
    prediction = again.predict(message, DOMAIN)
    assert (prediction.action, prediction.end_to_end) == ("utter_sure", True)
    assert policy.predict(message, DOMAIN) == prediction
    assert not trained(*STORIES, *E2E).predict(message, DOMAIN).end_to_end


def test_a_model_read_back_predicts_the_same(tmp_path: Path) -> None:
    policy = trained(*STORIES, *E2E, rule("> faq", "utter_faq", condition=(SlotSet("vip", True),)))
    policy.save(tmp_path)
    again = TEDPolicy()
    again.load(tmp_path)
    for conversation in (
        live("> greet"),
        live("> book", "action_book", SlotSet("city", "Rome")),
        live(UserUttered("I would like to fly", Intent("faq"))),
    ):
        assert again.predict(conversation, DOMAIN) == policy.predict(conversation, DOMAIN)


def test_without_stories_it_has_nothing_to_say(tmp_path: Path) -> None:
    policy = TEDPolicy()
    policy.train([rule("> faq", "utter_faq")], DOMAIN)
    policy.save(tmp_path)
    again = TEDPolicy()
    again.load(tmp_path)
    assert again.predict(live("> faq"), DOMAIN).scores == {}
