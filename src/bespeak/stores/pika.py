"""Events out to RabbitMQ: a fanout exchange, and the queues bound to it."""

import asyncio
import os
import ssl
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from bespeak.errors import ProjectError, StoreError
from bespeak.events import Event
from bespeak.extend import load_module
from bespeak.stores.broker import Published, Relay, published


class PikaEventBroker:
    """Publish each event to the exchange `exchange_name` of the RabbitMQ server at `url`.

    `url` is a host name, or a whole `amqp://` address. While the server cannot be reached, events
    wait for it; without `should_keep_unpublished_messages` they are let go; with
    `raise_on_failure` the step that published them fails after `connection_attempts`.
    """

    def __init__(
        self,
        url: str,
        *,
        username: str | None = None,
        password: str | None = None,
        port: int | str = 5672,
        queues: Sequence[str] | str = ("rasa_core_events",),
        exchange_name: str = "rasa-exchange",
        should_keep_unpublished_messages: bool = True,
        raise_on_failure: bool = False,
        connection_attempts: int = 20,
        retry_delay_in_seconds: float = 5.0,
    ) -> None:
        if not str(port).isdecimal():
            raise ProjectError(f"event_broker: the port {port!r} is not a number.")
        self._library = load_module("aio_pika", extra="pika")
        self._address = _address(url, int(port), username, password)
        self._where = urlsplit(self._address).hostname or url
        self.queues = [queues] if isinstance(queues, str) else list(queues)
        self.exchange_name = exchange_name
        self._attempts = connection_attempts
        self._delay = retry_delay_in_seconds
        self._raise = raise_on_failure
        self._connection: Any = None
        self._exchange: Any = None
        self._relay = Relay(
            self._send,
            f"RabbitMQ at {self._where}",
            retry_seconds=retry_delay_in_seconds,
            keep=should_keep_unpublished_messages,
        )

    async def publish(self, conversation_id: str, events: Sequence[Event]) -> None:
        items = published(conversation_id, events)
        if self._raise:
            await self._send(items)
        else:
            self._relay.put(items)

    async def close(self) -> None:
        try:
            await self._relay.close()
        finally:
            await self._disconnect()

    async def _send(self, batch: Sequence[Published]) -> None:
        failures = (*self._library.exceptions.CONNECTION_EXCEPTIONS, TimeoutError, RuntimeError)
        try:
            if self._exchange is None:
                await self._connect(failures)
            for item in batch:
                message = self._library.Message(
                    item.body.encode(),
                    app_id=os.environ.get("RASA_ENVIRONMENT"),
                    delivery_mode=self._library.DeliveryMode.PERSISTENT,
                )
                await self._exchange.publish(message, routing_key="")
        except failures as error:
            await self._disconnect()
            raise StoreError(
                f"RabbitMQ at {self._where} cannot be reached: {error or type(error).__name__}. "
                "Does it run, and are url, port, username and password right?"
            ) from error

    async def _connect(self, failures: tuple[type[Exception], ...]) -> None:
        for attempt in range(1, self._attempts + 1):
            try:
                self._connection = await self._library.connect(
                    self._address, timeout=10, ssl_context=_ssl_context()
                )
                break
            except failures:
                if attempt == self._attempts or not self._raise:
                    raise  # the relay comes again
                await asyncio.sleep(self._delay)
        channel = await self._connection.channel()
        exchange = await channel.declare_exchange(
            self.exchange_name, type=self._library.ExchangeType.FANOUT
        )
        for name in self.queues:
            queue = await channel.declare_queue(name, durable=True)
            await queue.bind(exchange, "")
        self._exchange = exchange

    async def _disconnect(self) -> None:
        connection, self._connection, self._exchange = self._connection, None, None
        if connection is not None:
            await connection.close()


def _address(url: str, port: int, username: str | None, password: str | None) -> str:
    """Return the whole address; what `url` says itself goes before the options."""
    parts = urlsplit(url if "://" in url else f"amqp://{url}")
    if parts.scheme not in ("amqp", "amqps"):
        raise ProjectError(f"event_broker: {url!r} is no address of RabbitMQ (amqp://…).")
    user = parts.username or quote(username or "", safe="")
    secret = parts.password or quote(password or "", safe="")
    login = f"{user}:{secret}@" if user else ""
    query = f"?{parts.query}" if parts.query else ""
    host = f"{parts.hostname or 'localhost'}:{parts.port or port}"
    return f"{parts.scheme}://{login}{host}{parts.path or '/'}{query}"


def _ssl_context() -> ssl.SSLContext | None:
    """Return what Rasa's variables say about the client's certificate."""
    certificate = os.environ.get("RABBITMQ_SSL_CLIENT_CERTIFICATE")
    key = os.environ.get("RABBITMQ_SSL_CLIENT_KEY")
    if not (certificate and key):
        return None
    context = ssl.create_default_context()
    context.load_cert_chain(certificate, key)
    return context
