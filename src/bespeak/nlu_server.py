"""Another server that understands messages in this model's place (`nlu: url:` in endpoints.yml)."""

import logging
from collections.abc import Mapping
from typing import Any, Final

import orjson

from bespeak.actions.endpoint import Endpoint, Unreachable
from bespeak.events import user_uttered
from bespeak.message import Message, UserMessage

logger = logging.getLogger(__name__)

ROUTE: Final = "/model/parse"
TIMEOUT_SECONDS: Final = 10.0


class NluServer:
    """Asks a server with the route `/model/parse` of the HTTP API what messages mean.

    `url` is the server's root; the other options are an endpoint's. The token travels in the
    query, where the API wants it, and in the body, where Rasa sends it.
    """

    def __init__(
        self,
        *,
        url: str,
        token: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        **options: Any,
    ) -> None:
        self.token = token
        self.endpoint = Endpoint("nlu", url + ROUTE, token=token, timeout=timeout, **options)

    async def parse(self, message: UserMessage) -> dict[str, Any]:
        """Return the parse data of a message.

        Where none comes, nothing was understood: the intent has no name, so that a fallback
        acts, and the log says why.
        """
        body = {"token": self.token, "text": message.text, "message_id": message.message_id}
        try:
            answer = await self.endpoint.post(orjson.dumps(body))
        except Unreachable as error:
            return _nothing(message, str(error))
        if answer.is_error:
            return _nothing(message, f"{self.endpoint.url} answered {answer.status_code}.")
        try:
            parse_data: Any = orjson.loads(answer.content)
            user_uttered(message.text, parse_data)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return _nothing(message, f"{self.endpoint.url} sent no parse data ({error!r}).")
        understood: dict[str, Any] = parse_data
        return understood

    async def close(self) -> None:
        await self.endpoint.close()


def nlu_server_from(options: Mapping[str, Any]) -> NluServer | None:
    """Build what the section `nlu` of endpoints.yml describes; None without a `url`."""
    return NluServer(**options) if options.get("url") else None


def _nothing(message: UserMessage, why: str) -> dict[str, Any]:
    logger.error("A message was not understood: %s", why)
    return Message(message.text).to_dict()
