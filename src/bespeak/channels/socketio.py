"""`socketio`: web chat over websocket, in the protocol of rasa-webchat and its relatives."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import jwt
import socketio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bespeak.channels.channel import Receive
from bespeak.channels.customers import FIELD, Customers
from bespeak.channels.output import Attachment, Custom, Elements, Image, Text, parts
from bespeak.channels.requests import user_message
from bespeak.errors import Absent, BespeakError, RequestError
from bespeak.events import BotUttered

logger = logging.getLogger(__name__)

GOODBYE: Final = 1
"""Seconds that clients have to hear that the server ends."""


class SocketIO:
    """The client emits `session_request {session_id?}`, hears `session_confirm <id>`, then emits
    `user_uttered {message, session_id, metadata}` and hears `bot_uttered`.

    With `session_persistence` a conversation is its `session_id`, and outlives the socket;
    without, it is the socket. With `jwt_key` the client connects with `auth: {token}` signed by
    it (`jwt_method`). `cors` lists the origins that may connect; None allows the server's own,
    "*" any. A `message_id` in `user_uttered` makes a repeated message harmless, and a
    `customer_token` says who is signed in (`customer_key`, `customer_method`, see `customers`).
    A message that can't be taken is answered by `refused {reason, message}`.
    """

    name = "socketio"
    output_name = "socketio"
    pushes = True

    def __init__(
        self,
        *,
        user_message_evt: str = "user_uttered",
        bot_message_evt: str = "bot_uttered",
        namespace: str | None = None,
        session_persistence: bool = False,
        socketio_path: str = "/socket.io",
        jwt_key: str | None = None,
        jwt_method: str = "HS256",
        metadata_key: str = "metadata",
        cors: str | Sequence[str] | None = "*",
        customer_key: str | None = None,
        customer_method: str = "HS256",
    ) -> None:
        self.user_message_evt = user_message_evt
        self.bot_message_evt = bot_message_evt
        self.namespace = namespace
        self.session_persistence = session_persistence
        self.path = "/" + socketio_path.strip("/")
        self.jwt_key = jwt_key
        self.jwt_method = jwt_method
        self.metadata_key = metadata_key
        self._customers = Customers(customer_key, customer_method)
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=cors,
            max_http_buffer_size=1_000_000,
        )

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        self._listen(receive)

        async def health(request: Request) -> Response:
            return JSONResponse({"status": "ok"})

        # The mount hands over the rest of the path only, and the client's URL is all of it.
        application = socketio.ASGIApp(self.server, socketio_path="")
        return [
            Route(f"/webhooks/{self.name}/", health, methods=["GET"]),
            Mount(self.path, app=application),
        ]

    async def send(self, recipient: str, said: BotUttered) -> None:
        """Emit one message into the conversation's room.

        Raises `Absent` where nobody is in it: the message waits until somebody is.
        """
        namespace = self.namespace or "/"
        if not any(self.server.manager.get_participants(namespace, recipient)):
            raise Absent("Nobody is connected to this conversation over socketio.")
        for part in parts(said):
            for content in _contents(part):
                await self.server.emit(
                    self.bot_message_evt, content, room=recipient, namespace=self.namespace
                )
            if isinstance(part, Custom):
                await self._emit_custom(recipient, part.payload)

    async def farewell(self) -> None:
        """Disconnect every client: it finds the next process, and there what it has missed.

        A client that no longer listens never takes its goodbye, so nobody waits for it long.
        """
        if self.server.eio.sockets:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.server.eio.disconnect(), GOODBYE)

    async def _emit_custom(self, recipient: str, payload: Mapping[str, Any]) -> None:
        """A custom payload's keys are the arguments of `emit`, as in Rasa; others go as data."""
        known = {"data", "to", "room", "skip_sid", "namespace"}
        if set(payload) <= known:
            arguments = {"room": recipient, "namespace": self.namespace, **payload}
            await self.server.emit(self.bot_message_evt, **arguments)
        else:
            await self.server.emit(
                self.bot_message_evt, dict(payload), room=recipient, namespace=self.namespace
            )

    def _listen(self, receive: Receive) -> None:
        async def connect(
            socket: str, environ: Mapping[str, Any], auth: Mapping[str, Any] | None = None
        ) -> bool:
            return self._admits(auth)

        async def session_request(socket: str, data: Any = None) -> None:
            wanted = data.get("session_id") if isinstance(data, dict) else None
            session = wanted if isinstance(wanted, str) and wanted else uuid4().hex
            if self.session_persistence:
                await self.server.enter_room(socket, session, namespace=self.namespace)
            await self.server.emit(
                "session_confirm", session, room=socket, namespace=self.namespace
            )

        async def user_uttered(socket: str, data: Any = None) -> None:
            await self._receive(receive, socket, data)

        self.server.on("connect", connect, namespace=self.namespace)
        self.server.on("session_request", session_request, namespace=self.namespace)
        self.server.on(self.user_message_evt, user_uttered, namespace=self.namespace)

    async def _receive(self, receive: Receive, socket: str, data: Any) -> None:
        conversation = socket
        if not isinstance(data, dict):
            logger.warning("A socketio message was no object: it is ignored.")
            return
        if self.session_persistence:
            conversation = data.get("session_id") or ""
            if not isinstance(conversation, str) or not conversation:
                logger.warning(
                    "A socketio message had no session_id: it is ignored. The client gets one "
                    "by emitting 'session_request'."
                )
                return
        try:
            message = user_message(
                {
                    "sender": conversation,
                    "message": data.get("message", ""),
                    "message_id": data.get("message_id"),
                    "metadata": _metadata(data.get(self.metadata_key)),
                    FIELD: data.get(FIELD),
                },
                self.name,
                self._customers,
            )
        except RequestError as error:
            logger.warning("A socketio message is refused: %s", error)
            await self.server.emit(
                "refused",
                {"reason": error.reason, "message": str(error)},
                room=socket,
                namespace=self.namespace,
            )
            return
        if message is None:
            return

        async def deliver(said: BotUttered) -> None:
            await self.send(conversation, said)

        try:
            await receive(message, deliver)
        except BespeakError as error:
            logger.error("A message could not be answered: %s", error)

    def _admits(self, auth: Mapping[str, Any] | None) -> bool:
        """Say whether a client may connect."""
        if not self.jwt_key:
            return True
        token = auth.get("token") if isinstance(auth, Mapping) else None
        if not isinstance(token, str):
            return False
        try:
            jwt.decode(token.removeprefix("Bearer "), self.jwt_key, algorithms=[self.jwt_method])
        except jwt.PyJWTError as error:
            logger.warning("A socketio client's token is refused: %s", error)
            return False
        return True


def _metadata(given: Any) -> Any:
    """Return the metadata; some clients send it as a JSON text."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise RequestError(400, "BadRequest", "The metadata is not valid JSON.") from None


def _contents(part: Any) -> list[dict[str, Any]]:
    """Return what is emitted for a part; custom parts are emitted in their own way."""
    match part:
        case Text():
            texts: list[dict[str, Any]] = [{"text": paragraph} for paragraph in part.paragraphs]
            if part.buttons:
                texts = [{**text, "quick_replies": []} for text in texts]
                texts[-1]["quick_replies"] = [
                    {
                        "content_type": "text",
                        "title": button.get("title", ""),
                        "payload": button.get("payload", ""),
                    }
                    for button in part.buttons
                ]
            return texts
        case Image(url=url):
            return [{"attachment": {"type": "image", "payload": {"src": url}}}]
        case Attachment(content=content):
            return [{"attachment": content}]
        case Elements(cards=cards):
            return [
                {
                    "attachment": {
                        "type": "template",
                        "payload": {"template_type": "generic", "elements": card},
                    }
                }
                for card in cards
            ]
        case _:
            return []
