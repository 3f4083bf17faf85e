"""What the bot says by itself."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bespeak.actions.book import ActionBook
from bespeak.actions.nlg import NlgServer
from bespeak.actions.utter import APOLOGY, APOLOGY_RESPONSE, retrieved
from bespeak.domain import Domain, IntentType, Variation
from bespeak.errors import ActionError
from bespeak.events import BotUttered, Event, UserUttered, to_dict
from bespeak.message import Intent
from bespeak.tracker import Tracker
from tests.engine.actions.conftest import Reply, Told
from tests.engine.actions.situation import DOMAIN, tracker

FAQ = replace(
    DOMAIN,
    intents={"faq": IntentType("faq", is_retrieval=True)},
    responses={"utter_faq/hours": (Variation({"text": "9 to 5"}),)},
    actions=("utter_faq",),
    texts=("You are welcome!",),
)


def run(name: str, now: Tracker, domain: Domain = DOMAIN) -> list[Event]:
    return list(asyncio.run(ActionBook(domain).action(name).run(now, domain)))


def found(**selectors: Any) -> Tracker:
    parse = {"response_selector": {"all_retrieval_intents": ["faq"], **selectors}}
    return tracker(UserUttered("when?", Intent("faq"), parse=parse), domain=FAQ)


def selected(response: str) -> dict[str, Any]:
    return {"response": {"utter_action": response}}


def test_a_response_has_the_wire_form_of_rasa() -> None:
    [said] = run("utter_bye", tracker())
    assert to_dict(said) == {
        "event": "bot",
        "timestamp": None,
        "metadata": {"utter_action": "utter_bye"},
        "text": "Bye",
        "data": {
            "elements": None,
            "quick_replies": None,
            "buttons": None,
            "attachment": None,
            "image": None,
            "custom": None,
        },
    }


def test_where_nothing_fits_nothing_is_said_and_the_log_tells(
    caplog: pytest.LogCaptureFixture,
) -> None:
    silent = replace(DOMAIN, responses={"utter_bye": (Variation({"text": "x"}, channel="slack"),)})
    assert run("utter_bye", tracker(), silent) == []
    assert "utter_bye" in caplog.text


class TestRetrieval:
    def test_what_the_selector_found_is_said(self) -> None:
        [said] = run("utter_faq", found(default=selected("utter_faq/hours")), FAQ)
        assert said == BotUttered("9 to 5", said.data if isinstance(said, BotUttered) else {})
        assert said.metadata == {"utter_action": "utter_faq/hours"}

    def test_a_selector_of_the_intent_comes_before_the_one_for_all(self) -> None:
        both = found(default=selected("utter_other/x"), faq=selected("utter_faq/hours"))
        assert retrieved("utter_faq", both) == "utter_faq/hours"

    @pytest.mark.parametrize(
        "now", [tracker(domain=FAQ), found(), found(default={}), Tracker.start("c", FAQ)]
    )
    def test_without_an_answer_the_action_fails(self, now: Tracker) -> None:
        with pytest.raises(ActionError, match="ResponseSelector"):
            run("utter_faq", now, FAQ)


def test_an_end_to_end_text_is_said_as_it_is() -> None:
    [said] = run("You are welcome!", tracker(domain=FAQ), FAQ)
    assert isinstance(said, BotUttered)
    assert (said.text, said.metadata) == ("You are welcome!", {})


class TestApology:
    def said(self, domain: Domain, **options: Any) -> BotUttered:
        async def apologised() -> BotUttered:
            book = ActionBook(domain, **options)
            [said] = await book.apology(tracker(), domain)
            await book.close()
            assert isinstance(said, BotUttered)
            return said

        return asyncio.run(apologised())

    def test_the_domain_may_word_it(self) -> None:
        worded = replace(
            DOMAIN, responses={APOLOGY_RESPONSE: (Variation({"text": "Oh no, {city}"}),)}
        )
        assert self.said(worded).text == "Oh no, None"

    def test_without_words_it_is_plain(self) -> None:
        said = self.said(DOMAIN)
        assert (said.text, said.metadata) == (APOLOGY, {"utter_action": APOLOGY_RESPONSE})

    def test_it_is_said_even_where_the_words_cannot_be_had(self, told: Told) -> None:
        told.replies = [Reply(500)]
        assert self.said(DOMAIN, generator=NlgServer(url=told.url)).text == APOLOGY
