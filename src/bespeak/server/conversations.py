"""The HTTP API over conversations: `/conversations/{id}/…`, as Rasa's."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from itertools import takewhile
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bespeak.assistant import FOLLOWUP
from bespeak.channels.callback import Callback
from bespeak.channels.channel import Deliver
from bespeak.channels.output import as_json
from bespeak.channels.requests import LONGEST_ID, LONGEST_TEXT, as_object, body, json_object
from bespeak.data.writer import story_yaml
from bespeak.engine import Engine
from bespeak.engine.upkeep import as_entities
from bespeak.errors import RequestError
from bespeak.evaluation.explain import explained
from bespeak.events import BotUttered, Event, user_uttered
from bespeak.message import Entity, UserMessage
from bespeak.policies.policy import Prediction
from bespeak.server import event_bodies, schemas
from bespeak.server.answers import Json
from bespeak.server.api import Operation, Parameter
from bespeak.server.auth import Gate
from bespeak.server.host import Host
from bespeak.server.queries import (
    INCLUDE_EVENTS,
    OUTPUT_CHANNEL,
    UNTIL,
    flag,
    number,
    verbosity,
)
from bespeak.server.schemas import json, ref
from bespeak.tracker import Tracker, Verbosity, current_session, latest_channel, state

logger = logging.getLogger(__name__)

CONVERSATION = Parameter(
    "conversation_id",
    "The conversation's id; it may contain slashes.",
    {"type": "string", "minLength": 1, "maxLength": LONGEST_ID},
    "path",
)


class Conversations:
    """The operations on conversations, behind the gate."""

    def __init__(self, engine: Engine, host: Host, gate: Gate) -> None:
        self.engine = engine
        self.host = host
        self.gate = gate

    @property
    def operations(self) -> Sequence[Operation]:
        """Return all operations, for routes and documentation."""
        answered = json(ref("Answered"))
        return [
            self._operation(
                "GET",
                "tracker",
                self.retrieve_tracker,
                "The conversation as it stands, over all its sessions.",
                INCLUDE_EVENTS,
                UNTIL,
            ),
            self._operation(
                "POST",
                "tracker/events",
                self.append_events,
                "Append events that happened elsewhere.",
                INCLUDE_EVENTS,
                OUTPUT_CHANNEL,
                Parameter(
                    "execute_side_effects",
                    "Also send what the assistant says in these events, and schedule reminders.",
                    {"type": "boolean", "default": False},
                ),
                body=schemas.EVENTS,
            ),
            self._operation(
                "PUT",
                "tracker/events",
                self.replace_events,
                "Let the conversation consist of these events alone.",
                INCLUDE_EVENTS,
                body=schemas.EVENTS,
            ),
            self._operation(
                "GET",
                "story",
                self.retrieve_story,
                "The conversation as a test story.",
                UNTIL,
                Parameter(
                    "all_sessions",
                    "All sessions, not just the last.",
                    {"type": "boolean", "default": False},
                ),
                answer={"text/plain": {"type": "string"}},
            ),
            self._operation(
                "POST",
                "execute",
                self.execute_action,
                "Carry out an action, whatever the policies would say.",
                INCLUDE_EVENTS,
                OUTPUT_CHANNEL,
                body=schemas.ACTION,
                answer=answered,
                deprecated=True,
            ),
            self._operation(
                "POST",
                "trigger_intent",
                self.trigger_intent,
                "Let an intent come from outside, as if the user had meant it.",
                INCLUDE_EVENTS,
                OUTPUT_CHANNEL,
                body=schemas.INTENT,
                answer=answered,
            ),
            self._operation(
                "POST",
                "predict",
                self.predict_next,
                "What would come next. Nothing is carried out.",
                answer=json(ref("Prediction")),
            ),
            self._operation(
                "POST",
                "messages",
                self.add_message,
                "Record a message and the slots it fills; predict nothing.",
                INCLUDE_EVENTS,
                body=schemas.MESSAGE,
            ),
            self._operation(
                "GET",
                "explain",
                self.explain,
                "Why the assistant did what it did: each turn taken apart.",
                Parameter("message_id", "Only the turn that answered this message."),
                answer=json({"type": "array", "items": {"type": "object"}}),
            ),
        ]

    def _operation(
        self,
        method: str,
        name: str,
        endpoint: Any,
        summary: str,
        *parameters: Parameter,
        body: Mapping[str, Any] | None = None,
        answer: Mapping[str, Any] | None = None,
        deprecated: bool = False,
    ) -> Operation:
        return Operation(
            method,
            "/conversations/{conversation_id:path}/" + name,
            endpoint,
            summary,
            "conversations",
            (CONVERSATION, *parameters),
            body or {},
            answer or json(ref("Tracker")),
            deprecated=deprecated,
        )

    # --- reading -------------------------------------------------------------------------------

    async def retrieve_tracker(self, request: Request) -> Response:
        conversation, shown_events = self._admitted(request), verbosity(request)
        tracker = self._until(await self.engine.introduced(conversation), request)
        return Json(state(tracker, shown_events))

    async def retrieve_story(self, request: Request) -> Response:
        conversation = await self._known(request)
        tracker = await self.engine.tracker(conversation)
        sessions = [current_session(tracker.events)]
        if flag(request, "all_sessions"):
            sessions = _sessions(tracker.events)
        until = number(request, "until")
        if until is not None:
            sessions = [kept for session in sessions if (kept := _before(session, until))]
        many = len(sessions) > 1
        names = [
            f"{conversation}, story {i}" if many else conversation
            for i in range(1, len(sessions) + 1)
        ]
        return PlainTextResponse(story_yaml(zip(sessions, names, strict=True), test=True))

    async def predict_next(self, request: Request) -> Response:
        conversation = await self._known(request)
        prediction, _ = await self.engine.predict(conversation)
        tracker = await self.engine.tracker(conversation)
        told = predicted(self.engine, prediction, tracker, Verbosity.AFTER_RESTART)
        told["scores"].sort(key=lambda one: (-one["score"], one["action"]))
        return Json(told)

    async def explain(self, request: Request) -> Response:
        conversation = await self._known(request)
        tracker, assistant = await self.engine.tracker(conversation), self.engine.ready
        message_id = request.query_params.get("message_id")
        turns = await asyncio.to_thread(explained, tracker, assistant, message_id=message_id)
        return Json([turn.as_dict() for turn in turns])

    # --- changing ------------------------------------------------------------------------------

    async def append_events(self, request: Request) -> Response:
        conversation = self._admitted(request)
        events = await event_bodies.read(request)
        shown_events = verbosity(request)
        if not events:
            raise RequestError(
                400,
                "BadRequest",
                "Couldn't extract a proper event from the request body.",
                {"parameter": "", "in": "body"},
            )
        deliver: Deliver = _Answers(conversation)
        if flag(request, "execute_side_effects"):
            deliver = await self._outlet(request, conversation)
        await self.engine.record(conversation, events, deliver=deliver)
        return Json(state(await self.engine.tracker(conversation), shown_events))

    async def replace_events(self, request: Request) -> Response:
        conversation = self._admitted(request)
        events = await event_bodies.read(request)
        shown_events = verbosity(request)
        await self.engine.replace(conversation, events)
        return Json(state(await self.engine.tracker(conversation), shown_events))

    async def execute_action(self, request: Request) -> Response:
        conversation = await self._known(request)
        read = await json_object(request)
        name = _required(read, "name", "Name of the action not provided in request body.")
        policy = _optional(read, "policy", str)
        confidence = _optional(read, "confidence", int, float)
        shown_events = verbosity(request)
        if not self.engine.ready.domain.knows_action(name):
            raise RequestError(
                400,
                "BadRequest",
                f"The domain has no action {name!r}.",
                {"parameter": "name", "in": "body"},
            )
        deliver = await self._outlet(request, conversation)
        before = await self.engine.execute(
            conversation, name, policy=policy, confidence=confidence, deliver=deliver
        )
        return Json(_with_messages(before, deliver, shown_events))

    async def trigger_intent(self, request: Request) -> Response:
        conversation = self._admitted(request)
        read = await json_object(request)
        name = _required(read, "name", "Name of the intent not provided in request body.")
        shown_events = verbosity(request)
        if name not in self.engine.ready.domain.intents:
            raise RequestError(404, "NotFound", f"The intent {name} does not exist in the domain.")
        deliver = await self._outlet(request, conversation)
        await self.engine.trigger(
            conversation, name, _entities(read.get("entities")), deliver=deliver
        )
        after = await self.engine.tracker(conversation)
        return Json(_with_messages(after, deliver, shown_events))

    async def add_message(self, request: Request) -> Response:
        conversation = self._admitted(request)
        content = await body(request)
        if not content:
            raise RequestError(
                400,
                "BadRequest",
                "No message defined in request body. Add a message to the request body in order "
                "to add it to the tracker.",
            )
        read = as_object(content)
        shown_events = verbosity(request)
        if read.get("sender") != "user":
            raise RequestError(
                400,
                "BadRequest",
                "Currently, only user messages can be passed to this endpoint. Messages of "
                f"sender '{read.get('sender')}' cannot be handled.",
                {"parameter": "sender", "in": "body"},
            )
        await self.engine.log_message(_message(conversation, read))
        return Json(state(await self.engine.tracker(conversation), shown_events))

    # --- doors ---------------------------------------------------------------------------------

    def _admitted(self, request: Request) -> str:
        """Return the conversation that the request is about, if its sender may see it."""
        conversation = str(request.path_params["conversation_id"])
        self.gate.admit(request, conversation)
        _ = self.host.ready
        if not 0 < len(conversation) <= LONGEST_ID or "\x00" in conversation:
            raise RequestError(
                400,
                "BadRequest",
                f"A conversation id has 1 to {LONGEST_ID} characters, and no NUL among them.",
                {"parameter": "conversation_id", "in": "path"},
            )
        return conversation

    async def _known(self, request: Request) -> str:
        conversation = self._admitted(request)
        if not await self.engine.exists(conversation):
            raise RequestError(404, "Not found", "Conversation ID not found.")
        return conversation

    def _until(self, tracker: Tracker, request: Request) -> Tracker:
        moment = number(request, "until")
        if moment is None:
            return tracker
        start = Tracker.start(tracker.conversation_id, self.engine.ready.domain)
        return start.record(_before(tracker.events, moment))

    async def _outlet(self, request: Request, conversation: str) -> Deliver:
        """Return where answers go: the channel that `output_channel` means, or the response."""
        name = request.query_params.get("output_channel")
        if name == "latest":
            name = latest_channel(await self.engine.tracker(conversation))
        known = self.engine.channels.get(name or "")
        if known is None or not known.pushes:
            return _Answers(conversation)
        push = self.engine.push(conversation, known.name)
        # What goes to a callback is in the response, too: that client reads both.
        return _Answers(conversation, push) if known.name == Callback.name else push


def predicted(
    engine: Engine, prediction: Prediction, tracker: Tracker, shown_events: Verbosity
) -> dict[str, Any]:
    """Return a prediction as Rasa tells it: a score for every action, in the domain's order.

    A follow-up that it obeyed is used up.
    """
    shown = state(tracker, shown_events)
    if prediction.policy == FOLLOWUP:
        shown["followup_action"] = None
    return {
        "scores": [
            {"action": name, "score": prediction.scores.get(name, 0.0)}
            for name in engine.ready.domain.action_names
        ],
        "policy": prediction.policy or None,
        "confidence": prediction.confidence,
        "tracker": shown,
    }


class _Answers:
    """Collects what the assistant says, for the response, and hands it on where told to."""

    def __init__(self, recipient: str, push: Deliver | None = None) -> None:
        self.recipient = recipient
        self.push = push
        self.messages: list[dict[str, Any]] = []

    async def __call__(self, said: BotUttered) -> None:
        self.messages.extend(as_json(self.recipient, said))
        if self.push is not None:
            await self.push(said)


def _with_messages(tracker: Tracker, deliver: Deliver, shown_events: Verbosity) -> dict[str, Any]:
    answer: dict[str, Any] = {"tracker": state(tracker, shown_events)}
    if isinstance(deliver, _Answers):
        answer["messages"] = deliver.messages
    return answer


def _message(conversation: str, read: Mapping[str, Any]) -> UserMessage:
    """Read a message that is only recorded. It comes by no channel."""
    text, parse_data = read.get("text"), read.get("parse_data")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise RequestError(
            400,
            "BadRequest",
            f"'text' must be a text of at most {LONGEST_TEXT:,} characters.",
            {"parameter": "text", "in": "body"},
        )
    if parse_data is not None:
        try:
            user_uttered(text, parse_data)
        except (AttributeError, KeyError, TypeError):
            raise RequestError(
                400,
                "BadRequest",
                "'parse_data' must be parse data as /model/parse gives it: an object with "
                "'intent' and 'entities'.",
                {"parameter": "parse_data", "in": "body"},
            ) from None
    return UserMessage(conversation, text.strip(), "", parse_data=parse_data)


def _required(read: Mapping[str, Any], name: str, message: str) -> str:
    value = read.get(name)
    if not isinstance(value, str) or not value:
        raise RequestError(400, "BadRequest", message, {"parameter": name, "in": "body"})
    return value


def _optional(read: Mapping[str, Any], name: str, *types: type) -> Any:
    value = read.get(name)
    if value is None or (isinstance(value, types) and not isinstance(value, bool)):
        return value
    raise RequestError(
        400, "BadRequest", f"{name!r} has the wrong type.", {"parameter": name, "in": "body"}
    )


def _entities(given: Any) -> tuple[Entity, ...]:
    """Read the entities of an intent from outside; what is neither list nor object is none."""
    if given is not None and not isinstance(given, list | dict):
        logger.warning("The entities of a triggered intent are no list and no object: left out.")
        return ()
    try:
        return as_entities(given)
    except (KeyError, AttributeError, TypeError):
        raise RequestError(
            400,
            "BadRequest",
            "'entities' must be a list of entities (each with 'entity' and 'value'), or an object "
            "of names and values.",
            {"parameter": "entities", "in": "body"},
        ) from None


def _before(events: Sequence[Event], moment: float) -> list[Event]:
    return list(takewhile(lambda event: (event.timestamp or 0.0) <= moment, events))


def _sessions(events: Sequence[Event]) -> list[list[Event]]:
    """Part the events where sessions begin."""
    sessions: list[list[Event]] = []
    rest = list(events)
    while rest:
        session = current_session(rest)
        sessions.insert(0, session)
        rest = rest[: len(rest) - len(session)]
    return sessions
