"""The model that is served: loaded, swapped, and pulled anew from a model server."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from bespeak.assistant import Assistant
from bespeak.data.config import Endpoints
from bespeak.engine import Engine
from bespeak.errors import ModelError, RequestError
from bespeak.loading import Loaded, load
from bespeak.server.jobs import Jobs

logger = logging.getLogger(__name__)

DEFAULT_WAIT: Final = 100.0
"""Seconds between two looks at a model server."""


@dataclass
class Host:
    """Holds the engine and what it runs. All loading is done off the event loop."""

    engine: Engine
    endpoints: Endpoints
    models: Path = Path("models")
    loaded: Loaded | None = None
    jobs: Jobs = field(default_factory=Jobs)
    _swap: asyncio.Lock = field(default_factory=asyncio.Lock)
    _etag: str | None = None
    _retiring: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, path: Path | None = None) -> Loaded:
        """Load an archive (or the newest of a folder) and go on with it.

        Turns under way end with the model they began with. Raises `ModelError`; the model that
        was served before then goes on.
        """
        async with self._swap:
            loaded = await asyncio.to_thread(load, path or self.models, self.endpoints)
            previous = self.engine.assistant
            self.engine.swap(loaded.assistant)
            self.loaded = loaded
            self._retire(previous)
            return loaded

    async def unload(self) -> None:
        """Serve no model."""
        async with self._swap:
            previous, self.loaded = self.engine.assistant, None
            self.engine.swap(None)
            self._retire(previous)

    def _retire(self, previous: Assistant | None) -> None:
        """Let the model before end its turns under way, without waiting for them here."""
        if previous is not None:
            task = asyncio.create_task(self.engine.retire(previous))
            self._retiring.add(task)  # the loop holds tasks only weakly
            task.add_done_callback(self._retiring.discard)

    @property
    def ready(self) -> Loaded:
        if self.loaded is None:
            raise RequestError(
                409,
                "Conflict",
                "No agent loaded. To continue processing, a model of a trained agent needs to be "
                "loaded.",
            )
        return self.loaded

    # --- a model server ----------------------------------------------------------------------

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow the model server of endpoints.yml, if any, for as long as the block lasts."""
        task = asyncio.create_task(self.follow())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def pull_once(self, url: str) -> None:
        """Fetch and serve a model from elsewhere. Raises `ModelError`."""
        async with httpx.AsyncClient() as client:
            try:
                await self.pull(client, url)
            except httpx.HTTPError as error:
                raise ModelError(f"{url} cannot be reached: {error!r}.") from error

    async def follow(self) -> None:
        """Pull the model from the server of endpoints.yml, again and again. Never returns."""
        source = self.endpoints.models
        if source is None or not source.url:
            return
        async with httpx.AsyncClient(headers=source.headers, params=source.params) as client:
            while True:
                try:
                    await self.pull(client, source.url)
                except (ModelError, httpx.HTTPError, OSError) as error:
                    logger.error("The model server %s gave no model: %s", source.url, error)
                if source.wait is None:
                    return
                await asyncio.sleep(source.wait or DEFAULT_WAIT)

    async def pull(self, client: httpx.AsyncClient, url: str) -> bool:
        """Fetch the model if it is another than the one served; say whether it was."""
        known = {"If-None-Match": self._etag} if self._etag else {}
        response = await client.get(url, headers=known, timeout=300)
        if response.status_code in (204, 304):
            return False
        if response.is_error:
            raise ModelError(f"it answered {response.status_code}.")
        name = Path(response.headers.get("filename", "pulled.tar.gz")).name
        with tempfile.TemporaryDirectory(prefix="bespeak-pull-") as folder:
            path = Path(folder) / name
            path.write_bytes(response.content)
            await self.open(path)
        self._etag = response.headers.get("ETag")
        return True

    def status(self) -> Mapping[str, Any]:
        loaded = self.ready
        return {
            "model_file": str(loaded.path),
            "model_id": loaded.metadata.model_id,
            "num_active_training_jobs": self.jobs.running,
        }
