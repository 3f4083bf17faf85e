"""An effect with an `Idempotency-Key` happens once, however often it is asked for."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from sandbox.errors import ShopError
from sandbox.tables import StoredReply

Reply = TypeVar("Reply", bound=BaseModel)


def once(
    session: Session,
    *,
    key: str,
    request: tuple[str, BaseModel],
    reply: type[Reply],
    effect: Callable[[], Reply],
    now: datetime,
) -> Reply:
    """The reply of `effect`, which is stored with the effect in one transaction.

    `request` is the address and body that the key stands for. A refusal raised
    by `effect` is not stored, since nothing happened. Raises `ShopError` when
    the key has been used for another request.
    """
    address, body = request
    fingerprint = sha256(f"{address}\n{body.model_dump_json()}".encode()).hexdigest()
    stored = session.get(StoredReply, key)
    if stored is None:
        made = effect()
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
