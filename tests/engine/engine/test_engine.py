"""One message from the channel to the answer, and what can go wrong on the way."""

import asyncio
from collections.abc import Iterator

import pytest

from bespeak.assistant import Assistant
from bespeak.channels.console import Console
from bespeak.engine import Engine, Upkeep
from bespeak.errors import ChannelError, ModelError
from bespeak.events import (
    ActionExecuted,
    ActionFailed,
    BotUttered,
    ConversationPaused,
    HandoffClosed,
    HandoffRequested,
    SlotSet,
    TurnStopped,
    UserUttered,
)
from bespeak.message import UserMessage
from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.testing.conversation import Conversation, talking, trained
from tests.engine.engine import shop_actions

FILES = {
    "config.yml": """
        language: en
        assistant_id: shop
        pipeline:
        - name: WhitespaceTokenizer
        - name: KeywordIntentClassifier
          case_sensitive: false
        policies:
        - name: RulePolicy
        """,
    "endpoints.yml": """
        action_endpoint:
          module: tests.engine.engine.shop_actions
        """,
    "domain.yml": """
        intents: [greet, look, fail, remind, remember, loop]
        slots:
          order: {type: text, mappings: [{type: custom}]}
        responses:
          utter_greet: [{text: "Hello!"}]
          utter_remember: [{text: "Your tea is ready."}]
          utter_action_error: [{text: "Something went wrong here."}]
          utter_default: [{text: "Pardon?"}]
        actions: [action_look_up, action_breaks, action_remind, action_again]
        session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
        """,
    "data/nlu.yml": """
        nlu:
        - intent: greet
          examples: |
            - hello
            - hi
        - intent: look
          examples: |
            - where is it
            - order
        - intent: fail
          examples: |
            - break
            - fail
        - intent: remind
          examples: |
            - remind me
            - tea
        - intent: loop
          examples: |
            - again and again
            - forever
        """,
    "data/rules.yml": """
        rules:
        - rule: greet
          steps: [{intent: greet}, {action: utter_greet}]
        - rule: look
          steps: [{intent: look}, {action: action_look_up}]
        - rule: fail
          steps: [{intent: fail}, {action: action_breaks}]
        - rule: remind
          steps: [{intent: remind}, {action: action_remind}]
        - rule: remember
          steps: [{intent: remember}, {action: utter_remember}]
        - rule: loop
          steps: [{intent: loop}, {action: action_again}]
        """,
}


@pytest.fixture
def shop() -> Assistant:
    return trained(FILES)


@pytest.fixture(autouse=True)
def power() -> Iterator[None]:
    shop_actions.POWER.update(cut=0, wait=0)
    shop_actions.SEEN.clear()
    yield


