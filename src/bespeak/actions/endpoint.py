"""One HTTP service of endpoints.yml: pooled connections, its credentials, a time-out for all."""

import asyncio
import ssl
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from bespeak.errors import BespeakError, ProjectError

KEPT_ALIVE_SECONDS = 4.0
"""How long an idle connection is kept: less than servers do, or a request would meet a closed one
(uvicorn closes after 5 s)."""


class Unreachable(BespeakError):
    """No answer came: the connection failed, broke, or the time ran out."""


class Endpoint:
    """POSTs JSON to a URL as endpoints.yml describes it.

    `token` travels as the query parameter `token_name`. `timeout` in seconds is for the whole
    request, `cafile` a file of certificate authorities to trust.
    """

    def __init__(
        self,
        section: str,
        url: str,
        *,
        token: str | None = None,
        token_name: str = "token",
        basic_auth: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        cafile: str | None = None,
        timeout: float = 300.0,
        compress: bool = False,
    ) -> None:
        self.section = section
        self.url = _checked_url(section, url)
        self.timeout = timeout
        self.compress = compress
        self._params = {**(params or {}), **({token_name: token} if token else {})}
        self._headers = {str(name): str(value) for name, value in (headers or {}).items()}
        self._auth = _credentials(section, basic_auth)
        self._verify = _certificates(section, self.url, cafile)
        self._client: httpx.AsyncClient | None = None

    async def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Send the JSON body and return the answer, whatever its status.

        Raises `Unreachable`, saying why, where none came.
        """
        sent = {"Content-Type": "application/json", **(headers or {}), **self._headers}
        if self.compress:
            body, sent = zlib.compress(body), {**sent, "Content-Encoding": "deflate"}
        try:
            async with asyncio.timeout(self.timeout):
                return await self._connected().post(self.url, content=body, headers=sent)
        except TimeoutError:
            raise Unreachable(
                f"{self.url} did not answer within {self.timeout:g} s ({self.section}: timeout)."
            ) from None
        except httpx.ConnectError as error:
            raise Unreachable(
                f"{self.url} cannot be reached ({error}). Is the server running?"
            ) from error
        except httpx.HTTPError as error:
            raise Unreachable(
                f"The connection to {self.url} broke: {str(error) or type(error).__name__}."
            ) from error

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def _connected(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                params=self._params,
                auth=self._auth,
                verify=self._verify,
                timeout=httpx.Timeout(None, connect=min(10.0, self.timeout)),
                limits=httpx.Limits(
                    max_connections=None,
                    max_keepalive_connections=100,
                    keepalive_expiry=KEPT_ALIVE_SECONDS,
                ),
                trust_env=False,  # a proxy of the environment is not meant for our own services
            )
        return self._client


def _checked_url(section: str, url: str) -> str:
    if url.startswith("grpc"):
        raise ProjectError(
            f"endpoints.yml, {section}: {url!r} is a gRPC address. Start the server without "
            "--grpc and give its http:// address."
        )
    if not url.startswith(("http://", "https://")) or not httpx.URL(url).host:
        raise ProjectError(
            f"endpoints.yml, {section}: {url!r} is no address of a server. "
            "Expected something like 'http://localhost:5055/webhook'."
        )
    return url


def _credentials(section: str, given: Mapping[str, str] | None) -> httpx.BasicAuth | None:
    if not given:
        return None
    if "username" not in given or "password" not in given:
        raise ProjectError(
            f"endpoints.yml, {section}: basic_auth needs 'username' and 'password', "
            f"found {', '.join(given) or 'nothing'}."
        )
    return httpx.BasicAuth(str(given["username"]), str(given["password"]))


def _certificates(section: str, url: str, cafile: str | None) -> ssl.SSLContext | bool:
    if cafile is not None:
        if not Path(cafile).is_file():
            raise ProjectError(f"endpoints.yml, {section}: there is no cafile {cafile!r}.")
        try:
            return ssl.create_default_context(cafile=cafile)
        except ssl.SSLError as error:
            raise ProjectError(
                f"endpoints.yml, {section}: the cafile {cafile!r} cannot be read ({error})."
            ) from error
    return ssl.create_default_context() if url.startswith("https://") else False
