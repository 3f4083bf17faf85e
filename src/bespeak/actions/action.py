"""What an action is."""

from collections.abc import Sequence
from typing import Protocol

from bespeak.domain import Domain
from bespeak.events import Event
from bespeak.tracker import Tracker


class Action(Protocol):
    """Carries a decision out. What it says is a `BotUttered` among what it returns.

    Raises `ActionRejected` to decline (another action is then predicted), `ActionError` when it
    failed (the engine apologises to the customer).
    """

    async def run(self, tracker: Tracker, domain: Domain) -> Sequence[Event]:
        """Return what came of it, without the `ActionExecuted` itself, which the engine adds.

        The tracker is as it stood before the action, with the prediction's own events.
        """
        ...
