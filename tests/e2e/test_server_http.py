"""The server over HTTP, as clients, browsers, probes and operators meet it."""

import json
import shutil
import ssl
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.serving import FILES, Listener, Server, bespeak, endpoints, listening, until

SECRET = "a secret that is long enough for HS256"

FAILURE = {"version", "status", "message", "reason", "details", "help", "code"}


@pytest.fixture(scope="module")
def server(trained_bot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served") / "project"
    shutil.copytree(trained_bot, folder)
    (folder / "credentials.yml").write_text("rest:\nsocketio:\n  session_persistence: true\n")
    with Server(folder, "--cors", "https://shop.example") as server:
        yield server


def ask(server: Server, method: str, path: str, **options: Any) -> httpx.Response:
    return httpx.request(method, f"{server.url}{path}", timeout=60, **options)


def test_nothing_that_fits_the_openapi_document_or_not_makes_the_server_fail(
    server: Server,
) -> None:
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        "run",
        f"{server.url}/openapi.json",
        *("--checks", "not_a_server_error,response_schema_conformance"),
        *("--max-examples", "25", "--seed", "1", "--no-color"),
        *("--exclude-path", "/model", "--exclude-path-regex", "/model/(train|test).*"),
    ]
    done = subprocess.run(command, cwd=server.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_openapi_document_names_every_route_of_the_api(server: Server) -> None:
    document = ask(server, "GET", "/openapi.json").json()
    told = {(m.upper(), path) for path, item in document["paths"].items() for m in item}
    conversation = "/conversations/{conversation_id}"
    assert told == {
        ("GET", "/version"),
        ("GET", "/status"),
        ("GET", "/domain"),
        ("GET", f"{conversation}/tracker"),
        ("POST", f"{conversation}/tracker/events"),
        ("PUT", f"{conversation}/tracker/events"),
        ("GET", f"{conversation}/story"),
        ("POST", f"{conversation}/execute"),
        ("POST", f"{conversation}/trigger_intent"),
        ("POST", f"{conversation}/predict"),
        ("POST", f"{conversation}/messages"),
        ("GET", f"{conversation}/explain"),
        ("POST", "/model/train"),
        ("POST", "/model/test/stories"),
        ("POST", "/model/test/intents"),
        ("POST", "/model/predict"),
        ("POST", "/model/parse"),
        ("PUT", "/model"),
        ("DELETE", "/model"),
    }


def test_the_root_greets_programs_as_rasa_does_and_browsers_with_the_chat(server: Server) -> None:
    assert ask(server, "GET", "/").text == "Hello from Rasa: 3.6.21"
    page = ask(server, "GET", "/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for file in ("chat.js", "chat.css", "icon.svg"):
        assert ask(server, "GET", f"/chat/{file}").status_code == 200


def test_what_is_not_there_is_told_in_the_apis_shape(server: Server) -> None:
    for method, path, status in [
        ("GET", "/nowhere", 404),
        ("GET", "/conversations", 404),
        ("POST", "/status", 405),
        ("GET", "/model/parse", 405),
    ]:
        answer = ask(server, method, path)
        assert (answer.status_code, set(answer.json())) == (status, FAILURE)
        assert answer.json()["code"] == status
    assert ask(server, "GET", "/model/parse").headers["allow"] == "POST"
    assert ask(server, "GET", "/nowhere").json()["message"] == "There is nothing here."


def test_every_answer_has_the_requests_id_or_one_of_its_own(server: Server) -> None:
    given = ask(server, "GET", "/livez", headers={"X-Request-ID": "abc-123"})
    assert given.headers["x-request-id"] == "abc-123"
    unfit = ask(server, "GET", "/livez", headers={"X-Request-ID": "a b\tc" * 40})
    assert unfit.headers["x-request-id"] != "a b\tc" * 40
    assert len(ask(server, "GET", "/nowhere").headers["x-request-id"]) == 32


def test_bodies_have_a_limit(server: Server) -> None:
    path = "/webhooks/rest/webhook"
    large = b'{"message": "' + b"x" * 1_000_000 + b'"}'
    assert ask(server, "POST", path, content=large).status_code == 413

    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * 50_000

    assert ask(server, "POST", path, content=chunks()).status_code == 413
    long = json.dumps({"message": "x" * 100_001})
    assert ask(server, "POST", path, content=long).status_code == 413


def test_pages_of_named_sites_may_call_and_others_may_not(server: Server) -> None:
    asked = {"Access-Control-Request-Method": "POST"}
    for origin, allowed in [("https://shop.example", True), ("https://other.example", False)]:
        headers = {"Origin": origin}
        before = ask(server, "OPTIONS", "/webhooks/rest/webhook", headers={**headers, **asked})
        assert (before.headers.get("access-control-allow-origin") == origin) is allowed
        body = {"sender": "cors", "message": "hello"}
        answer = ask(server, "POST", "/webhooks/rest/webhook", headers=headers, json=body)
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


def test_the_socket_answers_for_its_origins_once(server: Server) -> None:
    query = {"EIO": "4", "transport": "polling"}
    headers = {"Origin": "https://shop.example"}
    answer = ask(server, "GET", "/socket.io/", params=query, headers=headers)
    assert answer.status_code == 200
    assert answer.headers.get_list("access-control-allow-origin") == ["https://shop.example"]


def test_probes_say_whether_it_lives_and_whether_it_is_ready(
    trained_bot: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(trained_bot, folder)
    with Server(folder) as server:
        assert ask(server, "GET", "/livez").json() == {"status": "ok"}
        assert ask(server, "GET", "/readyz").json() == {"status": "ok", "problems": []}
        assert ask(server, "DELETE", "/model").status_code == 204
        unready = ask(server, "GET", "/readyz")
        assert (unready.status_code, unready.json()["status"]) == (503, "unready")
        assert unready.json()["problems"] == ["no model is loaded"]
        assert ask(server, "GET", "/status").status_code == 409
        assert server.say("ann", "hello") == []
        model = next((folder / "models").iterdir())
        assert ask(server, "PUT", "/model", json={"model_file": str(model)}).status_code == 204
        assert server.say("ann", "hello") == ["Hello!"]


def test_metrics_count_turns_and_name_nobody(server: Server) -> None:
    server.say("counted-person", "hello")
    ask(
        server,
        "POST",
        "/webhooks/rest/webhook",
        json={"sender": "counted-person", "message": "hello", "input_channel": "made-up"},
    )
    metrics = ask(server, "GET", "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain")
    lines = metrics.text.splitlines()
    assert any(line.startswith('bespeak_turns_total{channel="rest"} ') for line in lines)
    assert any(line.startswith('bespeak_turn_seconds_bucket{part="total"') for line in lines)
    assert "bespeak_model_loaded 1" in [line.removesuffix(".0") for line in lines]
    assert "counted-person" not in metrics.text
    assert "made-up" not in metrics.text


def test_the_log_is_json_and_says_nothing_of_what_was_said(
    trained_bot: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "project"
    shutil.copytree(trained_bot, folder)
    marker = "zanzibar"
    (folder / "endpoints.yml").write_text(endpoints("http://127.0.0.1:1"))
    with Server(folder, "-v") as server:
        server.say(f"{marker}-sender", f"hello {marker}", f"{marker}-id")
        server.say(f"{marker}-sender", f"parcel {marker}")  # an action that cannot be reached
        body = {"name": marker, "entities": {marker: marker}}
        path = f"/conversations/{marker}-sender"
        ask(server, "POST", f"{path}/trigger_intent", json=body)
        ask(server, "POST", f"{path}/tracker/events", json={"event": marker})
        ask(server, "POST", f"{path}/messages", json={"text": marker, "sender": "user"})
        ask(server, "POST", "/model/parse", content=marker.encode())
        ask(server, "POST", "/webhooks/rest/webhook", json={"message": [marker]})
    lines = server.log.read_text().splitlines()
    read = [json.loads(line) for line in lines]
    assert {"time", "level", "logger", "message"} <= set(read[0])
    (failed,) = [line for line in read if line.get("action") == "action_look_up"]
    assert failed["level"] == "error"
    assert failed["request"], "the id of the request in which it failed"
    assert marker not in server.log.read_text()


class TestWhoMayUseTheApi:
    @pytest.fixture
    def guarded(self, project: Callable[..., Path]) -> Iterator[Server]:
        with Server(project(), "--auth-token", "t0ken", "--jwt-secret", SECRET) as server:
            yield server

    def test_a_token_or_a_jwt_opens_it_and_channels_stay_open(self, guarded: Server) -> None:
        def status(path: str, bearer: str = "", **query: str) -> int:
            headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
            return ask(guarded, "GET", path, headers=headers, params=query).status_code

        def signed(role: str, name: str, secret: str = SECRET) -> str:
            return jwt.encode({"user": {"username": name, "role": role}}, secret)

        assert status("/status") == 401
        assert status("/status", bearer="t0ken") == 200
        assert status("/status", token="t0ken") == 200
        assert status("/status", token="wrong") == 401
        assert status("/status", signed("admin", "root")) == 200
        assert status("/status", signed("user", "ann")) == 403
        assert status("/conversations/ann/tracker", signed("user", "ann")) == 200
        assert status("/conversations/bob/tracker", signed("user", "ann")) == 403
        assert status("/conversations/ann/tracker", signed("admin", "x", SECRET[::-1])) == 401
        assert status("/metrics") == 401
        assert status("/livez") == status("/readyz") == status("/version") == 200
        assert guarded.say("ann", "hello") == ["Hello!"]


class TestModels:
    """Training and evaluation by the API, each in a process of its own."""

    PROJECT = "\n".join(
        [
            FILES["config.yml"].replace("        ", ""),
            FILES["domain.yml"].replace("        ", "").replace('version: "3.1"', ""),
            FILES["data.yml"].replace("        ", "").replace("Hello!", "Ahoy!"),
        ]
    )

    def test_a_project_is_trained_and_its_model_served(self, server: Server) -> None:
        answer = ask(server, "POST", "/model/train", content=self.PROJECT)
        assert answer.status_code == 200, answer.text
        name = answer.headers["filename"]
        assert name.endswith(".tar.gz")
        assert "domain.json" in members(answer.content)
        assert (server.folder / "models" / name).exists()
        body = {"model_file": f"models/{name}"}
        assert ask(server, "PUT", "/model", json=body).status_code == 204
        assert Path(ask(server, "GET", "/status").json()["model_file"]).name == name

    def test_a_model_may_be_kept_out_of_the_servers_folder(self, server: Server) -> None:
        before = set((server.folder / "models").iterdir())
        answer = ask(
            server,
            "POST",
            "/model/train",
            content=self.PROJECT,
            params={"save_to_default_model_directory": "false"},
        )
        assert answer.status_code == 200, answer.text
        assert set((server.folder / "models").iterdir()) == before

    def test_a_broken_project_is_told_what_is_wrong(self, server: Server) -> None:
        broken = self.PROJECT.replace("action: utter_greet", "action: utter_great")
        answer = ask(server, "POST", "/model/train", content=broken)
        assert (answer.status_code, answer.json()["reason"]) == (400, "TrainingError")
        assert "utter_great" in answer.json()["message"]
        assert "data.yml:" in answer.json()["message"]

    def test_the_result_may_be_posted_later(self, server: Server) -> None:
        with listening(lambda _: (200, {}), raw=True) as heard:
            query = {"callback_url": f"{heard.url}/done", "save_to_default_model_directory": "no"}
            answer = ask(server, "POST", "/model/train", content=self.PROJECT, params=query)
            assert (answer.status_code, answer.content) == (204, b"")
            until(lambda: bool(heard.heard), "the model comes")
        assert "domain.json" in members(heard.heard[0])

    def test_stories_are_tested(self, server: Server) -> None:
        stories = """
version: "3.1"
stories:
- story: greeted
  steps:
  - user: hello
    intent: greet
  - action: utter_greet
- story: wrong
  steps:
  - user: hello
    intent: greet
  - action: utter_choose
"""
        for query in ({}, {"e2e": "true"}):
            answer = ask(
                server, "POST", "/model/test/stories", content=stories, params=query
            ).json()
            assert answer["is_end_to_end_evaluation"] is bool(query)
            assert answer["report"]["conversation_accuracy"]["correct"] == 1
            assert answer["report"]["conversation_accuracy"]["total"] == 2

    def test_understanding_is_tested(self, server: Server) -> None:
        data = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
- intent: look
  examples: |
    - parcel
"""
        answer = ask(server, "POST", "/model/test/intents", content=data)
        assert answer.status_code == 200, answer.text
        evaluation = answer.json()
        assert set(evaluation) >= {
            "intent_evaluation",
            "entity_evaluation",
            "response_selection_evaluation",
        }
        assert evaluation["intent_evaluation"]["f1_score"] == 1.0


def members(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=BytesIO(archive)) as read:
        return read.getnames()


def test_it_speaks_tls(project: Callable[..., Path], tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"open sesame"),
        )
    )
    options = ["--ssl-certificate", str(tmp_path / "cert.pem")]
    options += ["--ssl-keyfile", str(tmp_path / "key.pem"), "--ssl-password", "open sesame"]
    trust = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    server = Server(project(), *options).start(ready=False)
    with server, httpx.Client(verify=trust, base_url=f"https://localhost:{server.port}") as client:

        def answers() -> bool:
            try:
                return client.get("/readyz").status_code == 200
            except httpx.ConnectError:
                return False

        until(answers, "the server is ready")
        body = {"sender": "ann", "message": "hello"}
        said = client.post("/webhooks/rest/webhook", json=body).json()
        assert said == [{"recipient_id": "ann", "text": "Hello!"}]


class TestWhatCannotBegin:
    """Errors at the start are one line that says what to do, and the exit code 1."""

    @staticmethod
    def failed(server: Server) -> str:
        server.start(ready=False)
        assert server.process is not None
        assert server.process.wait(30) == 1
        log = server.log.read_text()
        assert "Traceback" not in log
        return log

    def test_a_port_that_is_taken(self, project: Callable[..., Path], server: Server) -> None:
        log = self.failed(Server(project(), port=server.port))
        assert f"Port {server.port} on 127.0.0.1 cannot be used" in log

    def test_a_model_that_is_not_there(self, project: Callable[..., Path]) -> None:
        assert "no-model.tar.gz" in self.failed(Server(project(), "--model", "no-model.tar.gz"))

    def test_a_channel_of_an_unknown_name(self, project: Callable[..., Path]) -> None:
        log = self.failed(Server(project(credentials="rets:\n")))
        assert "Did you mean 'rest'?" in log

    def test_several_workers_and_sockets(self, project: Callable[..., Path]) -> None:
        log = self.failed(Server(project(credentials="socketio:\n"), "--workers", "2"))
        assert "one worker each" in log


def test_without_the_api_only_channels_and_probes_are_served(
    project: Callable[..., Path], actions: Listener
) -> None:
    with Server(project(), api=False) as server:
        assert server.say("ann", "hello") == ["Hello!"]
        assert ask(server, "GET", "/webhooks/rest/").json() == {"status": "ok"}
        assert ask(server, "GET", "/version").status_code == 404
        assert "--enable-api" in ask(server, "GET", "/version").json()["message"]
        assert ask(server, "GET", "/conversations/ann/tracker").status_code == 404
        assert ask(server, "GET", "/openapi.json").status_code == 404


def test_a_trained_model_may_be_named_by_its_path(project: Callable[..., Path]) -> None:
    folder = project()
    bespeak("train", "--data", "data.yml", "--fixed-model-name", "named", cwd=folder)
    with Server(folder, "--model", "models/named.tar.gz") as server:
        assert ask(server, "GET", "/status").json()["model_file"].endswith("named.tar.gz")
