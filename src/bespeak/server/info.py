"""What the server says of itself: `/version`, `/status`, `/domain`."""

from collections.abc import Sequence
from typing import Final

import yaml
from starlette.requests import Request
from starlette.responses import Response

from bespeak.errors import RequestError
from bespeak.server.answers import Json
from bespeak.server.api import Operation
from bespeak.server.auth import Gate
from bespeak.server.host import Host
from bespeak.server.schemas import json
from bespeak.version import MINIMUM_COMPATIBLE_VERSION, RASA_VERSION

YAML: Final = "application/x-yaml"


class Info:
    """The operations that only tell; all but `/version` are behind the gate."""

    def __init__(self, host: Host, gate: Gate) -> None:
        self.host = host
        self.gate = gate

    @property
    def operations(self) -> Sequence[Operation]:
        anything = {"type": "object"}
        return [
            Operation(
                "GET",
                "/version",
                self.version,
                "Which version of Rasa's API and formats this is.",
                "server",
                answer=json(anything),
            ),
            Operation(
                "GET",
                "/status",
                self.status,
                "Which model is served.",
                "server",
                answer=json(anything),
            ),
            Operation(
                "GET",
                "/domain",
                self.domain,
                "The served model's domain, as JSON or YAML (by `Accept`).",
                "server",
                answer={"application/json": anything, YAML: {"type": "string"}},
            ),
        ]

    async def version(self, request: Request) -> Response:
        return Json(
            {"version": RASA_VERSION, "minimum_compatible_version": MINIMUM_COMPATIBLE_VERSION}
        )

    async def status(self, request: Request) -> Response:
        self.gate.admit(request)
        return Json(self.host.status())

    async def domain(self, request: Request) -> Response:
        self.gate.admit(request)
        wire = dict(self.host.ready.assistant.domain.wire)
        accepts = request.headers.get("Accept", "application/json")
        if accepts.endswith("json"):
            return Json(wire)
        if accepts.endswith(("yml", "yaml")):
            text = yaml.safe_dump(wire, allow_unicode=True, sort_keys=False)
            return Response(text, media_type=YAML)
        raise RequestError(  # word for word as Rasa's clients know it
            406,
            "NotAcceptable",
            'Invalid Accept header. Domain can be provided as json ("Accept: application/json") '
            'oryml ("Accept: application/x-yaml"). Make sure you\'ve set the appropriate Accept '
            "header.",
        )
