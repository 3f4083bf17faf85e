"""What is on sale: stock, prices, sizes, differences; and when the stores are open."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.asking import ServiceAction
from actions.services.errors import ServiceError
from actions.services.products import OpeningHours, Product, ProductService, Store, Variant
from actions.services.products import product_service as connected
from actions.slots import Slots
from actions.wording import joined, money

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

Products = Callable[[], ProductService]


class ProductAction(ServiceAction):
    """Answers about the product that is named, or that was talked of last."""

    def __init__(self, products: Products = connected) -> None:
        self._products = products

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """Find it, then tell of it.

        "How much would that be?" in a form is about what the form asks, which comes again, unless
        the form is about a product.
        """
        in_form = tracker.active_loop_name not in (None, "place_order_form")
        talked_of = "" if in_form else tracker.get_slot("product") or ""
        name = next(iter(said(tracker, "product")[::-1]), talked_of)
        if not name and in_form:
            return {}
        if not name:
            dispatcher.utter_message(response="utter_ask_which_product")
            return {}
        found = self._products().search(name, limit=3)
        if not found:
            dispatcher.utter_message(response="utter_product_unknown", product=name)
            return {}
        self.tell(found[0], dispatcher, tracker)
        return {"product": found[0].name}

    @abstractmethod
    def tell(self, product: Product, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """Say what was asked of this product."""


class ActionTellStock(ProductAction):
    """Whether there is some, in the size and colour asked for."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_stock"

    def tell(self, product: Product, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """What there is; where the kind asked for is sold out, what there is instead."""
        wanted = meant(product, tracker)
        there = [variant for variant in wanted if variant.stock]
        others = [variant for variant in product.variants if variant.stock]
        if there:
            response, kinds = "utter_in_stock", there
        else:
            response, kinds = "utter_sold_out_instead" if others else "utter_sold_out", others
        asked = joined([*said(tracker, "colour"), *said(tracker, "size")], "in")
        dispatcher.utter_message(
            response=response,
            product=product.name,
            asked=f" in {asked}" if asked else "",
            kinds=in_kinds(kinds),
        )


class ActionTellPrice(ProductAction):
    """What it costs, each size where they differ."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_price"

    def tell(self, product: Product, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """One price, or one for each size."""
        variants = meant(product, tracker) or list(product.variants)
        prices = {variant.price_cents for variant in variants}
        first = variants[0]
        by_size = {v.size: money(v.price_cents, v.currency) for v in variants}
        dispatcher.utter_message(
            response="utter_price" if len(prices) == 1 else "utter_prices",
            product=product.name,
            price=money(first.price_cents, first.currency),
            prices=joined([f"{price} in {size}" for size, price in by_size.items()]),
        )


class ActionTellSizes(ProductAction):
    """Which sizes there are, or how big the one there is."""

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_sizes"

    def tell(self, product: Product, dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
        """Sizes, else what the product's page says of its measures."""
        sizes = list(dict.fromkeys(v.size for v in product.variants if v.size))
        dispatcher.utter_message(
            response="utter_sizes" if sizes else "utter_one_size",
            product=product.name,
            sizes=joined(sizes),
            facts=facts(product),
        )


class ActionCompareProducts(ServiceAction):
    """Two products beside each other."""

    def __init__(self, products: Products = connected) -> None:
        self._products = products

    def name(self) -> str:
        """The name in the domain."""
        return "action_compare_products"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """The two that are named; one that is named with the one talked of before."""
        names = list(dict.fromkeys([tracker.get_slot("product"), *said(tracker, "product")]))
        found = [self._products().search(name, limit=1) for name in names if name]
        pair = list({one[0].product_id: one[0] for one in found if one}.values())[-2:]
        if len(pair) < 2:
            dispatcher.utter_message(response="utter_ask_which_products")
            return {}
        one, other = pair
        dispatcher.utter_message(
            response="utter_comparison",
            one=one.name,
            about_one=f"{price_range(one)}; {facts(one)}",
            other=other.name,
            about_other=f"{price_range(other)}; {facts(other)}",
        )
        return {}


class ActionTellStoreHours(ServiceAction):
    """When the stores are open: the one in the town that is named, else all."""

    def __init__(self, products: Products = connected) -> None:
        self._products = products

    def name(self) -> str:
        """The name in the domain."""
        return "action_tell_store_hours"

    def answer(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> Slots:
        """One sentence a store; a shop that is silent leaves what hardly ever changes."""
        try:
            stores = self._products().stores()
        except ServiceError:
            dispatcher.utter_message(response="utter_store_hours")
            return {}
        text = (tracker.latest_message.get("text") or "").casefold()
        named = [store for store in stores if store.city.casefold() in text]
        for store in named or stores:
            dispatcher.utter_message(
                response="utter_hours_of_store",
                store=f"{store.street}, {store.city}",
                hours=hours(store),
            )
        return {}


def said(tracker: Tracker, entity: str) -> list[str]:
    """The values of an entity in the latest message, in order."""
    return [str(value) for value in tracker.get_latest_entity_values(entity)]


def meant(product: Product, tracker: Tracker) -> list[Variant]:
    """The variants in the sizes and colours that are named; all where none is."""
    colours = {value.casefold() for value in said(tracker, "colour")}
    sizes = {value.casefold() for value in said(tracker, "size")}
    return [
        variant
        for variant in product.variants
        if (not colours or variant.colour.casefold() in colours)
        and (not sizes or variant.size.casefold() in sizes)
    ]


def in_kinds(variants: Sequence[Variant]) -> str:
    """ "in red (S, M) and navy (L)", empty where there is one kind only."""
    kinds = [(variant.colour, variant.size) for variant in variants]
    if kinds in ([("", "")], []):
        return ""
    if not any(colour for colour, _ in kinds):
        return f" in {joined([size for _, size in kinds])}"
    grouped = [
        (colour, ", ".join(size for _, size in group if size))
        for colour, group in groupby(sorted(kinds, key=lambda one: one[0]), key=lambda one: one[0])
    ]
    named = [f"{colour} ({sizes})" if sizes else colour for colour, sizes in grouped]
    return f" in {joined(named)}"


def facts(product: Product) -> str:
    """What its page says of it: "weight 1.2 kg, power 9 W"."""
    told = [f"{one.name[:1].lower()}{one.name[1:]} {one.value}" for one in product.attributes]
    return ", ".join(told) or product.description


def price_range(product: Product) -> str:
    """ "€18.50", or "€18.50 to €22.50"."""
    prices = sorted({(one.price_cents, one.currency) for one in product.variants})
    return " to ".join(money(*price) for price in dict.fromkeys([prices[0], prices[-1]]))


def hours(store: Store) -> str:
    """ "Monday to Friday 9:00 to 19:00, Saturday 10:00 to 18:00, closed on Sunday"."""

    def times(day: OpeningHours) -> tuple[Any, Any]:
        return day.opens, day.closes

    told = []
    for (opens, closes), group in groupby(sorted(store.hours, key=lambda d: d.weekday), key=times):
        days = [WEEKDAYS[day.weekday - 1] for day in group]
        span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
        open_ = f"{span} {opens:%H:%M} to {closes:%H:%M}" if opens and closes else ""
        told.append(open_ or f"closed on {span}")
    return ", ".join(told)
