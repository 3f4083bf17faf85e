"""Paths through stories and rules, with what they imply."""

from textwrap import dedent

from bespeak.data import steps, stories, yaml
from bespeak.data.problems import Problems
from bespeak.dialogue.story import MUST_NOT_BE_SET, Story
from bespeak.domain import (
    LISTEN,
    SNIPPET,
    Domain,
    EntityType,
    IntentType,
    MappingCondition,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
)
from bespeak.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from bespeak.message import Entity, Intent

FROM_CITY = SlotMapping(MappingType.FROM_ENTITY, entity="city")
FROM_TO = SlotMapping(MappingType.FROM_ENTITY, entity="city", role="to")
IN_FORM = SlotMapping(
    MappingType.FROM_ENTITY, entity="city", conditions=(MappingCondition("book"),)
)
DOMAIN = Domain(
    intents={name: IntentType(name) for name in ("greet", "bye", "inform", "yes", "no")},
    entities={"city": EntityType("city", ("to",))},
    slots={
        "city": Slot("city", mappings=(FROM_CITY,)),
        "to": Slot("to", mappings=(FROM_TO,)),
        "all": Slot("all", SlotType.LIST, mappings=(FROM_CITY, FROM_TO)),
        "form": Slot("form", mappings=(IN_FORM,)),
    },
)


def expanded(text: str, domain: Domain = DOMAIN) -> tuple[list[Story], list[str]]:
    problems = Problems()
    content = yaml.parse(dedent(text), "s.yml", problems)
    found = stories.expanded(steps.read(content, domain, problems), domain, problems)
    return found, [str(problem) for problem in problems]


def said(intent: str, *entities: Entity) -> UserUttered:
    return UserUttered(None, Intent(intent), entities)


def did(name: str) -> Event:
    return ActionExecuted(name)


def shown(story: Story) -> str:
    """A story in short: who said and did what."""
    words = []
    for event in story.events:
        match event:
            case UserUttered():
                words.append(f"*{event.intent_name}")
            case ActionExecuted() if event.name != LISTEN:
                words.append(event.label)
            case SlotSet(name=name, value=value):
                words.append(f"{name}={value}")
    return " ".join(words)


def test_listening_is_implied_before_each_user_turn_and_at_the_end() -> None:
    (story,), _ = expanded(
        """\
        stories:
        - story: s
          steps:
          - intent: greet
          - action: utter_greet
          - action: action_listen
          - intent: bye
          - action: utter_bye
        """
    )
    assert story.events == (
        did(LISTEN),
        said("greet"),
        did("utter_greet"),
        did(LISTEN),
        said("bye"),
        did("utter_bye"),
        did(LISTEN),
    )
    assert story.lines == (0, 4, 5, 6, 7, 8, 0)
    assert (story.name, story.names, story.source) == ("s", ("s",), "s.yml")
    assert story.tracker.latest_action == LISTEN


def test_entities_fill_slots_as_the_mappings_say() -> None:
    (story,), _ = expanded(
        """\
        stories:
        - story: s
          steps:
          - intent: inform
            entities: [{city: Rome}, {city: Oslo}, {city: Bonn, role: to}]
          - action: utter_x
        """
    )
    assert [event for event in story.events if isinstance(event, SlotSet)] == [
        SlotSet("city", "Oslo"),
        SlotSet("to", "Bonn"),
        SlotSet("all", ["Rome", "Oslo", "Bonn"]),
    ]
    assert story.tracker.slots["city"] == "Oslo"


def test_entities_fill_nothing_where_the_domain_says_so() -> None:
    domain = Domain(DOMAIN.intents, DOMAIN.entities, DOMAIN.slots, store_entities_as_slots=False)
    (story,), _ = expanded(
        "stories:\n- {story: s, steps: [{intent: inform, entities: [city: Rome]}]}", domain
    )
    assert not any(isinstance(event, SlotSet) for event in story.events)


