"""Run the application: uvicorn, between the application's own beginning and end."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Final, TypeAlias

import uvicorn
from starlette.applications import Starlette

logger = logging.getLogger(__name__)

Farewell: TypeAlias = Callable[[], Awaitable[None]]
"""Part with clients that would stay connected, then wait until every turn has ended."""

DRAIN: Final = 25
"""Seconds that turns under way have to end; what takes longer is finished by the next process."""

RESPONSES: Final = 1
"""Seconds that responses have to be read once all turns have ended. Long polls never end."""

SWITCH_INTERVAL: Final = 0.0005
"""Seconds that a busy thread may make the event loop wait for Python's lock."""


def serve(app: Starlette, options: Mapping[str, Any], *, fd: int | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code.

    `fd` is a listening socket that is shared with other processes. Raises what the application
    raises while it begins (a store that cannot be reached, a model that is refused).
    """
    sys.setswitchinterval(SWITCH_INTERVAL)
    config = uvicorn.Config(
        app,
        lifespan="off",  # it is run around the server, so that its errors come out as they are
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=RESPONSES,
        **options,
    )
    server = _Server(config, app.state.farewell)

    async def run() -> None:
        shared = None if fd is None else [socket.socket(fileno=fd)]
        async with app.router.lifespan_context(app):
            # What is loaded by now stays: the garbage collector would look at all of it in the
            # middle of a turn, which takes as long as a turn does.
            gc.collect()
            gc.freeze()
            await server.serve(shared)

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run())
    return 0 if server.started else 1


class _Server(uvicorn.Server):
    """Ends with code 0 when it is told to end: that is no failure."""

    def __init__(self, config: uvicorn.Config, farewell: Farewell) -> None:
        super().__init__(config)
        self.farewell = farewell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if sockets is None and self.started:
            scheme = "https" if self.config.is_ssl else "http"
            place = f"{scheme}://{self.config.host}:{self.config.port}"
            logger.info("Listening on %s.", place)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody in any more, send away those who would stay for ever, and end the turns."""
        for listening in self.servers:
            listening.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.farewell(), DRAIN)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {name: signal.signal(name, self.handle_exit) for name in _ENDING}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End in good order; at once, if asked a second time by Ctrl-C."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


_ENDING: Final = (signal.SIGINT, signal.SIGTERM)
