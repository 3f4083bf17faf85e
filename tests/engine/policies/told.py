"""Stories, rules and conversations written down in a few words, for tests of policies.

A step is an event, or a text: `"> greet"` is a user turn by its intent, anything else an action.
As in story files, `action_listen` comes before a user turn and at the end by itself.
"""

from collections.abc import Sequence

from bespeak.dialogue.story import MUST_NOT_BE_SET, Story, StoryKind
from bespeak.domain import LISTEN, SNIPPET, Domain, EntityType, Form, IntentType, Slot, SlotType
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUttered,
)
from bespeak.message import Intent
from bespeak.tracker import Tracker

Step = str | Event

DOMAIN = Domain(
    intents={
        name: IntentType(name)
        for name in ("greet", "bye", "book", "faq", "inform", "deny", "mood_great", "mood_bad")
    },
    entities={name: EntityType(name) for name in ("city", "seats")},
    slots={
        "city": Slot("city", SlotType.TEXT),
        "vip": Slot("vip", SlotType.BOOL),
        "note": Slot("note", SlotType.ANY, influences_conversation=False),
        "requested_slot": Slot("requested_slot", SlotType.TEXT, influences_conversation=False),
    },
    actions=(
        "utter_greet",
        "utter_bye",
        "utter_faq",
        "utter_done",
        "utter_happy",
        "utter_cheer_up",
        "utter_vip",
        "utter_sure",
        "action_book",
    ),
    forms={"booking": Form("booking", ("city",))},
    texts=("Hello there!",),
)


def user(intent: str, text: str | None = None) -> UserUttered:
    return UserUttered(text, Intent(intent))


def said(text: str) -> UserUttered:
    """An end-to-end turn: only its text is known."""
    return UserUttered(text)


def events(steps: Sequence[Step]) -> list[Event]:
    told: list[Event] = []
    for step in steps:
        event: Event
        if isinstance(step, str):
            event = user(step[2:]) if step.startswith("> ") else ActionExecuted(step)
        else:
            event = step
        if isinstance(event, UserUttered):
            told.append(ActionExecuted(LISTEN))
        told.append(event)
    return told


def story(*steps: Step, name: str = "a story", domain: Domain = DOMAIN) -> Story:
    return _story(name, StoryKind.STORY, [*events(steps), ActionExecuted(LISTEN)], domain)


def rule(
    *steps: Step,
    name: str = "a rule",
    condition: Sequence[Event] = (),
    start: bool = False,
    wait: bool = True,
    domain: Domain = DOMAIN,
) -> Story:
    opening = [] if start else [ActionExecuted(SNIPPET)]
    ending = ActionExecuted(LISTEN if wait else SNIPPET)
    whole = [absent(e) for e in (*condition, *opening, *events(steps), ending)]
    return _story(name, StoryKind.RULE, whole, domain)


def absent(event: Event) -> Event:
    """What null means in a rule: it must not be set."""
    match event:
        case SlotSet(name=name, value=None):
            return SlotSet(name, MUST_NOT_BE_SET)
        case ActiveLoop(name=None):
            return ActiveLoop(MUST_NOT_BE_SET)
    return event


def _story(name: str, kind: StoryKind, told: Sequence[Event], domain: Domain) -> Story:
    first = next(i for i, event in enumerate(told) if isinstance(event, ActionExecuted))
    opened = told[first] == ActionExecuted(LISTEN)
    return Story(
        name,
        Tracker.start(name, domain).record(told),
        kind,
        source="data/rules.yml" if kind is StoryKind.RULE else "data/stories.yml",
        lines=tuple(range(1, len(told) + 1)),
        names=(name,),
        unpredictable=frozenset() if opened else frozenset({first}),
    )


def live(*steps: Step, domain: Domain = DOMAIN) -> Tracker:
    """A conversation as it stands after these steps; messages are decided on by their intent.

    Live messages have a text, too. The newest one is not decided on yet.
    """
    told: list[Event] = [ActionExecuted("action_session_start"), SessionStarted()]
    steps_told = events(steps)
    if not isinstance(steps_told[0], ActionExecuted):
        told.append(ActionExecuted(LISTEN))
    for i, event in enumerate(steps_told):
        if isinstance(event, UserUttered):
            text = event.text or f"words for {event.intent_name}"
            event = UserUttered(text, event.intent, event.entities)
        told.append(event)
        later = steps_told[i + 1 :]
        if isinstance(event, UserUttered) and any(isinstance(e, ActionExecuted) for e in later):
            told.append(UserFeaturization(False))
    return Tracker.start("someone", domain).record(told)
