"""From the sandbox's answers to facts, and from its refusals to our errors."""

from collections.abc import Callable
from typing import TypeVar

from actions.services.adapters.wire import shaped
from actions.services.errors import (
    NotFound,
    NotPossible,
    Reason,
    ServiceRefused,
    TooManyAttempts,
)
from actions.services.identity import Identity

Fact = TypeVar("Fact")

NO = frozenset({400, 409, 422})
"""Statuses of a refusal that a rule of the shop explains."""


def answered(
    shape: type[Fact],
    ask: Callable[[], object],
    *,
    missing: type[NotFound] | None = None,
    impossible: Callable[[Reason], NotPossible] | None = None,
    effect: bool = False,
) -> Fact:
    """What the sandbox says, checked to be a `shape`.

    `missing` is raised for a 404, `impossible` is made of the reason of a refusal.
    An answer of another shape is nonsense, so `ServiceUnavailable`; if an `effect` was asked
    for, it may have happened.
    """
    try:
        said = ask()
    except ServiceRefused as refusal:
        raise _understood(refusal, missing, impossible) from refusal
    return shaped(shape, said, "The sandbox", effect=effect)


def proof(who: Identity) -> dict[str, str]:
    """An identity as the sandbox reads it."""
    shown = {"order_number": who.order_number, "customer_id": who.customer_id}
    return {"email": who.email} | {name: value for name, value in shown.items() if value}


def _understood(
    refusal: ServiceRefused,
    missing: type[NotFound] | None,
    impossible: Callable[[Reason], NotPossible] | None,
) -> Exception:
    if refusal.code == Reason.TOO_MANY_ATTEMPTS:
        return TooManyAttempts()
    if refusal.status == 404 and missing is not None:
        return missing()
    if refusal.status in NO and impossible is not None and refusal.code in _RULES:
        return impossible(Reason.of(refusal.code))
    return refusal


_RULES = frozenset(Reason)
