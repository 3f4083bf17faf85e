"""An order in the making: what is known of it so far, what is still open, and what it costs."""

from rasa_sdk import Tracker

from actions.places import one_line
from actions.services.facts import Address, Facts
from actions.services.orders import NewLine, NewOrder
from actions.services.products import Product, Variant
from actions.services.shipping import DeliveryOption
from actions.slots import Slots
from actions.wording import joined, money, of_kind

SLOT = "order_draft"


class Goods(Facts):
    """One line of an order: a product, as far as it is chosen which one and how many."""

    product: Product | None = None
    size: str = ""
    colour: str = ""
    quantity: int | None = 1

    @property
    def fitting(self) -> list[Variant]:
        """The variants of the product in the size and colour chosen so far, sold out or not."""
        return [
            variant
            for variant in (self.product.variants if self.product else ())
            if self.size in ("", variant.size) and self.colour in ("", variant.colour)
        ]

    @property
    def variant(self) -> Variant | None:
        """The one that is left, unless it is sold out."""
        fitting = self.fitting
        return fitting[0] if len(fitting) == 1 and fitting[0].stock else None

    @property
    def cents(self) -> int:
        """What it costs; nothing while it is not chosen."""
        return self.variant.price_cents * (self.quantity or 0) if self.variant else 0

    def others_in_stock(self) -> list[Variant]:
        """What there is instead of the variant, in sufficient number, the most alike first."""

        def alike(other: Variant) -> int:
            return (other.size == self.size) + (other.colour == self.colour)

        there = [
            other
            for other in (self.product.variants if self.product else ())
            if other != self.variant and other.stock >= max(self.quantity or 1, 1)
        ]
        return sorted(there, key=alike, reverse=True)[:3]

    def named(self) -> str:
        """ "Linden T-shirt (white, M)"."""
        if self.product is None:
            return ""
        return of_kind(self.product.name, self.size, self.colour)


class Wanted(Facts):
    """A thing that was asked for and is not looked up yet: its name, in the words around it."""

    words: str
    said: str


