"""Custom actions, on rasa-sdk's server and in process: both must do the same."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bespeak.actions.book import ActionBook
from bespeak.actions.executor import Executor, connect
from bespeak.actions.local import IDEMPOTENCY_KEY, LocalActions
from bespeak.domain import LISTEN, REQUESTED_SLOT
from bespeak.errors import ActionError, ActionRejected, ProjectError
from bespeak.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    FollowupAction,
    SlotSet,
    TurnStopped,
)
from tests.engine.actions.situation import DOMAIN, said, tracker

SHOP = "tests.engine.actions.shop"


@pytest.fixture(params=["remote", "selective", "compressed", "local"])
def make(request: pytest.FixtureRequest, sdk_server: str) -> Iterator[Callable[..., Executor]]:
    """Makes the executor under test with further options."""

    def made(**options: Any) -> Executor:
        if request.param == "local":
            executor = connect(module=SHOP, **options)
        else:
            executor = connect(
                url=sdk_server,
                enable_selective_domain=request.param == "selective",
                compress=request.param == "compressed",
                **options,
            )
        assert executor is not None
        return executor

    yield made


def run(executor: Executor, *actions: str, events: tuple[Event, ...] = ()) -> list[Event]:
    """Run the actions one after the other in the same situation; return all they did."""

    async def all_of_them() -> list[Event]:
        book = ActionBook(DOMAIN, executor=executor)
        try:
            return [
                event
                for action in actions
                for event in await book.action(action).run(tracker(*events), DOMAIN)
            ]
        finally:
            await book.close()

    return asyncio.run(all_of_them())


def test_messages_come_before_events(make: Callable[..., Executor]) -> None:
    first, second, *events = run(make(), "action_greet")
    assert isinstance(first, BotUttered) and isinstance(second, BotUttered)
    assert first.text == "Hello Ada of None"
    assert first.metadata == {
        "mood": "calm",
        "template": "utter_greet",
        "who": "Ada",
        "utter_action": "utter_greet",
    }
    assert second.data["buttons"] == [{"title": "Yes", "payload": "/yes"}]
    assert second.metadata == {}
    assert events == [SlotSet("city", "Rome"), FollowupAction("utter_bye")]


def test_what_the_action_says_itself_wins_and_its_buttons_come_last(
    make: Callable[..., Executor],
) -> None:
    ordered, by_event = run(make(), "action_order")
    assert isinstance(ordered, BotUttered)
    assert (ordered.text, ordered.data["image"], ordered.data["attachment"]) == (
        "Ordered",
        "mine.png",
        "mine.png",
    )
    assert [button["title"] for button in ordered.data["buttons"]] == ["A", "B"]
    assert isinstance(by_event, BotUttered) and by_event.text == "sent by an event"


def test_an_unknown_response_is_left_out_and_logged(
    make: Callable[..., Executor], caplog: pytest.LogCaptureFixture
) -> None:
    assert run(make(), "action_says_unknown") == []
    assert "utter_gone" in caplog.text


def test_the_action_sees_the_conversation_and_cannot_change_it(
    make: Callable[..., Executor],
) -> None:
    rome = (SlotSet("city", "Rome", timestamp=2.0), TurnStopped(10, timestamp=2.0), said("hi"))
    first, second = run(make(), "action_look", "action_look", events=rome)
    assert first == second
    assert isinstance(first, SlotSet)
    assert first.value["slots"] == {"city": "Rome", "seen": None, REQUESTED_SLOT: None}
    assert first.value["text"] == "hi"
    assert first.value["events"] == ["action", "session_started", "action", "slot", "user"]
    assert first.value["responses"] == ["utter_greet"]


def test_an_action_that_declines_is_rejected(make: Callable[..., Executor]) -> None:
    with pytest.raises(ActionRejected, match="not now") as rejected:
        run(make(), "action_refuse")
    assert rejected.value.action == "action_refuse"
    assert rejected.value.request_id


@pytest.mark.parametrize(
    ("action", "cause"),
    [
        # the SDK cannot tell of a failure where the request was compressed
        ("action_break", "out of order|Failed when parsing body"),
        ("action_missing", "action_missing"),
        ("action_no_slot", "event 2.*'slot' needs a 'name' and a 'value'"),
        ("action_unwritable", "action_unwritable"),
    ],
)
def test_an_action_that_fails_says_why(
    make: Callable[..., Executor], action: str, cause: str
) -> None:
    with pytest.raises(ActionError, match=cause) as failed:
        run(make(), action)
    assert not isinstance(failed.value, ActionRejected)
    assert failed.value.action == action
    assert failed.value.request_id


def test_an_action_that_takes_too_long_fails(make: Callable[..., Executor]) -> None:
    with pytest.raises(ActionError, match=r"0\.2 s"):
        run(make(timeout=0.2), "action_sleep")


class TestForm:
    """A form that rasa-sdk's own form validation checks."""

    asked = (
        ActionExecuted("trip_form", timestamp=2.0),
        ActiveLoop("trip_form", timestamp=2.0),
        SlotSet(REQUESTED_SLOT, "city", timestamp=2.0),
        ActionExecuted(LISTEN, timestamp=2.0),
    )

    def test_a_good_answer_ends_it(self, make: Callable[..., Executor]) -> None:
        answer = (*self.asked, said("rome"), SlotSet("city", "rome", timestamp=4.0))
        city, seen, *rest = run(make(), "trip_form", events=answer)
        assert city == SlotSet("city", "Rome")
        assert isinstance(seen, SlotSet) and seen.name == "seen"
        assert rest == [SlotSet(REQUESTED_SLOT, None), ActiveLoop(None)]

    def test_a_bad_answer_is_asked_again(self, make: Callable[..., Executor]) -> None:
        answer = (*self.asked, said("x"), SlotSet("city", "Atlantis", timestamp=4.0))
        said_no, unset, requested, question = run(make(), "trip_form", events=answer)
        assert isinstance(said_no, BotUttered) and said_no.text == "It sank."
        assert [unset, requested] == [SlotSet("city", None), SlotSet(REQUESTED_SLOT, "city")]
        assert isinstance(question, BotUttered) and question.text == "Which city?"

    def test_no_answer_is_declined(self, make: Callable[..., Executor]) -> None:
        with pytest.raises(ActionRejected, match="asked for 'city'"):
            run(make(), "trip_form", events=(*self.asked, said("why?")))


