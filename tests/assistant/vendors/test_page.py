"""`docs/services.md`: its examples work, and it names every key that an adapter knows."""

import inspect
import re
from typing import Any

import pytest
import yaml

from actions.services.errors import ServiceMisconfigured
from actions.services.registry import ADAPTERS, adapter
from actions.services.settings import read_settings
from tests.assistant.conftest import ROOT

PAGE = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
EXAMPLES: list[tuple[str, str, str]] = [
    (service, entry["adapter"], block)
    for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)
    for service, entry in yaml.safe_load(block)["services"].items()
]
VENDORS = [
    (service, name) for service, known in ADAPTERS.items() for name in known if name != "sandbox"
]


def test_every_vendor_has_its_example() -> None:
    assert sorted((service, name) for service, name, _ in EXAMPLES) == sorted(VENDORS)


@pytest.mark.parametrize(("service", "name", "block"), EXAMPLES, ids=lambda part: str(part)[:12])
def test_an_example_makes_an_adapter(
    service: str, name: str, block: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "endpoints.yml"
    file.write_text(block)
    with pytest.raises(ServiceMisconfigured, match="which is not set"):
        read_settings(service, file)
    [secret] = re.findall(r"token: \$\{(\w+)\}", block)
    monkeypatch.setenv(secret, "s3cret")
    made = adapter(service, read_settings(service, file))
    _, _, section = PAGE.partition(f"## {name} ")
    section = section.split("\n## ")[0]
    for option in inspect.signature(type(made)).parameters.values():
        if option.kind is inspect.Parameter.KEYWORD_ONLY:
            assert f"{option.name}:" in block, "the example shows every key"
            assert f"`{option.name}" in section, "and the text explains it"
