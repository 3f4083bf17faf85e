"""The shop's services put together.

Endpoints run on the event loop: SQLite answers sooner than a thread could take over, and lets one
at a time write.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine

from sandbox import (
    checkout,
    customers,
    documents,
    faults,
    invoices,
    orders,
    page,
    payments,
    products,
    refunds,
    registration,
    shipping,
    tickets,
)
from sandbox.errors import ShopError, malformed, refused
from sandbox.faults import FaultPlan
from sandbox.security import CALLS_PER_SECOND, DEMO_API_KEY, RateLimit
from sandbox.times import utc_now


def create_app(
    database: Engine,
    *,
    api_keys: Sequence[str] = (DEMO_API_KEY,),
    calls_per_second: float = CALLS_PER_SECOND,
    clock: Callable[[], datetime] = utc_now,
    with_faults: bool = False,
    fault: FaultPlan | None = None,
    slow_seconds: float = faults.SLOW_SECONDS,
) -> FastAPI:
    """The shop over HTTP, on `database`, for those who hold one of `api_keys`.

    `with_faults` lets requests ask for a fault by header; `fault` is one they all meet.
    """
    app = FastAPI(
        title="CloudMart sandbox",
        version="2",
        description="A shop that does not exist, for an assistant that does.",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.database = database
    app.state.api_keys = tuple(api_keys)
    app.state.rate_limit = RateLimit(calls_per_second)
    app.state.clock = clock
    app.state.faults = fault
    app.add_exception_handler(ShopError, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    if with_faults or fault is not None:
        faults.install(app, slow_seconds=slow_seconds)
    for part in (
        page,
        documents,
        orders,
        checkout,
        shipping,
        payments,
        refunds,
        invoices,
        registration,
        customers,
        tickets,
        products,
    ):
        app.include_router(part.router)
    app.add_api_route("/livez", lambda: {"status": "ok"}, include_in_schema=False)
    return app
