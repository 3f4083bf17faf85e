"""For whom a service is asked, and what shows that it is them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer's e-mail address together with what proves it: exactly one of the two.

    `order_number`: an order placed with this address (the customer knew both).
    `customer_id`: the customer is signed in; it comes from verified claims, never from text.

    Every service that tells or changes something of a customer takes an `Identity` and checks
    it again, whatever the dialogue believed. A wrong proof, an address nobody has and
    somebody else's thing all give the same `NotFound`.
    """

    email: str
    order_number: str = ""
    customer_id: str = ""

    def __post_init__(self) -> None:
        if not self.email or bool(self.order_number) == bool(self.customer_id):
            raise ValueError("An identity is an e-mail address with one proof.")

    def owns(self, email: str) -> bool:
        """Whether something filed under `email` is this customer's."""
        return same_address(self.email, email)


def same_address(one: str, other: str) -> bool:
    """Whether two spellings are the same e-mail address; letter case and blanks don't count."""
    return bool(one.strip()) and one.strip().casefold() == other.strip().casefold()
