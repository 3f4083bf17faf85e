"""Faults on demand: a shop that is slow, broken or lying, to try an assistant with."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from pydantic import AfterValidator, BaseModel, Field
from starlette.concurrency import run_in_threadpool

from sandbox.security import require_api_key

HEADER = "X-Sandbox-Fault"
SPARED = frozenset({"/", "/livez", "/faults"})

SLOW_SECONDS = 10.0


class Fault(StrEnum):
    """What goes wrong.

    `slow`: the answer comes after ten seconds. `500`, `429`: nothing happens but that
    answer. `garbage`: a page instead of JSON. `wrong`: JSON of the right shape with wrong
    values. `lost`: it is done, and then the answer is a 502.
    """

    SLOW = "slow"
    BROKEN = "500"
    LIMITED = "429"
    GARBAGE = "garbage"
    WRONG = "wrong"
    LOST = "lost"


@dataclass
class FaultPlan:
    """The fault that all requests below `path` meet, `times` times (`None`: always)."""

    fault: Fault
    path: str = "/"
    times: int | None = None

    @classmethod
    def read(cls, text: str) -> "FaultPlan":
        """From `500`, `slow:/orders` or `lost:/refunds:1`. Raises `ValueError`."""
        name, _, rest = text.partition(":")
        path, _, times = rest.partition(":")
        return cls(Fault(name), path or "/", int(times) if times else None)

    def meets(self, path: str) -> bool:
        """Whether a request to `path` meets the fault, which is then counted."""
        if self.times == 0 or not path.startswith(self.path):
            return False
        if self.times is not None:
            self.times -= 1
        return True


def _readable(plan: str) -> str:
    FaultPlan.read(plan)
    return plan


class Wanted(BaseModel):
    """What should go wrong from now on, `slow:/orders`; null is nothing any more."""

    plan: Annotated[str, Field(max_length=100), AfterValidator(_readable)] | None


Next = Callable[[Request], Awaitable[Response]]


def install(app: FastAPI, *, slow_seconds: float = SLOW_SECONDS) -> None:
    """Let requests meet the plan in `app.state.faults`, or the fault their header names.

    `POST /faults` changes the plan. Only a shop that was started for it has this at all.
    """

    @app.post(
        "/faults",
        tags=["faults"],
        summary="Say what should go wrong",
        dependencies=[Depends(require_api_key)],
    )
    async def plan(body: Wanted) -> Wanted:
        """For all requests, until another plan comes."""
        app.state.faults = None if body.plan is None else FaultPlan.read(body.plan)
        return body

    @app.middleware("http")
    async def fail(request: Request, call_next: Next) -> Response:
        fault = _fault(request)
        match fault:
            case Fault.SLOW:
                await run_in_threadpool(time.sleep, slow_seconds)
            case Fault.BROKEN:
                return Response("Internal Server Error", 500)
            case Fault.LIMITED:
                body = {"error": {"code": "too_many_requests", "message": "Later."}}
                return JSONResponse(body, 429, {"Retry-After": "1"})
            case Fault.GARBAGE:
                return Response("<html>Welcome to nginx!</html>", media_type="text/html")
            case _:
                pass
        response = await call_next(request)
        if fault is Fault.LOST:
            return Response("Bad Gateway", 502)
        return await _falsified(response) if fault is Fault.WRONG else response


def _fault(request: Request) -> Fault | None:
    if request.url.path in SPARED:
        return None
    named = request.headers.get(HEADER)
    if named in frozenset(Fault):
        return Fault(named)
    plan: FaultPlan | None = request.app.state.faults
    return plan.fault if plan is not None and plan.meets(request.url.path) else None


async def _falsified(response: Response) -> Response:
    body = b"".join([part async for part in response.body_iterator])  # type: ignore[attr-defined]
    return JSONResponse(_wrong(json.loads(body)), response.status_code)


def _wrong(value: object) -> object:
    match value:
        case dict():
            return {key: _wrong(inner) for key, inner in value.items()}
        case list():
            return [_wrong(inner) for inner in value]
        case bool() | None:
            return value
        case int() | float():
            return -1
        case _:
            return "wrong"
