"""The HTTP API's operations, each told once: as a route, and in the OpenAPI document."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bespeak.server.schemas import COMPONENTS, ref
from bespeak.version import __version__

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]

TEXT: Final[Mapping[str, Any]] = {"type": "string"}


@dataclass(frozen=True)
class Parameter:
    """Something in the query (or, with `where`, elsewhere) that an operation takes."""

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    where: str = "query"


@dataclass(frozen=True)
class Operation:
    """One method of one path.

    `body` and `answer` map content types to schemas; `body_required` says whether a request
    without one is refused. `statuses` are those of an answer that is not an error.
    """

    method: str
    path: str
    endpoint: Endpoint
    summary: str
    tag: str
    parameters: Sequence[Parameter] = ()
    body: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    answer: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    status: int = 200
    body_required: bool = True
    deprecated: bool = False

    @property
    def route(self) -> Route:
        return Route(self.path, self.endpoint, methods=[self.method])


def document(operations: Sequence[Operation], *, guarded: bool) -> dict[str, Any]:
    """Return the OpenAPI document; `guarded` says that a token or a JWT is asked for."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        path = operation.path.replace(":path}", "}")
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation)
    told: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "Bespeak",
            "version": __version__,
            "description": "The HTTP API of Rasa 3.x, and what Bespeak adds to it.",
        },
        "paths": paths,
        "components": {"schemas": COMPONENTS},
    }
    if guarded:
        told["components"] = {**told["components"], "securitySchemes": _SCHEMES}
        told["security"] = [{name: []} for name in _SCHEMES]
    return told


_SCHEMES: Final = {
    "token": {"type": "apiKey", "in": "query", "name": "token"},
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token, or a JWT with the claim `user: {username, role}`.",
    },
}


def _described(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.endpoint.__name__,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": [
            {
                "name": parameter.name,
                "in": parameter.where,
                "required": parameter.where == "path",
                "description": parameter.description,
                "schema": parameter.schema,
            }
            for parameter in operation.parameters
        ],
        "responses": {
            str(operation.status): {"description": "Done.", "content": _content(operation.answer)},
            "default": {
                "description": "What went wrong.",
                "content": _content({"application/json": ref("Failure")}),
            },
        },
    }
    if operation.body:
        told["requestBody"] = {
            "required": operation.body_required,
            "content": _content(operation.body),
        }
    if operation.deprecated:
        told["deprecated"] = True
    return told


def _content(schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {kind: {"schema": schema} for kind, schema in schemas.items()}
