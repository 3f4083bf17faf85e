"""The customer service for anybody: new accounts, passwords, the newsletter.

What belongs to an address, only its owner hears, by mail.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import phonenumbers
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from sandbox.errors import RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import Email, customer_of, reading
from sandbox.mails import deliverable, send
from sandbox.security import require_api_key
from sandbox.tables import Customer

router = APIRouter(tags=["customers"], dependencies=[Depends(require_api_key)])

Name = Annotated[str, Field(min_length=1, max_length=100)]
Phone = Annotated[str, Field(max_length=32)]


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


@router.post("/customers", summary="Open an account")
async def register(body: Registration, request: Request, key: Key) -> Done:
    """By mail; who has an account already reads that there."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            email = deliverable(body.email)
            phone = international(body.phone)
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
async def resend(body: Address, request: Request, key: Key) -> Done:
    """If one waits for its confirmation."""

    def waits(customer: Customer) -> bool:
        return bool(customer.registered_at and not customer.confirmed_at)

    return _mailed(body, request, key, "Confirm your account and choose a password", waits)


@router.post("/customers/password-reset", summary="Send a link to set a new password")
async def reset_password(body: Address, request: Request, key: Key) -> Done:
    """If there is such an account."""

    def registered(customer: Customer) -> bool:
        return customer.registered_at is not None

    return _mailed(body, request, key, "Set a new password", registered)


@router.post("/newsletter", summary="Subscribe to the newsletter or leave it")
async def newsletter(body: Newsletter, request: Request, key: Key) -> Done:
    """Subscribing takes a click in a mail; leaving works at once."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            email = deliverable(body.email)
            customer = customer_of(session, email)
            if body.subscribed:
                send(session, email, "Please confirm your subscription", now)
            elif customer is not None:
                customer.newsletter = False
            return Done()

        return once(session, request, key, body, Done, effect)


def international(phone: str) -> str:
    """The number as the world writes it, `+34600112233`; empty stays empty.

    Raises `RuleBroken`.
    """
    if not phone.strip():
        return ""
    try:
        read = phonenumbers.parse(phone, "ES")
    except phonenumbers.NumberParseException as error:
        raise RuleBroken("invalid_phone", "That is no phone number.") from error
    if not phonenumbers.is_possible_number(read):
        raise RuleBroken("invalid_phone", "That is no phone number.")
    return phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164)


def _mailed(
    body: Address, request: Request, key: Key, mail: str, concerns: Callable[[Customer], bool]
) -> Done:
    """Send a mail to the customer with this address, if there is one whom it concerns; the answer
    does not tell."""
    with reading(request, body.email) as session:

        def effect(now: datetime) -> Done:
            customer = customer_of(session, body.email)
            if customer and concerns(customer):
                send(session, customer.email, mail, now)
            return Done()

        return once(session, request, key, body, Done, effect)
