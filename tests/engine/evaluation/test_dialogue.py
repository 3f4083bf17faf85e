from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bespeak.assistant import Assistant
from bespeak.data.project import read_tests
from bespeak.dialogue.story import Story
from bespeak.domain import LISTEN, UNLIKELY_INTENT, Domain, MappingType, Slot, SlotMapping
from bespeak.evaluation.coverage import coverage
from bespeak.evaluation.dialogue import Evaluation, evaluate
from bespeak.evaluation.files import story_text
from bespeak.policies.policy import Prediction
from bespeak.tracker import Tracker

HEAD = 'version: "3.1"\nstories:\n'


def played(assistant: Assistant, folder: Path, stories: str, *, e2e: bool = False) -> Evaluation:
    path = folder / "test_stories.yml"
    path.write_text(HEAD + stories)
    expected = read_tests(path, assistant.domain)
    return Evaluation(tuple(evaluate(expected, assistant, e2e=e2e)), e2e)


RIGHT = """\
- story: a greeting
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
"""

WRONG = """\
- story: a wrong greeting
  steps:
  - user: hello
    intent: greet
  - action: utter_hours
"""

FORM = """\
- story: a question inside the form
  steps:
  - user: travel
    intent: book
  - action: trip
  - active_loop: trip
  - user: open
    intent: hours
  - action: utter_hours
  - action: trip
  - user: "[Oslo](city)"
    intent: thanks
  - slot_was_set:
    - city: Oslo
  - action: trip
"""


def test_a_story_passes_if_every_action_is_predicted(trips: Assistant, tmp_path: Path) -> None:
    evaluation = played(trips, tmp_path, RIGHT)
    assert (len(evaluation.passed), len(evaluation.failed)) == (1, 0)
    assert [(a.expected, a.policy) for a in evaluation.actions] == [
        ("utter_greet", "RulePolicy"),
        ("action_listen", "RulePolicy"),
    ]
    assert evaluation.report_dict()["conversation_accuracy"] == {
        "accuracy": 1.0,
        "correct": 1,
        "with_warnings": 0,
        "total": 1,
    }


def test_a_wrong_action_fails_the_story_and_names_its_line(
    trips: Assistant, tmp_path: Path
) -> None:
    [outcome] = played(trips, tmp_path, WRONG).failed
    wrong, *_ = (action for action in outcome.actions if not action.right)
    assert (wrong.expected, wrong.predicted, wrong.line) == ("utter_hours", "utter_greet", 7)
    assert "- action: utter_hours  # predicted: utter_greet" in story_text([outcome])


def test_a_form_that_the_story_passes_over_declines_once(trips: Assistant, tmp_path: Path) -> None:
    evaluation = played(trips, tmp_path, FORM)
    assert evaluation.failed == []


def test_with_understanding_a_wrong_intent_fails_the_story(
    trips: Assistant, tmp_path: Path
) -> None:
    story = RIGHT.replace("user: hello", "user: bye")
    assert played(trips, tmp_path, story).failed == []
    [outcome] = played(trips, tmp_path, story, e2e=True).failed
    [heard] = outcome.heard
    assert (heard.expected_intent, heard.predicted_intent) == ("greet", "bye")
    assert "# predicted: bye: bye" in story_text([outcome])


@pytest.mark.parametrize(
    "text, right",
    [
        ("travel to [Oslo](city)", True),
        ("travel to [Oslo](city:Rome)", False),
        ("[travel](city) to Oslo", False),
        ("travel to Oslo", False),
    ],
)
def test_with_understanding_span_type_and_value_of_entities_count(
    trips: Assistant, tmp_path: Path, text: str, right: bool
) -> None:
    story = f"""\
- story: a trip
  steps:
  - user: "{text}"
    intent: book
  - slot_was_set:
    - city: Oslo
  - action: trip
"""
    evaluation = played(trips, tmp_path, story, e2e=True)
    [outcome] = evaluation.outcomes
    assert outcome.heard[0].right is right
    if not right:
        assert "# predicted: book: travel to [Oslo](city)" in story_text([outcome])
        assert any("Oslo](city)" in label for label in evaluation.report().labels)


class Doubtful:
    """Finds every message unlikely."""

    priority = 5

    def train(self, stories: Sequence[Story], domain: Domain) -> None: ...
    def save(self, folder: Path) -> None: ...
    def load(self, folder: Path) -> None: ...

    def predict(self, tracker: Tracker, domain: Domain) -> Prediction | None:
        if tracker.latest_action != LISTEN:
            return None
        return Prediction("Doubtful", self.priority, {UNLIKELY_INTENT: 1.0})


def test_an_unlikely_intent_alone_is_a_warning(trips: Assistant, tmp_path: Path) -> None:
    story = RIGHT.replace("hello", "thanks").replace("intent: greet", "intent: thanks")
    story = story.replace("utter_greet", "utter_welcome")
    doubtful = replace(trips, policies=[*trips.policies, Doubtful()])
    evaluation = played(doubtful, tmp_path, story)
    assert evaluation.failed == []
    [outcome] = evaluation.warned
    written = story_text([outcome])
    assert "- action: utter_welcome  # predicted: action_unlikely_intent" in written
    assert evaluation.report_dict()["conversation_accuracy"]["with_warnings"] == 1


def test_coverage_names_what_no_story_touches(trips: Assistant, tmp_path: Path) -> None:
    evaluation = played(trips, tmp_path, RIGHT + FORM)
    untouched = {one.kind: one.untouched for one in coverage(evaluation.outcomes, trips)}
    assert untouched == {
        "intents": ("bye", "cancel"),
        "actions and forms": (),
        "responses": ("utter_vip", "utter_bye", "utter_done", "utter_welcome", "utter_never"),
        "slots": ("guests", "vip"),
        "rules": ("'Greet somebody important'", "'Close the form'"),
    }


def test_actions_that_forms_and_slots_call_for_are_not_missed(trips: Assistant) -> None:
    mapped = SlotMapping(MappingType.CUSTOM, action="action_find")
    extra = ("validate_trip", "action_ask_city", "action_find", "action_validate_slot_mappings")
    domain = replace(
        trips.domain,
        actions=(*trips.domain.actions, *extra, "action_pay"),
        slots={**trips.domain.slots, "found": Slot("found", mappings=(mapped,))},
    )
    _, actions, *_ = coverage([], replace(trips, domain=domain))
    assert actions.untouched == ("action_pay", "trip")


def test_coverage_is_told_in_a_line_that_stays_short(trips: Assistant, tmp_path: Path) -> None:
    [intents, *_] = coverage(played(trips, tmp_path, RIGHT).outcomes, trips)
    assert intents.told(most=2) == "5 of 6 intents: book, bye and 3 more"


def test_the_share_that_is_known_by_heart_is_that_of_rules_and_memory(
    trips: Assistant, tmp_path: Path
) -> None:
    assert played(trips, tmp_path, RIGHT).as_dict()["in_training_data_fraction"] == 1.0
    assert Evaluation((), False).in_training_data_fraction == 0.0
