"""Answer messages: the doors that channels, the HTTP API and the clock come in by."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from uuid import uuid4

from bespeak.assistant import Assistant
from bespeak.channels.channel import Channel, Deliver
from bespeak.dialogue.language import LANGUAGE, agreed, misread
from bespeak.domain import SESSION_START
from bespeak.engine.turn import MICROSECOND, Turn
from bespeak.errors import BespeakError, ChannelError, ModelError
from bespeak.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    UserUttered,
    stamped,
    user_uttered,
)
from bespeak.message import Entity, Intent, UserMessage
from bespeak.parser import Parser
from bespeak.policies.policy import Prediction
from bespeak.stores.store import Arrival, EventBroker, Kept, TrackerStore
from bespeak.tracker import Tracker, latest_channel, restored

logger = logging.getLogger(__name__)

EXTERNAL: Final = "EXTERNAL: "
"""What the text of an intent that no user uttered begins with."""

HOT: Final = 2_000
"""How many conversations are kept in memory, so that their next turn reads nothing."""

NOTHING: Final = Kept(None, (), 0)
"""What there is of a conversation that just begins."""


Watch: TypeAlias = Callable[[str, Turn], None]
"""Told of each turn that answered a message, with its channel: for metrics."""


def unwatched(channel: str, turn: Turn) -> None:
    """Watch nothing."""


async def nobody(said: BotUttered) -> None:
    """Deliver to no one: for calls whose caller reads the answer from the tracker."""


@dataclass(frozen=True, slots=True)
class _Understood:
    """What a message turned out to mean, by which model, and how long that took."""

    heard: UserUttered
    by: Assistant
    milliseconds: float


class Engine:
    """Holds the assistant, the store and the channels together.

    `assistant` may be replaced at any time (`swap`): turns under way end with the one they began
    with. Methods that need a model raise `ModelError` while there is none.
    """

    def __init__(
        self,
        assistant: Assistant | None,
        store: TrackerStore,
        *,
        channels: Mapping[str, Channel] | None = None,
        broker: EventBroker | None = None,
        clock: Callable[[], float] = time.time,
        watch: Watch = unwatched,
    ) -> None:
        self.assistant = assistant
        self.store = store
        self.channels = dict(channels or {})
        self.broker = broker
        self.clock = clock
        self.watch = watch
        self.parser = Parser()
        self._hot: OrderedDict[str, tuple[int, Tracker]] = OrderedDict()
        self._under_way: list[Assistant] = []
        self._turn_ended = asyncio.Event()

    @property
    def ready(self) -> Assistant:
        if self.assistant is None:
            raise ModelError(
                "No model is loaded. Train one with `bespeak train`, or name one with `--model`."
            )
        return self.assistant

    def swap(self, assistant: Assistant | None) -> None:
        """Go on with another model: the next turn of each conversation uses it.

        The caller hands the one before to `retire`.
        """
        self.assistant = assistant
        self._hot.clear()  # slots may be others

    async def retire(self, assistant: Assistant) -> None:
        """Close a replaced model's connections once its last turn under way has ended."""
        while any(held is assistant for held in self._under_way):
            self._turn_ended.clear()
            await self._turn_ended.wait()
        await assistant.close()

    async def idle(self) -> None:
        """Wait until no turn is under way."""
        while self._under_way:
            self._turn_ended.clear()
            await self._turn_ended.wait()

    async def close(self) -> None:
        """End the parser thread and close store, broker and actions' connections."""
        self.parser.close()
        try:
            if self.assistant is not None:
                await self.assistant.close()
            if self.broker is not None:
                await self.broker.close()
        finally:
            await self.store.close()

    # --- messages --------------------------------------------------------------------------

    async def handle(self, message: UserMessage, deliver: Deliver) -> None:
        """Answer one message; a message heard before gets the answers it got, without work."""
        message = self._complete(message)
        # It is understood while the store writes it down.
        understood = asyncio.ensure_future(self._understood(self.ready, message))
        understood.add_done_callback(_looked_at)
        try:
            while cut := await self._answer(message, understood, deliver):
                for before in cut:  # their turns come first, or this one would run into them
                    await self._go_on_with(before)
        finally:
            understood.cancel()

    async def _answer(
        self, message: UserMessage, understood: "asyncio.Future[_Understood]", deliver: Deliver
    ) -> Sequence[UserMessage]:
        """Answer a message, unless earlier ones have to be finished first: return those."""
        async with self._held(message.conversation_id, deliver, message) as turn:
            if turn.lease.cut:
                return turn.lease.cut
            match turn.lease.arrival:
                case Arrival.ANSWERED:  # it came twice, and the first has been answered meanwhile
                    await self._repeat(message, deliver)
                    return ()
                case Arrival.UNFINISHED if _heard(turn.tracker, message.message_id):
                    if turn.outbox is None:  # what was said went down with the request
                        await self._repeat(message, deliver)
                case _:
                    await self._begin(turn, message, understood)
            if turn.assistant.policies:
                await turn.go_on()
            else:
                await turn.finish()
            self.watch(message.channel, turn)
        return ()

    async def _go_on_with(self, message: UserMessage) -> None:
        """Finish a turn that was cut short. A fault of it is logged: it may not block the next."""
        logger.info("Going on with a turn that was cut short.")
        try:
            await self.handle(message, self.reach(message.conversation_id, message.channel))
        except BespeakError as error:
            logger.error("A turn that was cut short could not be finished: %s", error)

    def reach(self, conversation_id: str, channel: str) -> Deliver:
        """Return a way to the user outside of a request: a push where the channel can.

        Otherwise nobody is told: who made the request can make it again.
        """
        return self.push(conversation_id, channel) if self._pushes(channel) else nobody

    async def _begin(
        self, turn: Turn, message: UserMessage, understood: "asyncio.Future[_Understood]"
    ) -> None:
        found = await understood
        language = agreed(turn.tracker)
        # Another model came while the message waited, or what was waited for tells its language.
        if found.by is not turn.assistant or misread(found.heard, language):
            found = await self._understood(turn.assistant, message, language)
        turn.timings.parse = found.milliseconds
        await turn.begin_session(message.metadata)
        await turn.hear(found.heard)

    async def _repeat(self, message: UserMessage, deliver: Deliver) -> None:
        for said in await self.store.replies(message.conversation_id, message.message_id):
            await deliver(said)

    async def _understood(
        self, assistant: Assistant, message: UserMessage, language: str | None = None
    ) -> "_Understood":
        """Understand a message, in the conversation's language unless it names its own."""
        began = time.perf_counter()
        parse_data = message.parse_data
        if parse_data is None:
            asked = message
            if language:
                asked = replace(message, metadata={LANGUAGE: language, **message.metadata})
            parse_data = await self._parsed(assistant, asked)
        heard = user_uttered(
            message.text,
            parse_data,
            message_id=message.message_id,
            channel=message.channel or None,
            metadata=message.metadata,
        )
        return _Understood(heard, assistant, (time.perf_counter() - began) * 1000)

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the parse data of a text that belongs to no conversation."""
        message = UserMessage("", text, metadata=metadata or {}, received_at=self.clock())
        return await self._parsed(self.ready, message)

    async def _parsed(self, assistant: Assistant, message: UserMessage) -> dict[str, Any]:
        if assistant.nlu_server is not None:
            return await assistant.nlu_server.parse(message)
        return await self.parser.parse(assistant.parse, message)

    # --- from outside ----------------------------------------------------------------------

    async def trigger(
        self,
        conversation_id: str,
        intent: str,
        entities: Sequence[Entity] = (),
        *,
        deliver: Deliver = nobody,
    ) -> Tracker:
        """Let an intent come from outside, as if the user had meant it, and answer it."""
        async with self._held(conversation_id, deliver) as turn:
            channel = latest_channel(turn.tracker)  # before a new session forgets it
            await turn.begin_session()
            heard = UserUttered(
                f"{EXTERNAL}{intent}",
                Intent(intent),
                tuple(entities),
                channel=channel,
                parse={"intent": {"name": intent}},  # nobody understood it: no confidence
                metadata={"is_external": True},
            )
            await turn.hear(heard)
            await turn.go_on()
            return turn.tracker

    async def execute(
        self,
        conversation_id: str,
        action: str,
        *,
        policy: str | None = None,
        confidence: float | None = None,
        deliver: Deliver = nobody,
    ) -> Tracker:
        """Carry out an action, whatever the policies would say; return how things stood before."""
        async with self._held(conversation_id, deliver) as turn:
            await turn.begin_session()
            await turn.flush()
            before = await self.tracker(conversation_id)
            await turn.act(Prediction(policy or "", 0, {action: confidence or 0.0}))
            return before

    async def log_message(self, message: UserMessage) -> Tracker:
        """Record a message and the slots it fills, and predict nothing."""
        message = self._complete(message)
        async with self._held(message.conversation_id, nobody) as turn:
            found = await self._understood(turn.assistant, message, agreed(turn.tracker))
            await turn.begin_session(message.metadata)
            await turn.hear(found.heard)
            return turn.tracker

    async def predict(self, conversation_id: str) -> tuple[Prediction, Tracker]:
        """Return what would come next; carry nothing out."""
        async with self._held(conversation_id, nobody) as turn:
            await turn.begin_session()
            return self.ready.decide(turn.tracker), turn.tracker

    async def record(
        self, conversation_id: str, events: Sequence[Event], *, deliver: Deliver = nobody
    ) -> Tracker:
        """Append events that happened elsewhere; a session is begun unless they begin one."""
        async with self._held(conversation_id, deliver) as turn:
            if turn.tracker.sequence == 0 and not _begins_session(events):
                await turn.begin_session()
            await turn.keep(events)
            return turn.tracker

    async def replace(self, conversation_id: str, events: Sequence[Event]) -> Tracker:
        """Let a conversation consist of these events alone."""
        async with self._held(conversation_id, nobody) as turn:
            told = timed(events, self.clock())
            await self.store.replace(turn.lease, told)
            if self.broker is not None:
                await self.broker.publish(conversation_id, told)
            kept = await self.store.load(conversation_id)
            turn.tracker = as_tracker(conversation_id, kept, turn.assistant)
            return turn.tracker

    async def tracker(self, conversation_id: str) -> Tracker:
        """Return the tracker over all sessions; a conversation that never was is empty."""
        events = await self.store.events(conversation_id)
        return Tracker.start(conversation_id, self.ready.domain).record(events)

    async def exists(self, conversation_id: str) -> bool:
        """Say whether anything ever happened in this conversation."""
        return (await self.store.load(conversation_id)).sequence > 0

    async def introduced(self, conversation_id: str) -> Tracker:
        """Return the tracker; for an unknown conversation, as it would stand after its start.

        Nothing is stored.
        """
        tracker = await self.tracker(conversation_id)
        if tracker.events:
            return tracker
        start = Prediction("", 0, {SESSION_START: 1.0})
        assistant = self.ready
        events = timed(await assistant.act(tracker, start), self.clock())
        return tracker.record(stamped(e, e.timestamp or 0.0, assistant.stamp) for e in events)

    # --- holding a conversation --------------------------------------------------------------

    @asynccontextmanager
    async def _held(
        self, conversation_id: str, deliver: Deliver, message: UserMessage | None = None
    ) -> AsyncIterator[Turn]:
        """Hold a conversation: nobody else appends to it until this ends."""
        assistant = self.ready
        channel = message.channel if message else ""
        message_id = message.message_id if message else ""
        held = self.store.turn(conversation_id, message_id, arriving=message)
        async with self._counted(assistant), held as lease:
            kept_epoch, tracker = self._hot.pop(conversation_id, (None, None))
            if tracker is None or kept_epoch != lease.previous:
                kept = await self.store.load(conversation_id) if lease.sequence else NOTHING
                tracker = as_tracker(conversation_id, kept, assistant)
            turn = Turn(
                assistant,
                self.store,
                lease,
                replace(tracker, output_channel=self.output_name(channel)),
                deliver=deliver,
                outbox=channel if self._pushes(channel) else None,
                clock=self.clock,
                broker=self.broker,
                message_id=message_id or None,
            )
            yield turn
            await turn.flush()
            if self.assistant is assistant:
                self._hot[conversation_id] = (lease.epoch, turn.tracker)
                if len(self._hot) > HOT:
                    self._hot.popitem(last=False)

    @asynccontextmanager
    async def _counted(self, assistant: Assistant) -> AsyncIterator[None]:
        """Note that a turn is under way with this model."""
        self._under_way.append(assistant)
        try:
            yield
        finally:
            at = next(i for i, held in enumerate(self._under_way) if held is assistant)
            del self._under_way[at]
            self._turn_ended.set()

    def output_name(self, channel: str) -> str:
        known = self.channels.get(channel)
        return known.output_name if known else channel

    def push(self, conversation_id: str, channel: str) -> Deliver:
        """Return a way to deliver outside of a request: reminders, recovery, the outbox."""

        async def deliver(said: BotUttered) -> None:
            known = self.channels.get(channel)
            if known is None:
                raise ChannelError(
                    f"The channel {channel!r} is not configured, so an answer cannot be sent. "
                    "Add it to credentials.yml."
                )
            await known.send(conversation_id, said)

        return deliver

    def _pushes(self, channel: str) -> bool:
        return channel in self.channels and self.channels[channel].pushes

    def _complete(self, message: UserMessage) -> UserMessage:
        return replace(
            message,
            message_id=message.message_id or uuid4().hex,
            received_at=message.received_at or self.clock(),
        )


def as_tracker(conversation_id: str, kept: Kept, assistant: Assistant) -> Tracker:
    """Return the tracker that a snapshot and the events after it add up to."""
    if kept.snapshot is None:
        start = Tracker.start(conversation_id, assistant.domain)
    else:
        start = restored(conversation_id, assistant.domain, kept.snapshot)
    return start.record(kept.events)


def timed(events: Sequence[Event], now: float) -> list[Event]:
    """Return the events with a time each: their own, or now."""
    return [
        event if event.timestamp is not None else replace(event, timestamp=now + i * MICROSECOND)
        for i, event in enumerate(events)
    ]


def _looked_at(understood: "asyncio.Future[_Understood]") -> None:
    """Let a fault go by that nobody needs to hear of: the message needed no understanding."""
    if not understood.cancelled():
        understood.exception()


def _heard(tracker: Tracker, message_id: str) -> bool:
    return any(
        isinstance(event, UserUttered) and event.message_id == message_id
        for event in reversed(tracker.events)
    )


def _begins_session(events: Sequence[Event]) -> bool:
    first = events[0] if events else None
    return isinstance(first, SessionStarted) or (
        isinstance(first, ActionExecuted) and first.name == SESSION_START
    )
