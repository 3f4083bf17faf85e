import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from bespeak.errors import ExtensionError
from bespeak.message import Entity, Message, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.duckling import DucklingEntityExtractor
from bespeak.testing.components import ComponentContract

AT = 1_781_075_700.0  # Wednesday, 10 June 2026, 09:15 in Berlin
NOWHERE = "http://127.0.0.1:9"  # the port "discard", on which nobody listens


@dataclass
class Duckling:
    """A server on this machine that answers as it is told, and remembers what it was asked."""

    url: str = ""
    status: int = 200
    answer: bytes = b"[]"
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def duckling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Duckling]:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
    monkeypatch.setattr(DucklingEntityExtractor, "down", {})
    server = Duckling()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            server.asked.append((self.path, form))
            self.send_response(server.status)
            self.end_headers()
            self.wfile.write(server.answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        server.url = f"http://127.0.0.1:{http.server_port}"
        yield server
        http.shutdown()
        thread.join()


def extracted(text: str, **options: Any) -> list[dict[str, Any]]:
    return processed(DucklingEntityExtractor(**options), text)


def processed(extractor: DucklingEntityExtractor, text: str) -> list[dict[str, Any]]:
    (message,) = extractor.process([Message(text, received_at=AT)])
    return [entity.to_dict() for entity in message.entities]


def answering(*matches: dict[str, Any]) -> bytes:
    return json.dumps(matches).encode()


FIVE = {
    "body": "five",
    "start": 6,
    "end": 10,
    "dim": "number",
    "latent": False,
    "value": {"value": 5, "type": "value"},
}
WEEKEND = {
    "body": "this weekend",
    "start": 0,
    "end": 12,
    "dim": "time",
    "value": {
        "type": "interval",
        "from": {"value": "2026-06-12T18:00:00.000+02:00", "grain": "hour"},
        "to": {"value": "2026-06-15T00:00:00.000+02:00", "grain": "hour"},
        "values": [],
    },
}


def test_the_server_is_asked_as_rasa_asks_it(duckling: Duckling) -> None:
    extracted("give five", url=duckling.url + "/")
    extracted(
        "für fünf",
        url=duckling.url,
        dimensions=["number", "time"],
        locale="de_DE",
        timezone="Europe/Berlin",
    )
    assert duckling.asked == [
        ("/parse", {"text": "give five", "dims": "null", "reftime": "1781075700000"}),
        (
            "/parse",
            {
                "text": "für fünf",
                "locale": "de_DE",
                "tz": "Europe/Berlin",
                "dims": '["number", "time"]',
                "reftime": "1781075700000",
            },
        ),
    ]


def test_the_servers_matches_become_entities(duckling: Duckling) -> None:
    duckling.answer = answering(FIVE, WEEKEND)
    assert extracted("give  five", url=duckling.url) == [
        {
            "entity": "number",
            "start": 6,
            "end": 10,
            "value": 5,
            "text": "five",
            "confidence": 1.0,
            "additional_info": {"value": 5, "type": "value"},
            "extractor": "DucklingEntityExtractor",
        },
        {
            "entity": "time",
            "start": 0,
            "end": 12,
            "value": {
                "to": "2026-06-15T00:00:00.000+02:00",
                "from": "2026-06-12T18:00:00.000+02:00",
            },
            "text": "this weekend",
            "confidence": 1.0,
            "additional_info": WEEKEND["value"],
            "extractor": "DucklingEntityExtractor",
        },
    ]


def test_only_the_wanted_dimensions_are_kept(duckling: Duckling) -> None:
    duckling.answer = answering(FIVE, WEEKEND)
    found = extracted("give  five", url=duckling.url, dimensions=["time"])
    assert [entity["entity"] for entity in found] == ["time"]


def test_the_environment_variable_wins(duckling: Duckling, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RASA_DUCKLING_HTTP_URL", duckling.url)
    extracted("give five", url=NOWHERE)
    assert len(duckling.asked) == 1


def test_without_a_server_values_are_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
    assert extracted("order 17", dimensions=["number", "email"]) == [
        {
            "entity": "number",
            "start": 6,
            "end": 8,
            "value": 17,
            "text": "17",
            "confidence": 1.0,
            "additional_info": {"value": 17, "type": "value"},
            "extractor": "DucklingEntityExtractor",
        }
    ]


def test_without_a_server_the_time_zone_is_ducklings_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
    (entity,) = extracted("in May 2027", dimensions=["time"])
    assert entity["value"] == "2027-05-01T00:00:00.000-07:00"
    (entity,) = extracted("in May 2027", dimensions=["time"], timezone="Europe/Berlin")
    assert entity["value"] == "2027-05-01T00:00:00.000+02:00"


def test_without_a_server_the_locale_is_the_projects_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
    extractor = DucklingEntityExtractor(dimensions=["number"])
    extractor.train(TrainingData(language="de"))
    assert [entity["value"] for entity in processed(extractor, "1.234,5 km")] == [1234.5]


def test_loading_asks_no_server_and_leaves_nothing_to_import_for_the_first_message(
    duckling: Duckling, tmp_path: Path
) -> None:
    DucklingEntityExtractor().save(tmp_path)
    served, alone = DucklingEntityExtractor(url=duckling.url), DucklingEntityExtractor()
    for extractor in (served, alone):
        extractor.load(tmp_path)
    assert duckling.asked == []
    assert (served._finder is None, alone._finder is None) == (True, False)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, b"oops"),
        (200, b"<html>"),
        (200, b'{"error": 1}'),
        (200, b'[{"dim": "number"}]'),
        (200, b'[{"dim": "number", "start": "x", "end": 1, "value": {}}]'),
        (200, b'[{"dim": "number", "start": 0, "end": 1, "value": 5}]'),
        (200, b"[1]"),
    ],
)
def test_a_server_that_answers_nonsense_is_replaced(
    duckling: Duckling, status: int, answer: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    duckling.status, duckling.answer = status, answer
    found = extracted("give five", url=duckling.url, dimensions=["number"])
    assert [entity["value"] for entity in found] == [5]
    assert "no Duckling server answers" in caplog.text


def test_a_server_that_is_down_is_logged_once_and_left_alone_for_a_while(
    duckling: Duckling, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor = DucklingEntityExtractor(url=duckling.url, dimensions=["number"])
    duckling.status = 503
    for _ in range(3):
        assert [entity["value"] for entity in processed(extractor, "give five")] == [5]
    assert len(duckling.asked) == 1
    monkeypatch.setattr("bespeak.nlu.duckling.RETRY_SECONDS", 0.0)
    DucklingEntityExtractor.down[duckling.url] = 0.0
    for _ in range(2):
        processed(extractor, "give five")
    assert len(duckling.asked) == 3
    assert caplog.text.count("no Duckling server answers") == 1
    duckling.status = 200
    with caplog.at_level("INFO"):
        assert processed(extractor, "give five") == []
    assert "answers again" in caplog.text


def test_another_extractor_does_not_say_again_that_a_server_is_down(
    duckling: Duckling, caplog: pytest.LogCaptureFixture
) -> None:
    duckling.status = 503
    for _ in range(3):  # as each fold of a cross-validation builds its own
        assert len(extracted("give five", url=duckling.url, dimensions=["number"])) == 1
    assert len(duckling.asked) == 1
    assert caplog.text.count("no Duckling server answers") == 1


def test_a_server_that_cannot_be_reached_is_replaced(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
    for url in (NOWHERE, "not a url"):
        assert len(extracted("give five", url=url, dimensions=["number"])) == 1
    assert "give five" not in caplog.text


def test_what_was_found_before_stays(duckling: Duckling) -> None:
    duckling.answer = answering(FIVE)
    extractor = DucklingEntityExtractor(url=duckling.url)
    (message,) = extractor.process([Message("give five", entities=(Entity("x", 1),))])
    assert [entity.name for entity in message.entities] == ["x", "number"]


def test_an_empty_text_is_not_asked_about(duckling: Duckling) -> None:
    assert extracted("", url=duckling.url) == []
    assert duckling.asked == []


@pytest.mark.parametrize(
    "options",
    [{"dimensions": "number"}, {"locale": "german"}, {"timezone": "Berlin"}, {"timezone": "../x"}],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ExtensionError, match=next(iter(options))):
        DucklingEntityExtractor(**options)


class TestWithoutAServer(ComponentContract):
    @pytest.fixture(params=[None, "de", "fr"])
    def build(
        self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[[], Component]:
        monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
        return lambda: DucklingEntityExtractor(locale=request.param)
