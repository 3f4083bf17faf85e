"""What is asked while an order is in the making: each question names what there is to choose."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.confirming import AskConfirmed
from actions.order_draft import Draft, price_of
from actions.places import one_line
from actions.products import in_kinds
from actions.slots import Slots
from actions.wording import joined, kind

MOST_BUTTONS = 6


class AskForOrder(Action, ABC):
    """Asks for one thing, in the light of what is known."""

    @abstractmethod
    def name(self) -> str:
        """`action_ask_<slot>`."""

    @abstractmethod
    def ask(self, draft: Draft, dispatcher: CollectingDispatcher) -> None:
        """One question."""

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[EventType]:
        """See the class."""
        self.ask(Draft.of(tracker), dispatcher)
        return []


class ActionAskOrderedProduct(AskForOrder):
    """Which product."""

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_ordered_product"

    def ask(self, draft: Draft, dispatcher: CollectingDispatcher) -> None:
        """Which of those that were found, or any."""
        if not draft.choices:
            dispatcher.utter_message(response="utter_ask_ordered_product")
            return
        one = len(draft.choices) == 1
        dispatcher.utter_message(
            response="utter_ask_ordered_product_one" if one else "utter_ask_ordered_product_of",
            products=joined([f"the {name}" for name in draft.choices], "or"),
            buttons=_buttons("product", draft.choices),
        )


class ActionAskOrderedVariant(AskForOrder):
    """Which size and colour, as far as they are open."""

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_ordered_variant"

    def ask(self, draft: Draft, dispatcher: CollectingDispatcher) -> None:
        """Names what is in stock; where the kind chosen is sold out, what is most like it."""
        there = [variant for variant in draft.fitting if variant.stock]
        sizes = list(dict.fromkeys(v.size for v in there if v.size))
        colours = list(dict.fromkeys(v.colour for v in there if v.colour))
        product = draft.product.name if draft.product else ""
        if not there:
            kinds = [kind(v.size, v.colour, " ") for v in draft.others_in_stock()]
            dispatcher.utter_message(
                response="utter_ask_ordered_variant_instead", choices=joined(kinds, "or")
            )
        elif not draft.size and len(sizes) > 1 and not draft.colour and len(colours) > 1:
            dispatcher.utter_message(
                response="utter_ask_ordered_variant", product=product, kinds=in_kinds(there)
            )
        else:
            which, values = ("colour", colours) if draft.size or not sizes else ("size", sizes)
            dispatcher.utter_message(
                response=f"utter_ask_ordered_{which}",
                product=product,
                choices=joined(values, "or"),
                buttons=_buttons(which, values),
            )


class ActionAskDeliveryAddress(AskForOrder):
    """Where to."""

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_delivery_address"

    def ask(self, draft: Draft, dispatcher: CollectingDispatcher) -> None:
        """Only what is missing of an address; the saved one is offered."""
        if draft.address_lacks:
            dispatcher.utter_message(response=f"utter_ask_address_{draft.address_lacks}")
        elif draft.saved_address is not None:
            dispatcher.utter_message(
                response="utter_offer_saved_address",
                name=draft.saved_address.name or draft.name,
                address=one_line(draft.saved_address),
            )
        else:
            dispatcher.utter_message(response="utter_ask_delivery_address")


class ActionAskDeliveryWay(AskForOrder):
    """By which way of delivery."""

    def name(self) -> str:
        """The slot it asks for."""
        return "action_ask_delivery_way"

    def ask(self, draft: Draft, dispatcher: CollectingDispatcher) -> None:
        """Each with its price for these goods, and its working days."""
        dispatcher.utter_message(
            response="utter_ask_delivery_way",
            ways="\n".join(
                f"- {way.name} with {way.carrier}: {price_of(way, draft.goods_cents)}, "
                f"{way.days_min} to {way.days_max} working days"
                for way in draft.ways
            ),
            buttons=[{"title": way.name, "payload": way.name} for way in draft.ways],
        )


class ActionAskPlaceOrderFormConfirmed(AskConfirmed):
    """Tell the order with its total, and ask for the yes."""

    def name(self) -> str:
        """The form and the slot it asks for."""
        return "action_ask_place_order_form_confirmed"

    def question(self, proposal: Slots) -> str:
        """All orders are told alike."""
        return "utter_ask_place_order"


def _buttons(entity: str, values: Sequence[str]) -> list[dict[str, str]]:
    """A button for each value, which says it as an answer; none where that would be too many."""
    if len(values) > MOST_BUTTONS:
        return []
    return [{"title": value, "payload": f'/inform{{"{entity}": "{value}"}}'} for value in values]
