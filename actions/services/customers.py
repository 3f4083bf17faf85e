"""The customer service: accounts, addresses, passwords and the newsletter."""

import functools
from datetime import date
from typing import Protocol

from pydantic import AwareDatetime

from actions.services.errors import NotFound, NotPossible
from actions.services.facts import Address, Facts
from actions.services.identity import Identity
from actions.services.registry import connect


class SavedAddress(Facts):
    """An address in somebody's account."""

    address_id: str
    address: Address
    default: bool


class Customer(Facts):
    """Somebody's account. `pending_email` waits for a click in the mail sent to it."""

    customer_id: str
    name: str
    email: str
    phone: str
    addresses: tuple[SavedAddress, ...]
    newsletter: bool
    pending_email: str = ""
    deletion_on: date | None = None
    """The day on which the account goes, where its owner asked for that."""
    created_at: AwareDatetime | None = None


class NewCustomer(Facts):
    """Who wants an account. A password is set by mail, never in a chat."""

    name: str
    email: str
    phone: str = ""
    newsletter: bool = False


class CustomerChange(Facts):
    """What should be different in an account; `None` stays as it is."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


class CustomerNotFound(NotFound):
    """No account has this address together with this proof."""


class CannotRegister(NotPossible):
    """`invalid_email` or `invalid_phone`. An address that has an account is no reason: see
    `CustomerService.create`."""


class CannotUpdate(NotPossible):
    """The account stays as it is: `invalid_email`, `invalid_phone`, `invalid_address`,
    `no_delivery_there`, `deletion_requested`, `not_supported` by this service."""


class CannotDelete(NotPossible):
    """`open_orders`: something is still on its way or being refunded."""


class CustomerService(Protocol):
    """What every adapter does. Each method blocks, and may raise any `ServiceError`.

    Methods that take an `Identity` raise `CustomerNotFound` where its proof is wrong. Methods
    that take only an `email` answer the same whether it has an account or not: what happens,
    its owner reads in the mail. Each effect happens once per `key`.

    To switch accounts is the dialogue's business: it forgets one identity and asks for another.
    """

    def find(self, who: Identity) -> Customer:
        """The account."""

    def create(self, new: NewCustomer, *, key: str) -> None:
        """Open an account, by a mail with a link. Raises `CannotRegister`.

        Who has one already is told so in that mail, and only there.
        """

    def resend_confirmation(self, email: str, *, key: str) -> None:
        """Send the mail with the registration's link again, if a registration waits for it."""

    def send_password_reset(self, email: str, *, key: str) -> None:
        """Send a link to set a new password, if there is such an account."""

    def set_newsletter(self, email: str, subscribed: bool, *, key: str) -> None:
        """Send the newsletter (after a click in a mail), or stop sending it (at once)."""

    def update(self, who: Identity, change: CustomerChange, *, key: str) -> Customer:
        """Change name, phone or e-mail; an e-mail only after a click in the mail sent there.

        Raises `CannotUpdate`.
        """

    def save_address(
        self,
        who: Identity,
        address: Address,
        *,
        key: str,
        address_id: str = "",
        default: bool = True,
    ) -> Customer:
        """Add an address, or replace the one called `address_id`. Raises `CannotUpdate`."""

    def request_deletion(self, who: Identity, *, key: str) -> Customer:
        """Have the account deleted on `deletion_on`, unless its owner signs in before.

        Raises `CannotDelete`.
        """


@functools.cache
def customer_service() -> CustomerService:
    """The adapter that `endpoints.yml` chooses, made on first use."""
    service: CustomerService = connect("customers")
    return service
