"""Starting and stopping the two engines, and the action server, as a person would.

Every engine runs in a copy of the bot's folder under `.work/`, so that models and
databases stay out of the bots. Rasa's trained copies are kept by the hash of the bot's files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.compat.scripts import HERE

WORK = Path(os.environ.get("BESPEAK_COMPAT_WORK", HERE / ".work"))
STARTING = 180.0
"""Seconds a server may take until it answers; Rasa needs some twenty."""


@dataclass(frozen=True)
class Engine:
    """A way to run `train` and `run`: the two engines share these flags."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    keeps_models: bool = False
    """Whether a model trained earlier will do: not for an engine that is being worked on."""

    def train(self, bot: Path) -> Path:
        """A folder with the bot and its trained model; `RuntimeError` with the log if it fails."""
        folder = WORK / self.name / f"{bot.name}-{_fingerprint(bot)}"
        if self.keeps_models and any((folder / "models").glob("*.tar.gz")):
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(bot, folder)
        done = self.call(folder, "train")
        if done.returncode:
            raise RuntimeError(f"{self.name} could not train {bot.name}:\n{done.stdout}")
        return folder

    def surroundings(self) -> dict[str, str]:
        """The environment of a command that needs no other server."""
        return _environment(self.environment, BLANK_ENDPOINTS)

    def call(
        self, folder: Path, *arguments: str, timeout: float = 3600
    ) -> subprocess.CompletedProcess[str]:
        """One command, run to its end, with everything it wrote in `stdout`."""
        return subprocess.run(
            [*self.command, *arguments],
            cwd=folder,
            env=self.surroundings(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
        )

    @contextmanager
    def serve(
        self, trained: Path, flags: Sequence[str], environment: Mapping[str, str]
    ) -> Iterator[str]:
        """The base URL of a running server; its databases begin empty."""
        folder = trained.with_name(f"{trained.name}-run")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(trained, folder)
        port = free_port()
        command = [*self.command, "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
        if (folder / "credentials.yml").exists():
            command += ["--credentials", "credentials.yml"]
        if (folder / "endpoints.yml").exists():
            command += ["--endpoints", "endpoints.yml"]
        url = f"http://127.0.0.1:{port}"
        with process(
            [*command, *flags],
            folder,
            _environment(self.environment, environment),
            folder / "server.log",
        ) as running:
            _await_answer(f"{url}/version", running, folder / "server.log")
            yield url


def rasa() -> Engine | None:
    """Rasa 3.6.21 in the virtual environment `BESPEAK_RASA_VENV` names, or in `.venv-rasa`."""
    named = os.environ.get("BESPEAK_RASA_VENV")
    venv = Path(named) if named else HERE.parents[1] / ".venv-rasa"
    python = venv / "bin" / "python"
    if not python.exists():
        return None
    return Engine(
        "rasa",
        [str(python), "-m", "rasa"],
        {"RASA_TELEMETRY_ENABLED": "false", "SQLALCHEMY_SILENCE_UBER_WARNING": "1"},
        keeps_models=True,
    )


def bespeak() -> Engine:
    """Bespeak, in the environment these lines run in."""
    return Engine("bespeak", [sys.executable, "-m", "bespeak"], {})


@contextmanager
def action_server(python: str, folder: Path, log: Path) -> Iterator[str]:
    """The base URL of rasa-sdk's own server with the bot's `actions.py`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [python, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with process(command, folder, _environment({}, {}), log) as running:
        _await_answer(f"{url}/health", running, log)
        yield url


@contextmanager
def process(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own group, ended with the block."""
    with log.open("wb") as output:
        running = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield running
        finally:
            _end(running)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


BLANK_ENDPOINTS = {
    "ACTIONS_URL": "http://127.0.0.1:9/webhook",
    "CALLBACK_URL": "http://127.0.0.1:9/callback",
    "NLG_URL": "http://127.0.0.1:9/nlg",
}
"""What the bots' `${…}` stand for while a command needs none of these."""


def _environment(*layers: Mapping[str, str]) -> dict[str, str]:
    """The own environment without what would change an engine's behaviour, and the layers on it."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if key in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV")
    }
    quiet = {"PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    environment = {**kept, **quiet, "PYTHONUNBUFFERED": "1"}
    for layer in layers:
        environment.update(layer)
    return environment


def _fingerprint(bot: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(bot.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts and path.name != "actions.py":
            digest.update(str(path.relative_to(bot)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def _await_answer(url: str, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        if running.poll() is not None:
            raise RuntimeError(f"{url} ended with {running.returncode}:\n{log.read_text()[-4000:]}")
        try:
            if httpx.get(url, timeout=2).status_code < 500:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"{url} did not answer in {STARTING:.0f} s:\n{log.read_text()[-4000:]}")


def _end(running: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        if running.poll() is None:
            os.killpg(running.pid, how)
            try:
                running.wait(timeout=15)
            except subprocess.TimeoutExpired:
                continue
    running.wait()