class Draft(Goods):
    """What the customer has chosen and told. What is empty or `None` is not known yet.

    Its own product is the thing in hand, the one that is asked about. `chosen` are others that
    are chosen already, and `more` those whose turn comes next.

    `words` name a product that is not looked up yet, and `said` is the message they come from,
    which may say more of it. `talked_of` is the product that is meant where `said` names none.
    `choices` are names of products that the words could mean.

    An `address` without a name is the buyer's own. `part_of_address` lacks what `address_lacks`
    names. `saved_address` was given before, and is offered. `ways` are the ways to send something
    to `address`.
    """

    chosen: tuple[Goods, ...] = ()
    more: tuple[Wanted, ...] = ()
    words: str = ""
    said: str = ""
    talked_of: str = ""
    choices: tuple[str, ...] = ()
    name: str = ""
    email: str = ""
    address: Address | None = None
    part_of_address: str = ""
    address_lacks: str = ""
    saved_address: Address | None = None
    ways: tuple[DeliveryOption, ...] = ()
    way_id: str = ""

    @classmethod
    def of(cls, tracker: Tracker) -> "Draft":
        """The draft that the conversation holds, or an empty one."""
        return cls.model_validate(tracker.get_slot(SLOT) or {})

    def but(self, **changes: object) -> "Draft":
        """The draft with some things changed."""
        return self.model_copy(update=changes)

    @property
    def in_hand(self) -> Goods:
        """The thing that is asked about."""
        return Goods(
            product=self.product, size=self.size, colour=self.colour, quantity=self.quantity
        )

    @property
    def lines(self) -> list[Goods]:
        """All things, the one in hand last."""
        return [*self.chosen, *([self.in_hand] if self.product else [])]

    @property
    def goods_cents(self) -> int:
        """What all things cost together."""
        return sum(line.cents for line in self.lines)

    @property
    def way(self) -> DeliveryOption | None:
        """How it should be sent; the only way needs no choice."""
        if len(self.ways) == 1:
            return self.ways[0]
        return next((way for way in self.ways if way.option_id == self.way_id), None)

    def without_product(self) -> "Draft":
        """The draft without the thing in hand."""
        return self.taking(Goods()).but(words="", said="", talked_of="", choices=())

    def taking(self, thing: Goods) -> "Draft":
        """The draft with this thing in hand, instead of the one there was."""
        return self.but(
            product=thing.product, size=thing.size, colour=thing.colour, quantity=thing.quantity
        )

    def put_down(self) -> "Draft":
        """The draft with nothing in hand: it is kept if it is chosen, else its turn comes next."""
        if self.product is None:
            return self
        if self.variant and self.quantity:
            return self.without_product().but(chosen=(*self.chosen, self.in_hand))
        half = Wanted(words=self.product.name, said=f"{self.quantity or 1} {self.named()}")
        return self.without_product().but(more=(half, *self.more))

    @property
    def may_go_on(self) -> bool:
        """Whether nothing has to be asked about the thing in hand before the next one's turn."""
        if self.choices:
            return False
        if self.product is None:
            return bool(self.more or self.chosen)
        return bool(self.more and self.variant and self.quantity)

    def with_next(self) -> "Draft":
        """The draft with the next thing in hand, as far as there is one: one that was asked for,
        else the latest that was chosen."""
        if self.more:
            wanted = self.more[0]
            down = self.put_down()
            return down.but(words=wanted.words, said=wanted.said, more=down.more[1:])
        if self.product is None and self.chosen:
            return self.taking(self.chosen[-1]).but(chosen=self.chosen[:-1])
        return self

    def slots(self) -> Slots:
        """The draft, and beside it a slot for each thing that the form asks for while it is open.

        What is not in the draft yet is `None`.
        """
        variant, way = self.variant, self.way
        talked_of = {"product": self.product.name} if self.product else {}
        return {
            **talked_of,
            SLOT: self.model_dump(mode="json"),
            "ordered_product": self.product.name if self.product else None,
            "ordered_variant": variant.variant_id if variant else None,
            "ordered_quantity": self.quantity,
            "buyer_name": self.name or None,
            "buyer_email": self.email or None,
            "delivery_address": one_line(self.address) if self.address else None,
            "delivery_way": way.option_id if way else None,
            "proposal": self.proposal(),
            "confirmed": None,
        }

    def proposal(self) -> Slots | None:
        """The order with its exact total, as it is told and would be placed; `None` while
        something is open."""
        variant, way = self.variant, self.way
        if not (variant and way and self.address and self.quantity and self.name and self.email):
            return None
        delivery = delivery_cents(way, self.goods_cents)
        total = self.goods_cents + delivery
        address = self.address.model_copy(update={"name": self.address.name or self.name})
        order = NewOrder(
            name=self.name,
            email=self.email,
            address=address,
            lines=tuple(
                NewLine(variant_id=line.variant.variant_id, quantity=line.quantity)
                for line in self.lines
                if line.variant and line.quantity
            ),
            delivery_option=way.option_id,
            total_cents=total,
        )
        told = [f"{line.quantity} × {line.named()}" for line in self.lines]
        prices = [money(line.cents, variant.currency) for line in self.lines]
        return {
            "order": order.model_dump(mode="json"),
            "goods": joined(told),
            "lines": "\n".join(
                f"- {goods}: {price}" for goods, price in zip(told, prices, strict=True)
            ),
            "way": f"{way.name} with {way.carrier}",
            "delivery_price": price_of(way, self.goods_cents),
            "total": money(total, variant.currency),
            "name": address.name,
            "email": self.email,
            "address": one_line(address),
        }


def delivery_cents(way: DeliveryOption, goods_cents: int) -> int:
    """What a way costs for goods of this value."""
    free = way.free_from_cents is not None and goods_cents >= way.free_from_cents
    return 0 if free else way.price_cents


def price_of(way: DeliveryOption, goods_cents: int) -> str:
    """ "€4.90", or "free"."""
    cents = delivery_cents(way, goods_cents)
    return money(cents, way.currency) if cents else "free"
