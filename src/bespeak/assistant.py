"""A trained model, ready to use: understands, decides, acts. Knows no channel and no store."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bespeak import nlu, policies
from bespeak.actions.book import ActionBook
from bespeak.domain import DEFAULT_ACTIONS, DEFAULT_INTENTS, LISTEN, Domain
from bespeak.errors import ActionRejected
from bespeak.events import ActionExecuted, ActionExecutionRejected, Event, stamped
from bespeak.extend import build
from bespeak.message import Message, UserMessage
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.shortcut import RegexMessageHandler
from bespeak.nlu_server import NluServer
from bespeak.policies import ensemble
from bespeak.policies.policy import Policy, Prediction
from bespeak.tracker import Tracker

logger = logging.getLogger(__name__)

FOLLOWUP = "followup_action"


@dataclass(frozen=True)
class Assistant:
    """What a model archive becomes. `pipeline` or `policies` may be missing (a model of one half).

    `stamp` goes into the metadata of every event: model and assistant id. Where there is an
    `nlu_server`, it understands messages instead of the pipeline.
    """

    domain: Domain
    pipeline: Pipeline | None
    policies: Sequence[Policy]
    book: ActionBook
    stamp: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    nlu_server: NluServer | None = None

    @property
    def model_id(self) -> str:
        return self.stamp.get("model_id", "")

    def parse(self, messages: Sequence[UserMessage]) -> list[dict[str, Any]]:
        """Return the parse data of each message. Takes time: not for the event loop."""
        if self.pipeline is None:
            return [Message(message.text).to_dict() for message in messages]
        understood = self.pipeline.process(
            [
                Message(message.text, metadata=message.metadata, received_at=message.received_at)
                for message in messages
            ]
        )
        return [message.to_dict() for message in understood]

    async def close(self) -> None:
        """Close the connections to the servers that it works with."""
        await self.book.close()
        if self.nlu_server is not None:
            await self.nlu_server.close()

    def predictions(self, tracker: Tracker) -> list[Prediction]:
        """Return what each policy says, in the order of config.yml; silent ones are left out."""
        said = (policy.predict(tracker, self.domain) for policy in self.policies)
        return [prediction for prediction in said if prediction is not None]

    def decide(self, tracker: Tracker) -> Prediction:
        """Return the next action: a follow-up that was asked for, else the best prediction."""
        followup = tracker.followup_action
        if followup is not None:
            if followup in self.domain.action_index:
                return Prediction(FOLLOWUP, 0, {followup: 1.0}, why="it was asked for")
            logger.error("The follow-up action %r is unknown: the policies decide.", followup)
        return ensemble.decide(self.policies, tracker, self.domain)

    async def act(
        self, tracker: Tracker, prediction: Prediction, now: float | None = None
    ) -> list[Event]:
        """Carry the action out; return all that came of it, the `ActionExecuted` included.

        The action sees the prediction's own events as they happened `now`. Raises `ActionError`
        where it failed.
        """
        name = prediction.action
        action = self.book.action(name)
        try:
            told = [e if now is None else stamped(e, now) for e in prediction.events]
            came = await action.run(tracker.record(told), self.domain)
        except ActionRejected:
            return [ActionExecutionRejected(name, prediction.policy, prediction.confidence)]
        if any(isinstance(event, ActionExecutionRejected) for event in came):
            return list(came)
        return [*prediction.events, executed(self.domain, prediction), *came]

    @property
    def has_custom_actions(self) -> bool:
        """Say whether anything is shown a conversation's events: an executor of custom actions."""
        return self.book.executor is not None

    def reads_events(self, name: str) -> bool:
        """Say whether an action is shown the session's events (an action server's, or a form's
        validation), and not just how things stand."""
        return name not in DEFAULT_ACTIONS and name not in self.domain.responses


def executed(domain: Domain, prediction: Prediction) -> ActionExecuted:
    """Return the event that says that a predicted action was carried out."""
    name = prediction.action
    is_text = name in domain.texts
    return ActionExecuted(
        None if is_text else name,
        prediction.policy or None,
        prediction.confidence,
        name if is_text else None,
        prediction.hide_rule_turn,
        metadata=prediction.metadata,
    )


def listening() -> ActionExecuted:
    """Return the event by which the engine itself ends a turn."""
    return ActionExecuted(LISTEN, None, None)


def build_pipeline(entries: Sequence[Mapping[str, Any]], domain: Domain) -> Pipeline:
    """Build the components that config.yml lists, and the reader of `/intent` payloads after them.

    Raises `ExtensionError` where a name or an option is wrong.
    """
    components = [build("nlu", nlu.BUILTIN, entry) for entry in entries]
    shortcut = RegexMessageHandler(
        intents=tuple(domain.intents) + DEFAULT_INTENTS, entities=tuple(domain.entities)
    )
    return Pipeline([*components, shortcut])


def build_policies(entries: Sequence[Mapping[str, Any]]) -> list[Policy]:
    """Build the policies that config.yml lists, in order."""
    return [build("policies", policies.BUILTIN, entry) for entry in entries]


def home(i: int, policy: Policy) -> str:
    """Return the name of the folder in which policy `i` keeps what it learned."""
    return f"{i:02}-{type(policy).__name__}"
