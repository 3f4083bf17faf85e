"""Products and stores in the sandbox."""

from urllib.parse import quote

from actions.services.adapters.sandbox.answers import answered
from actions.services.client import JsonClient
from actions.services.products import Product, ProductNotFound, Store
from actions.services.settings import ServiceSettings


class SandboxProducts:
    """See `ProductService`."""

    def __init__(self, settings: ServiceSettings, client: JsonClient | None = None) -> None:
        self._client = client or JsonClient(settings)

    def search(self, text: str, *, limit: int = 5) -> tuple[Product, ...]:
        """See `ProductService`."""
        query = {"q": text[:200], "limit": str(limit)}
        return answered(tuple[Product, ...], lambda: self._client.get("/products", query))

    def find(self, product_id: str) -> Product:
        """See `ProductService`."""
        path = f"/products/{quote(product_id, safe='')}"
        return answered(Product, lambda: self._client.get(path), missing=ProductNotFound)

    def stores(self, city: str = "") -> tuple[Store, ...]:
        """See `ProductService`."""
        return answered(tuple[Store, ...], lambda: self._client.get("/stores", {"city": city}))
