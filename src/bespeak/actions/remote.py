"""Custom actions on an action server of rasa-sdk's protocol, over HTTP."""

import logging
import os
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
import orjson

from bespeak.actions.endpoint import Endpoint, Unreachable
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
from bespeak.errors import ActionError, ActionRejected
from bespeak.tracker import Tracker

log = logging.getLogger(__name__)

COMPRESS_VARIABLE = "COMPRESS_ACTION_SERVER_REQUEST"
NO_DOMAIN = 449


class RemoteActions:
    """Runs actions on a server.

    With `selective_domain` the domain travels only with actions that asked for it and those that
    validate. A server that keeps the domain (rasa-sdk 3.8 and later) asks for it when it has none
    (status 449): it then gets the domain with its digest, and from there on the digest alone.
    """

    def __init__(
        self,
        url: str,
        *,
        events: str = Scope.SESSION,
        selective_domain: bool = False,
        compress: bool | None = None,
        **options: Any,
    ) -> None:
        if compress is None:
            compress = os.environ.get(COMPRESS_VARIABLE, "").lower() in ("true", "1", "yes", "on")
        self.endpoint = Endpoint("action_endpoint", url, compress=compress, **options)
        self.scope = Scope(events)
        self.selective_domain = selective_domain
        self._domain = DomainJson()
        self._events = EventJson()
        self._keeps_domain = False

    async def run(self, action: str, tracker: Tracker, domain: Domain, within: str = "") -> Answer:
        request_id = uuid.uuid4().hex
        headers = {
            "Idempotency-Key": idempotency_key(action, tracker, within),
            "X-Request-ID": request_id,
        }
        json = self._domain.of(domain)
        with_domain = not self.selective_domain or (
            action in domain.actions_with_domain or action.startswith("validate_")
        )
        digest = json.digest if self._keeps_domain else None
        body = self._body(action, tracker, json.body if with_domain else None, digest)
        response = await self._post(action, body, headers)
        if response.status_code == NO_DOMAIN:
            self._keeps_domain = True
            body = self._body(action, tracker, json.body, json.digest)
            response = await self._post(action, body, headers)
        if response.is_success:
            return answer(response.content, action, request_id)
        raise self._refusal(action, response, request_id)

    async def close(self) -> None:
        await self.endpoint.close()

    def _body(
        self, action: str, tracker: Tracker, domain: bytes | None, digest: str | None
    ) -> bytes:
        events, scope = self._events, self.scope
        return request(action, tracker, events=events, scope=scope, domain=domain, digest=digest)

    async def _post(self, action: str, body: bytes, headers: Mapping[str, str]) -> httpx.Response:
        try:
            return await self.endpoint.post(body, headers)
        except Unreachable as error:
            raise ActionError(
                f"The action {action!r} did not run: {error}",
                action=action,
                request_id=headers["X-Request-ID"],
            ) from error

    def _refusal(self, action: str, response: httpx.Response, request_id: str) -> ActionError:
        status, said = response.status_code, _object(response.content)
        cause = str(said.get("error") or "").strip()
        if status == 400 and isinstance(said.get("action_name"), str):
            return ActionRejected(
                cause or f"The action {action!r} declined to run.",
                action=said["action_name"],
                request_id=request_id,
            )
        if status == 404:
            what = (
                f"{self.endpoint.url} knows no action {action!r}{f' ({cause})' if cause else ''}. "
                "Is it in the module that the action server loads, and is its name() right?"
            )
        elif response.is_redirect:
            what = (
                f"{self.endpoint.url} answered {status} and sends to "
                f"{response.headers.get('location', 'nowhere')!r}: name that address instead."
            )
        else:
            shown = cause or response.text.strip() or response.reason_phrase
            what = f"{self.endpoint.url} answered {status}: {shown[:300]}"
        return ActionError(
            f"The action {action!r} failed: {what}", action=action, request_id=request_id
        )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
