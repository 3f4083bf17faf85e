"""Whole turns in which a service is down, slow, broken or lying: each ends in a useful sentence."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from actions.services.settings import FILE_VARIABLE
from bespeak.data.config import read_endpoints
from bespeak.engine import Engine
from bespeak.events import ActionFailed, BotUttered
from bespeak.loading import load
from bespeak.message import UserMessage
from bespeak.testing.conversation import talking
from tests.assistant.conftest import FaultyShop, Trained, forget_services, write_endpoints

CHIARA = '{"order_id": "CM-11027", "email": "chiara.ricci@example.com"}'
UNFALSIFIABLE = {"/payment-methods", "/customers/password-reset", "/newsletter"}
"""What these answer holds nothing that could be known to be wrong."""

CONVERSATIONS = {
    "/orders": (f"/track_refund{CHIARA}",),
    "/refunds/list": ('/track_refund{"order_id": "CM-11036", "email": "elif.yildiz@example.com"}',),
    "/refunds/quote": (f"/get_refund{CHIARA}",),
    "/payments": (f"/payment_issue{CHIARA}",),
    "/invoices/lookup": (f"/check_invoice{CHIARA}",),
    "/invoices/send": (f"/get_invoice{CHIARA}",),
    "/payment-methods": ("/check_payment_methods",),
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
}
"""What a customer says, by the address that fails. Intents are given: this is about actions."""

ANSWERS = (
    "I can't reach our order system at the moment, I'm sorry.",
    "I can't reach the system that knows this at the moment, I'm sorry.",
    "I can't look up our ways to pay at the moment, I'm sorry.",
    "Our system didn't answer, so I can't say whether",
    "Our team's system didn't answer, so I can't say whether",
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


@pytest.mark.parametrize("fault", ["500", "slow", "garbage", "wrong"])
def test_a_failing_service_is_told_so_whatever_it_was_asked_for(
    trained: Trained, failing: FaultyShop, tmp_path: Path, fault: str
) -> None:
    """In each conversation exactly one sentence says so, and no action fails itself."""

    async def scenario(engine: Engine) -> dict[str, list[str]]:
        told: dict[str, list[str]] = {}
        for path, texts in CONVERSATIONS.items():
            if fault == "wrong" and path in UNFALSIFIABLE:
                continue
            failing.breaks(f"{fault}:{path}")
            forget_services()  # and the circuit breakers that the conversation before has tripped
            told[path] = await hold(engine, path, texts)
        return told

    assistant = load(trained.models, read_endpoints(tmp_path / "endpoints.yml")).assistant
    for path, said in talking(assistant, scenario).items():
        assert len([text for text in said if text.startswith(ANSWERS)]) == 1, (path, said)


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
