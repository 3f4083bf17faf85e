"""The customer service: accounts, for those who have shown that one is theirs."""

from datetime import date, datetime, timedelta

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import RuleBroken
from sandbox.idempotency import Key, once
from sandbox.identity import Email, Who, proven_customer, reading
from sandbox.mails import deliverable, send
from sandbox.places import AddressView, checked
from sandbox.registration import Name, Phone, international
from sandbox.security import require_api_key
from sandbox.tables import Customer, Order, OrderState, RefundState, SavedAddress
from sandbox.times import Moment

DELETION_DAYS = 14
"""How long somebody who asked for the deletion of their account may change their mind."""

CLOSED = {OrderState.DELIVERED, OrderState.RETURNED, OrderState.CANCELLED}

router = APIRouter(tags=["customers"], dependencies=[Depends(require_api_key)])


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
async def look_up(who: Who, request: Request) -> CustomerView:
    """For its owner."""
    with reading(request, who.email) as session:
        return _view(proven_customer(session, who))


@router.post("/customers/update", summary="Change an account")
async def update(body: AccountChange, request: Request, key: Key) -> CustomerView:
    """A new e-mail address counts once its owner has clicked in the mail sent there."""
    with reading(request, body.who.email) as session:
        customer = proven_customer(session, body.who)

        def effect(now: datetime) -> CustomerView:
            _refuse_leaving(customer)
            customer.name = body.name if body.name is not None else customer.name
            customer.phone = international(body.phone) if body.phone is not None else customer.phone
            if body.email is not None:
                customer.pending_email = deliverable(body.email)
                send(session, customer.pending_email, "Confirm your new address", now)
                send(session, customer.email, "Your address is about to change", now)
            return _view(customer)

        return once(session, request, key, body, CustomerView, effect)


@router.post("/customers/addresses", summary="Save an address in an account")
async def save_address(body: AddressToSave, request: Request, key: Key) -> CustomerView:
    """Orders on their way are not touched."""
    with reading(request, body.who.email) as session:
        customer = proven_customer(session, body.who)

        def effect(now: datetime) -> CustomerView:
            _refuse_leaving(customer)
            _save(session, customer, body)
            return _view(customer)

        return once(session, request, key, body, CustomerView, effect)


@router.post("/customers/deletion", summary="Have an account deleted")
async def delete(body: Deletion, request: Request, key: Key) -> CustomerView:
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
