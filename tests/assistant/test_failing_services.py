"""Whole turns in which a service is down, slow, broken or lying: each ends in a useful sentence."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from actions.services.settings import FILE_VARIABLE
from bespeak.data.config import read_endpoints
from bespeak.data.conversations import read_scripts
from bespeak.engine import Engine
from bespeak.evaluation.conversations import Held, Stage
from bespeak.events import ActionFailed, BotUttered
from bespeak.loading import load
from bespeak.message import UserMessage
from bespeak.testing.conversation import talking
from tests.assistant.conftest import FaultyShop, Trained, forget_services, write_endpoints

CHIARA = '{"order_id": "CM-11027", "email": "chiara.ricci@example.com"}'
ANA = '"email": "ana.morales@example.com"}'
UNFALSIFIABLE = {"/payment-methods", "/customers", "/customers/password-reset", "/newsletter"}
"""What these answer holds nothing that could be known to be wrong."""

CONVERSATIONS = {
    "/orders": (f"/track_refund{CHIARA}",),
    "/orders/CM-10412": (f'/cancel_order{{"order_id": "CM-10412", {ANA}', "/affirm"),
    "/orders/CM-11021": (
        '/change_order{"order_id": "CM-11021", "email": "ben.carter@example.com"}',
        "the jacket in M please",
        "/affirm",
    ),
    "/orders/CM-10643": (
        '/change_shipping_address{"order_id": "CM-10643", "email": "isla.obrien@example.com"}',
        "5 Quay Street, H91 K2X4 Galway",
        "/affirm",
    ),
    "/tracking": (f'/track_order{{"order_id": "CM-11109", {ANA}',),
    "/refunds/list": ('/track_refund{"order_id": "CM-11036", "email": "elif.yildiz@example.com"}',),
    "/refunds/quote": (f"/get_refund{CHIARA}",),
    "/payments": (f"/payment_issue{CHIARA}",),
    "/invoices/lookup": (f"/check_invoice{CHIARA}",),
    "/invoices/send": (f"/get_invoice{CHIARA}",),
    "/payment-methods": ("/check_payment_methods",),
    "/customers": (
        "/create_account",
        "Nina Blum",
        "nina@blum.example",
    ),
    "/customers/addresses": (
        f"/set_up_shipping_address{CHIARA}",
        "Via Roma 21, 40121 Bologna",
        "/affirm",
    ),
    "/customers/update": (
        f'/edit_account{CHIARA[:-1]}, "person": "Chiara Bianchi"}}',
        "/affirm",
    ),
    "/customers/deletion": (f"/delete_account{CHIARA}", "/affirm"),
    "/customers/password-reset": ('/recover_password{"email": "chiara.ricci@example.com"}',),
    "/newsletter": (
        "/newsletter_subscription",
        "/deny",
        '/inform{"email": "chiara.ricci@example.com"}',
    ),
    "/tickets": (
        "/complaint",
        "the driver was rude",
        '/inform{"email": "chiara.ricci@example.com"}',
    ),
    "/products": ('/ask_stock{"product": "rain jacket"}',),
    "/stores": ("/store_hours",),
}
"""What a customer says, by the address that fails. Intents are given: this is about actions."""

OF_SERVICE = {
    "orders": "/orders",
    "shipping": "/tracking",
    "payments": "/payments",
    "customers": "/customers/password-reset",
    "tickets": "/tickets",
    "products": "/products",
}
"""An address of each service in endpoints.yml. What it does without one is the same for all."""

ANSWERS = (
    "I can't reach our order system at the moment, I'm sorry.",
    "I can't reach the system that knows this at the moment, I'm sorry.",
    "I can't look up our ways to pay at the moment, I'm sorry.",
    "Our order system didn't answer, so I can't say whether",
    "Our system didn't answer, so I can't say whether",
    "Our team's system didn't answer, so I can't say whether",
    "Swiftpost doesn't tell me more at the moment.",
    "Our stores in Leeds, Valencia and Leipzig are open from 9 to 19 on weekdays",  # as ever
)


@pytest.fixture
def failing(faulty: FaultyShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FaultyShop:
    """The shop that the actions talk to, where things go wrong."""
    file = tmp_path / "endpoints.yml"
    write_endpoints(file, faulty.url)
    services = yaml.safe_load(file.read_text())
    for entry in services["services"].values():
        entry["timeout"] = 0.3  # less than what is slow takes
    file.write_text(yaml.safe_dump({"action_endpoint": {"module": "actions"}, **services}))
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    forget_services()
    return faulty


@pytest.mark.parametrize(
    ("fault", "paths"),
    [
        ("500", set(CONVERSATIONS)),
        ("wrong", set(CONVERSATIONS) - UNFALSIFIABLE),
        ("slow", set(OF_SERVICE.values())),
        ("garbage", set(OF_SERVICE.values())),
    ],
)
def test_a_failing_service_is_told_so_whatever_it_was_asked_for(
    trained: Trained, failing: FaultyShop, tmp_path: Path, fault: str, paths: set[str]
) -> None:
    """In each conversation exactly one sentence says so, and no action fails itself."""

    async def scenario(engine: Engine) -> dict[str, list[str]]:
        told: dict[str, list[str]] = {}
        for path in sorted(paths):
            failing.breaks(f"{fault}:{path}")
            forget_services()  # and the circuit breakers that the conversation before has tripped
            told[path] = await hold(engine, path, CONVERSATIONS[path])
        return told

    assistant = load(trained.models, read_endpoints(tmp_path / "endpoints.yml")).assistant
    for path, said in talking(assistant, scenario).items():
        assert len([text for text in said if text.startswith(ANSWERS)]) == 1, (path, said)


def test_a_service_that_is_not_there_is_told_so(
    trained: Trained, failing: FaultyShop, tmp_path: Path
) -> None:
    """One service at a time; the others answer."""
    file = tmp_path / "endpoints.yml"
    running = yaml.safe_load(file.read_text())

    async def scenario(engine: Engine) -> dict[str, list[str]]:
        told: dict[str, list[str]] = {}
        for service, path in OF_SERVICE.items():
            gone = {**running["services"][service], "url": "http://127.0.0.1:9"}
            file.write_text(
                yaml.safe_dump({**running, "services": {**running["services"], service: gone}})
            )
            forget_services()
            told[service] = await hold(engine, service, CONVERSATIONS[path])
        return told

    assistant = load(trained.models, read_endpoints(file)).assistant
    for service, said in talking(assistant, scenario).items():
        assert len([text for text in said if text.startswith(ANSWERS)]) == 1, (service, said)


def test_the_shop_is_as_the_customer_was_told_after_a_failure(
    trained: Trained, failing: FaultyShop, tmp_path: Path
) -> None:
    """Conversations in the customers' own words: `failures/` breaks the shop and looks into it."""
    endpoints = read_endpoints(tmp_path / "endpoints.yml")
    stage = Stage(load(trained.models, endpoints).assistant, endpoints.services)

    async def hold_all() -> list[Held]:
        held = []
        for script in read_scripts([Path(__file__).with_name("failures")]):
            forget_services()
            held.append(await stage.hold(script))
        await stage.assistant.close()
        return held

    held = asyncio.run(hold_all())
    assert {one.script.name: one.failures for one in held if not one.passed} == {}


async def hold(engine: Engine, conversation: str, texts: Sequence[str]) -> list[str]:
    """What is answered in a conversation of its own."""
    said: list[str] = []

    async def hear(event: BotUttered) -> None:
        said.append(event.text or "")

    for text in texts:
        await engine.handle(UserMessage(conversation, text), hear)
    events = (await engine.tracker(conversation)).events
    assert not [event for event in events if isinstance(event, ActionFailed)]
    return said