class TestInProcess:
    def test_synchronous_actions_and_validations_leave_the_event_loop_alone(self) -> None:
        [seen] = run(LocalActions(SHOP), "action_look")
        assert isinstance(seen, SlotSet) and seen.value["thread"].startswith("action")
        answer = (*TestForm.asked, said("rome"), SlotSet("city", "rome", timestamp=4.0))
        _, thread, *_ = run(LocalActions(SHOP), "trip_form", events=answer)
        assert isinstance(thread, SlotSet) and thread.value.startswith("action")

    def test_the_call_knows_its_idempotency_key(self) -> None:
        async def called() -> str:
            actions = LocalActions(SHOP)
            await actions.run("action_order", tracker(said(id="m7")), DOMAIN)
            await actions.close()
            return IDEMPOTENCY_KEY.get()

        assert asyncio.run(called()) == "anna/m7:0"

    def test_of_two_modules_with_an_action_of_one_name_each_has_its_own(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for shop in ("shop_one", "shop_two"):
            (tmp_path / f"{shop}.py").write_text(
                "from rasa_sdk import Action\n"
                "from rasa_sdk.events import SlotSet\n"
                "class Mine(Action):\n"
                "    def name(self): return 'action_greet'\n"
                f"    def run(self, d, t, m): return [SlotSet('city', '{shop}')]\n"
            )
        monkeypatch.syspath_prepend(tmp_path)
        shops = [LocalActions("shop_one"), LocalActions("shop_two"), LocalActions("shop_one")]
        done = [event for shop in shops for event in run(shop, "action_greet")]
        assert [e.value for e in done if isinstance(e, SlotSet)] == [
            "shop_one",
            "shop_two",
            "shop_one",
        ]

    def test_a_module_that_is_missing_is_named(self) -> None:
        with pytest.raises(ProjectError, match="actions_gone"):
            connect(module="actions_gone")

    def test_a_module_that_breaks_is_told_with_the_reason(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        package = tmp_path / "broken_shop"
        package.mkdir()
        (package / "__init__.py").write_text("")
        (package / "orders.py").write_text("1 / 0")
        monkeypatch.syspath_prepend(tmp_path)
        with pytest.raises(ProjectError, match="ZeroDivisionError"):
            connect(module="broken_shop")


class TestConnecting:
    def test_nothing_configured_is_nothing(self) -> None:
        assert connect() is None

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"url": "localhost:5055"}, "no address of a server"),
            ({"url": "grpc://localhost:5055"}, "gRPC"),
            ({"url": "http://x", "module": "y"}, "exclude each other"),
            ({"url": "http://x", "events": "none"}, "'session' or 'all'"),
            ({"url": "http://x", "cafile": "/nowhere.pem"}, "no cafile '/nowhere.pem'"),
            ({"url": "http://x", "basic_auth": {"user": "x"}}, "needs 'username'"),
            ({"url": "http://x", "retries": 3}, "'retries' is no option of a server"),
            ({"module": "y", "token": "x"}, "'token' is no option of actions"),
        ],
    )
    def test_options_that_do_not_fit_are_told(
        self, options: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(ProjectError, match=complaint):
            connect(**options)

    def test_a_custom_action_without_a_place_to_run_says_what_to_do(self) -> None:
        with pytest.raises(ActionError, match=r"endpoints\.yml"):
            asyncio.run(ActionBook(DOMAIN).action("action_greet").run(tracker(), DOMAIN))
