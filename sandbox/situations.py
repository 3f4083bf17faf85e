"""Orders that a visitor should be able to try, each for something the assistant must manage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sandbox.drafts import goods_back, order_of
from sandbox.parcels import parcel, tell
from sandbox.tables import (
    Customer,
    Order,
    OrderLine,
    ParcelState,
    PaymentFailure,
    RefundState,
    Variant,
)


@dataclass(frozen=True)
class Situation:
    """An order to be made, `days` ago, and what is there to try with it.

    `goods` are article numbers and pieces. It is paid unless `unpaid`; then it is packed, if
    `packed`; then its goods leave in as many parcels as there are in `parcels`, `None` being
    one that has not left. Delivered parcels came three days after the order. `refunds` are
    a state and the places of the lines in it.
    """

    title: str
    days: int
    goods: tuple[tuple[str, int], ...]
    unpaid: bool = False
    failure: PaymentFailure | None = None
    packed: bool = False
    parcels: tuple[ParcelState | None, ...] = ()
    refunds: tuple[tuple[RefundState, tuple[int, ...]], ...] = ()


_DELIVERED = (ParcelState.DELIVERED,)

SITUATIONS = (
    Situation(
        "The card was declined: ask why the payment failed",
        0,
        (("DRIFT-BLACK", 1),),
        unpaid=True,
        failure=PaymentFailure.CARD_DECLINED,
    ),
    Situation(
        "Change the size: red in L is sold out, red in M is not",
        0,
        (("KESTREL-RED-S", 1), ("LINDEN-WHITE-M", 2)),
    ),
    Situation(
        "Send something back: delivered, within the 30 days",
        9,
        (("AURORA-WHITE", 1), ("GLADE-GREEN", 2)),
        packed=True,
        parcels=_DELIVERED,
    ),
    Situation(
        "Too late to send back: delivered 45 days ago",
        48,
        (("HARBOUR-NAVY", 1),),
        packed=True,
        parcels=_DELIVERED,
    ),
    Situation(
        "One of two things went back, and its money has arrived",
        20,
        (("EMBER-RED", 1), ("IRIS-BLACK", 1)),
        packed=True,
        parcels=_DELIVERED,
        refunds=((RefundState.ARRIVED, (0,)),),
    ),
    Situation(
        "A return has begun: the shop waits for the parcel",
        12,
        (("MAPLE-BLUE-41", 1), ("LINDEN-BLACK-L", 1)),
        packed=True,
        parcels=_DELIVERED,
        refunds=((RefundState.AWAITING_RETURN, (0,)),),
    ),
    Situation(
        "The refund is on its way to the bank",
        15,
        (("NIMBUS-TEAL", 1),),
        packed=True,
        parcels=_DELIVERED,
        refunds=((RefundState.SENT, (0,)),),
    ),
    Situation(
        "The refund did not go through: a person has to help",
        16,
        (("CEDAR-WHITE", 1),),
        packed=True,
        parcels=_DELIVERED,
        refunds=((RefundState.FAILED, (0,)),),
    ),
    Situation(
        "Cancelling costs €5.00, as packing has begun",
        1,
        (("ORCHARD-24-CM", 1), ("BROOK-BLUE-750-ML", 1)),
        packed=True,
    ),
    Situation(
        "One parcel has come, the other has not left",
        5,
        (("FJORD-GREY-130-200-CM", 1), ("JUNIPER", 3)),
        packed=True,
        parcels=(ParcelState.DELIVERED, None),
    ),
    Situation(
        "The courier comes today",
        3,
        (("NIMBUS-BLACK", 1),),
        packed=True,
        parcels=(ParcelState.OUT_FOR_DELIVERY,),
    ),
    Situation(
        "The parcel is late",
        11,
        (("EMBER-BLACK", 1),),
        packed=True,
        parcels=(ParcelState.IN_TRANSIT,),
    ),
    Situation(
        "Nobody was at home",
        4,
        (("GLADE-PURPLE", 1), ("BROOK-GREEN-500-ML", 1)),
        packed=True,
        parcels=(ParcelState.FAILED,),
    ),
    Situation(
        "The parcel waits at the pick-up point",
        5,
        (("IRIS-SILVER", 2),),
        packed=True,
        parcels=(ParcelState.READY_FOR_PICKUP,),
    ),
    Situation(
        "There is not enough money on the account",
        1,
        (("MAPLE-ORANGE-42", 1),),
        unpaid=True,
        failure=PaymentFailure.INSUFFICIENT_FUNDS,
    ),
    Situation(
        "The card has expired",
        1,
        (("AURORA-BLACK", 2),),
        unpaid=True,
        failure=PaymentFailure.CARD_EXPIRED,
    ),
    Situation(
        "The bank could not be convinced that it was the customer",
        0,
        (("DRIFT-SAND", 1),),
        unpaid=True,
        failure=PaymentFailure.AUTHENTICATION_FAILED,
    ),
    Situation("Not paid yet", 0, (("JUNIPER", 4),), unpaid=True),
)


def placed(
    situation: Situation,
    number: str,
    customer: Customer,
    variants: Mapping[str, Variant],
    random: Random,
    now: datetime,
) -> Order:
    """The order of a situation, without its payment and refunds."""
    lines = [
        OrderLine(
            variant=variants[sku], quantity=pieces, unit_price_cents=variants[sku].price_cents
        )
        for sku, pieces in situation.goods
    ]
    hours = random.randint(2, 8)
    order = order_of(number, customer, lines, now - timedelta(days=situation.days, hours=hours))
    if situation.packed:
        order.packed_at = order.placed_at + timedelta(hours=1)
    share = -(-len(lines) // max(len(situation.parcels), 1))
    for place, state in enumerate(situation.parcels):
        inside = lines[place * share : (place + 1) * share]
        sent = parcel(order, inside, random, dispatched=state is not None)
        if state is ParcelState.DELIVERED:
            sent.delivered_at = order.placed_at + timedelta(days=3)
        order.shipments.append(sent)
        if state is not None:
            tell(sent, order.address["city"], state, now)
    return order


def take_back(situation: Situation, order: Order, now: datetime) -> None:
    """Give a paid order the refunds of its situation, begun a day after it came."""
    for state, places in situation.refunds:
        lines = [order.lines[place] for place in places]
        began = (order.delivered_at or order.placed_at) + timedelta(days=1)
        refund = goods_back(order, lines, began, now)
        refund.state = state
        if state is RefundState.AWAITING_RETURN:
            refund.expected_on = None