def test_checkpoints_join_every_block_that_ends_with_every_one_that_begins() -> None:
    found, told = expanded(
        """\
        stories:
        - {story: end, steps: [{checkpoint: c}, {intent: bye}, {action: utter_bye}]}
        - {story: a, steps: [{intent: greet}, {action: utter_a}, {checkpoint: c}]}
        - {story: b, steps: [{intent: greet}, {action: utter_b}, {checkpoint: c}]}
        """
    )
    assert told == []
    assert [(story.name, shown(story)) for story in found] == [
        ("a > end", "*greet utter_a *bye utter_bye"),
        ("b > end", "*greet utter_b *bye utter_bye"),
    ]
    assert found[0].names == ("a", "end")
    assert found[0].lines == (0, 3, 3, 0, 2, 2, 0)


def test_or_makes_a_path_of_each_alternative() -> None:
    found, _ = expanded(
        """\
        stories:
        - story: s
          steps:
          - or: [{intent: greet}, {intent: bye}]
          - action: utter_x
          - or: [{intent: "yes"}, {intent: "no"}]
          - action: utter_y
        """
    )
    assert [shown(story) for story in found] == [
        f"*{first} utter_x *{second} utter_y"
        for second in ("yes", "no")
        for first in ("greet", "bye")
    ]


def test_slots_at_a_starting_checkpoint_choose_who_may_go_on() -> None:
    found, _ = expanded(
        """\
        stories:
        - story: rome
          steps: [{intent: inform, entities: [city: Rome]}, {action: utter_a}, {checkpoint: c}]
        - story: nowhere
          steps: [{intent: greet}, {action: utter_a}, {checkpoint: c}]
        - story: only rome
          steps:
          - {checkpoint: c, slot_was_set: [city: Rome]}
          - {intent: bye}
        - story: unset
          steps:
          - {checkpoint: c, slot_was_set: [city: null]}
          - {intent: "no"}
        """
    )
    assert [story.name for story in found] == ["rome > only rome", "nowhere > unset"]


def test_a_cycle_is_gone_through_once_more_and_then_left() -> None:
    found, _ = expanded(
        """\
        stories:
        - {story: in, steps: [{intent: greet}, {checkpoint: c}]}
        - story: again
          steps: [{checkpoint: c}, {action: utter_x}, {intent: "no"}, {checkpoint: c}]
        - {story: out, steps: [{checkpoint: c}, {action: utter_y}]}
        """
    )
    paths = sorted(shown(story) for story in found)
    assert paths[0] == "*greet utter_x *no utter_x *no utter_y"
    assert "*greet utter_y" in paths
    assert len(paths) == len(set(paths)) <= 4


def test_dangling_checkpoints_are_told_and_their_ends_kept() -> None:
    found, told = expanded(
        """\
        stories:
        - {story: a, steps: [{intent: greet}, {action: utter_a}, {checkpoint: lost}]}
        - {story: b, steps: [{checkpoint: lots}, {intent: bye}]}
        """
    )
    assert [story.name for story in found] == ["a"]
    assert found[0].events[-1] == did("utter_a"), (
        "a story that ends in a checkpoint does not listen"
    )
    assert told == [
        "s.yml:2: warning: story 'a' ends in the checkpoint 'lost', with which nothing begins. "
        "Did you mean 'lots'?",
        "s.yml:3: warning: story 'b' begins with the checkpoint 'lots', in which nothing ends: "
        "it is never reached. Did you mean 'lost'?",
    ]


def test_paths_that_look_the_same_are_one() -> None:
    found, _ = expanded(
        """\
        stories:
        - {story: a, steps: [{intent: greet}, {action: utter_x}]}
        - {story: b, steps: [{intent: greet}, {action: utter_x}]}
        - {story: c, steps: [{intent: greet, entities: [{name: Ida}]}, {action: utter_x}]}
        - {story: d, steps: [{intent: greet}, {action: utter_y}]}
        """
    )
    assert [story.name for story in found] == ["a", "d"], "c's entity is not in the domain"


