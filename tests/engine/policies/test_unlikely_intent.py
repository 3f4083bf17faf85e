from pathlib import Path

import pytest

from bespeak.dialogue.story import Story
from bespeak.errors import ExtensionError
from bespeak.events import ActionExecuted, UserUttered
from bespeak.message import Intent
from bespeak.policies.unlikely_intent import UnexpecTEDIntentPolicy
from tests.engine.policies.told import DOMAIN, live, rule, said, story

STORIES = [
    story("> greet", "utter_greet", "> mood_great", "utter_happy", "> bye", "utter_bye"),
    story("> greet", "utter_greet", "> mood_bad", "utter_cheer_up", "> deny", "utter_sure"),
    story("> book", "action_book", "> inform", "utter_done"),
]


def trained(*told: Story, **options: object) -> UnexpecTEDIntentPolicy:
    policy = UnexpecTEDIntentPolicy(**options)  # type: ignore[arg-type]
    policy.train(told, DOMAIN)
    return policy


def test_it_never_fires_in_a_story_it_learned_from() -> None:
    policy = trained(*STORIES)
    for told in STORIES:
        conversation = live(*told.events[:1])
        for event in told.events[1:]:
            conversation = conversation.record([event])
            prediction = policy.predict(conversation, DOMAIN)
            assert prediction is None or prediction.scores == {}


def test_an_intent_no_story_expects_here_is_unlikely() -> None:
    unexpected = live("> greet", "utter_greet", "> inform")
    prediction = trained(*STORIES).predict(unexpected, DOMAIN)
    assert prediction is not None
    assert prediction.scores == {"action_unlikely_intent": 1.0}
    assert prediction.priority == 2
    assert prediction.why == "inform is not expected here"


def test_the_metadata_says_which_intents_were_likelier() -> None:
    policy = trained(*STORIES, ranking_length=2)
    prediction = policy.predict(live("> greet", "utter_greet", "> inform"), DOMAIN)
    assert prediction is not None
    asked, ranking = prediction.metadata["query_intent"], prediction.metadata["ranking"]
    assert asked["name"] == "inform"
    assert asked["severity"] == pytest.approx(asked["threshold"] - asked["score"])
    assert {said["name"] for said in ranking} == {"mood_great", "mood_bad"}
    assert all(said["score"] > asked["score"] for said in ranking)


def test_more_tolerance_means_fewer_alarms() -> None:
    unexpected = live("> greet", "utter_greet", "> inform")
    prediction = trained(*STORIES, tolerance=1.0).predict(unexpected, DOMAIN)
    assert prediction is not None
    assert prediction.scores == {}


def test_ignored_intents_and_those_of_rules_are_never_unlikely() -> None:
    ignoring = trained(*STORIES, ignore_intents_list=["inform"])
    said_aside = ignoring.predict(live("> greet", "utter_greet", "> inform"), DOMAIN)
    assert said_aside is not None and said_aside.scores == {}
    policy = trained(*STORIES, rule("> faq", "utter_faq"))
    asked = policy.predict(live("> greet", "utter_greet", "> faq"), DOMAIN)
    assert asked is not None and asked.scores == {}


def test_it_looks_only_right_after_a_message_with_a_known_intent() -> None:
    policy = trained(*STORIES)
    fired = live("> greet", "utter_greet", "> inform").record(
        [ActionExecuted("action_unlikely_intent")]
    )
    assert policy.predict(fired, DOMAIN) is None
    assert policy.predict(live(UserUttered("x", Intent("unheard_of"))), DOMAIN) is None
    assert policy.predict(live(UserUttered("x", None)), DOMAIN) is None


def test_stories_that_hold_texts_are_not_learned_from() -> None:
    assert trained(story(said("hello"), "utter_greet")).thresholds == {}


def test_a_tolerance_outside_of_its_range_is_refused() -> None:
    with pytest.raises(ExtensionError, match=r"from 0\.0 \(none\) to 1\.0, not 2"):
        UnexpecTEDIntentPolicy(tolerance=2)


def test_a_model_read_back_predicts_the_same(tmp_path: Path) -> None:
    policy = trained(*STORIES)
    policy.save(tmp_path)
    again = UnexpecTEDIntentPolicy()
    again.load(tmp_path)
    for conversation in (live("> greet"), live("> greet", "utter_greet", "> inform")):
        assert again.predict(conversation, DOMAIN) == policy.predict(conversation, DOMAIN)
