"""Policies on whole projects, as their authors wrote them: `../shared/rasa-projects`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bespeak.data import project
from bespeak.dialogue.story import Story
from bespeak.domain import SNIPPET, Domain
from bespeak.events import ActionExecuted, ActionExecutionRejected
from bespeak.policies import ensemble
from bespeak.policies.augmentation import augmented
from bespeak.policies.examples import unpredictable
from bespeak.policies.learned import TEDPolicy
from bespeak.policies.memoization import AugmentedMemoizationPolicy, MemoizationPolicy
from bespeak.policies.policy import Policy
from bespeak.policies.rule_checks import check
from bespeak.policies.rules import RulePolicy
from bespeak.policies.unlikely_intent import UnexpecTEDIntentPolicy
from bespeak.tracker import Tracker

PROJECTS = Path(__file__).parents[4] / "shared" / "rasa-projects"
NAMES = ("moodbot", "retail-demo", "financial-demo")


@pytest.fixture(params=NAMES)
def whole(request: pytest.FixtureRequest) -> project.Project:
    folder = PROJECTS / request.param
    if not folder.exists():
        pytest.skip(f"{folder.name} is not beside this repository")
    return project.read(folder)


def decisions(story: Story, domain: Domain) -> Iterator[tuple[Tracker, ActionExecuted]]:
    """Yield each decision of a story, and the conversation as it stands before it."""
    told, opening = Tracker.start("someone", domain), unpredictable(story)
    for event in story.tracker.history:
        if isinstance(event, ActionExecuted) and id(event) not in opening:
            yield told, event
        told = told.record([event])


def trained(policy: Policy, stories: list[Story], domain: Domain) -> Policy:
    policy.train(stories, domain)
    return policy


def said_by(policies: list[Policy], before: Tracker, action: ActionExecuted, domain: Domain) -> str:
    """Return what policies choose; where the story leaves a form, after the form declined."""
    said = ensemble.best([p.predict(before, domain) for p in policies], before, domain)
    if said.no_user and said.action != action.label:
        declined = before.record([ActionExecutionRejected(said.action)])
        said = ensemble.best([p.predict(declined, domain) for p in policies], declined, domain)
    return said.action


def test_rules_and_memory_together_tell_every_story(whole: project.Project) -> None:
    domain, told = whole.domain, [*whole.stories, *whole.rules]
    policies = [trained(p, told, domain) for p in (RulePolicy(), MemoizationPolicy())]
    for story in whole.stories:
        for before, action in decisions(story, domain):
            said = said_by(policies, before, action, domain)
            assert (story.name, said) == (story.name, action.label)


def test_rules_tell_every_rule(whole: project.Project) -> None:
    domain = whole.domain
    policy = trained(RulePolicy(), [*whole.stories, *whole.rules], domain)
    for rule in whole.rules:
        begun = False
        for before, action in decisions(rule, domain):
            told, begun = begun, action.name != SNIPPET
            if told and begun:  # what comes right after the conditions is given
                said = said_by([policy], before, action, domain)
                assert (rule.name, said) == (rule.name, action.label)


def test_their_rules_and_stories_fit_together(whole: project.Project) -> None:
    assert check([*whole.stories, *whole.rules], whole.domain) == []


def test_what_no_story_tells_is_foreseen_better_than_by_memory(whole: project.Project) -> None:
    domain, stories = whole.domain, list(whole.stories)
    learned = remembered = total = 0
    for left_out in stories[:: max(1, len(stories) // 4)]:
        rest = [story for story in stories if story is not left_out]
        ted = trained(TEDPolicy(), [*rest, *augmented(rest, domain)], domain)
        memory = trained(AugmentedMemoizationPolicy(), rest, domain)
        for before, action in decisions(left_out, domain):
            total += 1
            for policy in (ted, memory):
                said = policy.predict(before, domain)
                right = said is not None and bool(said.scores) and said.action == action.label
                learned += right and policy is ted
                remembered += right and policy is memory
    assert learned >= 0.8 * total
    assert learned > remembered


def test_no_intent_of_a_story_is_unlikely_in_it(whole: project.Project) -> None:
    domain, stories = whole.domain, list(whole.stories)
    policy = trained(UnexpecTEDIntentPolicy(), [*stories, *augmented(stories, domain)], domain)
    for story in stories:
        for before, _ in decisions(story, domain):
            said = policy.predict(before, domain)
            assert said is None or said.scores == {}
