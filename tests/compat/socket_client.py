"""A chat widget's side of the socket.io channel."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

import httpx
import jwt
import socketio

QUIET = 0.6
"""Seconds without an event after which the answer to a message is taken as complete."""


class Socket:
    """One connection, and the events that arrived on it.

    `options` may have `namespace`, `path` and `claims`, which are signed and sent as token.
    """

    def __init__(self, url: httpx.URL, options: Mapping[str, Any], secret: str) -> None:
        self.namespace = options.get("namespace", "/")
        self.received: list[list[Any]] = []
        self.last = time.monotonic()
        self.lock = Lock()
        self.client = socketio.Client(reconnection=False)
        self.client.on("*", self._receive, namespace=self.namespace)
        auth = {}
        if claims := options.get("claims"):
            auth["token"] = f"Bearer {jwt.encode(dict(claims), secret, algorithm='HS256')}"
        try:
            self.client.connect(
                str(url),
                auth=auth,
                transports=["polling"],
                namespaces=[self.namespace],
                socketio_path=options.get("path", "/socket.io"),
                wait_timeout=5,
            )
        except socketio.exceptions.ConnectionError:
            self.connected = False
        else:
            self.connected = True

    def answers(self, event: str, data: Any) -> list[list[Any]]:
        """Send an event and return those that come back, each with its data."""
        with self.lock:
            self.received = []
            self.last = time.monotonic()
        self.client.emit(event, data, namespace=self.namespace)
        while time.monotonic() - self.last < QUIET:
            time.sleep(0.05)
        with self.lock:
            return self.received

    def close(self) -> None:
        self.client.disconnect()

    def _receive(self, event: str, *data: Any) -> None:
        with self.lock:
            self.received.append([event, *data])
            self.last = time.monotonic()
