"""What every vendor's adapter does when something is wrong with its vendor, or with its settings.

Subclass it in a test module, beside the contract of the service, and pytest runs it:

    class TestShopifyOutOfOrder(VendorContract):
        service = "orders"
        ...
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from traceback import format_exception
from typing import ClassVar

import pytest

from actions.services.errors import (
    ServiceError,
    ServiceMisconfigured,
    ServiceRefused,
    ServiceUnavailable,
)
from actions.services.registry import adapter
from actions.services.retries import ATTEMPTS
from actions.services.settings import Option, ServiceSettings
from tests.assistant.vendors.server import SECRET, Fault, Response, Vendor

Ask = Callable[..., object]
"""Asks the vendor something about the customer. Its keywords are `token` and `timeout`."""

Wrong = tuple[str, Mapping[str, Option], str]
"""An address and options that can't be right together, and what is said of them."""


class VendorContract:
    """For an adapter of a vendor. The fixture `vendor` is its server, `ask` an `Ask`."""

    service: ClassVar[str]
    name: ClassVar[str]
    """Of the adapter, in `endpoints.yml`."""
    passing: ClassVar[Sequence[Fault]]
    """What another attempt gets over."""
    lasting: ClassVar[Sequence[Fault]]
    """What is no answer, or none that makes sense, if it comes each time."""
    wrong: ClassVar[Sequence[Wrong]]
    denied: ClassVar[str] = "refused the key"
    """What is said of a wrong key."""
    private: ClassVar[Sequence[str]] = ("ana.morales@example.com",)
    """What nobody may read but the vendor; it is in what `ask` asks, or in its answer."""
    logger: ClassVar[str] = ""
    """Whose logs are read; empty for everybody's, the vendor's own library's among them."""

    def failure(self, told: str) -> Response:
        """The vendor's server error, with a message."""
        return Response(500, told)

    def refusal(self, told: str) -> Response | None:
        """The vendor's no to a question, with a message; `None` where each means something."""
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each fault and each mistake is a test of its own."""
        for argument in {"passing", "lasting", "wrong"} & set(metafunc.fixturenames):
            metafunc.parametrize(argument, getattr(self, argument))

    def test_a_passing_failure_is_tried_again(
        self, vendor: Vendor, ask: Ask, passing: Fault
    ) -> None:
        whole = ask()
        vendor.faults = [passing]
        assert ask() == whole

    def test_a_lasting_failure_and_nonsense_are_unavailable(
        self, vendor: Vendor, ask: Ask, lasting: Fault
    ) -> None:
        vendor.faults = [lasting] * ATTEMPTS
        with pytest.raises(ServiceUnavailable):
            ask(timeout=0.2)

    def test_a_wrong_key_is_our_mistake(self, ask: Ask) -> None:
        with pytest.raises(ServiceMisconfigured, match=self.denied):
            ask(token="another")

    def test_a_mistake_in_the_settings_is_named(self, wrong: Wrong) -> None:
        url, options, complaint = wrong
        with pytest.raises(ServiceMisconfigured, match=complaint):
            adapter(self.service, ServiceSettings(self.name, url, "t", options=options))

    def test_neither_key_nor_customer_gets_into_logs_and_errors(
        self, vendor: Vendor, ask: Ask, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ask()
        told = " ".join([SECRET, *self.private])
        errors = [_error(ServiceUnavailable, vendor, ask, [self.failure(told)] * ATTEMPTS)]
        if refusal := self.refusal(told):
            errors.append(_error(ServiceRefused, vendor, ask, [refusal]))
        logs = [one.getMessage() for one in caplog.records if one.name.startswith(self.logger)]
        read = "".join([*logs, *(line for error in errors for line in format_exception(error))])
        assert [
            word for word in (SECRET, *self.private) if word.casefold() in read.casefold()
        ] == []


def _error(
    kind: type[ServiceError], vendor: Vendor, ask: Ask, faults: Sequence[Fault]
) -> ServiceError:
    vendor.faults = list(faults)
    with pytest.raises(kind) as caught:
        ask()
    return caught.value
