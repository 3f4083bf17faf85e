"""What the shop has to say to an order in the making: what it sells, has, and where it delivers."""

import logging
import re
from collections.abc import Callable
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.identity import signed_in
from actions.order_draft import Draft, Goods
from actions.order_words import LONGEST_WORDS, Said, meant_products, mentions, with_goods
from actions.services.customers import CustomerService
from actions.services.errors import Reason, ServiceError, ServiceMisconfigured
from actions.services.facts import Address
from actions.services.identity import Identity
from actions.services.products import Product, ProductNotFound, ProductService
from actions.services.shipping import CannotDeliver, ShippingService

MOST_PIECES = 20
"""More of one thing is a bulk order, which the shop takes by people only."""

logger = logging.getLogger(__name__)


class Shelf:
    """Looks up what a draft needs. Each method says what is in the way, and may raise any
    `ServiceError`; what it was given is worth keeping then."""

    def __init__(
        self,
        products: Callable[[], ProductService],
        shipping: Callable[[], ShippingService],
    ) -> None:
        self._products = products
        self._shipping = shipping

    def with_product(self, draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
        """The draft with the product that its words name, as it is on sale now."""
        if draft.words:
            return self._named(draft, dispatcher)
        if draft.product is not None:
            return self._as_it_is(draft, dispatcher)
        if not draft.said or draft.choices:
            return draft
        meant, _ = meant_products(draft.said, self._search(draft.said))
        named = len(meant) == 1 and mentions(draft.said, meant[0])
        if named:
            return _of(draft, meant[0])
        if draft.talked_of:
            return self._named(draft.but(words=draft.talked_of), dispatcher)
        return draft.but(said="")

    def as_it_is_now(self, draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
        """The draft with the things chosen before as they are on sale now, without those gone."""
        kept: list[Goods] = []
        for line in draft.chosen:
            found = self._as_it_is(Draft().taking(line), dispatcher)
            if found.product is None:
                continue
            if found.variant is None or found.variant.stock < (found.quantity or 1):
                dispatcher.utter_message(response="utter_order_sold_out", goods=found.named())
                continue
            kept.append(found.in_hand)
        return draft.but(chosen=tuple(kept))

    def in_stock(self, draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
        """The draft without what there is not enough of."""
        if draft.product is None:
            return draft
        if not any(variant.stock for variant in draft.product.variants):
            dispatcher.utter_message(response="utter_order_sold_out", goods=draft.product.name)
            return draft.without_product()
        if not any(variant.stock for variant in draft.fitting):
            gone = "sold_out" if draft.fitting else "unknown_kind"
            dispatcher.utter_message(response=f"utter_order_{gone}", goods=draft.named())
            return draft if draft.fitting else draft.but(size="", colour="")
        return _few_enough(draft, dispatcher)

    def with_ways(self, draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
        """The draft with the ways to send something to its address."""
        if draft.address is None or draft.ways:
            return draft
        try:
            ways = self._shipping().options(draft.address.country, draft.address.postcode)
        except CannotDeliver as no:
            known = no.reason in (Reason.INVALID_ADDRESS, Reason.NO_DELIVERY_THERE)
            reason = no.reason if known else Reason.NO_DELIVERY_THERE
            dispatcher.utter_message(response=f"utter_cannot_place_{reason}")
            return draft.but(address=None, saved_address=None)
        currencies = {way.currency for way in ways}
        sold = [line.product for line in draft.lines if line.product]
        currencies |= {variant.currency for product in sold for variant in product.variants}
        if not ways or len(currencies) > 1:
            raise ServiceMisconfigured(
                f"Products and deliveries can't be added up: {sorted(currencies)}."
            )
        return draft.but(ways=ways)

    def _named(self, draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
        found = self._search(draft.words)
        meant, sure = meant_products(draft.words, found)
        if sure and len(meant) == 1:
            return _of(draft, meant[0])
        unread = draft.but(words="", said="" if draft.product else draft.said)
        if not meant:
            dispatcher.utter_message(response="utter_product_unknown", product=draft.words)
            return unread.but(said="")
        if not sure:
            dispatcher.utter_message(response="utter_order_nothing_called", product=draft.words)
        return unread.without_product().but(
            said=draft.said, choices=tuple(one.name for one in meant[:3])
        )

    def _as_it_is(self, draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
        product = draft.product
        if product is None:
            return draft
        try:
            return draft.but(product=self._products().find(product.product_id))
        except ProductNotFound:
            dispatcher.utter_message(response="utter_product_unknown", product=product.name)
            return draft.without_product()

    def _search(self, words: str) -> tuple[Product, ...]:
        return self._products().search(words[:LONGEST_WORDS], limit=5)


def known_customer(customers: Callable[[], CustomerService], tracker: Tracker) -> dict[str, Any]:
    """What a draft gets of a customer who has shown who they are: name, e-mail, saved address.

    That is who is signed in, or has shown an order to be theirs in this conversation; of who has
    ordered something in it, what they said then. Where the shop is silent, they are asked like
    anybody else.
    """
    who = signed_in(tracker) or _shown(tracker)
    if who is None:
        told = tracker.get_slot("known_buyer") or {}
        address = told.get("saved_address")
        return {**told, "saved_address": Address.model_validate(address)} if address else {}
    try:
        known = customers().find(who)
    except ServiceError:
        logger.warning("An account could not be looked up, so its owner is asked.", exc_info=True)
        return {"email": who.email}
    saved = sorted(known.addresses, key=lambda one: one.default, reverse=True)
    address = saved[0].address if saved else None
    return {"name": known.name, "email": known.email, "saved_address": address}


def _shown(tracker: Tracker) -> Identity | None:
    shown: Any = tracker.get_slot("verified_order")
    if not shown or shown != [tracker.get_slot("order_id"), tracker.get_slot("email")]:
        return None
    number, email = shown
    return Identity(email, order_number=number)


def _of(draft: Draft, product: Product) -> Draft:
    """The draft of this product, in the kind and number that its message names."""
    said = Said(re.sub(r"(?i)\banother\b|\bmore\b", " ", draft.said), None)  # than of other things
    taken = draft.without_product().but(product=product, quantity=draft.quantity or 1)
    return with_goods(taken, said)


def _few_enough(draft: Draft, dispatcher: CollectingDispatcher) -> Draft:
    if draft.quantity is None:
        return draft
    if draft.quantity > MOST_PIECES:
        dispatcher.utter_message(response="utter_order_too_many", most=MOST_PIECES)
        return draft.but(quantity=None)
    if draft.quantity < 1:
        return draft.but(quantity=None)
    if draft.variant is not None and draft.variant.stock < draft.quantity:
        left = draft.variant.stock
        dispatcher.utter_message(response="utter_order_too_few", goods=draft.named(), left=left)
        return draft.but(quantity=None)
    return draft
