"""Work that takes a process of its own (training, evaluation), done now or reported later."""

import asyncio
import contextlib
import json
import logging
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from starlette.responses import FileResponse, Response

from bespeak.errors import BespeakError, RequestError
from bespeak.server.answers import failure
from bespeak.server.api import Parameter

logger = logging.getLogger(__name__)

LAST_WORDS: Final = 4_000
"""How many characters of a failed command's output are told."""

CALLBACK_URL: Final = Parameter(
    "callback_url", "Answer 204 at once and post the result here when it is there."
)


@dataclass
class Jobs:
    """Runs `bespeak` commands beside the server, so that no turn waits for them."""

    running: int = 0
    _later: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, arguments: Sequence[str], cwd: Path, reason: str) -> None:
        """Run a command in a process of its own, in the folder `cwd`.

        Raises `RequestError` (400, with that reason) with its last lines where it failed; the
        process ends with the request that wanted it.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bespeak",
            *arguments,
            cwd=cwd,
            env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self.running += 1
        try:
            printed, _ = await process.communicate()
        except asyncio.CancelledError:
            process.terminate()
            raise
        finally:
            self.running -= 1
        if process.returncode:
            last = printed.decode(errors="replace").strip()[-LAST_WORDS:]
            raise RequestError(400, reason, last or "It failed without a word.")

    async def now_or_later(
        self, work: Callable[[], Awaitable[Response]], callback_url: str | None
    ) -> Response:
        """Do the work and answer, or answer 204 and post the result to `callback_url` in time."""
        if callback_url is None:
            return await work()
        if urlsplit(callback_url).scheme not in ("http", "https"):
            raise RequestError(
                400,
                "BadRequest",
                "'callback_url' must be an http(s) URL.",
                {"parameter": "callback_url", "in": "query"},
            )
        task = asyncio.create_task(_post(work, callback_url))
        self._later.add(task)  # the loop holds tasks only weakly
        task.add_done_callback(self._later.discard)
        return Response(status_code=204)

    async def close(self) -> None:
        """Give up what is still to be reported."""
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)


@contextlib.asynccontextmanager
async def folder(written: bytes, name: str) -> AsyncIterator[Path]:
    """Write a request's body into a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="bespeak-job-") as place:
        (Path(place) / name).write_bytes(written)
        yield Path(place)


def report(path: Path) -> Any:
    """Return what a command wrote as JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


async def _post(work: Callable[[], Awaitable[Response]], url: str) -> None:
    try:
        answer = await work()
    except RequestError as error:
        answer = failure(error.status, error.reason, str(error), error.details)
    except BespeakError as error:
        answer = failure(500, "UnexpectedError", str(error))
    headers = {"Content-Type": answer.media_type or "application/json"}
    if isinstance(answer, FileResponse):
        content = await asyncio.to_thread(Path(answer.path).read_bytes)
        headers["filename"] = answer.headers["filename"]
    else:
        content = bytes(answer.body)
    async with httpx.AsyncClient() as client:
        try:
            (await client.post(url, content=content, headers=headers)).raise_for_status()
        except httpx.HTTPError as error:
            logger.error("A result could not be posted to the callback: %s", error)
    if isinstance(answer, FileResponse) and answer.background is not None:
        await answer.background()
