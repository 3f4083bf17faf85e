"""Several processes that share one listening socket and one database.

The first process only watches: it starts the others, starts another where one dies, and ends them
all when it is told to end. Where it is killed, its workers end by themselves, so that they do not
keep the port from the next one.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Final

from bespeak.errors import BespeakError

logger = logging.getLogger(__name__)

SHARED_SOCKET: Final = "BESPEAK_SHARED_SOCKET"
"""The variable by which a worker learns the listening socket that it inherits."""

FIRST_PROCESS: Final = "BESPEAK_FIRST_PROCESS"
"""The variable by which a worker learns the number of the process that watches it."""

YOUNG: Final = 5.0
"""Seconds within which a worker must not die: one that does would only die again."""

BACKLOG: Final = 512

LOOK_EVERY: Final = 0.1


def inherited() -> int | None:
    """Return the listening socket's number in a worker, None in a server of one process."""
    number = os.environ.get(SHARED_SOCKET)
    return int(number) if number else None


def end_with_the_first() -> None:
    """Drain and end this worker as soon as the process that watches it is gone."""
    first = int(os.environ[FIRST_PROCESS])

    def watch() -> None:
        while os.getppid() == first:
            time.sleep(LOOK_EVERY)
        logger.error("The first process is gone: this worker ends too.")
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="first-process", daemon=True).start()


def bound(interface: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises `BespeakError` where the port is taken."""
    family = socket.AF_INET6 if ":" in interface else socket.AF_INET
    try:
        return socket.create_server((interface, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise BespeakError(
            f"Port {port} on {interface} cannot be used: {error.strerror}. Is another server "
            "running? Choose one with `--port`."
        ) from error


def run(command: Sequence[str], count: int, listening: socket.socket) -> int:
    """Keep `count` workers running until SIGTERM or SIGINT; return the exit code.

    Raises `BespeakError` where a worker dies as soon as it has begun.
    """
    ended = False

    def end(*_: object) -> None:
        nonlocal ended
        ended = True

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)
    listening.set_inheritable(True)
    workers = [_begun(command, listening) for _ in range(count)]
    try:
        while not ended:
            time.sleep(LOOK_EVERY)
            workers = [_replaced(worker, command, listening) for worker in workers]
    finally:
        for worker, _ in workers:
            worker.terminate()
        listening.close()  # who comes now is refused at once, not left waiting for the last turn
        codes = [worker.wait() for worker, _ in workers]
    return max(max(code, 0) for code in codes)


Worker = tuple["subprocess.Popen[bytes]", float]


def _begun(command: Sequence[str], listening: socket.socket) -> Worker:
    environment = {
        **os.environ,
        SHARED_SOCKET: str(listening.fileno()),
        FIRST_PROCESS: str(os.getpid()),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bespeak", *command],
        env=environment,
        pass_fds=[listening.fileno()],
        start_new_session=True,  # Ctrl-C comes to us, and we tell them
    )
    return process, time.monotonic()


def _replaced(worker: Worker, command: Sequence[str], listening: socket.socket) -> Worker:
    process, since = worker
    code = process.poll()
    if code is None:
        return worker
    if time.monotonic() - since < YOUNG:
        raise BespeakError(
            f"A worker ended with the code {code} as soon as it had begun; its own last lines say "
            "why."
        )
    logger.error("A worker ended with the code %d: another one takes its place.", code)
    return _begun(command, listening)
