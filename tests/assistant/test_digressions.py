"""Whatever is said while a form asks: it answers, or is answered and the question comes again."""

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from actions.services.settings import FILE_VARIABLE
from bespeak.data.config import read_endpoints
from bespeak.engine import Engine
from bespeak.events import ActionExecuted, ActionFailed, BotUttered
from bespeak.loading import load
from bespeak.message import UserMessage
from bespeak.testing.conversation import talking
from tests.assistant.conftest import Shop, Trained, forget_services, write_endpoints

BEN = '{"order_id": "CM-11021", "email": "ben.carter@example.com"}'
CHIARA = '{"order_id": "CM-11027", "email": "chiara.ricci@example.com"}'
AT_HOME = "8 Victoria Terrace, LS3 1BX Leeds"

QUESTIONS = {
    "an order's number": ["/track_order"],
    "its address": ["/track_order", '/inform{"order_id": "CM-11021"}'],
    "a yes to a cancellation": [f"/cancel_order{BEN}"],
    "what to change": [f"/change_order{BEN}"],
    "a yes to a change": [f"/change_order{BEN}", "the jacket in M please"],
    "where an order should go": [f"/change_shipping_address{BEN}"],
    "a yes to another address": [f"/change_shipping_address{BEN}", AT_HOME],
    "an address to save": [f"/set_up_shipping_address{BEN}"],
    "a yes to an address": [f"/set_up_shipping_address{BEN}", AT_HOME],
    "what goes back": [f"/get_refund{CHIARA}"],
    "why it goes back": [f"/get_refund{CHIARA}", "everything"],
    "a yes to a return": [f"/get_refund{CHIARA}", "everything", "too dark"],
    "what to change in an account": [f"/edit_account{CHIARA}"],
    "a new name": [f"/edit_account{CHIARA}", "my name"],
    "a yes to a new name": [f"/edit_account{CHIARA}", "my name", "Chiara Bianchi"],
    "a yes to a deletion": [f"/delete_account{CHIARA}"],
    "a name for an account": ["/create_account"],
    "the newsletter, yes or no": ["/newsletter_subscription"],
    "an address to answer to": ["/recover_password"],
    "a complaint": ["/complaint"],
    "what a review is about": ["/review"],
    "stars": ["/review", "the kettle"],
    "a review": ["/review", "the kettle", "4 stars"],
    "what a person is for": ["/contact_human_agent"],
    "what to order": ["/place_order"],
    "a colour": ["I want to buy a desk lamp"],
}
"""What leads to a question of each form."""

BESIDE_THE_POINT = (
    *("/greet", "/repeat", "/inform", "/nlu_fallback", "/out_of_scope", "/lost_order_id"),
    *("how much is shipping?", "tell me a joke", "/contact_customer_service"),
    *("/check_refund_policy", "/delivery_period", "/store_hours", "/ask_stock", "/ask_price"),
    *("/ask_size", "/compare_products"),
)
"""What may be said without leaving for another topic."""

EFFECTS = {
    *("action_cancel_order", "action_change_order", "action_begin_return"),
    *("action_change_shipping_address", "action_save_shipping_address"),
    *("action_edit_account", "action_delete_account"),
}
"""What only follows on a yes."""


@pytest.fixture
def endpoints(shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Services and actions of this test's shop."""
    file = tmp_path / "endpoints.yml"
    write_endpoints(file, shop.url)
    services = yaml.safe_load(file.read_text())
    file.write_text(yaml.safe_dump({"action_endpoint": {"module": "actions"}, **services}))
    monkeypatch.setenv(FILE_VARIABLE, str(file))
    forget_services()
    return file


def test_whatever_is_said_a_form_is_answered_or_asks_again(
    trained: Trained, endpoints: Path
) -> None:
    async def scenario(engine: Engine) -> list[str]:
        problems = []
        for question, path in QUESTIONS.items():
            asked = None
            for text in BESIDE_THE_POINT:
                name = f"{question}: {text}"
                if asked is None:  # the one before was taken for an answer
                    talk, asked = name, await ask(engine, name, path)
                found, asked = await digress(engine, talk, text, asked)
                problems += [f"{name}: {problem}" for problem in found]
        return problems

    assistant = load(trained.models, read_endpoints(endpoints)).assistant
    assert talking(assistant, scenario) == []


async def ask(engine: Engine, talk: str, path: Sequence[str]) -> str:
    """The question that `path` leads to, in a conversation of its own."""
    for text in path:
        await engine.handle(UserMessage(talk, text), hear)
    return [e.text or "" for e in (await engine.tracker(talk)).events if isinstance(e, BotUttered)][
        -1
    ]


async def digress(
    engine: Engine, talk: str, beside: str, asked: str
) -> tuple[list[str], str | None]:
    """What is wrong with the turn in which `beside` is said, and the question if it still waits."""
    before = await engine.tracker(talk)
    await engine.handle(UserMessage(talk, beside), hear)
    after = await engine.tracker(talk)
    came = after.events[len(before.events) :]
    said = [event.text for event in came if isinstance(event, BotUttered)]
    did = {event.name for event in came if isinstance(event, ActionExecuted)}
    waits = (after.active_loop, after.requested_slot) == (before.active_loop, before.requested_slot)
    wrong = {
        "no form is on before": before.active_loop is None,
        "nothing is said": not said,
        f"the question does not come again, but {said}": waits and said[-1:] != [asked],
        "something happens without a yes": bool(did & EFFECTS),
        "nobody knows what to do": "action_default_fallback" in did,
        "an action fails": any(isinstance(event, ActionFailed) for event in came),
    }
    return [problem for problem, there in wrong.items() if there], asked if waits else None


async def hear(said: BotUttered) -> None:
    """The words are read from the log."""
