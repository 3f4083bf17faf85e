"""`endpoints.yml: services`: where a service is, and which adapter speaks to it.

The engine and a separate action server read the same file, so this reader
stands on its own and needs nothing of the engine.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from actions.services.errors import ServiceMisconfigured

FILE_VARIABLE = "CLOUDMART_ENDPOINTS"
"""The environment variable that names another file than the project's own."""

Option = str | int | float | bool
"""A value that an entry may hold."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """One entry of `services`. `timeout` is in seconds, for each attempt.

    `options` is what else the entry says, for the adapter it names; `registry.adapter` checks
    it. None of them is printed, since some are secrets.
    """

    adapter: str
    url: str
    token: str = field(default="", repr=False)
    timeout: float = 3.0
    options: Mapping[str, Option] = field(default_factory=dict, repr=False)


def endpoints_file() -> Path:
    """The file to read: `$CLOUDMART_ENDPOINTS`, else the one at the project's root."""
    named = os.environ.get(FILE_VARIABLE)
    return Path(named) if named else Path(__file__).parents[2] / "endpoints.yml"


def read_settings(service: str, file: Path) -> ServiceSettings:
    """The settings of `service` in `file`; `${NAME}` is taken from the environment.

    Raises `ServiceMisconfigured`, naming file and key.
    """
    where = f"{file}: services: {service}"
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ServiceMisconfigured(f"{file} cannot be read: {error}") from error
    services = content.get("services") if isinstance(content, Mapping) else None
    entry = services.get(service) if isinstance(services, Mapping) else None
    if not isinstance(entry, Mapping):
        raise ServiceMisconfigured(f"{where} is missing. It needs at least an adapter and a url.")
    timeout = entry.get("timeout", 3.0)
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
        raise ServiceMisconfigured(f"{where}: timeout is seconds above 0, not {timeout!r}.")
    return ServiceSettings(
        adapter=_text(entry, "adapter", where),
        url=_text(entry, "url", where).rstrip("/"),
        token=_text(entry, "token", where) if "token" in entry else "",
        timeout=float(timeout),
        options=_options(entry, where),
    )


def _options(entry: Mapping[object, object], where: str) -> dict[str, Option]:
    options: dict[str, Option] = {}
    for key, value in entry.items():
        match value:
            case _ if key in ("adapter", "url", "token", "timeout"):
                pass
            case str():
                options[str(key)] = _text(entry, str(key), where)
            case bool() | int() | float():
                options[str(key)] = value
            case _:
                raise ServiceMisconfigured(f"{where}: {key} must be a text or a number.")
    return options


def _text(entry: Mapping[object, object], key: str, where: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ServiceMisconfigured(f"{where}: {key} must be a text, not {value!r}.")

    def resolve(found: re.Match[str]) -> str:
        name = found[1]
        if name not in os.environ:
            raise ServiceMisconfigured(f"{where}: {key} needs ${{{name}}}, which is not set.")
        return os.environ[name]

    return _VARIABLE.sub(resolve, value)
