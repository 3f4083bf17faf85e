"""The same rasa-sdk actions, run in this process."""

import asyncio
import contextvars
import inspect
import pkgutil
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson

from bespeak.actions.wire import (
    Answer,
    DomainJson,
    EventJson,
    Scope,
    answer,
    idempotency_key,
    request,
)
from bespeak.domain import Domain
from bespeak.errors import ActionError, ActionRejected, BespeakError, ProjectError
from bespeak.extend import load, load_module
from bespeak.tracker import Tracker

EXTRA = "actions"


class LocalActions:
    """Runs the actions of a Python module or package, submodules included.

    Asynchronous actions run on the event loop, synchronous ones on `threads` of their own. What an
    action sees has gone through JSON, as if it ran on a server: it can change nothing but by what
    it returns (the domain alone is shared between calls).
    """

    def __init__(
        self,
        module: str,
        *,
        events: str = Scope.SESSION,
        timeout: float = 300.0,
        threads: int = 32,
    ) -> None:
        self.module = module
        self.scope = Scope(events)
        self.timeout = timeout
        self._rejection = load("rasa_sdk.interfaces.ActionExecutionRejection", extra=EXTRA)
        self._not_found = load("rasa_sdk.interfaces.ActionNotFoundException", extra=EXTRA)
        self._sdk = load("rasa_sdk.executor.ActionExecutor", extra=EXTRA)()
        _import_all(module)
        try:
            self._sdk.register_package(module)
            self._prefer_own()
        except Exception as error:  # their constructors and names are the project's code
            raise ProjectError(
                f"endpoints.yml, action_endpoint: the actions of {module!r} cannot be set up: "
                f"{type(error).__name__}: {error}."
            ) from error
        self._on_loop = {name: on_loop(run) for name, run in self._sdk.actions.items()}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="action")
        self._json = DomainJson()
        self._events = EventJson()
        self._domain: Mapping[str, Any] = {}
        self._digest = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The actions found, by name."""
        return tuple(self._sdk.actions)

    async def run(self, action: str, tracker: Tracker, domain: Domain, within: str = "") -> Answer:
        """Run the action; the call's id, for its own idempotent calls to others, is in the
        context variable `IDEMPOTENCY_KEY`."""
        call = orjson.loads(request(action, tracker, events=self._events, scope=self.scope))
        call["domain"] = self._domain_of(domain)
        request_id = uuid.uuid4().hex
        IDEMPOTENCY_KEY.set(idempotency_key(action, tracker, within))
        try:
            async with asyncio.timeout(self.timeout):
                result = await self._called(action, call)
        except self._rejection as rejection:
            raise ActionRejected(
                rejection.message, action=rejection.action_name, request_id=request_id
            ) from rejection
        except self._not_found:
            raise ActionError(
                f"The module {self.module!r} has no action {action!r}. "
                f"It has: {', '.join(sorted(self.names)) or 'none'}.",
                action=action,
                request_id=request_id,
            ) from None
        except TimeoutError as error:
            raise ActionError(
                f"The action {action!r} took longer than {self.timeout:g} s, or what it waited "
                "for did (action_endpoint: timeout).",
                action=action,
                request_id=request_id,
            ) from error
        except Exception as error:  # whatever the project's code raises is that action's failure
            raise ActionError(
                f"The action {action!r} failed: {type(error).__name__}: {error}",
                action=action,
                request_id=request_id,
            ) from error
        return answer(self._written(action, result, request_id), action, request_id)

    async def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prefer_own(self) -> None:
        """Let the module's own actions win: the SDK takes every action class that any module of
        the process defines, the last one where names are equal."""
        classes = load("rasa_sdk.utils.all_subclasses")(load("rasa_sdk.interfaces.Action"))
        for cls in classes:
            own = cls.__module__ == self.module or cls.__module__.startswith(f"{self.module}.")
            if own and not inspect.isabstract(cls):
                self._sdk.register_action(cls)

    async def _called(self, action: str, call: Mapping[str, Any]) -> Any:
        if self._on_loop.get(action, False):
            return await self._sdk.run(call)
        context = contextvars.copy_context()
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, context.run, _run_apart, self._sdk, call
        )

    def _domain_of(self, domain: Domain) -> Mapping[str, Any]:
        json = self._json.of(domain)
        if json.digest != self._digest:
            self._domain, self._digest = orjson.loads(json.body), json.digest
        return self._domain

    def _written(self, action: str, result: Any, request_id: str) -> bytes:
        try:
            return orjson.dumps({"events": result.events, "responses": result.responses})
        except TypeError as error:
            raise ActionError(
                f"What the action {action!r} returned cannot be written as JSON: {error}.",
                action=action,
                request_id=request_id,
            ) from None


IDEMPOTENCY_KEY: contextvars.ContextVar[str] = contextvars.ContextVar("IDEMPOTENCY_KEY")
"""The key of the call that runs: actions pass it on where what they do must happen once."""


def on_loop(run: Any) -> bool:
    """Say whether an action's `run` belongs on the event loop, since it awaits there.

    The SDK's own `run` (of validating actions) awaits nothing but the project's methods: it
    belongs there only if one of these is asynchronous.
    """
    if not inspect.iscoroutinefunction(run):
        return False
    if not inspect.ismethod(run) or not _is_sdk(run.__func__.__module__):
        return True
    return any(
        inspect.iscoroutinefunction(member)
        for cls in type(run.__self__).__mro__
        if cls is not object and not _is_sdk(cls.__module__)
        for member in vars(cls).values()
    )


def _is_sdk(module: str) -> bool:
    return module == "rasa_sdk" or module.startswith("rasa_sdk.")


def _run_apart(sdk: Any, call: Mapping[str, Any]) -> Any:
    return asyncio.run(sdk.run(call))


def _import_all(module: str) -> None:
    """Import a module and what lies below it: the SDK would end the process on an error."""
    try:
        found = load_module(module)
        for _, name, is_package in pkgutil.iter_modules(
            getattr(found, "__path__", ()), prefix=f"{module}."
        ):
            if is_package:
                _import_all(name)
            else:
                load_module(name)
    except BespeakError as error:
        raise ProjectError(f"endpoints.yml, action_endpoint: module: {error}") from error
    except Exception as error:  # the module's own code runs as it is imported
        raise ProjectError(
            f"endpoints.yml, action_endpoint: the module {module!r} raises as it is imported: "
            f"{type(error).__name__}: {error}."
        ) from error
