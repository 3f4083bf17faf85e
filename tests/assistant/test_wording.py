"""How facts are said."""

import pytest

from actions.wording import money


@pytest.mark.parametrize(
    ("units", "currency", "said"),
    [
        (1780, "EUR", "€17.80"),
        (0, "EUR", "€0.00"),
        (123456789, "GBP", "£1,234,567.89"),
        (1780, "JPY", "JP¥1,780"),
        (17805, "KWD", "KWD17.805"),
        (1234, "ALL", "ALL12.34"),
    ],
)
def test_money_is_said_in_the_currencys_own_digits(units: int, currency: str, said: str) -> None:
    assert money(units, currency).replace("\u00a0", "") == said
