"""The shipping service: where a parcel is, and the ways to send one."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from sandbox.errors import NotTheirs
from sandbox.places import OptionView, options
from sandbox.security import require_api_key
from sandbox.tables import ParcelState, Shipment
from sandbox.times import Moment

router = APIRouter(tags=["shipping"], dependencies=[Depends(require_api_key)])


class CheckpointView(BaseModel):
    """Something that happened to a parcel, and in which town."""

    at: Moment
    state: ParcelState
    text: str
    place: str


class TrackingView(BaseModel):
    """A parcel's way so far. Who gets it is not told."""

    tracking_number: str
    carrier: str
    state: ParcelState
    expected_on: date
    checkpoints: list[CheckpointView]


@router.get("/tracking/{number}", summary="Follow a parcel")
async def track(number: str, request: Request) -> TrackingView:
    """The checkpoints, oldest first."""
    with Session(request.app.state.database) as session, session.begin():
        wanted = select(Shipment).where(Shipment.tracking_number == number.strip().upper())
        parcel = session.scalars(wanted).first()
        if parcel is None:
            raise NotTheirs("parcel")
        return TrackingView(
            tracking_number=parcel.tracking_number,
            carrier=parcel.carrier,
            state=parcel.state,
            expected_on=parcel.expected_on,
            checkpoints=[
                CheckpointView(at=event.at, state=event.state, text=event.text, place=event.place)
                for event in parcel.events
            ],
        )


@router.get("/delivery-options", summary="List the ways to send something")
async def delivery_options(
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")],
    postcode: Annotated[str, Field(max_length=12)] = "",
    weight_grams: Annotated[int, Field(ge=1, le=100_000)] = 1000,
) -> list[OptionView]:
    """Cheapest first."""
    return options(country, postcode, weight_grams)
