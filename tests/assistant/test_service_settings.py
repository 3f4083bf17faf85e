"""`endpoints.yml: services`, read by the actions."""

import subprocess
import sys
from pathlib import Path

import pytest

from actions.services.adapters.sandbox.orders import SandboxOrders
from actions.services.errors import ServiceMisconfigured
from actions.services.registry import adapter
from actions.services.settings import (
    FILE_VARIABLE,
    ServiceSettings,
    endpoints_file,
    read_settings,
)
from tests.assistant.conftest import ROOT


def test_the_projects_own_file_names_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FILE_VARIABLE, raising=False)
    assert endpoints_file() == ROOT / "endpoints.yml"
    settings = read_settings("orders", endpoints_file())
    assert settings == ServiceSettings("sandbox", "http://127.0.0.1:5080", "sandbox-demo-key")
    assert isinstance(adapter("orders", settings), SandboxOrders)


def test_another_file_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FILE_VARIABLE, str(tmp_path / "mine.yml"))
    assert endpoints_file() == tmp_path / "mine.yml"


def test_values_come_from_the_environment_and_the_token_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOP", "shop.example")
    monkeypatch.setenv("SHOP_KEY", "s3cret")
    file = tmp_path / "endpoints.yml"
    file.write_text(
        "services: {orders: {adapter: sandbox, url: 'https://${SHOP}/api/', token: '${SHOP_KEY}'}}"
    )
    settings = read_settings("orders", file)
    assert (settings.url, settings.token) == ("https://shop.example/api", "s3cret")
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("action_endpoint: {module: actions}", "services: orders is missing"),
        ("- a list", "services: orders is missing"),
        ("services: {orders: {adapter: sandbox}}", "url must be a text, not None"),
        ("services: {orders: {adapter: 5, url: x}}", "adapter must be a text, not 5"),
        ("services: {orders: {adapter: a, url: '${NO_SUCH_VARIABLE}'}}", "NO_SUCH_VARIABLE"),
        ("services: {orders: {adapter: a, url: x, tags: [y]}}", "tags must be a text or a number"),
        ("services: {orders: {adapter: a, url: x, timeout: 0}}", "seconds above 0, not 0"),
        ("services: {orders: {adapter: a, url: x, timeout: true}}", "seconds above 0, not True"),
        ("services: [", "cannot be read"),
        ("services: !!python/object/apply:os.getcwd []", "cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_file(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "endpoints.yml"
    file.write_text(content)
    with pytest.raises(ServiceMisconfigured) as caught:
        read_settings("orders", file)
    assert complaint in str(caught.value)
    assert str(file) in str(caught.value)


def test_an_unknown_adapter_is_answered_with_the_near_one() -> None:
    with pytest.raises(ServiceMisconfigured, match="Did you mean 'sandbox'"):
        adapter("orders", ServiceSettings("sandbx", "http://127.0.0.1"))


def test_a_misspelt_option_is_answered_with_the_known_ones() -> None:
    settings = ServiceSettings("sandbox", "http://127.0.0.1", options={"tokn": "y"})
    with pytest.raises(ServiceMisconfigured, match=r"\['tokn'\].*'token'"):
        adapter("orders", settings)


def test_an_adapter_that_is_not_chosen_is_not_imported() -> None:
    """rasa-sdk imports all of `actions`; no vendor's library may be needed for that."""
    program = (
        "import sys; from rasa_sdk.executor import ActionExecutor;"
        "ActionExecutor().register_package('actions');"
        "print([name for name in sys.modules if '.adapters.' in name])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
