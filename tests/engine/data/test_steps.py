"""What is written in stories and rules, step by step."""

from textwrap import dedent

import pytest

from bespeak.data import steps, yaml
from bespeak.data.problems import Problems
from bespeak.data.steps import START, Checkpoint, Step
from bespeak.domain import SNIPPET, Domain, IntentType, Slot, SlotType
from bespeak.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    Restarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.message import Entity, Intent

DOMAIN = Domain(
    intents={name: IntentType(name) for name in ("greet", "bye", "faq", "inform")},
    slots={
        "city": Slot("city"),
        "many": Slot("many", SlotType.LIST),
        "sure": Slot("sure", SlotType.BOOL),
        "bag": Slot("bag", SlotType.ANY, influences_conversation=False),
    },
)


def read(text: str, *, are_tests: bool = False) -> tuple[list[Step], list[str]]:
    problems = Problems()
    content = yaml.parse(dedent(text), "s.yml", problems)
    found = steps.read(content, DOMAIN, problems, are_tests=are_tests)
    return found, [str(problem) for problem in problems]


def story(text: str) -> tuple[Step, list[str]]:
    found, told = read(f"stories:\n- story: s\n  steps:\n{text}")
    return found[0], told


def test_each_kind_of_step_is_an_event_with_its_line() -> None:
    found, told = story(
        """\
  - intent: greet
    entities: [{city: Rome, role: to}, city, {city: null}]
  - action: utter_greet
  - slot_was_set: [city: Oslo]
  - slot_was_set:
    - many
    - city
    - bag
  - action: book
  - active_loop: book
  - active_loop: null
  - bot: Hello there
  - metadata: {x: 1}
"""
    )
    assert told == []
    assert found.events == (
        UserUttered(
            None,
            Intent("greet"),
            (Entity("city", "Rome", role="to"), Entity("city", ""), Entity("city", None)),
        ),
        ActionExecuted("utter_greet"),
        SlotSet("city", "Oslo"),
        SlotSet("many", ["filled"]),
        SlotSet("city", "filled"),
        SlotSet("bag", None),
        ActionExecuted("book"),
        ActiveLoop("book"),
        ActiveLoop(None),
        ActionExecuted(None, text="Hello there"),
    )
    assert found.lines == (4, 6, 7, 9, 10, 11, 12, 13, 14, 15)
    assert (found.name, found.source, found.line) == ("s", "s.yml", 2)
    assert found.starts == (Checkpoint(START),)
    assert found.ends == ()


def test_actions_named_like_events_are_those_events() -> None:
    names = ("rewind", "undo", "restart", "pause", "resume", "reset_slots")
    found, _ = story("".join(f"  - action: {name}\n" for name in names))
    assert found.events == (
        UserUtteranceReverted(),
        ActionReverted(),
        Restarted(),
        ConversationPaused(),
        ConversationResumed(),
        AllSlotsReset(),
    )


def test_a_text_without_intent_is_an_end_to_end_turn() -> None:
    found, _ = story(
        """\
  - user: "hi [Rome](city) "
  - user: '/inform{"city": ["a", "b"], "n": 1}'
  - user: hi
    intent: greet
"""
    )
    first, second, third = found.events
    assert first == UserUttered("hi Rome", None, (Entity("city", "Rome", 3, 7),))
    assert isinstance(second, UserUttered)
    assert second.intent is None
    assert [(e.name, e.value, e.start, e.end) for e in second.entities] == [
        ("city", "a", 7, 35),
        ("city", "b", 7, 35),
        ("n", 1, 7, 35),
    ]
    assert third == UserUttered("hi", Intent("greet"), ())


def test_a_retrieval_intent_counts_by_its_base_and_its_whole_name_is_remembered() -> None:
    text = "stories:\n- story: s\n  steps:\n  - intent: /faq/hours\n"
    found, told = read(text)
    assert found[0].events == (UserUttered(None, Intent("faq", 1.0, "faq/hours"), ()),)
    assert "stories go by the retrieval intent 'faq', without '/hours'" in told[1]
    tests, told = read(text, are_tests=True)
    (said,) = tests[0].events
    assert isinstance(said, UserUttered)
    assert said.intent == Intent("faq", 1.0, "faq/hours")
    assert told == [
        "s.yml:4: warning: story 's': the '/' before the intent '/faq/hours' is ignored."
    ]


def test_or_repeats_what_came_before_for_each_alternative() -> None:
    found, told = read(
        """\
        stories:
        - story: s
          steps:
          - intent: greet
          - or:
            - intent: bye
            - intent: inform
            - slot_was_set: [{city: a}, many]
          - action: utter_x
        """
    )
    assert told == []
    *before, after = found
    assert [step.events[-1] for step in before] == [
        UserUttered(None, Intent("bye"), ()),
        UserUttered(None, Intent("inform"), ()),
        SlotSet("city", "a"),
        SlotSet("many", ["filled"]),
    ]
    (generated,) = {step.ends for step in before}
    assert after.starts == (Checkpoint(generated[0]),)
    assert after.events == (ActionExecuted("utter_x"),)


