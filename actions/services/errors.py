"""What can go wrong with a service, as actions need to tell it apart.

`ServiceError` has two branches. One is about the service: `ServiceUnavailable`,
`ServiceMisconfigured` and `ServiceRefused` mean that the question has no answer. The other
is the answer: `NotFound` (with whom it is asked for) and `NotPossible` (with a `Reason`).
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why a service says no to a customer, in one vocabulary for all services and adapters.

    A word here is a promise to the designers, who name responses after it. An adapter maps
    its vendor's words to these and takes `OTHER` for what has no word.
    """

    AWAITING_PAYMENT = "awaiting_payment"
    PACKING_BEGAN = "packing_began"
    PARTLY_DISPATCHED = "partly_dispatched"
    ALREADY_DISPATCHED = "already_dispatched"
    ALREADY_DELIVERED = "already_delivered"
    ALREADY_RETURNED = "already_returned"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_REFUNDED = "already_refunded"
    NOT_DELIVERED_YET = "not_delivered_yet"
    NOT_PAID = "not_paid"
    OUTSIDE_RETURN_WINDOW = "outside_return_window"
    OUT_OF_STOCK = "out_of_stock"
    UNKNOWN_LINE = "unknown_line"
    UNKNOWN_VARIANT = "unknown_variant"
    LAST_LINE = "last_line"
    PRICE_DIFFERS = "price_differs"
    AMOUNT_CHANGED = "amount_changed"
    NO_DELIVERY_THERE = "no_delivery_there"
    INVALID_ADDRESS = "invalid_address"
    INVALID_EMAIL = "invalid_email"
    INVALID_PHONE = "invalid_phone"
    NO_INVOICE_YET = "no_invoice_yet"
    OPEN_ORDERS = "open_orders"
    DELETION_REQUESTED = "deletion_requested"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    NOT_SUPPORTED = "not_supported"
    OTHER = "other"

    @classmethod
    def of(cls, word: str | None) -> "Reason":
        """The reason called `word`, or `OTHER`."""
        return cls(word) if word in _WORDS else cls.OTHER


_WORDS = frozenset(Reason)


class ServiceError(Exception):
    """A service did not do what was asked."""


class ServiceUnavailable(ServiceError):
    """The service is down, slow, over its limits, or answered nonsense. Later may be better.

    `maybe_done` is true where an effect was asked for and it is not known whether it
    happened; the same call with the same key finds out. `retry_after` is in seconds, where
    the service (or the circuit breaker before it) named a time.
    """

    def __init__(
        self, message: str, *, maybe_done: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.maybe_done = maybe_done
        self.retry_after = retry_after


class ServiceMisconfigured(ServiceError):
    """`endpoints.yml` or the key in it is wrong. Only whoever runs the assistant can mend it."""


class ServiceRefused(ServiceError):
    """The service understood and said no, in a way that no adapter expects.

    `code` is the service's own word for the reason, empty where it gave none; `body` is all
    it said, for the adapter to read.
    """

    def __init__(self, status: int, code: str, body: object = None) -> None:
        super().__init__(f"The service answered {status} {code!r}.")
        self.status = status
        self.code = code
        self.body = body


class NotFound(ServiceError):
    """There is no such thing, or it is not this customer's: nobody can tell which."""


class NotPossible(ServiceError):
    """The thing is the customer's, and the shop's rules say no. `reason` says which rule."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"The shop's rules say no: {reason}. {detail}".rstrip())
        self.reason = reason


class TooManyAttempts(NotPossible):
    """So many wrong order numbers or addresses were tried that the shop answers none for a while.

    Says nothing about whether the customer exists.
    """

    def __init__(self) -> None:
        super().__init__(Reason.TOO_MANY_ATTEMPTS)
