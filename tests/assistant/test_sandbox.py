"""The shop's rules, asked over HTTP."""

import asyncio
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
from requests.adapters import HTTPAdapter
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from urllib3.util import Retry

from sandbox import people
from sandbox.app import create_app
from sandbox.database import open_database
from sandbox.faults import Fault, FaultPlan
from sandbox.security import DEMO_API_KEY, RateLimit
from sandbox.seed import seed
from sandbox.tables import Order, OrderState, Refund, Variant
from sandbox.views import CANCELLATION_FEE_CENTS
from tests.assistant.conftest import ROOT, FaultyShop, Shop

ANA = "ana.morales@example.com"
PLACED = "CM-10412"  # Ana's


def post(shop: Shop, path: str, body: object, **headers: str) -> requests.Response:
    """A call with the demo's key."""
    authorised = {"Authorization": f"Bearer {DEMO_API_KEY}", **headers}
    return requests.post(shop.url + path, json=body, headers=authorised, timeout=10)


def cancel(shop: Shop, number: str, email: str, key: str = "key-0001") -> requests.Response:
    """A cancellation."""
    return post(shop, f"/orders/{number}/cancel", {"email": email}, **{"Idempotency-Key": key})


def code(response: requests.Response) -> Any:
    """The code of a refusal."""
    return response.json()["error"]["code"]


def owner_of(shop: Shop, state: OrderState) -> tuple[str, str]:
    """Number and address of some order in this state."""
    with Session(shop.database) as session, session.begin():
        order = next(found for found in session.scalars(select(Order)) if found.state is state)
        return order.number, order.customer.email


def test_the_same_seed_and_day_make_the_same_shop(tmp_path: Path, now: datetime) -> None:
    def contents(name: str, number: int) -> list[tuple[str, str, int, datetime]]:
        database = open_database(str(tmp_path / name))
        with Session(database) as session, session.begin():
            seed(session, seed=number, now=now)
            rows = [
                (order.number, order.customer.email, order.total_cents, order.placed_at)
                for order in session.scalars(select(Order).order_by(Order.id))
            ]
        database.dispose()
        return rows

    assert contents("a.db", 7) == contents("b.db", 7)
    assert contents("c.db", 8) != contents("a.db", 7)


def test_every_state_occurs_and_known_customers_have_orders_in_different_states(
    shop: Shop,
) -> None:
    with Session(shop.database) as session, session.begin():
        states: dict[str, list[OrderState]] = {}
        for order in session.scalars(select(Order)):
            states.setdefault(order.customer.email, []).append(order.state)
    assert {state for theirs in states.values() for state in theirs} == set(OrderState)
    assert all(len(set(states[person.email])) >= 3 for person in people.known())


def test_an_order_is_found_by_number_and_address_in_any_case(shop: Shop) -> None:
    found = post(shop, "/orders/lookup", {"number": "cm-10412", "email": ANA.upper()})
    assert found.status_code == 200
    order = found.json()
    assert (order["number"], order["email"], order["state"]) == (PLACED, ANA, "placed")
    assert order["total_cents"] == order["shipping_cents"] + sum(
        line["quantity"] * line["unit_price_cents"] for line in order["lines"]
    )


def test_somebody_elses_order_and_no_order_give_the_same_answer(shop: Shop) -> None:
    theirs = post(shop, "/orders/lookup", {"number": PLACED, "email": "ben.carter@example.com"})
    none = post(shop, "/orders/lookup", {"number": "CM-99999", "email": ANA})
    assert theirs.status_code == none.status_code == 404
    assert theirs.json() == none.json()


@pytest.mark.parametrize("header", [None, "Bearer wrong", f"Basic {DEMO_API_KEY}", "Bearer é"])
def test_nothing_is_told_without_the_key(shop: Shop, header: str | None) -> None:
    answer = requests.post(
        f"{shop.url}/orders/lookup",
        json={"number": PLACED, "email": ANA},
        headers={} if header is None else {"Authorization": header.encode()},
        timeout=10,
    )
    assert answer.status_code == 401
    assert code(answer) == "invalid_api_key"


