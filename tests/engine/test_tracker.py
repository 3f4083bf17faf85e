"""How a conversation stands after its events, and what of it still holds."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bespeak.domain import Domain, Slot, SlotType
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    ConversationPaused,
    EntitiesAdded,
    Event,
    FollowupAction,
    HandoffAccepted,
    HandoffRequested,
    LoopInterrupted,
    Restarted,
    SessionStarted,
    SlotSet,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
    to_dict,
)
from bespeak.message import Entity, Intent
from bespeak.tracker import (
    Control,
    Log,
    Tracker,
    Verbosity,
    current_session,
    decisions,
    restored,
    snapshot,
    state,
)

DOMAIN = Domain(
    slots={
        "size": Slot("size", initial_value=8),
        "toppings": Slot("toppings", SlotType.LIST),
        "requested_slot": Slot("requested_slot", influences_conversation=False),
    }
)


def said(intent: str) -> UserUttered:
    return UserUttered(intent, Intent(intent))


def did(action: str) -> ActionExecuted:
    return ActionExecuted(action)


def after(*events: Event) -> Tracker:
    return Tracker.start("ann", DOMAIN).record(events)


def test_a_conversation_begins_with_initial_slots_and_a_listen_to_come() -> None:
    tracker = after()
    assert tracker.slots == {"size": 8, "toppings": None, "requested_slot": None}
    assert tracker.followup_action == "action_listen"
    assert not tracker.listening


def test_a_list_slot_wraps_a_single_value() -> None:
    assert after(SlotSet("toppings", "ham")).slots["toppings"] == ["ham"]


def test_a_slot_that_the_domain_does_not_know_changes_nothing() -> None:
    assert after(SlotSet("colour", "red")).slots == after().slots


def test_resetting_slots_brings_back_the_initial_values() -> None:
    tracker = after(SlotSet("size", 9), AllSlotsReset())
    assert tracker.slots["size"] == 8
    assert tracker.now.known_slots == frozenset()


def test_a_message_or_an_action_clears_the_followup() -> None:
    assert after(FollowupAction("x")).followup_action == "x"
    assert after(FollowupAction("x"), said("hi")).followup_action is None
    assert after(FollowupAction("x"), did("y")).followup_action is None


def test_rewinding_takes_back_the_message_and_the_listen_before_it() -> None:
    tracker = after(
        did("action_listen"),
        said("greet"),
        did("utter_greet"),
        did("action_listen"),
        said("order"),
        SlotSet("size", 9),
        did("utter_size"),
        UserUtteranceReverted(),
    )
    assert tracker.slots["size"] == 8
    assert tracker.latest_action == "utter_greet"
    assert tracker.latest_message == said("greet")
    assert len(tracker.events) == 8
    assert tracker.history == [did("action_listen"), said("greet"), did("utter_greet")]


def test_rewinding_to_nothing_leaves_a_listen_to_come() -> None:
    tracker = after(did("action_listen"), said("hm"), UserUtteranceReverted())
    assert tracker.history == []
    assert tracker.followup_action == "action_listen"


def test_a_restart_forgets_everything_and_asks_for_a_new_session() -> None:
    tracker = after(said("greet"), SlotSet("size", 9), Restarted())
    assert (tracker.slots["size"], tracker.latest_message) == (8, None)
    assert tracker.followup_action == "action_session_start"
    assert tracker.history == []


def test_a_restart_does_not_take_the_conversation_back_from_the_desk() -> None:
    assert after(HandoffRequested("angry"), Restarted()).control is Control.QUEUE
    assert after(HandoffRequested(), HandoffAccepted("bo")).control is Control.AGENT


def test_a_form_asking_and_being_answered_leaves_one_run_of_it_in_history() -> None:
    tracker = after(
        did("action_listen"),
        said("book"),
        did("form"),
        ActiveLoop("form"),
        SlotSet("requested_slot", "size"),
        did("action_listen"),
        said("nine"),
        SlotSet("size", 9),
        did("form"),
        SlotSet("requested_slot", "toppings"),
    )
    assert tracker.history == [
        did("action_listen"),
        said("book"),
        did("form"),
        ActiveLoop("form"),
        SlotSet("requested_slot", "size"),
        SlotSet("size", 9),
        SlotSet("requested_slot", "toppings"),
    ]
    assert tracker.latest_message == said("nine")
    assert [action.name for _, action in decisions(tracker)] == ["action_listen", "form"]


def test_a_rejected_form_comes_back_as_a_new_run() -> None:
    tracker = after(
        did("form"),
        ActiveLoop("form"),
        did("action_listen"),
        said("faq"),
        ActionExecutionRejected("form"),
    )
    assert tracker.now.loop and tracker.now.loop.rejected
    assert tracker.last_rejected == "form"
    tracker = tracker.record([did("utter_faq"), did("form")])
    assert [action.name for _, action in decisions(tracker)][-2:] == ["utter_faq", "form"]
    assert tracker.now.loop and not tracker.now.loop.rejected
    assert tracker.last_rejected is None


def test_an_action_ends_the_interruption_of_a_form() -> None:
    tracker = after(ActiveLoop("form"), LoopInterrupted(True))
    assert tracker.now.loop and tracker.now.loop.interrupted
    tracker = tracker.record([did("utter_faq")])
    assert tracker.now.loop and not tracker.now.loop.interrupted


def test_policies_mark_and_enrich_the_latest_message_only_right_after_it() -> None:
    city = Entity("city", "Rome")
    tracker = after(did("action_listen"), said("go"), UserFeaturization(True))
    tracker = tracker.record([EntitiesAdded((city,)), EntitiesAdded((city,))])
    assert tracker.latest_message and tracker.latest_message.featurize_text is True
    assert tracker.latest_message.entities == (city,)
    late = after(did("action_listen"), said("go"), did("utter_x"), UserFeaturization(True))
    assert late.latest_message and late.latest_message.featurize_text is None


def test_steps_count_the_actions_since_the_assistant_listened() -> None:
    tracker = after(did("action_listen"), said("go"), did("a"), did("b"))
    assert tracker.now.steps == 2
    assert tracker.record([did("action_listen")]).now.steps == 0


def test_a_session_starts_with_the_action_before_it() -> None:
    start: list[Event] = [did("action_session_start"), SessionStarted(), did("action_listen")]
    tracker = after(*start, said("hi"), did("action_listen"), *start)
    assert tracker.session_at == 6
    assert current_session(tracker.events) == start


def test_state_json_has_the_fields_action_servers_read() -> None:
    shown = state(after(did("action_listen"), said("greet")), Verbosity.ALL)
    assert list(shown) == [
        "sender_id",
        "slots",
        "latest_message",
        "latest_event_time",
        "followup_action",
        "paused",
        "events",
        "latest_input_channel",
        "active_loop",
        "latest_action",
        "latest_action_name",
    ]
    assert shown["latest_message"]["intent"] == {"name": "greet", "confidence": 1.0}
    assert shown["active_loop"] == {}
    assert state(after())["latest_message"]["intent"] == {}


def test_a_log_that_is_extended_twice_stays_what_it_was() -> None:
    log = Log([did("a")])
    left, right = log.extended(did("b")), log.extended(did("c"))
    assert (list(log), list(left), list(right)) == (
        [did("a")],
        [did("a"), did("b")],
        [did("a"), did("c")],
    )


EVENTS: list[Event] = [
    did("action_listen"),
    did("utter_a"),
    did("form"),
    ActiveLoop("form"),
    ActiveLoop(None),
    ActionExecutionRejected("form"),
    said("hi"),
    UserFeaturization(False),
    SlotSet("size", 9),
    SlotSet("requested_slot", "size"),
    BotUttered("well"),
    UserUtteranceReverted(),
    ActionReverted(),
    Restarted(),
    SessionStarted(),
    ConversationPaused(),
]


def applied(events: Sequence[Event]) -> list[Event]:
    """The definition of what still holds, by going over all events (rasa-compat §1.f)."""
    loops: set[str] = set()
    kept: list[Event] = []

    def cut(kind: type[Event]) -> None:
        while kept and not isinstance(kept.pop(), kind):
            pass

    for event in events:
        if isinstance(event, ActiveLoop) and event.name:
            loops.add(event.name)
        match event:
            case Restarted() | SessionStarted():
                kept.clear()
            case ActionReverted():
                cut(ActionExecuted)
            case UserUtteranceReverted():
                cut(UserUttered)
                cut(ActionExecuted)
            case ActionExecuted(name=name) if name in loops and not _unhappy(name, kept):
                last = max(i for i, e in enumerate(kept) if e == event)
                gone = ActionExecuted | UserUttered | UserFeaturization
                kept[last + 1 :] = [e for e in kept[last + 1 :] if not isinstance(e, gone)]
            case _:
                kept.append(event)
    return kept


def _unhappy(form: str, kept: Sequence[Event]) -> bool:
    later: str | None = None
    for event in reversed(kept):
        if event == ActiveLoop(None) or event == ActionExecutionRejected(form):
            return True
        if isinstance(event, UserUttered) and later not in (None, form):
            return True
        if isinstance(event, ActionExecuted):
            if event.name == form:
                return False
            later = event.name
    return True


@given(st.lists(st.sampled_from(EVENTS), max_size=40))
def test_history_kept_step_by_step_is_the_history_found_by_going_over_all(
    events: list[Event],
) -> None:
    assert after(*events).history == applied(events)


@given(st.lists(st.sampled_from(EVENTS), max_size=30), st.lists(st.sampled_from(EVENTS)))
def test_a_snapshot_goes_on_as_if_it_had_never_been_taken(
    before: list[Event], later: list[Event]
) -> None:
    whole = after(*before, *later)
    cut = restored("ann", DOMAIN, snapshot(after(*before))).record(later)
    assert cut.now == whole.now
    assert cut.history == whole.history
    assert (cut.loops, cut.control, cut.session_at) == (
        whole.loops,
        whole.control,
        whole.session_at,
    )
    assert cut.sequence == whole.sequence
    assert [to_dict(event) for event in cut.events] == [to_dict(event) for event in later]
