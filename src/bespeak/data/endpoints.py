"""endpoints.yml as frozen values: the servers and stores that the assistant works with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bespeak.data import shapes
from bespeak.data.files import Files
from bespeak.data.problems import Problem, Problems, kind, near, shown
from bespeak.data.yaml import YamlMap, plain

_ENDPOINT_KEYS: Final = (
    "url",
    "params",
    "headers",
    "basic_auth",
    "token",
    "token_name",
    "cafile",
)
_PRO_ONLY: Final[Mapping[str, str]] = {
    "tracing": "traces of each turn are kept by 'explain' instead",
    "metrics": "figures are served at /metrics instead",
    "secrets_manager": "put secrets into environment variables and write ${NAME}",
    "anonymization": "personal data is redacted by the engine's own privacy settings",
}
_KNOWN: Final = (
    "action_endpoint",
    "tracker_store",
    "event_broker",
    "lock_store",
    "nlg",
    "nlu",
    "models",
    "services",
    "llm",
    "knowledge",
    "version",
)


@dataclass(frozen=True)
class Settings:
    """A store, broker or the like: `type` names it, `options` are all its other keys."""

    type: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    @property
    def spec(self) -> dict[str, Any]:
        """The settings for `extend.build`."""
        return {"name": self.type, **self.options}


@dataclass(frozen=True)
class Endpoint:
    """A server: where it is, and how to be let in. `options` are the keys not named here."""

    url: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    basic_auth: tuple[str, str] | None = None
    token: str | None = None
    token_name: str = "token"
    cafile: str | None = None
    type: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    line: int = field(default=0, compare=False)

    @property
    def query(self) -> dict[str, Any]:
        """The parameters of each request, the token among them."""
        token = {self.token_name: self.token} if self.token else {}
        return {**self.params, **token}


@dataclass(frozen=True)
class ActionEndpoint(Endpoint):
    """Where custom actions run: a server (`url`), or a package in this process (`module`).

    `events` says how much of the conversation they see, `enable_selective_domain` whether only
    actions that ask for it get the domain, `timeout` is in seconds.
    """

    module: str = ""
    events: str = "session"
    enable_selective_domain: bool = False
    timeout: float = 300.0


@dataclass(frozen=True)
class Models(Endpoint):
    """A server of models, asked every `wait` seconds (None: once); `trusted_keys` sign them."""

    wait: float | None = 100.0
    trusted_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Endpoints:
    """endpoints.yml; a section that is missing is None. `notes` explain what has no effect."""

    tracker_store: Settings | None = None
    event_broker: Settings | None = None
    lock_store: Settings | None = None
    action: ActionEndpoint | None = None
    nlg: Endpoint | None = None
    nlu: Endpoint | None = None
    models: Models | None = None
    services: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[Problem, ...] = ()


def read(path: str | Path | None) -> Endpoints:
    """Read an endpoints.yml; raises `ProblemsFound`. None stands for an empty file."""
    if path is None:
        return Endpoints()
    problems = Problems()
    content = Files(problems).content(Path(path)) or YamlMap(shown(Path(path)), 1)
    found = _read(content, problems)
    problems.raise_errors()
    return found


def _read(content: YamlMap, problems: Problems) -> Endpoints:
    for key in content:
        if key in _PRO_ONLY:
            problems.note(
                content.at(key),
                f"{key!r} belongs to Rasa Pro and has no effect: {_PRO_ONLY[key]}.",
            )
        elif key not in _KNOWN:
            problems.note(
                content.at(key), f"{key!r} is not known and has no effect.{near(key, _KNOWN)}"
            )
    if content.get("lock_store") is not None:
        problems.note(
            content.at("lock_store"),
            "'lock_store' has no effect: the tracker store itself sees to one turn at a time.",
        )
    services = shapes.mapping(problems, content, "services", "endpoints.yml")
    return Endpoints(
        tracker_store=_settings(content, "tracker_store", problems),
        event_broker=_settings(content, "event_broker", problems),
        lock_store=_settings(content, "lock_store", problems),
        action=_action(content, problems),
        nlg=_endpoint(content, "nlg", problems),
        nlu=_endpoint(content, "nlu", problems),
        models=_models(content, problems),
        services={
            name: plain(options) if isinstance(options, YamlMap) else {}
            for name, options in (services or {}).items()
        },
        others={key: plain(content[key]) for key in ("llm", "knowledge") if key in content},
        notes=problems.others,
    )


def _settings(content: YamlMap, key: str, problems: Problems) -> Settings | None:
    section = shapes.mapping(problems, content, key, "endpoints.yml")
    if section is None:
        return None
    type_key = "type" if "type" in section else "store_type"
    written = shapes.text(problems, section, type_key, key)
    options = {k: plain(v) for k, v in section.items() if k not in ("type", "store_type")}
    return Settings(written or "", options, content.at(key).line)


def _common(section: YamlMap, what: str, problems: Problems) -> dict[str, Any]:
    """Return the keys that every server has."""
    auth: tuple[str, str] | None = None
    basic = shapes.mapping(problems, section, "basic_auth", what)
    if basic is not None:
        user, password = basic.get("username"), basic.get("password")
        if user is None or password is None:
            problems.error(
                section.at("basic_auth"), f"{what}: basic_auth needs 'username' and 'password'."
            )
        else:
            auth = (str(user), str(password))
    headers = shapes.mapping(problems, section, "headers", what)
    token = section.get("token")
    return {
        "url": (shapes.text(problems, section, "url", what) or "").rstrip("/"),
        "params": plain(shapes.mapping(problems, section, "params", what) or {}),
        "headers": {str(name): str(value) for name, value in (headers or {}).items()},
        "basic_auth": auth,
        "token": None if token is None else str(token),
        "token_name": shapes.text(problems, section, "token_name", what) or "token",
        "cafile": shapes.text(problems, section, "cafile", what),
        "type": shapes.text(problems, section, "type", what) or "",
        "line": section.line,
    }


def _rest(section: YamlMap, own: tuple[str, ...]) -> dict[str, Any]:
    known = (*_ENDPOINT_KEYS, "type", *own)
    return {key: plain(value) for key, value in section.items() if key not in known}


def _endpoint(content: YamlMap, key: str, problems: Problems) -> Endpoint | None:
    section = shapes.mapping(problems, content, key, "endpoints.yml")
    if section is None:
        return None
    return Endpoint(**_common(section, key, problems), options=_rest(section, ()))


def _action(content: YamlMap, problems: Problems) -> ActionEndpoint | None:
    section = shapes.mapping(problems, content, "action_endpoint", "endpoints.yml")
    if section is None:
        return None
    what = "action_endpoint"
    own = ("module", "events", "enable_selective_domain", "timeout")
    shapes.only_known(problems, section, (*_ENDPOINT_KEYS, *own), what, strict=False)
    module = shapes.text(problems, section, "module", what) or ""
    events = shapes.text(problems, section, "events", what) or "session"
    if events not in ("session", "all"):
        problems.error(section.at("events"), f"{what}: expected session or all, found {events!r}.")
    common = _common(section, what, problems)
    if not module and not common["url"]:
        problems.error(
            content.at("action_endpoint"),
            f"{what}: expected the 'url' of an action server, or the 'module' of actions that "
            "run in this process.",
        )
    return ActionEndpoint(
        **common,
        module=module,
        events=events,
        enable_selective_domain=shapes.flag(
            problems, section, "enable_selective_domain", what, False
        ),
        timeout=shapes.number(problems, section, "timeout", what, 300.0),
        options=_rest(section, own),
    )


def _models(content: YamlMap, problems: Problems) -> Models | None:
    section = shapes.mapping(problems, content, "models", "endpoints.yml")
    if section is None:
        return None
    own = ("wait_time_between_pulls", "trusted_keys")
    wait: float | None = 100.0
    if "wait_time_between_pulls" in section:
        written = section["wait_time_between_pulls"]
        wait = None
        if written is not None:
            wait = shapes.number(problems, section, "wait_time_between_pulls", "models", 100.0)
    keys = section.get("trusted_keys")
    if isinstance(keys, str):
        keys = [keys]
    elif keys is not None and not isinstance(keys, list):
        problems.error(
            section.at("trusted_keys"),
            f"models: expected a public key in base64, or a list of them, found {kind(keys)}.",
        )
        keys = None
    return Models(
        **_common(section, "models", problems),
        wait=wait,
        trusted_keys=tuple(map(str, keys or ())),
        options=_rest(section, own),
    )
