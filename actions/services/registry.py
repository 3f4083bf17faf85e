"""Which adapters there are for each service, and how one is made from `endpoints.yml`."""

import difflib
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from actions.services.errors import ServiceMisconfigured
from actions.services.settings import ServiceSettings, endpoints_file, read_settings

_HERE = "actions.services.adapters"

ADAPTERS: Mapping[str, Mapping[str, str]] = {
    "orders": {
        "sandbox": f"{_HERE}.sandbox.orders.SandboxOrders",
        "shopify": f"{_HERE}.shopify.ShopifyOrders",
        "woocommerce": f"{_HERE}.woocommerce.WooCommerceOrders",
    },
    "shipping": {
        "sandbox": f"{_HERE}.sandbox.shipping.SandboxShipping",
        "easypost": f"{_HERE}.easypost.EasyPostShipping",
    },
    "payments": {
        "sandbox": f"{_HERE}.sandbox.payments.SandboxPayments",
        "stripe": f"{_HERE}.stripe.StripePayments",
    },
    "customers": {
        "sandbox": f"{_HERE}.sandbox.customers.SandboxCustomers",
        "hubspot": f"{_HERE}.hubspot.HubSpotCustomers",
    },
    "tickets": {
        "sandbox": f"{_HERE}.sandbox.tickets.SandboxTickets",
        "zendesk": f"{_HERE}.zendesk.ZendeskTickets",
    },
    "products": {
        "sandbox": f"{_HERE}.sandbox.products.SandboxProducts",
    },
}
"""The short names that `services: <service>: adapter` may have. One's own is named by its
module path, as in `my_shop.orders.MyOrders`. An adapter is imported when it is chosen, so
that a vendor's client library is needed only by who uses it. For the same reason the folder
`adapters` has no `__init__.py`: rasa-sdk imports every package below `actions` as it starts."""


def connect(service: str) -> Any:
    """The adapter that `endpoints.yml` chooses for `service`; see `adapter`."""
    return adapter(service, read_settings(service, endpoints_file()))


def adapter(service: str, settings: ServiceSettings) -> Any:
    """The adapter of `service` for these settings.

    An adapter is made with the settings; its keyword-only arguments are what else the entry
    in the file may (or must) say. Raises `ServiceMisconfigured` with the right names for an
    unknown adapter or option.
    """
    where = f"services: {service}"
    made = _load(settings.adapter, ADAPTERS[service], where)
    known = {
        name: parameter
        for name, parameter in inspect.signature(made).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    if unknown := sorted(settings.options.keys() - known.keys()):
        raise ServiceMisconfigured(
            f"{where} has unknown keys {unknown}. {settings.adapter!r} knows "
            f"{sorted(['adapter', 'url', 'token', 'timeout', *known])}."
        )
    needed = {name for name, option in known.items() if option.default is option.empty}
    if missing := sorted(needed - settings.options.keys()):
        raise ServiceMisconfigured(f"{where} needs {missing} for {settings.adapter!r}.")
    return made(settings, **settings.options)


def _load(name: str, known: Mapping[str, str], where: str) -> Callable[..., Any]:
    path = known.get(name, name)
    module, _, attribute = path.rpartition(".")
    if not module:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ServiceMisconfigured(
            f"{where}: no adapter is called {name!r}.{hint} Known: {', '.join(known)}. "
            "Your own is named by its module path, as in 'my_shop.orders.MyOrders'."
        )
    try:
        loaded: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ServiceMisconfigured(f"{where}: {name!r} cannot be loaded: {error}.") from error
    return loaded
