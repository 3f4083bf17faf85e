"""What a channel is: where messages come in, and where answers go out."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeAlias

from starlette.routing import BaseRoute

from bespeak.events import BotUttered
from bespeak.message import UserMessage

Deliver: TypeAlias = Callable[[BotUttered], Awaitable[None]]
"""Bring one answer to the user. Raises `ChannelError` where that failed: it is tried again."""

Receive: TypeAlias = Callable[[UserMessage, Deliver], Awaitable[None]]
"""Hand a message to the engine, which answers it through `Deliver` before this returns."""


class Channel(Protocol):
    """A way to talk to users. Its options are its section of credentials.yml.

    `name` is the input channel's name on events; `output_name` is what `channel:` of a response
    variation may say (both are accepted). `pushes` says whether `send` can reach the user at any
    time; otherwise answers only travel in the response to a request.
    """

    name: str
    output_name: str
    pushes: bool

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """Return the webhooks of this channel, under `/webhooks/<name>/`.

        Each checks what it reads and hands it to `receive`.
        """
        ...

    async def send(self, recipient: str, said: BotUttered) -> None:
        """Deliver one message to the user outside of a request (reminders, the outbox, agents).

        Raises `ChannelError` where it could not, or where the channel has no way to do so.
        """
        ...
