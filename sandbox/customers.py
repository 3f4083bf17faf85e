"""The customer service: accounts. What belongs to an address, only its owner hears."""

from datetime import date, datetime, timedelta
from typing import Annotated

import phonenumbers
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import Email, Who, customer_of, proven_customer, reading
from sandbox.mails import EMAIL, send
from sandbox.places import AddressView, checked
from sandbox.security import require_api_key
from sandbox.tables import Customer, Order, OrderState, RefundState, SavedAddress
from sandbox.times import Moment

DELETION_DAYS = 14
"""How long somebody who asked for the deletion of their account may change their mind."""

CLOSED = {OrderState.DELIVERED, OrderState.RETURNED, OrderState.CANCELLED}

router = APIRouter(tags=["customers"], dependencies=[Depends(require_api_key)])

Name = Annotated[str, Field(min_length=1, max_length=100)]
Phone = Annotated[str, Field(max_length=32)]


class SavedAddressView(BaseModel):
    """An address in an account."""

    address_id: str
    address: AddressView
    default: bool


class CustomerView(BaseModel):
    """An account as its owner may see it."""

    customer_id: str
    name: str
    email: str
    phone: str
    addresses: list[SavedAddressView]
    newsletter: bool
    pending_email: str
    deletion_on: date | None
    created_at: Moment | None


class Done(BaseModel):
    """All that is told to somebody who has shown nothing."""

    accepted: bool = True


class Registration(BaseModel):
    """Who wants an account."""

    name: Name
    email: Email
    phone: Phone = ""
    newsletter: bool = False


class Address(BaseModel):
    """An e-mail address, anybody's."""

    email: Email


class Newsletter(Address):
    """Whether it should be sent."""

    subscribed: bool


class AccountChange(BaseModel):
    """What should be different; null stays."""

    who: Who
    name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None


class AddressToSave(BaseModel):
    """An address, new or in place of the one called `address_id`."""

    who: Who
    address: AddressView
    address_id: str = ""
    default: bool = True


class Deletion(BaseModel):
    """Whose account."""

    who: Who


@router.post("/customers/lookup", summary="See an account")
def look_up(who: Who, request: Request) -> CustomerView:
    """For its owner."""
    with reading(request, who.email) as session:
        return _view(proven_customer(session, who))


@router.post("/customers", summary="Open an account")
def register(body: Registration, request: Request, key: Key) -> Done:
    """By mail; who has an account already reads that there."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            email = _email(body.email)
            phone = _phone(body.phone)
            customer = customer_of(session, email)
            if customer is not None and customer.registered_at is not None:
                send(session, email, "You already have an account", now)
                return Done()
            if customer is None:
                customer = Customer(email=email, name=body.name, phone=phone)
                session.add(customer)
            customer.registered_at = now
            customer.newsletter = customer.newsletter or body.newsletter
            send(session, email, "Confirm your account and choose a password", now)
            return Done()

        return once(session, request, key, body, Done, effect)


@router.post("/customers/resend-confirmation", summary="Send a registration's mail again")
def resend(body: Address, request: Request, key: Key) -> Done:
    """If one waits for its confirmation."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            customer = customer_of(session, body.email)
            if customer and customer.registered_at and not customer.confirmed_at:
                send(session, customer.email, "Confirm your account and choose a password", now)
            return Done()

        return once(session, request, key, body, Done, effect)


@router.post("/customers/password-reset", summary="Send a link to set a new password")
def reset_password(body: Address, request: Request, key: Key) -> Done:
    """If there is such an account."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            customer = customer_of(session, body.email)
            if customer and customer.registered_at:
                send(session, customer.email, "Set a new password", now)
            return Done()

        return once(session, request, key, body, Done, effect)


@router.post("/newsletter", summary="Subscribe to the newsletter or leave it")
def newsletter(body: Newsletter, request: Request, key: Key) -> Done:
    """Subscribing takes a click in a mail; leaving works at once."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            email = _email(body.email)
            customer = customer_of(session, email)
            if body.subscribed:
                send(session, email, "Please confirm your subscription", now)
            elif customer is not None:
                customer.newsletter = False
            return Done()

        return once(session, request, key, body, Done, effect)


