"""The order client against services that are down, slow, broken or lying."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from traceback import format_exception

import pytest

from actions.services.adapters.sandbox.orders import SandboxOrders
from actions.services.client import LONGEST_ANSWER, JsonClient
from actions.services.errors import ServiceMisconfigured, ServiceRefused, ServiceUnavailable
from actions.services.orders import CannotCancel, OrderNotFound, OrderState
from actions.services.retries import ATTEMPTS, LONGEST_PAUSE
from actions.services.settings import ServiceSettings
from tests.assistant.conftest import Shop

ANA = "ana.morales@example.com"
ORDER = {
    "number": "CM-10412",
    "state": "placed",
    "email": ANA,
    "currency": "EUR",
    "total_cents": 1780,
    "shipping_cents": 490,
    "placed_at": "2026-11-20T09:00:00Z",
    "lines": [
        {
            "line_id": "1",
            "variant_id": "IRS",
            "product": "Iris phone stand",
            "quantity": 1,
            "unit_price_cents": 1290,
        }
    ],
    "address": None,
    "shipments": [],
    "refund": None,
    "cancellable": True,
    "not_cancellable_because": None,
    "cancellation_fee_cents": 0,
    "changeable": True,
    "not_changeable_because": None,
}


@dataclass(frozen=True)
class Answer:
    """What the service says to one request; `after` lets it wait first."""

    status: int = 200
    body: str = json.dumps(ORDER)
    retry_after: str | None = None
    location: str | None = None
    after: threading.Event | None = None


@dataclass
class Service:
    """A server that answers what it was told to, in order, and remembers the requests."""

    answers: list[Answer] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], object]] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    url: str = ""

    def orders(self, *answers: Answer, timeout: float = 5.0) -> SandboxOrders:
        """A client of this service, which notes its pauses and does not wait."""
        self.answers = list(answers)
        settings = ServiceSettings("sandbox", self.url, "key", timeout)
        return SandboxOrders(settings, JsonClient(settings, sleep=self.pauses.append))


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.requests.append((self.path, dict(self.headers), body))
            answer = service.answers.pop(0)
            if answer.after is not None:
                answer.after.wait()
                return
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(answer.body.encode())))
            if answer.retry_after is not None:
                self.send_header("Retry-After", answer.retry_after)
            if answer.location is not None:
                self.send_header("Location", answer.location)
            self.end_headers()
            self.wfile.write(answer.body.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield service
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_order_is_read_from_the_real_sandbox(shop: Shop) -> None:
    orders = SandboxOrders(shop.settings)
    order = orders.find("CM-10412", ANA)
    assert (order.number, order.state, order.cancellable) == ("CM-10412", OrderState.PLACED, True)
    with pytest.raises(OrderNotFound):
        orders.find("CM-10412", "ben.carter@example.com")


def test_a_cancellation_repeated_with_its_key_is_one_cancellation(shop: Shop) -> None:
    orders = SandboxOrders(shop.settings)
    first = orders.cancel("CM-10412", ANA, key="key-0001")
    assert first.state is OrderState.CANCELLED
    assert orders.cancel("CM-10412", ANA, key="key-0001") == first
    with pytest.raises(CannotCancel, match="already_cancelled"):
        orders.cancel("CM-10412", ANA, key="key-0002")


def test_the_wrong_key_is_our_mistake_not_the_customers(shop: Shop) -> None:
    orders = SandboxOrders(ServiceSettings("sandbox", shop.url, "wrong"))
    with pytest.raises(ServiceMisconfigured, match="refused the key"):
        orders.find("CM-10412", ANA)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(service: Service, status: int) -> None:
    orders = service.orders(Answer(status), Answer(status), Answer())
    assert orders.find("CM-10412", ANA).number == "CM-10412"
    first, second = service.pauses
    assert 0 < first < second <= LONGEST_PAUSE


def test_a_lasting_failure_ends_after_the_last_attempt(service: Service) -> None:
    with pytest.raises(ServiceUnavailable, match="503"):
        service.orders(*[Answer(503)] * ATTEMPTS).find("CM-10412", ANA)
    assert len(service.requests) == ATTEMPTS


def test_every_attempt_of_an_effect_carries_the_same_key(service: Service) -> None:
    service.orders(Answer(500), Answer(503), Answer()).cancel("CM-10412", ANA, key="key-0001")
    assert [headers["Idempotency-Key"] for _, headers, _ in service.requests] == ["key-0001"] * 3
    assert [path for path, _, _ in service.requests] == ["/orders/CM-10412/cancel"] * 3


def test_retry_after_is_heeded_within_reason(service: Service) -> None:
    service.orders(Answer(429, retry_after="1"), Answer(429, retry_after="3600"), Answer()).find(
        "CM-10412", ANA
    )
    assert service.pauses == [1.0, LONGEST_PAUSE]


def test_a_refusal_is_not_tried_again(service: Service) -> None:
    with pytest.raises(ServiceRefused):
        service.orders(Answer(422, '{"error": {"code": "malformed_request"}}')).find("x", ANA)
    assert len(service.requests) == 1


def test_a_service_that_is_slow_counts_as_down(service: Service) -> None:
    never = threading.Event()
    slow = [Answer(after=never)] * ATTEMPTS
    try:
        with pytest.raises(ServiceUnavailable, match="ReadTimeout"):
            service.orders(*slow, timeout=0.05).find("CM-10412", ANA)
    finally:
        never.set()


def test_a_service_that_is_down_is_unavailable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        closed = f"http://127.0.0.1:{door.getsockname()[1]}"
    settings = ServiceSettings("sandbox", closed)
    orders = SandboxOrders(settings, JsonClient(settings, sleep=lambda _: None))
    with pytest.raises(ServiceUnavailable, match="ConnectionError"):
        orders.find("CM-10412", ANA)


@pytest.mark.parametrize(
    "body",
    [
        "<html>Welcome to nginx!</html>",
        "null",
        "[]",
        "{}",
        json.dumps({**ORDER, "state": "teleported"}),
        json.dumps({**ORDER, "total_cents": "a lot"}),
        json.dumps({key: value for key, value in ORDER.items() if key != "shipments"}),
    ],
)
def test_nonsense_is_not_taken_for_an_order(service: Service, body: str) -> None:
    with pytest.raises(ServiceUnavailable):
        service.orders(*[Answer(body=body)] * ATTEMPTS).find("CM-10412", ANA)


def test_nonsense_about_a_customer_gets_into_no_log(service: Service) -> None:
    with pytest.raises(ServiceUnavailable) as caught:
        service.orders(Answer(body=json.dumps({**ORDER, "email": [ANA]}))).find("CM-10412", ANA)
    assert ANA not in "".join(format_exception(caught.value))


def test_an_order_of_somebody_else_is_not_handed_on_even_if_the_service_sends_it(
    service: Service,
) -> None:
    other = json.dumps({**ORDER, "email": "ben.carter@example.com"})
    with pytest.raises(OrderNotFound):
        service.orders(Answer(body=other)).find("CM-10412", ANA)


def test_a_redirect_does_not_carry_the_key_elsewhere(service: Service) -> None:
    with pytest.raises(ServiceMisconfigured, match="302"):
        service.orders(Answer(302, location="/elsewhere")).find("CM-10412", ANA)


def test_a_number_cannot_change_the_address(service: Service) -> None:
    service.orders(Answer()).cancel("../../x?y", ANA, key="key-0001")
    assert service.requests[0][0] == "/orders/..%2F..%2Fx%3Fy/cancel"


def test_an_answer_without_end_is_cut_off(service: Service) -> None:
    endless = Answer(body=" " * (LONGEST_ANSWER + 1) + json.dumps(ORDER))
    with pytest.raises(ServiceUnavailable, match="bytes"):
        service.orders(*[endless] * ATTEMPTS).find("CM-10412", ANA)


def test_an_answer_that_drips_counts_as_slow(service: Service) -> None:
    settings = ServiceSettings("sandbox", service.url, "key", timeout=5.0)
    service.answers = [Answer()] * ATTEMPTS
    seconds = iter(range(0, 1000, 6))  # each look at the clock is six seconds after the last
    client = JsonClient(settings, sleep=service.pauses.append, clock=lambda: next(seconds))
    with pytest.raises(ServiceUnavailable, match="too slowly"):
        SandboxOrders(settings, client).find("CM-10412", ANA)


def test_retry_after_may_be_a_date(service: Service) -> None:
    past = "Fri, 20 Nov 2020 12:00:00 GMT"
    future = "Fri, 20 Nov 2130 12:00:00 GMT"
    service.orders(Answer(429, retry_after=past), Answer(429, retry_after=future), Answer()).find(
        "CM-10412", ANA
    )
    assert service.pauses[0] < 1
    assert service.pauses[1] == LONGEST_PAUSE


def test_threads_do_not_share_a_connection(service: Service) -> None:
    orders = service.orders(*[Answer()] * 8)
    failures: list[Exception] = []
    run_together([lambda: _note(failures, lambda: orders.find("CM-10412", ANA))] * 8)
    assert failures == []
    assert len(service.requests) == 8


def run_together(tasks: Sequence[Callable[[], None]]) -> None:
    """Run each task in a thread of its own."""
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _note(failures: list[Exception], task: Callable[[], object]) -> None:
    try:
        task()
    except Exception as error:
        failures.append(error)
