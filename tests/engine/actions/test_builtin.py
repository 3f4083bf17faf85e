"""What each default action does."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bespeak.actions.book import ActionBook
from bespeak.domain import (
    ASK_AFFIRMATION,
    ASK_REPHRASE,
    BACK,
    DEACTIVATE_LOOP,
    DEFAULT_FALLBACK,
    LISTEN,
    REQUESTED_SLOT,
    RESTART,
    REVERT_FALLBACK,
    SESSION_START,
    UNLIKELY_INTENT,
    Domain,
    Variation,
)
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.message import Intent
from bespeak.tracker import Tracker
from tests.engine.actions.situation import DOMAIN, said, tracker

SPOKEN = {
    RESTART: "utter_restart",
    DEFAULT_FALLBACK: "utter_default",
    ASK_REPHRASE: "utter_ask_rephrase",
    BACK: "utter_back",
}
WORDED = replace(DOMAIN, responses={name: (Variation({"text": name}),) for name in SPOKEN.values()})
EFFECTS: dict[str, list[Event]] = {
    LISTEN: [],
    RESTART: [Restarted()],
    DEFAULT_FALLBACK: [UserUtteranceReverted()],
    DEACTIVATE_LOOP: [ActiveLoop(None), SlotSet(REQUESTED_SLOT, None)],
    ASK_REPHRASE: [],
    UNLIKELY_INTENT: [],
    BACK: [UserUtteranceReverted(), UserUtteranceReverted()],
}


def run(name: str, now: Tracker | None = None, domain: Domain = DOMAIN) -> list[Event]:
    return list(asyncio.run(ActionBook(domain).action(name).run(now or tracker(), domain)))


@pytest.mark.parametrize("name", EFFECTS)
def test_the_effects_of_each(name: str, caplog: pytest.LogCaptureFixture) -> None:
    assert run(name) == EFFECTS[name]
    assert not caplog.text, "a response that is optional is not missed"


@pytest.mark.parametrize("name", SPOKEN)
def test_those_with_a_response_say_it_first(name: str) -> None:
    spoken, *effects = run(name, domain=WORDED)
    assert isinstance(spoken, BotUttered) and spoken.text == SPOKEN[name]
    assert effects == EFFECTS[name]


def test_a_session_begins_with_the_old_slots() -> None:
    assert run(SESSION_START, tracker(SlotSet("city", "Rome"))) == [
        SessionStarted(),
        SlotSet("city", "Rome"),
        ActionExecuted(LISTEN),
    ]


class TestAskingForAffirmation:
    def asked(self, intent: str, *ranking: str) -> BotUttered:
        parse: dict[str, Any] = {"intent_ranking": [{"name": name} for name in ranking]}
        [question] = run(ASK_AFFIRMATION, tracker(UserUttered("x", Intent(intent), parse=parse)))
        assert isinstance(question, BotUttered)
        return question

    def test_it_offers_yes_and_no(self) -> None:
        question = self.asked("greet")
        assert question.text == "Did you mean 'greet'?"
        assert question.data["buttons"] == [
            {"title": "Yes", "payload": "/greet"},
            {"title": "No", "payload": "/out_of_scope"},
        ]
        assert question.metadata == {"utter_action": ASK_AFFIRMATION}

    def test_after_a_fallback_it_guesses_the_likeliest(self) -> None:
        assert "'bye'" in (self.asked("nlu_fallback", "nlu_fallback", "bye", "greet").text or "")

    def test_without_any_guess_it_names_the_fallback(self) -> None:
        assert "'nlu_fallback'" in (self.asked("nlu_fallback", "nlu_fallback").text or "")


class TestRevertingAFallback:
    """The user's turns that a fallback took disappear, and the clear message stands instead."""

    unclear = said("mumble", intent="nlu_fallback", id="m1")
    denied = said("no", intent="out_of_scope", id="m2")
    clear = UserUttered("Rome!", Intent("inform", 0.6), message_id="m3")

    def after(self, *events: Event) -> list[Event]:
        """Return what holds once the fallback is reverted."""
        now = tracker(ActionExecuted("utter_bye"), ActionExecuted(LISTEN), *events)
        reverted = now.record(run(REVERT_FALLBACK, now))
        return reverted.history[1:]

    def sure(self, confidence: float) -> list[Event]:
        return [
            ActionExecuted("utter_bye"),
            ActionExecuted(LISTEN),
            replace(self.clear, intent=Intent("inform", confidence)),
        ]

    def test_an_affirmed_message_is_sure(self) -> None:
        got = self.after(
            self.unclear, ActionExecuted(ASK_AFFIRMATION), ActionExecuted(LISTEN), self.clear
        )
        assert got == self.sure(1.0)

    def test_a_rephrased_message_is_as_sure_as_it_was(self) -> None:
        got = self.after(
            self.unclear,
            ActionExecuted(ASK_AFFIRMATION),
            ActionExecuted(LISTEN),
            self.denied,
            ActionExecuted(ASK_REPHRASE),
            ActionExecuted(LISTEN),
            self.clear,
        )
        assert got == self.sure(0.6)

    def test_a_rephrased_message_may_have_been_affirmed(self) -> None:
        got = self.after(
            self.unclear,
            ActionExecuted(ASK_AFFIRMATION),
            ActionExecuted(LISTEN),
            self.denied,
            ActionExecuted(ASK_REPHRASE),
            ActionExecuted(LISTEN),
            said("mumble again", intent="nlu_fallback", id="m4"),
            ActionExecuted(ASK_AFFIRMATION),
            ActionExecuted(LISTEN),
            self.clear,
        )
        assert got == self.sure(1.0)

    def test_without_a_fallback_nothing_happens(self) -> None:
        assert run(REVERT_FALLBACK, tracker(said(), ActionExecuted("utter_bye"))) == []
        assert run(REVERT_FALLBACK, Tracker.start("c", DOMAIN)) == []