@pytest.mark.parametrize("state", [OrderState.PLACED, OrderState.PACKING])
def test_an_order_that_has_not_left_is_cancelled_and_refunded(
    shop: Shop, state: OrderState
) -> None:
    number, email = owner_of(shop, state)
    with Session(shop.database) as session, session.begin():
        before = session.scalars(select(Order).where(Order.number == number)).one()
        stock = {line.variant.sku: line.variant.stock + line.quantity for line in before.lines}
        fee = 0 if state is OrderState.PLACED else CANCELLATION_FEE_CENTS
    answer = cancel(shop, number, email)
    assert answer.status_code == 200
    assert answer.json()["state"] == "cancelled"
    assert answer.json()["refund"]["amount_cents"] == answer.json()["total_cents"] - fee
    with Session(shop.database) as session, session.begin():
        kept = session.scalars(select(Variant).where(Variant.sku.in_(stock)))
        assert {variant.sku: variant.stock for variant in kept} == stock


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (OrderState.PARTLY_DISPATCHED, "partly_dispatched"),
        (OrderState.DISPATCHED, "already_dispatched"),
        (OrderState.DELIVERED, "already_delivered"),
        (OrderState.RETURNED, "already_returned"),
        (OrderState.CANCELLED, "already_cancelled"),
    ],
)
def test_an_order_that_has_left_is_not_cancelled(
    shop: Shop, state: OrderState, reason: str
) -> None:
    number, email = owner_of(shop, state)
    answer = cancel(shop, number, email)
    assert answer.status_code == 409
    assert code(answer) == reason
    assert owner_of(shop, state) == (number, email)


def test_nobody_cancels_somebody_elses_order(shop: Shop) -> None:
    assert cancel(shop, PLACED, "ben.carter@example.com").status_code == 404
    assert owner_of(shop, OrderState.PLACED) == (PLACED, ANA)


def test_a_repeated_key_gets_the_first_answer_again(shop: Shop) -> None:
    first, again = cancel(shop, PLACED, ANA), cancel(shop, PLACED, ANA)
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert code(cancel(shop, PLACED, ANA, "key-0002")) == "already_cancelled"


def test_a_key_belongs_to_one_request(shop: Shop) -> None:
    assert cancel(shop, PLACED, ANA).status_code == 200
    other = cancel(shop, "CM-10462", "haruto.tanaka@example.com")
    assert other.status_code == 422
    assert code(other) == "idempotency_key_reused"


def test_an_effect_without_a_key_is_refused(shop: Shop) -> None:
    answer = post(shop, f"/orders/{PLACED}/cancel", {"email": ANA})
    assert answer.status_code == 422
    assert owner_of(shop, OrderState.PLACED) == (PLACED, ANA)


@pytest.mark.parametrize("keys", [["key-same"] * 8, [f"key-{turn:04}" for turn in range(8)]])
def test_cancellations_at_the_same_time_refund_once(shop: Shop, keys: list[str]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda key: cancel(shop, PLACED, ANA, key), keys))
    done = [answer for answer in answers if answer.status_code == 200]
    assert len(done) == (8 if len(set(keys)) == 1 else 1)
    with Session(shop.database) as session, session.begin():
        order = session.scalars(select(Order).where(Order.number == PLACED)).one()
        refunds = select(func.count()).where(Refund.order_id == order.id)
        assert session.scalars(refunds).one() == 1


def test_a_body_that_does_not_fit_is_refused_without_repeating_it(shop: Shop) -> None:
    answer = post(shop, "/orders/lookup", {"number": "CM-10412", "email": ["secret"]})
    assert answer.status_code == 422
    assert code(answer) == "malformed_request"
    assert "secret" not in answer.text


def test_the_front_page_lists_every_order_and_the_api_describes_itself(shop: Shop) -> None:
    page = requests.get(shop.url, timeout=10).text
    with Session(shop.database) as session, session.begin():
        for order in session.scalars(select(Order)):
            assert order.number in page
            assert order.customer.email in page
    described = requests.get(f"{shop.url}/openapi.json", timeout=10).json()
    assert {"/orders/lookup", "/orders/{number}/cancel"} <= described["paths"].keys()


def test_a_key_over_its_limit_is_told_when_to_come_back() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.wait("a"), limit.wait("a"), limit.wait("a"), limit.wait("b")] == [0, 0, 0.5, 0]
    now[0] = 0.5
    assert [limit.wait("a"), limit.wait("a")] == [0, 0.5]


