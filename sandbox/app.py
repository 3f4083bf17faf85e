"""The shop's services put together."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine

from sandbox import orders, page
from sandbox.errors import ShopError, malformed, refused
from sandbox.security import DEMO_API_KEY


def utc_now() -> datetime:
    """The time as the tables keep it: UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def create_app(
    database: Engine,
    *,
    api_key: str = DEMO_API_KEY,
    clock: Callable[[], datetime] = utc_now,
) -> FastAPI:
    """The shop over HTTP, on `database`, for those who hold `api_key`."""
    app = FastAPI(
        title="CloudMart sandbox",
        version="1",
        description="Orders of a shop that does not exist, for an assistant that does.",
        docs_url=None,  # its page would load scripts from elsewhere
        redoc_url=None,
    )
    app.state.database = database
    app.state.api_key = api_key
    app.state.clock = clock
    app.add_exception_handler(ShopError, refused)
    app.add_exception_handler(RequestValidationError, malformed)
    app.include_router(page.router)
    app.include_router(orders.router)
    app.add_api_route("/livez", lambda: {"status": "ok"}, include_in_schema=False)
    return app
