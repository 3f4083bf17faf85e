import pytest

from bespeak.data import endpoints
from bespeak.data.endpoints import ActionEndpoint, Endpoint, Endpoints, Models, Settings
from bespeak.data.problems import ProblemsFound, Severity
from tests.engine.data.conftest import Write


def read(write: Write, text: str) -> Endpoints:
    return endpoints.read(write({"endpoints.yml": text}) / "endpoints.yml")


def test_all_sections_are_read(write: Write) -> None:
    found = read(
        write,
        """\
        action_endpoint:
          url: http://localhost:5055/webhook/
          token: secret
          token_name: key
          params: {a: 1}
          headers: {X-A: 5}
          basic_auth: {username: u, password: 7}
          enable_selective_domain: true
          events: all
          retries: 2
        tracker_store: {type: SQL, dialect: postgresql, db: rasa}
        event_broker: {store_type: kafka, url: host}
        nlg: {url: "http://nlg", type: callback}
        nlu: {url: "http://nlu", cafile: ca.pem}
        models:
          url: http://models
          wait_time_between_pulls: null
          trusted_keys: MCow
        services:
          orders: {adapter: sandbox, url: "http://shop"}
          empty:
        """,
    )
    action = found.action
    assert action == ActionEndpoint(
        url="http://localhost:5055/webhook",
        params={"a": 1},
        headers={"X-A": "5"},
        basic_auth=("u", "7"),
        token="secret",
        token_name="key",
        events="all",
        enable_selective_domain=True,
        options={"retries": 2},
    )
    assert action.query == {"a": 1, "key": "secret"}
    assert found.tracker_store == Settings("SQL", {"dialect": "postgresql", "db": "rasa"})
    assert found.event_broker == Settings("kafka", {"url": "host"})
    assert found.nlg == Endpoint(url="http://nlg", type="callback")
    assert found.nlu == Endpoint(url="http://nlu", cafile="ca.pem")
    assert found.models == Models(url="http://models", wait=None, trusted_keys=("MCow",))
    assert found.services == {"orders": {"adapter": "sandbox", "url": "http://shop"}, "empty": {}}


def test_actions_may_run_in_this_process(write: Write) -> None:
    found = read(write, "action_endpoint: {module: actions}\n")
    assert found.action == ActionEndpoint(module="actions")
    assert (found.action.events, found.action.timeout) == ("session", 300.0)


def test_models_are_asked_every_hundred_seconds_unless_told_otherwise(write: Write) -> None:
    found = read(write, "models: {url: http://m}\n")
    assert found.models is not None
    assert found.models.wait == 100.0


def test_what_has_no_effect_is_explained(write: Write) -> None:
    found = read(
        write,
        """\
        lock_store: {type: redis}
        tracing: {type: jaeger}
        traker_store: {type: SQL}
        """,
    )
    assert found.lock_store == Settings("redis")
    assert {note.severity for note in found.notes} == {Severity.NOTE}
    told = {note.line: note.text for note in found.notes}
    assert "'lock_store' has no effect" in told[1]
    assert "belongs to Rasa Pro" in told[2]
    assert "Did you mean 'tracker_store'?" in told[3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tracker_store: SQL", "expected a mapping under 'tracker_store'"),
        ("action_endpoint: {token: x}", "expected the 'url' of an action server, or the 'module'"),
        ("action_endpoint: {url: x, events: some}", "expected session or all, found 'some'"),
        ("action_endpoint: {url: 5}", "expected text under 'url', found the number 5"),
        ("nlg: {url: x, basic_auth: {username: u}}", "basic_auth needs 'username' and 'password'"),
        ("models: {url: x, wait_time_between_pulls: soon}", "expected a number"),
        ("models: {url: x, trusted_keys: 5}", "expected a public key in base64, or a list of them"),
    ],
)
def test_a_wrong_section_is_refused_with_its_line(write: Write, text: str, said: str) -> None:
    with pytest.raises(ProblemsFound) as caught:
        read(write, text)
    assert str(caught.value).startswith("endpoints.yml:1: error: ")
    assert said in str(caught.value)


def test_no_file_is_an_empty_one() -> None:
    assert endpoints.read(None) == Endpoints()
