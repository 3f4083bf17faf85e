"""Is the server alive, is it ready, and how is it doing: `/livez`, `/readyz`, `/metrics`."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bespeak.engine import Engine
from bespeak.errors import StoreError
from bespeak.server.answers import Json
from bespeak.server.auth import Gate
from bespeak.server.metrics import CONTENT_TYPE, Metrics


def routes(engine: Engine, metrics: Metrics, gate: Gate) -> Sequence[BaseRoute]:
    """Return the three routes. Only `/metrics` is behind the gate."""

    async def livez(request: Request) -> Response:
        return Json({"status": "ok"})

    async def readyz(request: Request) -> Response:
        problems = [] if engine.assistant is not None else ["no model is loaded"]
        try:
            await engine.store.ping()
        except StoreError as error:
            problems.append(str(error))
        status = 503 if problems else 200
        return Json({"status": "ok" if not problems else "unready", "problems": problems}, status)

    async def prometheus(request: Request) -> Response:
        gate.admit(request)
        text = metrics.text(model_loaded=engine.assistant is not None)
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    return [
        Route("/livez", livez, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", prometheus, methods=["GET"]),
    ]
