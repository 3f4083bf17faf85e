"""Who is let in."""

import jwt
import pytest
from starlette.requests import Request

from bespeak.errors import ProjectError, RequestError
from bespeak.server.auth import Gate

SECRET = "a secret that is long enough for HS256"


def request(query: str = "", authorization: str = "") -> Request:
    headers = [(b"authorization", authorization.encode())] if authorization else []
    return Request(
        {"type": "http", "query_string": query.encode(), "headers": headers, "method": "GET"}
    )


def token(payload: dict[str, object], secret: str = SECRET, method: str = "HS256") -> str:
    return f"Bearer {jwt.encode(payload, secret, algorithm=method)}"


def status(gate: Gate, asked: Request, conversation: str | None = None) -> int:
    try:
        gate.admit(asked, conversation)
    except RequestError as error:
        return error.status
    return 200


def test_without_configuration_everybody_is_let_in() -> None:
    assert status(Gate(), request()) == 200


def test_a_token_opens_in_the_query_or_the_header() -> None:
    gate = Gate(token="s3cret")
    assert status(gate, request("token=s3cret")) == 200
    assert status(gate, request(authorization="Bearer s3cret")) == 200
    for wrong in (request(), request("token=s3cre"), request("token="), request("token=ünfug")):
        assert status(gate, wrong) == 401


def test_an_admins_jwt_opens_all_and_a_users_its_own_conversation() -> None:
    gate = Gate(jwt_secret=SECRET)
    admin = request(authorization=token({"user": {"username": "root", "role": "admin"}}))
    ann = request(authorization=token({"user": {"username": "ann", "role": "user"}}))
    assert status(gate, admin) == status(gate, admin, "bob") == 200
    assert status(gate, ann, "ann") == 200
    assert status(gate, ann, "bob") == 403
    assert status(gate, ann) == 403
    assert status(gate, request(authorization=token({"user": "ann"})), "ann") == 403


def test_a_jwt_that_is_forged_or_expired_opens_nothing() -> None:
    gate = Gate(jwt_secret=SECRET)
    admin: dict[str, object] = {"user": {"username": "root", "role": "admin"}}
    forged = token(admin, "another secret that is long enough too")
    expired = token({**admin, "exp": 1})
    unsigned = f"Bearer {jwt.encode(admin, '', algorithm='none')}"
    for wrong in (forged, expired, unsigned, "Bearer x.y.z", "Basic abc", "Bearer "):
        assert status(gate, request(authorization=wrong)) == 401


def test_either_of_both_suffices() -> None:
    gate = Gate(token="s3cret", jwt_secret=SECRET)
    admin = token({"user": {"username": "root", "role": "admin"}})
    assert status(gate, request("token=s3cret")) == 200
    assert status(gate, request(authorization=admin)) == 200
    assert status(gate, request()) == 401


def test_an_empty_secret_is_no_secret() -> None:
    with pytest.raises(ProjectError, match="protects nothing"):
        Gate(token="")
