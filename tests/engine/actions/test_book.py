"""From a name to an action."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from bespeak.actions.book import ActionBook
from bespeak.actions.wire import Answer
from bespeak.domain import DEFAULT_ACTIONS, SNIPPET, Domain, Form, IntentType, Variation
from bespeak.errors import ActionError
from bespeak.events import Event, FollowupAction, SlotSet
from bespeak.tracker import Tracker
from tests.engine.actions.situation import DOMAIN, tracker

PROJECT = Domain(
    intents={"faq": IntentType("faq", is_retrieval=True)},
    responses={"utter_hi": (Variation({"text": "hi"}),), "utter_faq": (Variation({"text": "x"}),)},
    actions=("action_mine", "action_back", "own_form"),
    forms={"a_form": Form("a_form"), "own_form": Form("own_form")},
    texts=("Hello there", "utter_hi there"),
)


class Elsewhere:
    """An executor that only says which action it was asked for."""

    async def run(self, action: str, tracker: Tracker, domain: Domain, within: str = "") -> Answer:
        return Answer((FollowupAction(action),))

    async def close(self) -> None: ...


def kind(name: str, domain: Domain = PROJECT) -> str:
    return type(ActionBook(domain).action(name)).__name__


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("action_listen", "Does"),
        ("action_two_stage_fallback", "TwoStageFallback"),
        ("action_extract_slots", "SlotExtraction"),
        ("action_back", "CustomAction"),
        ("utter_faq", "UtterRetrieved"),
        ("utter_hi", "Utter"),
        ("Hello there", "SayText"),
        ("utter_hi there", "SayText"),
        ("a_form", "FormAction"),
        ("own_form", "CustomAction"),
        ("action_mine", "CustomAction"),
    ],
)
def test_a_name_leads_to_its_kind_of_action(name: str, expected: str) -> None:
    assert kind(name) == expected


@pytest.mark.parametrize("name", sorted(set(DEFAULT_ACTIONS) - {SNIPPET}))
def test_a_project_may_replace_any_default_action(name: str) -> None:
    own = replace(PROJECT, actions=(name,))
    book = ActionBook(own, executor=Elsewhere())
    done = asyncio.run(book.action(name).run(tracker(), own))
    assert done == [FollowupAction(name)]


def test_an_unknown_name_is_told_with_the_near_match() -> None:
    with pytest.raises(ActionError, match=r"no action 'action_min'\. Did you mean 'action_mine'"):
        ActionBook(PROJECT).action("action_min")


def test_an_action_is_looked_up_once() -> None:
    book = ActionBook(PROJECT)
    assert book.action("utter_hi") is book.action("utter_hi")


def test_extracting_slots_is_what_the_default_action_does() -> None:
    now = tracker()

    async def both() -> tuple[Sequence[Event], Sequence[Event]]:
        book = ActionBook(DOMAIN)
        return (
            await book.extract_slots(now, DOMAIN),
            await book.action("action_extract_slots").run(now, DOMAIN),
        )

    once, again = asyncio.run(both())
    assert once == again
    assert not [event for event in once if not isinstance(event, SlotSet)]
