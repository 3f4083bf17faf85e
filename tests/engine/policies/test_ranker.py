from pathlib import Path

import numpy as np
import pytest

from bespeak.policies.augmentation import augmented
from bespeak.policies.ranker import GLUED, GLUED_SHARE, Lessons, Ranker, to_learn_from
from tests.engine.policies.told import DOMAIN, rule, story


def lessons(*given: tuple[str, str], one_answer: bool = True) -> Lessons:
    made = Lessons(one_answer=one_answer)
    for feature, label in given:
        made.add({feature: 1.0}, label, glued=False)
    return made


def test_it_ranks_the_labels_it_saw_with_a_feature() -> None:
    ranker = Ranker.learn(lessons(("sun", "swim"), ("snow", "ski"), ("rain", "read")))
    scores = dict(zip(ranker.labels, ranker.scores({"snow": 1.0}), strict=True))
    assert max(scores, key=lambda label: scores[label]) == "ski"
    assert sum(scores.values()) == pytest.approx(1.0)


def test_labels_that_do_not_exclude_each_other_have_scores_of_their_own() -> None:
    given = lessons(("sun", "swim"), ("sun", "sail"), ("snow", "ski"), one_answer=False)
    scores = Ranker.learn(given).scores({"sun": 1.0})
    assert scores[Ranker.learn(given).labels.index("swim")] > 0.5
    assert scores.sum() > 1.0


def test_what_is_said_often_counts_more_but_not_as_often_more() -> None:
    weights = lessons(("sun", "swim"), ("sun", "swim"), ("snow", "ski")).weights()
    assert 1.0 < weights[0] < 2.0
    assert weights[1] == 1.0


def test_glued_lessons_together_count_less_than_written_ones() -> None:
    given = lessons(("sun", "swim"), ("snow", "ski"))
    for i in range(20):
        given.add({f"glued {i}": 1.0}, "swim", glued=True)
    weights = given.weights()
    assert weights[2:].sum() == pytest.approx(GLUED_SHARE * weights[:2].sum())


def test_what_was_made_up_weighs_what_it_was_given() -> None:
    given = lessons(("sun", "swim"))
    given.add({"fog": 1.0}, "", glued=True, weight=0.25)
    given.add({"dew": 1.0}, "swim", glued=True)
    assert given.weights().tolist() == pytest.approx([1.0, 0.25, GLUED_SHARE])
    assert given.has({"fog": 1.0})
    assert not given.has({"ice": 1.0})


def test_it_learns_from_written_stories_and_enough_of_the_glued_ones() -> None:
    told = [story("> greet", "utter_greet", name=f"s{i}") for i in range(4)]
    glued = augmented(told, DOMAIN, factor=200)
    chosen = to_learn_from([rule("> faq", "utter_faq"), *told, *glued])
    assert chosen[:4] == told
    assert 0 < sum(len(s.actions) for s in chosen[4:]) < GLUED + 20


def test_a_ranker_read_back_scores_the_same(tmp_path: Path) -> None:
    ranker = Ranker.learn(lessons(("sun", "swim"), ("snow", "ski")))
    ranker.save(tmp_path)
    again = Ranker.load(tmp_path)
    assert again.labels == ranker.labels
    assert np.array_equal(again.scores({"sun": 1.0}), ranker.scores({"sun": 1.0}))


def test_without_lessons_there_are_no_labels() -> None:
    assert Ranker.learn(lessons()).labels == ()
