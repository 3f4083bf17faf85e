"""Where custom actions run: what that place must be able to do, and how it is chosen."""

from collections.abc import Mapping
from typing import Any, Protocol

from bespeak.actions.local import LocalActions
from bespeak.actions.remote import RemoteActions
from bespeak.actions.wire import Answer
from bespeak.domain import Domain
from bespeak.errors import ProjectError
from bespeak.tracker import Tracker


class Executor(Protocol):
    """Runs custom actions somewhere."""

    async def run(self, action: str, tracker: Tracker, domain: Domain, within: str = "") -> Answer:
        """Run the action and return its answer.

        `within` names the action that asks for this one, if any. Raises `ActionRejected` where it
        declined, `ActionError` where it failed.
        """
        ...

    async def close(self) -> None: ...


def connect(
    *,
    url: str | None = None,
    module: str | None = None,
    events: str = "session",
    timeout: float = 300.0,
    enable_selective_domain: bool = False,
    compress: bool | None = None,
    threads: int = 32,
    **endpoint: Any,
) -> Executor | None:
    """Build what the section `action_endpoint` of endpoints.yml describes; None if nothing.

    `url` is an action server (with the endpoint options `token`, `token_name`, `basic_auth`,
    `headers`, `params`, `cafile`), `module` a Python module or package of rasa-sdk actions that
    run in this process. `events` is `session` or `all`: how much of the log they see. `compress`
    None leaves that to the environment (`COMPRESS_ACTION_SERVER_REQUEST`). `threads` bound how
    many synchronous actions run at once. Raises `ProjectError` where the options do not fit.
    """
    if events not in ("session", "all"):
        raise ProjectError(
            f"endpoints.yml, action_endpoint: events must be 'session' or 'all', not {events!r}."
        )
    if url is not None and module is not None:
        raise ProjectError(
            "endpoints.yml, action_endpoint: 'url' (an action server) and 'module' (actions in "
            "this process) exclude each other."
        )
    if module is not None:
        _refuse(endpoint, "of actions in this process")
        return LocalActions(module, events=events, timeout=timeout, threads=threads)
    if url is None:
        return None
    _refuse({k: v for k, v in endpoint.items() if k not in _ENDPOINT_OPTIONS}, "of a server")
    return RemoteActions(
        url,
        events=events,
        timeout=timeout,
        selective_domain=enable_selective_domain,
        compress=compress,
        **endpoint,
    )


_ENDPOINT_OPTIONS = ("token", "token_name", "basic_auth", "headers", "params", "cafile")


def _refuse(options: Mapping[str, Any], whose: str) -> None:
    if options:
        raise ProjectError(
            f"endpoints.yml, action_endpoint: {', '.join(map(repr, options))} is no option {whose}."
        )
