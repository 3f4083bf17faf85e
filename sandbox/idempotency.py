"""An effect with an `Idempotency-Key` happens once, however often it is asked for."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Header, Request
from pydantic import BaseModel
from sqlalchemy.orm import Session

from sandbox.errors import ShopError
from sandbox.tables import StoredReply

Reply = TypeVar("Reply", bound=BaseModel)

Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=200)]


def once(
    session: Session,
    request: Request,
    key: str,
    body: BaseModel,
    reply: type[Reply],
    effect: Callable[[datetime], Reply],
) -> Reply:
    """The reply of `effect`, which is stored with the effect in one transaction.

    Address and `body` are what the key stands for. A refusal raised by `effect` is not
    stored, since nothing happened. Raises `ShopError` when the key has been used for another
    request.
    """
    address = f"{request.method} {request.url.path}"
    fingerprint = sha256(f"{address}\n{body.model_dump_json()}".encode()).hexdigest()
    stored = session.get(StoredReply, key)
    if stored is None:
        now = request.app.state.clock()
        made = effect(now)
        session.add(
            StoredReply(
                key=key, fingerprint=fingerprint, body=made.model_dump_json(), created_at=now
            )
        )
        return made
    if stored.fingerprint != fingerprint:
        raise ShopError(
            422, "idempotency_key_reused", "This Idempotency-Key belongs to another request."
        )
    return reply.model_validate_json(stored.body)
