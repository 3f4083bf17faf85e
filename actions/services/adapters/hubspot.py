"""Customers in HubSpot: contacts found, changed and deleted, and their word on the newsletter.

HubSpot's own Python library is left out: it is large, and knows the numbered versions of the
API only, which HubSpot retires. `docs/services.md` says what is not possible here.
"""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

from actions.services.adapters.hubspot_facts import (
    ADDRESS,
    PROPERTIES,
    THE_ADDRESS,
    Contact,
    Contacts,
    Subscribers,
    addresses_of,
    cannot_update,
)
from actions.services.adapters.wire import require_tls, shaped
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
from actions.services.errors import Reason, ServiceMisconfigured, ServiceRefused
from actions.services.facts import Address
from actions.services.identity import Identity, same_address
from actions.services.orders import OrderNotFound, OrderService, OrderState, order_service
from actions.services.settings import ServiceSettings

GDPR_DELETE = "/crm/v3/objects/contacts/gdpr-delete"
"""The one path that the reference has under a number still."""

_OPEN = frozenset(OrderState) - {OrderState.DELIVERED, OrderState.RETURNED, OrderState.CANCELLED}


class HubSpotCustomers:
    """See `CustomerService`.

    An order's number is a proof, and `orders` the service that knows whose it is. A signed-in
    customer's number is HubSpot's own, or what `customer_property` of the contact holds.
    `newsletter_id` is the subscription type. HubSpot sends no mail to confirm a subscription
    made here, so nobody is subscribed but with `single_opt_in`.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        sleep: Callable[[float], object] = time.sleep,
        orders: Callable[[], OrderService] = order_service,
        *,
        newsletter_id: int,
        customer_property: str = "",
        single_opt_in: bool = False,
        version: str = "2026-03",
    ) -> None:
        require_tls(settings, "customers")
        if not re.fullmatch(r"20\d\d-(03|09)", version):
            raise ServiceMisconfigured(
                f"services: customers: version is half a year like 2026-03, not {version!r}."
            )
        if not re.fullmatch(r"\w*", customer_property):
            raise ServiceMisconfigured(
                "services: customers: customer_property is the internal name of a property."
            )
        self._client = JsonClient(settings, sleep=sleep)
        self._orders = orders
        self._newsletter = newsletter_id
        self._property = customer_property
        self._single_opt_in = single_opt_in
        self._contacts = f"/crm/objects/{version}/contacts"
        self._statuses = f"/communication-preferences/{version}/statuses"

    def find(self, who: Identity) -> Customer:
        """See `CustomerService`."""
        return self._customer(self._owned(who))

    def create(self, new: NewCustomer, *, key: str) -> None:
        """Not possible: a contact is no account, and HubSpot has no passwords."""
        raise CannotRegister(Reason.NOT_SUPPORTED)

    def resend_confirmation(self, email: str, *, key: str) -> None:
        """Not possible: see `create`."""
        raise CannotRegister(Reason.NOT_SUPPORTED)

    def send_password_reset(self, email: str, *, key: str) -> None:
        """Not possible: see `create`."""
        raise CannotUpdate(Reason.NOT_SUPPORTED)

    def set_newsletter(self, email: str, subscribed: bool, *, key: str) -> None:
        """See `CustomerService`. HubSpot takes any address, a contact's or not."""
        if subscribed and not self._single_opt_in:
            raise CannotUpdate(Reason.NOT_SUPPORTED)
        if not re.fullmatch(r"[^\s@]+@[^\s@]+", email):
            raise CannotUpdate(Reason.INVALID_EMAIL)
        wanted = {
            "subscriberIdString": email,
            "channel": "EMAIL",
            "subscriptionId": self._newsletter,
            "statusState": "SUBSCRIBED" if subscribed else "UNSUBSCRIBED",
            "legalBasis": "CONSENT_WITH_NOTICE",
            "legalBasisExplanation": "The customer's own words in the shop's chat.",
        }
        self._client.effect(f"{self._statuses}/batch/write", {"inputs": [wanted]}, key=key)

    def update(self, who: Identity, change: CustomerChange, *, key: str) -> Customer:
        """See `CustomerService`. An address needs a mail to confirm it, which HubSpot lacks."""
        contact = self._owned(who)
        if change.email is not None and not who.owns(change.email):
            raise CannotUpdate(Reason.NOT_SUPPORTED)
        wanted: dict[str, str] = {}
        if change.name is not None:
            wanted["firstname"], _, wanted["lastname"] = change.name.rpartition(" ")
        if change.phone is not None:
            wanted["phone"] = change.phone
        return self._patched(who, contact, wanted, key)

    def save_address(
        self,
        who: Identity,
        address: Address,
        *,
        key: str,
        address_id: str = "",
        default: bool = True,
    ) -> Customer:
        """See `CustomerService`. A contact has one address, so a new one takes its place."""
        contact = self._owned(who)
        if not default or address_id not in ("", THE_ADDRESS):
            raise CannotUpdate(Reason.NOT_SUPPORTED)
        values = (address.street, address.city, address.postcode, address.region, address.country)
        return self._patched(who, contact, dict(zip(ADDRESS, values, strict=True)), key)

    def request_deletion(self, who: Identity, *, key: str) -> Customer:
        """See `CustomerService`. HubSpot deletes at once, for good, and by GDPR."""
        contact = self._owned(who)
        customer = self._customer(contact)
        try:
            orders = self._orders().list_for(who)
        except OrderNotFound:
            orders = ()
        if any(order.state in _OPEN for order in orders):
            raise CannotDelete(Reason.OPEN_ORDERS)
        try:
            self._client.effect(GDPR_DELETE, {"objectId": contact.id}, key=key)
        except ServiceRefused as refusal:
            if refusal.status != 404:  # it is gone, perhaps since an attempt before this one
                raise
        return customer.model_copy(update={"deletion_on": datetime.now(UTC).date()})

    def _owned(self, who: Identity) -> Contact:
        """The contact with this address, if the proof holds."""
        if who.order_number:
            try:
                self._orders().find(who.order_number, who.email)
            except OrderNotFound:
                raise CustomerNotFound from None
        contact = self._contact(who.email)
        if who.customer_id:
            known = contact.value(self._property) if self._property else contact.id
            if known != who.customer_id:
                raise CustomerNotFound
        return contact

    def _contact(self, email: str) -> Contact:
        """A contact by its address: read, and not searched for, since searches lag behind."""
        properties = [*PROPERTIES, *([self._property] if self._property else [])]
        body = {"idProperty": "email", "properties": properties, "inputs": [{"id": email.strip()}]}
        said = self._client.read(f"{self._contacts}/batch/read", body)
        for contact in shaped(Contacts, said, "HubSpot").results:
            if same_address(contact.value("email"), email):
                return contact
        raise CustomerNotFound

    def _customer(self, contact: Contact) -> Customer:
        email = contact.value("email")
        said = self._client.read(f"{self._statuses}/batch/read?channel=EMAIL", {"inputs": [email]})
        subscribers = shaped(Subscribers, said, "HubSpot").results
        return Customer(
            customer_id=contact.id,
            name=f"{contact.value('firstname')} {contact.value('lastname')}".strip(),
            email=email,
            phone=contact.value("phone"),
            addresses=addresses_of(contact),
            newsletter=any(
                (one.subscription_id, one.status) == (self._newsletter, "SUBSCRIBED")
                for subscriber in subscribers
                for one in subscriber.statuses
            ),
            created_at=contact.created_at,
        )

    def _patched(
        self, who: Identity, contact: Contact, wanted: dict[str, str], key: str
    ) -> Customer:
        path = f"{self._contacts}/{contact.id}"
        try:
            self._client.effect(path, {"properties": wanted}, key=key, method="PATCH")
        except ServiceRefused as refusal:
            raise cannot_update(refusal) from None
        return self._customer(self._contact(who.email))