def test_checkpoints_begin_and_end_steps() -> None:
    found, told = read(
        """\
        stories:
        - story: s
          steps:
          - checkpoint: a
            slot_was_set: [city: Rome]
          - checkpoint: b
          - intent: greet
          - checkpoint: c
          - action: utter_x
          - checkpoint: d
            slot_was_set: [city: Rome]
          - checkpoint: e
        """
    )
    assert [(step.starts, step.ends) for step in found] == [
        ((Checkpoint("a", {"city": "Rome"}), Checkpoint("b")), ("c",)),
        ((Checkpoint("c"),), ("d",)),
        ((Checkpoint("c"),), ("e",)),
    ]
    assert told == [
        "s.yml:11: warning: story 's': slots count only at a checkpoint that begins a story; "
        "here they are ignored."
    ]


def test_a_rule_has_its_conditions_and_the_snippet_marker_first() -> None:
    found, told = read(
        """\
        rules:
        - rule: r
          condition:
          - active_loop: null
          - slot_was_set: [city: null]
          steps:
          - intent: greet
          - action: utter_x
          wait_for_user_input: false
        - rule: first
          conversation_start: true
          steps:
          - intent: greet
        """
    )
    assert told == []
    assert found[0].is_rule
    assert found[0].conditions == 2
    assert found[0].events == (
        ActiveLoop(None),
        SlotSet("city", None),
        ActionExecuted(SNIPPET),
        UserUttered(None, Intent("greet"), ()),
        ActionExecuted("utter_x"),
        ActionExecuted(SNIPPET),
    )
    assert found[0].lines == (4, 5, 0, 7, 8, 0)
    assert found[1].events == (UserUttered(None, Intent("greet"), ()),)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("- just text", "expected a step with one of intent, user, or, action"),
        ("- acton: x", "found the keys acton. Did you mean 'action'?"),
        ("- {action: x, slot_was_set: [city: a]}", "cannot stand in one step with 'action'"),
        ("- {intent: greet, entity: [city]}", "has no 'entity'"),
        ("- intent:", "expected an intent's name under 'intent', found nothing"),
        ("- intent: 5", "expected an intent's name under 'intent', found the number 5"),
        ("- intent: a/b/c", "more than one '/'"),
        ("- user: 5", "expected what the user says"),
        ("- user: '[a]{b}'", "the annotation {b} is no JSON"),
        ("- action:", "expected an action's name"),
        ("- bot:", "expected the text that the bot says"),
        ("- active_loop: 5", "expected a form's name or null"),
        ("- slot_was_set: {city: a}", "expected a list such as - city: Rome"),
        ("- slot_was_set: [5]", "expected a slot such as - city: Rome, found the number 5"),
        ("- or: greet", "expected a list of intents or slots"),
        ("- or: [action: x]", "expected a step with one of intent, slot_was_set"),
        ("- checkpoint:", "expected a checkpoint's name"),
        ("- {checkpoint: c, slot_was_set: true}", "expected slots with values"),
        ("- {checkpoint: c, slot_was_set: [city]}", "expected slots with values"),
        ("- {intent: greet, entities: city}", "expected a list of entities"),
        ("- {intent: greet, entities: [role: x]}", "the entity has no type"),
    ],
)
def test_a_wrong_step_is_an_error_with_its_line(step: str, said: str) -> None:
    _, told = read(f"stories:\n- story: s\n  steps:\n  - intent: greet\n  {step}\n")
    errors = [line for line in told if ": error: " in line]
    assert len(errors) == 1
    assert errors[0].startswith("s.yml:5: error: ")
    assert said in errors[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("stories: {a: 1}", "s.yml:1: error: expected a list under 'stories'"),
        ("stories:\n- text", "s.yml:2: error: expected - story: ..., found the text 'text'"),
        ("rules:\n- rul: x\n  steps: []", "Did you mean 'rule'?"),
        ("stories:\n- {story: s, step: []}", "a story has no 'step'. Did you mean 'steps'?"),
        ("stories:\n- {story: s, steps: x}", "expected a list of steps"),
        ("stories:\n- {story: 5, steps: [intent: greet]}", "expected the story's name"),
        ("stories:\n- {story: s, steps: []}", "warning: the story 's' has no steps"),
        ("rules:\n- {rule: r, condition: x, steps: [intent: greet]}", "a list of conditions"),
        (
            "rules:\n- {rule: r, condition: [intent: greet], steps: [intent: greet]}",
            "expected a step with one of slot_was_set, active_loop",
        ),
    ],
)
def test_a_wrong_story_is_told(text: str, said: str) -> None:
    _, told = read(text)
    assert said in "\n".join(told)


def test_unknown_names_are_warned_of_with_what_is_near() -> None:
    _, told = story("  - intent: gret\n  - slot_was_set: [citty: a]\n  - slot_was_set: [sure]\n")
    assert told == [
        "s.yml:4: warning: story 's': the domain has no intent 'gret'. Did you mean 'greet'?",
        "s.yml:5: warning: story 's': the domain has no slot 'citty': nothing is set. "
        "Did you mean 'city'?",
        "s.yml:6: warning: story 's': say which value the slot 'sure' of type bool has; without, "
        "it counts as not set.",
    ]