def test_a_first_message_begins_a_session_and_is_answered(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        assert await ann.says("hello") == ["Hello!"]
        assert [event.type for event in await ann.events()] == [
            "action",
            "session_started",
            "action",
            "user",
            "user_featurization",
            "action",
            "bot",
            "action",
        ]

    talking(shop, scenario)


def test_events_say_which_model_made_them_and_come_one_after_the_other(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        await ann.says("hello")
        events = await ann.events()
        assert {event.metadata["assistant_id"] for event in events} == {"shop"}
        times = [event.timestamp or 0.0 for event in events]
        assert times == sorted(times)
        assert len(set(times)) == len(times)
        assert "bespeak_timings" in events[-1].metadata

    talking(shop, scenario)


def test_the_same_message_twice_is_answered_once_with_the_same_words(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        first = await ann.says("where is it", message_id="1")
        again = await ann.says("where is it", message_id="1")
        assert first == again == ["Your order is on its way."]
        assert len(shop_actions.SEEN) == 1
        assert sum(isinstance(e, UserUttered) for e in await ann.events()) == 1
        assert await ann.says("hello", message_id="2") == ["Hello!"]

    talking(shop, scenario)


def test_the_same_message_twice_at_once_is_answered_once(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        answers = await asyncio.gather(*(ann.says("where is it", message_id="1") for _ in range(5)))
        assert answers == [["Your order is on its way."]] * 5
        assert len(shop_actions.SEEN) == 1

    talking(shop, scenario)


def test_two_messages_at_once_are_handled_one_after_the_other_in_order(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        texts = ["hello", "where is it", "hello", "where is it"]
        await asyncio.gather(*(ann.says(text) for text in texts))
        events = await ann.events()
        assert [e.text for e in events if isinstance(e, UserUttered)] == texts
        said = [e.text for e in events if isinstance(e, BotUttered)]
        assert said == ["Hello!", "Your order is on its way."] * 2

    talking(shop, scenario)


def test_a_turn_cut_short_goes_on_when_the_message_comes_again(shop: Assistant) -> None:
    shop_actions.POWER["cut"] = 1
    store = InMemoryTrackerStore()

    async def cut(engine: Engine) -> None:
        with pytest.raises(shop_actions.PowerCut):
            await Conversation(engine).says("where is it", message_id="1")

    async def again(engine: Engine) -> None:
        ann = Conversation(engine)
        assert await ann.says("where is it", message_id="1") == ["Your order is on its way."]
        assert sum(isinstance(e, UserUttered) for e in await ann.events()) == 1
        assert (await engine.tracker("ann")).slots["order"] == "A17"

    async def both(engine: Engine) -> None:
        await cut(engine)
        await again(engine)

    talking(shop, both, store=store)


def test_a_failed_action_is_an_event_and_an_apology(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        assert await ann.says("break") == ["Something went wrong here."]
        events = await ann.events()
        [failed] = [event for event in events if isinstance(event, ActionFailed)]
        assert failed.name == "action_breaks"
        assert "the shop's database is down" in failed.cause
        assert events[-1] == ActionExecuted("action_listen")
        assert await ann.says("hello") == ["Hello!"]

    talking(shop, scenario)


def test_a_turn_without_end_is_stopped_and_says_so(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        assert await ann.says("again and again") == ["Something went wrong here."]
        assert await ann.says("hello") == ["Hello!"]
        events = await ann.events()
        [stopped] = [event for event in events if isinstance(event, TurnStopped)]
        assert stopped == TurnStopped(10, "action_again")
        assert await ann.says("hello") == ["Hello!"]

    talking(shop, scenario)


def test_a_session_that_was_silent_too_long_begins_anew_with_its_slots(shop: Assistant) -> None:
    now = iter([1_000.0] * 12 + [1_000.0 + 3_601 + i for i in range(50)])

    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        await ann.says("where is it")
        engine.clock = lambda: 1_000.0 + 3_700
        await ann.says("hello")
        events = await ann.events()
        assert sum(event.type == "session_started" for event in events) == 2
        assert SlotSet("order", "A17") in events[-8:]

    talking(shop, scenario, clock=lambda: next(now))


def test_a_paused_conversation_is_only_recorded_until_a_restart(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        await ann.says("hello")
        await engine.record("ann", [ConversationPaused()])
        assert await ann.says("hello") == []
        await ann.says("/restart")
        assert await ann.says("hello") == ["Hello!"]

    talking(shop, scenario)


def test_once_a_person_has_the_conversation_the_assistant_is_silent(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        await ann.says("hello")
        await engine.record("ann", [HandoffRequested("angry")])
        assert await ann.says("hello") == []
        await engine.record("ann", [HandoffClosed("bo")])
        assert await ann.says("hello") == ["Hello!"]

    talking(shop, scenario)


def test_a_reminder_comes_when_it_is_due_and_not_if_the_user_spoke_first(shop: Assistant) -> None:
    heard: list[str] = []
    clock = {"now": 1_000_000.0}

    async def scenario(engine: Engine) -> None:
        console = Console(heard.append)
        console.pushes = True
        engine.channels["cmdline"] = console
        ann, bob = (Conversation(engine, name, "cmdline") for name in ("ann", "bob"))
        await ann.says("remind me")
        await bob.says("remind me")
        clock["now"] += 30
        await bob.says("hello")
        upkeep = Upkeep(engine)
        await upkeep.remind()
        assert heard == []
        clock["now"] += 31
        await upkeep.remind()
        await upkeep.remind()
        assert heard == ["Your tea is ready."]
        assert (await ann.events())[-1] == ActionExecuted("action_listen")

    talking(shop, scenario, clock=lambda: clock["now"])


def test_what_cannot_be_delivered_waits_and_is_tried_again(shop: Assistant) -> None:
    clock = {"now": 1_000_000.0}
    online = {"yes": False}
    sent: list[str] = []

    class Phone(Console):
        name = "phone"
        output_name = "phone"
        pushes = True

        async def send(self, recipient: str, said: BotUttered) -> None:
            if not online["yes"]:
                raise ChannelError("The phone is off.")
            sent.append(f"{recipient}: {said.text}")

    async def scenario(engine: Engine) -> None:
        phone = Phone(sent.append)
        engine.channels["phone"] = phone

        async def deliver(said: BotUttered) -> None:
            await phone.send("ann", said)

        await engine.handle(UserMessage("ann", "hello", "phone"), deliver)
        assert (await Conversation(engine).events())[-1] == ActionExecuted("action_listen")
        upkeep = Upkeep(engine)
        for _ in range(3):
            clock["now"] += 10
            await upkeep.redeliver()
        assert sent == []
        online["yes"] = True
        clock["now"] += 60
        await upkeep.redeliver()
        await upkeep.redeliver()
        assert sent == ["ann: Hello!"]

    talking(shop, scenario, clock=lambda: clock["now"])


def test_an_intent_may_come_from_outside(shop: Assistant) -> None:
    async def scenario(engine: Engine) -> None:
        said: list[str] = []

        async def deliver(bot: BotUttered) -> None:
            said.append(bot.text or "")

        tracker = await engine.trigger("ann", "greet", deliver=deliver)
        assert said == ["Hello!"]
        [heard] = [e for e in tracker.events if isinstance(e, UserUttered)]
        assert heard.text == "EXTERNAL: greet"
        assert heard.metadata["is_external"] is True

    talking(shop, scenario)


def test_a_swapped_model_is_used_from_the_next_turn_on(shop: Assistant) -> None:
    politer = {
        **FILES,
        "domain.yml": FILES["domain.yml"].replace('text: "Hello!"', 'text: "Good day!"'),
    }

    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        assert await ann.says("hello") == ["Hello!"]
        engine.swap(trained(politer))
        assert await ann.says("hello") == ["Good day!"]
        engine.swap(None)
        with pytest.raises(ModelError, match="bespeak train"):
            await ann.says("hello")

    talking(shop, scenario)


def test_a_turn_under_way_ends_with_the_model_it_began_with(shop: Assistant) -> None:
    shop_actions.POWER["wait"] = 0.2

    async def scenario(engine: Engine) -> None:
        ann = Conversation(engine)
        asked = asyncio.create_task(ann.says("where is it"))
        while not shop_actions.SEEN:
            await asyncio.sleep(0.01)
        engine.swap(trained(FILES))
        await engine.retire(shop)
        assert asked.done()
        assert await asked == ["Your order is on its way."]

    talking(shop, scenario)


def test_actions_see_the_whole_session_although_a_snapshot_stands_for_it(shop: Assistant) -> None:
    store = InMemoryTrackerStore()

    async def long(engine: Engine) -> int:
        ann = Conversation(engine)
        for _ in range(60):
            await ann.says("hello")
        return (await engine.tracker("ann")).sequence

    async def ask(engine: Engine) -> None:
        await Conversation(engine).says("where is it")

    async def both(engine: Engine) -> None:
        total = await long(engine)
        fresh = Engine(engine.assistant, store)  # nothing of it in memory
        await ask(fresh)
        fresh.parser.close()
        assert shop_actions.SEEN[-1]["events"] > total

    talking(shop, both, store=store)