@router.post("/customers/update", summary="Change an account")
def update(body: AccountChange, request: Request, key: Key) -> CustomerView:
    """A new e-mail address counts once its owner has clicked in the mail sent there."""
    with reading(request, body.who.email) as session:
        customer = proven_customer(session, body.who)

        def effect(now: datetime) -> CustomerView:
            _refuse_leaving(customer)
            customer.name = body.name if body.name is not None else customer.name
            customer.phone = _phone(body.phone) if body.phone is not None else customer.phone
            if body.email is not None:
                customer.pending_email = _email(body.email)
                send(session, customer.pending_email, "Confirm your new address", now)
                send(session, customer.email, "Your address is about to change", now)
            return _view(customer)

        return once(session, request, key, body, CustomerView, effect)


@router.post("/customers/addresses", summary="Save an address in an account")
def save_address(body: AddressToSave, request: Request, key: Key) -> CustomerView:
    """Orders on their way are not touched."""
    with reading(request, body.who.email) as session:
        customer = proven_customer(session, body.who)

        def effect(now: datetime) -> CustomerView:
            _refuse_leaving(customer)
            _save(session, customer, body)
            return _view(customer)

        return once(session, request, key, body, CustomerView, effect)


@router.post("/customers/deletion", summary="Have an account deleted")
def delete(body: Deletion, request: Request, key: Key) -> CustomerView:
    """In two weeks, if nothing is on its way to the customer or back."""
    with reading(request, body.who.email) as session:
        customer = proven_customer(session, body.who)

        def effect(now: datetime) -> CustomerView:
            if customer.deletion_on is None:
                _refuse_open_business(session, customer)
                customer.deletion_on = now.date() + timedelta(days=DELETION_DAYS)
                send(session, customer.email, "Your account will be deleted", now)
            return _view(customer)

        return once(session, request, key, body, CustomerView, effect)


def _save(session: Session, customer: Customer, body: AddressToSave) -> None:
    address = checked(body.address)
    kept = next((kept for kept in customer.addresses if f"adr-{kept.id}" == body.address_id), None)
    if kept is None and body.address_id:
        raise RuleBroken("invalid_address", "The account has no address of this id.")
    if kept is None:
        kept = SavedAddress(address=address, default=not customer.addresses)
        customer.addresses.append(kept)
    kept.address = address
    if body.default:
        for other in customer.addresses:
            other.default = other is kept
    session.flush()


def _refuse_leaving(customer: Customer) -> None:
    if customer.deletion_on is not None:
        raise RuleBroken("deletion_requested", "The account is about to be deleted.")


def _refuse_open_business(session: Session, customer: Customer) -> None:
    theirs = session.scalars(select(Order).where(Order.customer_id == customer.id)).all()
    under_way = {RefundState.AWAITING_RETURN, RefundState.PROCESSING, RefundState.SENT}
    if any(order.state not in CLOSED for order in theirs) or any(
        refund.state in under_way for order in theirs for refund in order.refunds
    ):
        raise RuleBroken("open_orders", "Something is still on its way.")


def _email(email: str) -> str:
    if not EMAIL.fullmatch(email.strip()):
        raise RuleBroken("invalid_email", "That is no e-mail address.")
    return email.strip().lower()


def _phone(phone: str) -> str:
    """The number as the world writes it, `+34600112233`; empty stays empty."""
    if not phone.strip():
        return ""
    try:
        read = phonenumbers.parse(phone, "ES")
    except phonenumbers.NumberParseException as error:
        raise RuleBroken("invalid_phone", "That is no phone number.") from error
    if not phonenumbers.is_possible_number(read):
        raise RuleBroken("invalid_phone", "That is no phone number.")
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def _view(customer: Customer) -> CustomerView:
    return CustomerView(
        customer_id=customer.public_id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        addresses=[
            SavedAddressView(
                address_id=f"adr-{kept.id}",
                address=AddressView.model_validate(kept.address),
                default=kept.default,
            )
            for kept in customer.addresses
        ],
        newsletter=customer.newsletter,
        pending_email=customer.pending_email,
        deletion_on=customer.deletion_on,
        created_at=customer.registered_at,
    )
