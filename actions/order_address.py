"""The address that an order should go to, in one message or in several; and what it lacks."""

from dataclasses import replace

from actions.order_draft import Draft
from actions.order_words import Said
from actions.places import completed, lacking, read_address
from actions.services.facts import Address


def with_address(draft: Draft, said: Said) -> tuple[Draft, Said]:
    """The draft with the address that the message holds, and the message without it.

    Only an answer is read as a whole, or completes what was told before; any other message has
    an address where one was recognised, or all its parts are there.
    """
    marked = next(iter(said.values("address")[::-1]), "")
    if said.asked == "delivery_address":
        tries = [said.text, *completed(draft.part_of_address, draft.address_lacks, said.text)]
    else:
        tries = [marked] if marked else []
        tries += [said.text] if said.asked in ("delivery_way", "confirmed") else []
    for text in tries:
        if (address := _address(text)) is not None:
            draft = draft.but(address=address, part_of_address="", address_lacks="", ways=())
            return draft, _around(said, marked if marked in said.text else "", address)
    return draft, said.without(marked) if marked else said


def with_part_of_address(draft: Draft, said: Said) -> Draft:
    """The draft with what an incomplete answer holds of an address, and the name of what it lacks:
    `country`, `postcode`, `street` (with its number) or `town`. As it was where it holds nothing.
    """
    for told in completed(draft.part_of_address, draft.address_lacks, said.text):
        if (lacks := lacking(told)) and lacks != draft.address_lacks:
            return draft.but(part_of_address=told, address_lacks=lacks)
    lacks = lacking(said.text)
    return draft.but(part_of_address=said.text, address_lacks=lacks) if lacks else draft


def _around(said: Said, marked: str, address: Address) -> Said:
    """The message without its address, of which all before the street may say something else:
    "Ada Byron, 8 Victoria Terrace, LS3 1BX Leeds"."""
    spoken = marked or said.text
    street = max(spoken.find(address.street), 0)
    return replace(said, text=said.text.replace(spoken, spoken[:street], 1))


def _address(text: str) -> Address | None:
    """The address in a text, with nobody's name."""
    found = read_address(text, "", "")
    return found.model_copy(update={"name": ""}) if found else None
