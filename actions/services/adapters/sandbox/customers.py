"""Accounts in the sandbox."""

from collections.abc import Callable, Mapping

from pydantic import BaseModel

from actions.services.adapters.sandbox.answers import answered, proof
from actions.services.client import JsonClient
from actions.services.customers import (
    CannotDelete,
    CannotRegister,
    CannotUpdate,
    Customer,
    CustomerChange,
    CustomerNotFound,
    NewCustomer,
)
from actions.services.errors import NotPossible, Reason
from actions.services.facts import Address
from actions.services.identity import Identity
from actions.services.settings import ServiceSettings


class SandboxCustomers:
    """See `CustomerService`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def find(self, who: Identity) -> Customer:
        """See `CustomerService`."""
        return _owned(who, lambda: self._client.read("/customers/lookup", proof(who)))

    def create(self, new: NewCustomer, *, key: str) -> None:
        """See `CustomerService`."""
        self._mail("/customers", new.model_dump(), key)

    def resend_confirmation(self, email: str, *, key: str) -> None:
        """See `CustomerService`."""
        self._mail("/customers/resend-confirmation", {"email": email}, key)

    def send_password_reset(self, email: str, *, key: str) -> None:
        """See `CustomerService`."""
        self._mail("/customers/password-reset", {"email": email}, key)

    def set_newsletter(self, email: str, subscribed: bool, *, key: str) -> None:
        """See `CustomerService`."""
        self._mail("/newsletter", {"email": email, "subscribed": subscribed}, key)

    def update(self, who: Identity, change: CustomerChange, *, key: str) -> Customer:
        """See `CustomerService`."""
        body = {"who": proof(who), **change.model_dump()}
        return _owned(
            who, lambda: self._client.effect("/customers/update", body, key=key), CannotUpdate
        )

    def save_address(
        self,
        who: Identity,
        address: Address,
        *,
        key: str,
        address_id: str = "",
        default: bool = True,
    ) -> Customer:
        """See `CustomerService`."""
        body = {
            "who": proof(who),
            "address": address.model_dump(),
            "address_id": address_id,
            "default": default,
        }
        return _owned(
            who, lambda: self._client.effect("/customers/addresses", body, key=key), CannotUpdate
        )

    def request_deletion(self, who: Identity, *, key: str) -> Customer:
        """See `CustomerService`."""
        body = {"who": proof(who)}
        return _owned(
            who, lambda: self._client.effect("/customers/deletion", body, key=key), CannotDelete
        )

    def _mail(self, path: str, body: Mapping[str, object], key: str) -> None:
        answered(
            _Accepted,
            lambda: self._client.effect(path, body, key=key),
            impossible=CannotRegister,
            effect=True,
        )


class _Accepted(BaseModel):
    accepted: bool


def _owned(
    who: Identity,
    ask: Callable[[], object],
    impossible: Callable[[Reason], NotPossible] | None = None,
) -> Customer:
    found = answered(
        Customer,
        ask,
        missing=CustomerNotFound,
        impossible=impossible,
        effect=impossible is not None,  # only an effect can be impossible
    )
    if not who.owns(found.email):
        raise CustomerNotFound
    return found