def test_the_limit_is_kept_over_http(shop: Shop) -> None:
    app = create_app(shop.database, api_keys=("first", "second"), calls_per_second=0.01)

    async def call(key: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            return await client.get("/stores", headers={"Authorization": f"Bearer {key}"})

    answers = [asyncio.run(call(key)) for key in ("first", "first", "second", "third")]
    assert [answer.status_code for answer in answers] == [200, 429, 200, 401]
    assert 99 <= int(answers[1].headers["Retry-After"]) <= 101


def test_an_order_is_paid_where_its_address_says(shop: Shop) -> None:
    unpaid = {"number": "CM-11008", "email": ANA}
    url = post(shop, "/orders/lookup", unpaid).json()["payment_url"]
    assert "89.00" in requests.get(url, timeout=10).text
    assert requests.post(f"{url[:-1]}x", timeout=10).status_code == 404
    for _ in range(2):
        assert requests.post(url, timeout=10).status_code == 200
    paid = post(shop, "/payments/lookup", unpaid).json()
    assert (paid["state"], paid["amount_cents"], paid["failure"]) == ("paid", 8900, None)
    invoice = post(shop, "/invoices/lookup", unpaid).json()
    page = requests.get(invoice["url"], timeout=10).text
    assert invoice["number"] in page
    assert "89.00" in page
    assert requests.get(f"{invoice['url'][:-1]}x", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ("500", FaultPlan(Fault.BROKEN)),
        ("slow:/orders", FaultPlan(Fault.SLOW, "/orders")),
        ("lost:/refunds:2", FaultPlan(Fault.LOST, "/refunds", 2)),
    ],
)
def test_a_fault_is_read_from_the_command_line(text: str, plan: FaultPlan) -> None:
    assert FaultPlan.read(text) == plan


def test_a_fault_is_met_below_its_path_so_many_times() -> None:
    plan = FaultPlan(Fault.LOST, "/refunds", 2)
    met = [plan.meets(path) for path in ("/orders", "/refunds", "/refunds/list", "/refunds")]
    assert met == [False, True, True, False]


def test_tickets_are_listed_for_who_opened_them(shop: Shop) -> None:
    complaint = {"kind": "complaint", "subject": "Wet", "text": "It rained.", "email": ANA}
    opened = post(shop, "/tickets", complaint, **{"Idempotency-Key": "wet-parcel"}).json()
    theirs = post(shop, "/tickets/list", {"email": ANA, "order_number": PLACED}).json()
    assert theirs[0] == opened
    other = post(shop, "/tickets/list", {"email": ANA, "order_number": "CM-10416"})
    assert other.status_code == 404


def test_a_shop_that_knows_faults_is_broken_and_mended_while_it_runs(faulty: FaultyShop) -> None:
    def answers(plan: str | None) -> tuple[int, int]:
        told = post(faulty, "/faults", {"plan": plan})
        looked_up = post(faulty, "/orders/lookup", {"number": PLACED, "email": ANA})
        return told.status_code, looked_up.status_code

    assert answers("500:/orders") == (200, 500)
    assert answers("gone:/orders") == (422, 500)
    assert answers(None) == (200, 200)


def test_no_request_asks_for_a_fault_unless_the_shop_was_started_for_it(shop: Shop) -> None:
    answer = post(
        shop, "/orders/lookup", {"number": PLACED, "email": ANA}, **{"X-Sandbox-Fault": "500"}
    )
    assert answer.status_code == 200


def test_it_starts_from_the_command_line_and_serves(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    command = [sys.executable, "-m", "sandbox", "--port", str(port), "--fresh"]
    command += ["--db", str(tmp_path / "shop.db"), "--fault", "429:/stores"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert f":{port}/" in process.stdout.readline()
            url = f"http://127.0.0.1:{port}"
            session = requests.Session()
            retry = Retry(
                total=None,
                connect=200,
                backoff_factor=0.05,
                backoff_max=0.1,
                respect_retry_after_header=False,
            )
            session.mount("http://", HTTPAdapter(max_retries=retry))
            with session:
                assert session.get(f"{url}/livez", timeout=10).json() == {"status": "ok"}
                assert session.get(f"{url}/stores", timeout=10).status_code == 429
        finally:
            process.terminate()
