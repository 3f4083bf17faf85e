"""Messages that another server understands: `nlu: url:` in endpoints.yml."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import yaml

from tests.e2e.conftest import Project
from tests.e2e.serving import Server, free_port, listening

PARCEL = {
    "text": "where is it",
    "intent": {"name": "greet", "confidence": 0.9},
    "entities": [],
}


def asking(url: str, **more: object) -> str:
    return yaml.safe_dump({"nlu": {"url": url, **more}})


def test_a_server_of_our_own_understands_what_this_one_could_not(project: Project) -> None:
    folder = project()
    token = ("--auth-token", "a token")
    with Server(folder, *token) as understands:
        (folder / "endpoints.yml").write_text(asking(understands.url, token="a token"))
        with Server(folder) as talks:
            assert talks.say("ann", "hello") == ["Hello!"]
            parsed = httpx.post(f"{talks.url}/model/parse", json={"text": "hello"}).json()
        assert parsed["intent"]["name"] == "greet"


def test_it_is_asked_as_rasa_asks(project: Project) -> None:
    def answer(asked: Mapping[str, Any]) -> tuple[int, Any]:
        return 200, {**PARCEL, "text": asked["text"]}

    with listening(answer) as listener, Server(project(asking(listener.url))) as server:
        assert server.say("ann", "where is it", "m1") == ["Hello!"]
        assert listener.heard == [{"token": None, "text": "where is it", "message_id": "m1"}]
        [heard] = [event for event in server.events("ann") if event["event"] == "user"]
    assert heard["parse_data"]["intent"] == PARCEL["intent"]


@pytest.mark.parametrize(
    ("status", "told"),
    [(500, {}), (200, []), (200, {"intent": "greet"}), (200, {"entities": [3]})],
    ids=["a failure", "a list", "an intent that is no object", "an entity that is none"],
)
def test_without_an_answer_that_can_be_read_nothing_is_understood(
    project: Project, status: int, told: object
) -> None:
    with listening(lambda _: (status, told)) as listener:
        with Server(project(asking(listener.url))) as server:
            assert server.say("ann", "hello") == []
            [heard] = [event for event in server.events("ann") if event["event"] == "user"]
        assert heard["parse_data"]["intent"]["name"] is None
        assert "A message was not understood" in server.log.read_text()


def test_a_server_that_is_not_there_costs_no_message(project: Project) -> None:
    with Server(project(asking(f"http://127.0.0.1:{free_port()}"))) as server:
        assert server.say("ann", "hello") == []
        assert server.texts("ann") == ["> hello"]
        assert "cannot be reached" in server.log.read_text()
