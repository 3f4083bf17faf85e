"""Events out to Kafka, through its own client, which queues, sends and tries again by itself."""

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import Any, Final

from bespeak.errors import ProjectError, StoreError
from bespeak.events import Event
from bespeak.extend import load_module
from bespeak.stores.broker import CLOSING_SECONDS, published

log = logging.getLogger(__name__)

PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


class KafkaEventBroker:
    """Publish each event to `topic` of the cluster at `url` (`host:port`, or a list of them).

    With `partition_by_sender` a conversation's events go to one partition, so that they are read
    in order.
    """

    def __init__(
        self,
        url: str | Sequence[str],
        *,
        topic: str = "rasa_core_events",
        client_id: str | None = None,
        partition_by_sender: bool = False,
        security_protocol: str = "SASL_PLAINTEXT",
        sasl_username: str | None = None,
        sasl_password: str | None = None,
        sasl_mechanism: str = "PLAIN",
        ssl_cafile: str | None = None,
        ssl_certfile: str | None = None,
        ssl_keyfile: str | None = None,
        ssl_check_hostname: bool = False,
        queue_size: int | None = None,
    ) -> None:
        protocol = security_protocol.upper()
        if protocol not in PROTOCOLS:
            raise ProjectError(
                f"event_broker: security_protocol is {security_protocol!r}: it can be "
                f"{', '.join(PROTOCOLS)}."
            )
        self._library = load_module("confluent_kafka", extra="kafka")
        self.topic, self.partition_by_sender = topic, partition_by_sender
        servers = url if isinstance(url, str) else ",".join(url)
        options: dict[str, Any] = {
            "bootstrap.servers": servers,
            "client.id": client_id,
            "security.protocol": protocol,
            "queue.buffering.max.messages": queue_size,
            "error_cb": _on_error,
        }
        if protocol.startswith("SASL"):
            options["sasl.mechanism"] = sasl_mechanism
            options["sasl.username"] = sasl_username
            options["sasl.password"] = sasl_password
        if protocol.endswith("SSL"):
            options["ssl.ca.location"] = ssl_cafile
            options["ssl.certificate.location"] = ssl_certfile
            options["ssl.key.location"] = ssl_keyfile
            options["ssl.endpoint.identification.algorithm"] = (
                "https" if ssl_check_hostname else "none"
            )
        self._where = servers
        self._options = {key: value for key, value in options.items() if value is not None}
        self._producer: Any = None

    async def publish(self, conversation_id: str, events: Sequence[Event]) -> None:
        if self._producer is None:
            self._producer = self._connected()
        key = conversation_id.encode() if self.partition_by_sender else None
        environment = os.environ.get("RASA_ENVIRONMENT", "RASA_ENVIRONMENT_NOT_SET")
        for item in published(conversation_id, events):
            try:
                self._producer.produce(
                    self.topic,
                    value=item.body.encode(),
                    key=key,
                    headers=[("RASA_ENVIRONMENT", environment.encode())],
                    on_delivery=_on_delivery,
                )
            except BufferError:
                log.error(
                    "Kafka at %s does not take events fast enough: one is left out. Publish it "
                    "with 'bespeak export'.",
                    self._where,
                )
        self._producer.poll(0)

    async def close(self) -> None:
        """Send what waits. Raises `StoreError` if that takes too long."""
        if self._producer is None:
            return
        left = await asyncio.to_thread(self._producer.flush, CLOSING_SECONDS)
        if left:
            raise StoreError(
                f"{left} events did not reach Kafka at {self._where}. They are in the tracker "
                "store: publish them with 'bespeak export' once it works again."
            )

    def _connected(self) -> Any:
        try:
            return self._library.Producer(self._options)
        except self._library.KafkaException as error:
            raise ProjectError(f"event_broker: Kafka cannot take an option: {error}") from error


def _on_error(error: Any) -> None:
    log.warning("Kafka: %s", error)


def _on_delivery(error: Any, message: Any) -> None:
    if error is not None:
        log.error("An event did not reach Kafka: %s", error)