def test_in_a_rule_null_means_must_not_be_set() -> None:
    (rule,), _ = expanded(
        """\
        rules:
        - rule: r
          condition: [{active_loop: null}, {slot_was_set: [city: null]}]
          steps: [{intent: greet}, {action: utter_x}]
        """
    )
    assert rule.is_rule
    assert rule.events == (
        ActiveLoop(MUST_NOT_BE_SET),
        SlotSet("city", MUST_NOT_BE_SET),
        did(SNIPPET),
        did(LISTEN),
        said("greet"),
        did("utter_x"),
        did(LISTEN),
    )


def test_in_a_story_null_is_a_value() -> None:
    (story,), _ = expanded(
        "stories:\n- {story: s, steps: [{slot_was_set: [city: null]}, {active_loop: null}]}"
    )
    assert story.events[:2] == (SlotSet("city", None), ActiveLoop(None))


def test_an_action_before_any_user_turn_is_no_decision() -> None:
    found, _ = expanded(
        """\
        stories:
        - {story: a, steps: [{action: action_x}, {action: action_y}, {intent: greet}]}
        - {story: b, steps: [{slot_was_set: [city: a]}, {intent: greet}, {action: action_x}]}
        """
    )
    assert [sorted(story.unpredictable) for story in found] == [[0], []]


def test_what_was_taken_back_is_a_story_of_its_own() -> None:
    found, _ = expanded(
        """\
        stories:
        - story: s
          steps:
          - {intent: greet}
          - {action: utter_x}
          - {action: rewind}
          - {intent: bye}
          - {action: utter_y}
        """
    )
    assert [story.actions for story in found] == [
        (LISTEN, "utter_x"),
        (LISTEN, "utter_x", LISTEN, "utter_y", LISTEN),
    ]


def test_expansion_gives_the_same_order_every_time() -> None:
    text = """\
        stories:
        - {story: x, steps: [{intent: greet}, {checkpoint: a}, {checkpoint: b}]}
        - {story: y, steps: [{checkpoint: a}, {checkpoint: b}, {action: utter_y}]}
        - {story: z, steps: [{checkpoint: b}, {or: [{intent: bye}, {intent: "no"}]}]}
        """
    names = [story.name for story in expanded(text)[0]]
    assert all([story.name for story in expanded(text)[0]] == names for _ in range(3))


def test_test_stories_say_what_is_expected_at_each_step() -> None:
    problems = Problems()
    content = yaml.parse(
        dedent(
            """\
            stories:
            - story: t
              steps:
              - user: |
                  to [Rome](city)
                intent: inform
              - action: utter_x
            rules:
            - {rule: r, steps: [{intent: greet}]}
            """
        ),
        "tests/test_s.yml",
        problems,
    )
    read = steps.read(content, DOMAIN, problems, are_tests=True)
    (story,) = stories.expectations(read, DOMAIN, problems)
    assert (story.name, story.source, story.line) == ("t", "tests/test_s.yml", 2)
    assert [(step.event, step.line, step.implied) for step in story.steps] == [
        (did(LISTEN), 0, True),
        (UserUttered("to Rome", Intent("inform"), (Entity("city", "Rome", 3, 7),)), 4, False),
        (SlotSet("city", "Rome"), 0, True),
        (SlotSet("all", ["Rome"]), 0, True),
        (did("utter_x"), 7, False),
        (did(LISTEN), 0, True),
    ]


def test_every_test_story_is_run_even_if_another_looks_the_same() -> None:
    problems = Problems()
    text = (
        "stories:\n- {story: a, steps: [{intent: greet}]}\n- {story: b, steps: [{intent: greet}]}"
    )
    read = steps.read(yaml.parse(text, "t.yml", problems), DOMAIN, problems, are_tests=True)
    assert [story.name for story in stories.expectations(read, DOMAIN, problems)] == ["a", "b"]
