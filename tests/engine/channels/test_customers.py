"""Tokens of signed-in customers: whom the door believes."""

import time
from typing import Any

import jwt
import pytest

from bespeak.channels.customers import CLAIMS, Customers
from bespeak.channels.requests import user_message
from bespeak.errors import ExtensionError, RequestError

KEY = "k" * 32
ANN = {"sub": "customer-17", "email": "ann@example.com"}


def token(key: str = KEY, algorithm: str = "HS256", **claims: Any) -> str:
    now = int(time.time())
    payload = {**ANN, "iat": now, "exp": now + 600, **claims}
    given = {name: value for name, value in payload.items() if value is not None}
    return jwt.encode(given, key, algorithm)


def test_the_claims_of_a_good_token_are_in_the_metadata() -> None:
    read = {"message": "hi", "metadata": {"page": "/cart"}, "customer_token": token()}
    message = user_message(read, "rest", Customers(KEY))
    assert message is not None
    assert message.metadata == {
        "page": "/cart",
        CLAIMS: {"email": "ann@example.com", "customer_id": "customer-17"},
    }


@pytest.mark.parametrize("customers", [Customers(), Customers(KEY)])
def test_nobody_can_claim_to_be_somebody_without_a_token(customers: Customers) -> None:
    claimed = {CLAIMS: {"customer_id": "customer-17"}, "page": "/"}
    message = user_message({"message": "hi", "metadata": claimed}, "rest", customers)
    assert message is not None
    assert message.metadata == {"page": "/"}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (token("x" * 32), "Signature"),
        (token(exp=int(time.time()) - 1), "expired"),
        (token(sub=None), '"sub"'),
        (token(exp=None), '"exp"'),
        (token(iat=None), '"iat"'),
        (token(exp=int(time.time()) + 100_000), "more than a day"),
        (jwt.encode(ANN, "", "none"), "alg"),
        (token(KEY + KEY, "HS512"), "alg"),
        ("nonsense", "segments"),
    ],
)
def test_other_tokens_are_refused_with_the_reason(given: str, why: str) -> None:
    with pytest.raises(RequestError, match=why) as refused:
        user_message({"message": "hi", "customer_token": given}, "rest", Customers(KEY))
    assert refused.value.status == 401


def test_a_token_where_no_key_is_known_is_a_mistake_that_is_told() -> None:
    with pytest.raises(RequestError, match="customer_key in credentials"):
        user_message({"message": "hi", "customer_token": token()}, "rest")


def test_a_token_that_is_no_text_is_refused() -> None:
    with pytest.raises(RequestError, match="must be a text") as refused:
        user_message({"message": "hi", "customer_token": 17}, "rest", Customers(KEY))
    assert refused.value.status == 400


@pytest.mark.parametrize(("key", "method"), [("short", "HS256"), (KEY, "none"), (KEY, "HS1")])
def test_a_key_that_protects_nobody_is_refused(key: str, method: str) -> None:
    with pytest.raises(ExtensionError):
        Customers(key, method)
