"""Run programs and measure them: wall time, peak memory of all their processes, time to ready."""

import os
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Run:
    """One program from start to end. `peak` is the largest sum of its processes' memory (bytes)."""

    seconds: float
    cpu_seconds: float
    peak: int
    output: str


@dataclass(frozen=True)
class Server:
    """A server that answers. `ready_after` is in seconds."""

    url: str
    process: "subprocess.Popen[bytes]"
    ready_after: float

    def memory(self) -> int:
        """Return the resident memory of all its processes, in bytes."""
        return sum(_resident(pid) for pid in _tree(self.process.pid))


def run(command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> Run:
    """Run a program to its end; raises where it fails."""
    began = time.perf_counter()
    before = os.times()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    watcher = _Watcher(process.pid)
    watcher.start()
    printed, _ = process.communicate()
    seconds = time.perf_counter() - began
    peak = watcher.stop()
    after = os.times()
    cpu = (after.children_user + after.children_system) - (
        before.children_user + before.children_system
    )
    text = printed.decode(errors="replace")
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed with {process.returncode}:\n{text[-3000:]}")
    return Run(seconds, cpu, peak, text)


@contextmanager
def serving(
    command: Sequence[str],
    cwd: Path,
    port: int,
    ready: str,
    *,
    env: Mapping[str, str] | None = None,
    patience: float = 180.0,
) -> Iterator[Server]:
    """Start a server, wait until `ready` (a path) answers 200, and end it after the block."""
    log = (cwd / f"server-{port}.log").open("wb")
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _answers(url + ready):
            if process.poll() is not None or time.perf_counter() - began > patience:
                raise RuntimeError(f"{' '.join(command)} did not start; see {log.name}")
            time.sleep(0.01)
        yield Server(url, process, time.perf_counter() - began)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


class _Watcher(threading.Thread):
    """Looks at a process and its children every 20 ms."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.02):
            self.peak = max(self.peak, sum(_resident(pid) for pid in _tree(self.pid)))

    def stop(self) -> int:
        self.over.set()
        self.join()
        return self.peak


def _tree(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found.extend(_tree(int(child)))
    return found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0
