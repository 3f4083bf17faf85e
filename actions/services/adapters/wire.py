"""What crosses the wire between a vendor and us: checked to be of its shape, over TLS."""

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from actions.services.errors import ServiceMisconfigured, ServiceUnavailable
from actions.services.settings import ServiceSettings

Shape = TypeVar("Shape")
Fact = TypeVar("Fact")
Said = ParamSpec("Said")

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts to which a key may travel without TLS: they are this machine."""


class Wire(BaseModel):
    """A part of a vendor's answer, under the names of its reference. The rest is left out."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class CamelWire(Wire):
    """The same where the vendor writes `camelCase` and we write `snake_case`."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


def shaped(shape: type[Shape], said: object, vendor: str, *, effect: bool = False) -> Shape:
    """What a vendor said, as a `shape`. Anything else is nonsense: `ServiceUnavailable`.

    With `effect` the error says that the effect may have happened.
    """
    wanted: Any = shape
    try:
        checked: Shape = _adapter(wanted).validate_python(said)
    except ValidationError as error:
        raise ServiceUnavailable(
            f"{vendor}'s answer has not the shape of its reference at: {_fields(error)}.",
            maybe_done=effect,
        ) from None
    return checked


def meaning(vendor: str) -> Callable[[Callable[Said, Fact]], Callable[Said, Fact]]:
    """Have a function that makes facts of a vendor's words refuse what no fact can hold.

    An answer may have the right shape and mean nothing: a currency of five letters, a moment
    in the year 300 000. That is nonsense too: `ServiceUnavailable`, without what was said.
    """

    def decorate(make: Callable[Said, Fact]) -> Callable[Said, Fact]:
        @functools.wraps(make)
        def guarded(*args: Said.args, **kwargs: Said.kwargs) -> Fact:
            try:
                return make(*args, **kwargs)
            except ValidationError as error:
                wrong = _fields(error)
            except (ValueError, OverflowError, OSError) as error:
                wrong = type(error).__name__
            raise ServiceUnavailable(f"{vendor}'s answer means nothing to us at: {wrong}.")

        return guarded

    return decorate


def _fields(error: ValidationError) -> str:
    """The first fields that are wrong, without what is in them, which may be personal."""
    fields = sorted({".".join(map(str, wrong["loc"])) for wrong in error.errors()})
    return ", ".join(fields[:5])


@functools.cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    """What checks a shape; it takes longer to make than to use."""
    return TypeAdapter(shape)


def require_tls(settings: ServiceSettings, service: str) -> None:
    """Raise `ServiceMisconfigured` where a key would travel in the clear, or there is none."""
    parts = urlsplit(settings.url)
    where = f"services: {service}"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ServiceMisconfigured(f"{where}: url must be an address like https://…")
    if parts.scheme != "https" and parts.hostname not in LOCAL:
        raise ServiceMisconfigured(
            f"{where}: url must begin with https://, or the token would travel unprotected."
        )
    if parts.username or parts.password:
        raise ServiceMisconfigured(f"{where}: url must hold no password; that belongs in token.")
    if not settings.token:
        raise ServiceMisconfigured(
            f"{where}: {settings.adapter!r} needs a token. Write ${{A_VARIABLE}} and set it."
        )
