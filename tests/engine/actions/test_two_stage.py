"""The two-stage fallback, turn by turn."""

import asyncio
from dataclasses import replace

import pytest

from bespeak.actions.book import ActionBook
from bespeak.domain import (
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    LISTEN,
    TWO_STAGE_FALLBACK,
    Variation,
)
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    FollowupAction,
    Restarted,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.message import Intent
from tests.engine.actions.situation import DOMAIN, Scripted, said, tracker

WORDED = replace(
    DOMAIN,
    responses={
        "utter_ask_rephrase": (Variation({"text": "Say it again?"}),),
        "utter_default": (Variation({"text": "I give up."}),),
    },
)
UNCLEAR, DENIED = "nlu_fallback", "out_of_scope"
CLEAR = UserUttered("Rome", Intent("inform", 0.7), message_id="m9")


def turns(*intents: str) -> list[Event]:
    """Return messages of these intents, each but the last answered by the fallback's question."""
    events: list[Event] = []
    for i, intent in enumerate(intents):
        events.append(said("x", intent=intent, id=f"m{i}"))
        if i < len(intents) - 1:
            events.append(ActionExecuted(TWO_STAGE_FALLBACK))
            if i == 0:
                events.append(ActiveLoop(TWO_STAGE_FALLBACK))
            events.append(ActionExecuted(LISTEN))
    return events


def run(*events: Event) -> list[Event]:
    book = ActionBook(WORDED)
    return list(asyncio.run(book.action(TWO_STAGE_FALLBACK).run(tracker(*events), WORDED)))


def texts(events: list[Event]) -> list[str | None]:
    return [event.text for event in events if isinstance(event, BotUttered)]


def test_it_begins_by_asking_what_was_meant() -> None:
    begun, question = run(*turns(UNCLEAR))
    assert begun == ActiveLoop(TWO_STAGE_FALLBACK)
    assert isinstance(question, BotUttered) and question.metadata["utter_action"] == ASK_AFFIRMATION


def test_a_denial_is_asked_to_rephrase() -> None:
    assert texts(run(*turns(UNCLEAR, DENIED))) == ["Say it again?"]


def test_what_is_unclear_after_that_is_asked_again_what_was_meant() -> None:
    [question] = run(*turns(UNCLEAR, DENIED, UNCLEAR))
    assert isinstance(question, BotUttered) and question.metadata["utter_action"] == ASK_AFFIRMATION


@pytest.mark.parametrize(
    "intents", [(UNCLEAR, UNCLEAR), (UNCLEAR, DENIED, UNCLEAR, UNCLEAR), (DENIED, UNCLEAR, DENIED)]
)
def test_it_gives_up_when_nothing_helped(intents: tuple[str, ...]) -> None:
    over, sorry, rewound = run(*turns(*intents))
    assert (over, rewound) == (ActiveLoop(None), UserUtteranceReverted())
    assert texts([sorry]) == ["I give up."]


def test_a_clear_message_is_sure_and_stands_instead_of_the_unclear_one() -> None:
    before = turns(UNCLEAR, "inform")[:-1]
    assert run(*before, CLEAR) == [
        ActiveLoop(None),
        UserUtteranceReverted(),
        ActionExecuted(LISTEN),
        replace(CLEAR, intent=Intent("inform", 1.0)),
    ]
    again = run(*before, CLEAR)[-1]
    assert isinstance(again, UserUttered) and again.message_id == "m9"


def test_messages_before_a_restart_or_undone_do_not_count() -> None:
    assert len(run(said(intent=UNCLEAR), Restarted(), said(intent=UNCLEAR))) == 2
    undone = [said(intent=UNCLEAR), UserUtteranceReverted(), said(intent=UNCLEAR)]
    assert len(run(*undone)) == 2, "it asks, and does not give up"


@pytest.mark.parametrize(
    ("replaced", "events"),
    [(ASK_AFFIRMATION, turns(UNCLEAR)), (ASK_REPHRASE, turns(UNCLEAR, DENIED))],
)
def test_a_project_may_ask_in_its_own_way(replaced: str, events: list[Event]) -> None:
    own = replace(DOMAIN, actions=(replaced,))
    executor = Scripted(**{replaced: [FollowupAction("mine")]})
    book = ActionBook(own, executor=executor)
    done = asyncio.run(book.action(TWO_STAGE_FALLBACK).run(tracker(*events, domain=own), own))
    assert done[-1] == FollowupAction("mine")
    assert [within for _, within, _ in executor.calls] == [TWO_STAGE_FALLBACK]
