"""Put it all together: the one place that names concrete stores, channels and brokers."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount

from bespeak import channels as channel_table
from bespeak.channels.channel import Channel
from bespeak.data.config import Credentials, Endpoints
from bespeak.engine import Engine, Upkeep
from bespeak.errors import BespeakError, ModelError
from bespeak.extend import build
from bespeak.server import health, pages
from bespeak.server.answers import failure, on_error
from bespeak.server.api import Operation
from bespeak.server.auth import Gate
from bespeak.server.conversations import Conversations
from bespeak.server.cors import Cors
from bespeak.server.host import Host
from bespeak.server.info import Info
from bespeak.server.jobs import Jobs
from bespeak.server.metrics import Metrics
from bespeak.server.middleware import RequestId
from bespeak.server.models import Models
from bespeak.stores.build import DEFAULT, event_broker, tracker_store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Settings:
    """What `bespeak run` was told. `model` is an archive or a folder of them."""

    model: Path = Path("models")
    endpoints: Endpoints = field(default_factory=Endpoints)
    credentials: Credentials = field(default_factory=Credentials)
    connectors: Sequence[str] = ()
    enable_api: bool = False
    cors: Sequence[str] = ()
    gate: Gate = field(default_factory=Gate)
    model_required: bool = False


def create_app(settings: Settings) -> Starlette:
    """Build the server: channels, the API (where enabled), health and the two pages."""
    found = build_channels(settings.credentials, settings.connectors)
    metrics = Metrics(channel.name for channel in found)
    engine = Engine(
        None,
        tracker_store(_section(settings.endpoints.tracker_store) or DEFAULT),
        channels={channel.name: channel for channel in found},
        broker=event_broker(_section(settings.endpoints.event_broker)),
        watch=metrics.saw,
    )
    jobs = Jobs()
    host = Host(engine, settings.endpoints, _models_folder(settings.model), jobs=jobs)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await engine.store.ping()
        await _first_model(host, settings)
        async with Upkeep(engine), host.following():
            yield
        await jobs.close()
        for channel in found:
            if (close := getattr(channel, "close", None)) is not None:
                await close()
        await engine.close()

    routes: list[BaseRoute] = []
    for channel in found:  # most requests are messages: their routes are tried first
        routes += channel.routes(metrics.counting(engine.handle))
    sockets = [route.path for route in routes if isinstance(route, Mount)]
    routes += health.routes(engine, metrics, settings.gate)
    routes += pages.chat(found)
    if settings.enable_api:
        operations = _operations(engine, host, jobs, settings.gate)
        routes += [operation.route for operation in operations]
        routes += pages.documentation(operations, guarded=not settings.gate.open)
    app = Starlette(
        routes=routes,
        lifespan=lifespan,
        exception_handlers={BespeakError: on_error, HTTPException: _http_errors(settings)},
        middleware=[
            Middleware(RequestId),
            *([Middleware(Cors, origins=settings.cors, spared=sockets)] if settings.cors else []),
        ],
    )
    app.router.redirect_slashes = False
    app.state.engine, app.state.host = engine, host

    async def farewell() -> None:
        for channel in found:
            if (part := getattr(channel, "farewell", None)) is not None:
                await part()
        await engine.idle()

    app.state.farewell = farewell
    return app


def build_channels(credentials: Credentials, connectors: Sequence[str] = ()) -> list[Channel]:
    """Build the channels of credentials.yml, or those named; `rest` where there are none.

    Raises `ExtensionError` where a name or an option is wrong.
    """
    wanted: dict[str, Mapping[str, Any]] = {}
    for name, options in credentials.channels.items():
        if name == "rasa":
            logger.info("credentials.yml: 'rasa' was Rasa X's channel: it is accepted, and unused.")
        elif not connectors or name in connectors:
            wanted[name] = options or {}
    for name in connectors:
        wanted.setdefault(name, {})
    if not wanted:
        wanted["rest"] = {}
    return [
        build("channels", channel_table.BUILTIN, {"name": name, **options})
        for name, options in wanted.items()
    ]


def _operations(engine: Engine, host: Host, jobs: Jobs, gate: Gate) -> list[Operation]:
    return [
        *Conversations(engine, host, gate).operations,
        *Models(engine, host, jobs, gate).operations,
        *Info(host, gate).operations,
    ]


async def _first_model(host: Host, settings: Settings) -> None:
    """Load the model; without one the server starts all the same, unready, unless one was named."""
    if settings.endpoints.models is not None and settings.endpoints.models.url:
        return  # it comes from the model server
    try:
        await host.open(settings.model)
    except ModelError as error:
        if settings.model_required:
            raise
        logger.error("%s The server starts without a model.", error)


def _models_folder(model: Path) -> Path:
    return model.parent if model.suffix == ".gz" else model


def _section(settings: Any) -> Mapping[str, Any] | None:
    return None if settings is None else {"type": settings.type, **settings.options}


def _http_errors(settings: Settings) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return what answers an unknown path or method in the API's shape."""
    api = " The HTTP API is served with `bespeak run --enable-api`."

    async def on_http_error(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = error.headers if isinstance(error, HTTPException) else None
        reason = {404: "NotFound", 405: "MethodNotAllowed"}.get(status, "BadRequest")
        told = {
            404: f"There is nothing here.{'' if settings.enable_api else api}",
            405: f"{request.method} is not what this path is for.",
        }
        answer = failure(status, reason, told.get(status, str(error)))
        answer.headers.update(headers or {})
        return answer

    return on_http_error
