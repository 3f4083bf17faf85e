"""Where the words of a response come from."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import pytest

from bespeak.actions.nlg import DomainResponses, Generator, NlgServer, generator_from
from bespeak.domain import Domain, ResponseCondition, Variation
from bespeak.errors import ActionError, ExtensionError, ProjectError
from bespeak.events import SlotSet
from bespeak.tracker import Tracker
from tests.engine.actions.conftest import Reply, Told
from tests.engine.actions.situation import DOMAIN, said, tracker

RESPONSES = replace(
    DOMAIN,
    responses={
        "utter_many": tuple(Variation({"text": f"{i}"}, id=f"{i}") for i in range(9)),
        "utter_city": (
            Variation({"text": "Rome!"}, conditions=(ResponseCondition("city", "rome"),), id="r"),
            Variation({"text": "{city}"}, id="c"),
        ),
        "utter_rest": (Variation({"text": "rest"}, channel="rest"),),
    },
)


def words(
    generator: Generator, response: str, now: Tracker, arguments: Mapping[str, Any] | None = None
) -> Mapping[str, Any] | None:
    async def generated() -> Mapping[str, Any] | None:
        try:
            return await generator.generate(response, now, RESPONSES, arguments or {})
        finally:
            await generator.close()

    return asyncio.run(generated())


class SayNothing:
    """A generator of the project's own, as named by its path."""

    def __init__(self, *, tone: str = "") -> None:
        self.tone = tone

    async def generate(
        self, response: str, tracker: Tracker, domain: Domain, arguments: Mapping[str, Any]
    ) -> None:
        return None

    async def close(self) -> None: ...


class NoGenerator:
    pass


class TestDomainResponses:
    def test_slots_and_arguments_are_filled_in_and_arguments_win(self) -> None:
        now = tracker(said(), SlotSet("city", "Oslo"))
        assert words(DomainResponses(), "utter_city", now) == {"text": "Oslo", "id": "c"}
        given = words(DomainResponses(), "utter_city", now, {"city": "Bonn"})
        assert given == {"text": "Bonn", "id": "c"}

    def test_an_unset_slot_reads_as_configured(self) -> None:
        assert words(DomainResponses(unset=""), "utter_city", tracker()) == {"text": "", "id": "c"}

    def test_the_choice_can_be_repeated(self) -> None:
        def drawn(seed: int) -> list[Any]:
            generator = DomainResponses(seed=seed)
            return [words(generator, "utter_many", tracker()) for _ in range(12)]

        assert drawn(1) == drawn(1) != drawn(2)

    def test_variations_for_rest_are_said_over_rest_only(self) -> None:
        now = tracker()
        assert words(DomainResponses(), "utter_rest", now)
        assert words(DomainResponses(), "utter_rest", replace(now, output_channel="slack")) is None

    def test_what_is_unknown_has_no_words(self) -> None:
        assert words(DomainResponses(), "utter_gone", tracker()) is None


class TestNlgServer:
    def test_the_request_is_rasas(self, told: Told) -> None:
        told.replies = [Reply(body=b'{"text": "Ciao", "mood": "calm"}')]
        now = tracker(said(), SlotSet("city", "Rome"))
        server = NlgServer(url=told.url, token="t")
        assert words(server, "utter_city", now) == {"text": "Ciao", "mood": "calm"}
        [heard] = told.heard
        body = orjson.loads(heard.body)
        assert list(body) == ["response", "id", "arguments", "tracker", "channel"]
        assert (body["response"], body["id"]) == ("utter_city", "r")
        assert (body["arguments"], body["channel"]) == ({}, {"name": "collector"})
        assert body["tracker"]["slots"]["city"] == "Rome"
        assert heard.path == "/webhook?token=t"

    def test_for_what_an_action_says_no_variation_is_chosen(self, told: Told) -> None:
        told.replies = [Reply(body=b"{}")]
        words(NlgServer(url=told.url), "utter_city", tracker(), {"extra": 1})
        body = orjson.loads(told.heard[0].body)
        assert (body["id"], body["arguments"]) == (None, {"extra": 1})

    @pytest.mark.parametrize(
        ("reply", "what"),
        [
            (Reply(500, b"x"), "answered 500"),
            (Reply(200, b"x"), "no JSON"),
            (Reply(200, b"null"), "an object is expected"),
            (Reply(200, b'{"text": null}'), "'text' must be a text"),
            (Reply(200, b'{"buttons": ["x"]}'), "'buttons' must be a list of objects or null"),
            (Reply(200, b'{"custom": []}'), "'custom' must be an object"),
            (Reply(hangs_up=True), "broke"),
        ],
    )
    def test_a_failure_says_what_came(self, told: Told, reply: Reply, what: str) -> None:
        told.replies = [reply]
        with pytest.raises(ActionError, match=what) as failed:
            words(NlgServer(url=told.url), "utter_city", tracker())
        assert failed.value.action == "utter_city"


class TestConfiguration:
    def test_without_a_section_the_domain_speaks(self) -> None:
        assert isinstance(generator_from(rng=random.Random(1)), DomainResponses)
        assert isinstance(generator_from({"type": "response", "url": "x"}), DomainResponses)

    def test_an_address_means_a_server(self) -> None:
        url = "http://localhost:1/nlg"
        assert isinstance(generator_from({"url": url}), NlgServer)
        assert isinstance(generator_from({"type": "Callback", "url": url}), NlgServer)

    def test_a_class_of_the_project_is_named_by_its_path(self) -> None:
        path = f"{__name__}.SayNothing"
        assert getattr(generator_from({"type": path, "tone": "dry"}), "tone", None) == "dry"

    @pytest.mark.parametrize(
        ("section", "complaint"),
        [
            ({"type": "respnse"}, "Did you mean 'response'"),
            ({"type": "callback"}, "url"),
            ({"type": f"{__name__}.NoGenerator"}, "has no method 'generate'"),
            ({"url": "nowhere"}, "no address of a server"),
        ],
    )
    def test_what_leads_nowhere_is_told(self, section: dict[str, Any], complaint: str) -> None:
        with pytest.raises(ProjectError, match=complaint):
            generator_from(section)


def test_the_error_of_a_wrong_class_is_an_extension_error() -> None:
    with pytest.raises(ExtensionError):
        generator_from({"type": "no.such.Thing"})
