from dataclasses import replace

from bespeak.dialogue.states import (
    HORIZON,
    RuleOnly,
    State,
    featurized_by_text,
    moments,
    retold,
    seen,
    state,
    states,
    visible,
)
from bespeak.dialogue.story import MUST_NOT_BE_SET
from bespeak.domain import Slot, SlotType
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    FollowupAction,
    Restarted,
    SlotSet,
    UserFeaturization,
    UserUtteranceReverted,
    UserUttered,
)
from bespeak.message import Entity, Intent
from bespeak.tracker import Tracker
from tests.engine.policies.told import DOMAIN, Step, live, said, story

NOTHING = RuleOnly()


def dicts(tracker: Tracker, **options: object) -> list[dict[str, object]]:
    return [one.as_dict() for one in states(tracker, DOMAIN, **options)]  # type: ignore[arg-type]


def hidden(intent: str, action: str) -> list[Event]:
    """A turn that only a rule handled."""
    return [
        UserUttered("words", Intent(intent)),
        UserFeaturization(False),
        ActionExecuted(action, hide_rule_turn=True),
        ActionExecuted("action_listen", hide_rule_turn=True),
    ]


def test_there_is_a_state_before_each_action_and_one_for_now() -> None:
    assert dicts(live("> greet", "utter_greet")) == [
        {},
        {"user": {"intent": "greet"}, "prev_action": {"action_name": "action_listen"}},
        {"user": {"intent": "greet"}, "prev_action": {"action_name": "utter_greet"}},
    ]


def test_a_message_not_decided_on_yet_is_seen_by_both_its_sides() -> None:
    newest = states(live(UserUttered("hi", Intent("greet"))), DOMAIN)[-1]
    assert (newest.intent, newest.text) == ("greet", "hi")
    assert seen([newest])[-1].text is None
    assert seen([newest], by_text=True)[-1].intent is None


def test_once_decided_a_message_keeps_the_side_that_counted() -> None:
    message = live(UserUttered("hi", Intent("greet"), (Entity("city", "Rome"),)))
    by_text = states(message.record([UserFeaturization(True)]), DOMAIN)[-1]
    assert (by_text.intent, by_text.text, by_text.entities) == (None, "hi", ())
    by_intent = states(message.record([UserFeaturization(False)]), DOMAIN)[-1]
    assert (by_intent.intent, by_intent.text, by_intent.entities) == ("greet", None, ("city",))


def test_which_side_counts_is_what_was_decided_before_what_there_is() -> None:
    assert featurized_by_text(UserUttered("hi")) is True
    assert featurized_by_text(UserUttered(None, Intent("greet"))) is False
    assert featurized_by_text(UserUttered("hi", Intent("greet"))) is None
    assert featurized_by_text(UserUttered("hi", featurize_text=False)) is False


def test_entities_are_seen_sorted_with_their_roles_where_the_domain_wants_them() -> None:
    entities = (Entity("seats", 2), Entity("city", "Rome", role="to"), Entity("unknown", 1))
    message = live(UserUttered("2 to Rome", Intent("inform"), entities))
    assert states(message, DOMAIN)[-1].entities == ("city", "seats")


def test_only_slots_that_carry_information_are_seen() -> None:
    told = live(SlotSet("city", "Rome"), SlotSet("note", "x"), SlotSet("vip", None), "> greet")
    assert states(told, DOMAIN)[-1].slots == {"city": (1.0,)}


def test_a_slot_that_must_not_be_set_says_so() -> None:
    told = story(SlotSet("city", MUST_NOT_BE_SET), "> greet", "utter_greet").tracker
    assert states(told, DOMAIN)[-1].slots == {"city": MUST_NOT_BE_SET}


def test_rules_see_only_the_slots_that_were_set() -> None:
    born = replace(DOMAIN, slots={"vip": Slot("vip", SlotType.BOOL, initial_value=True)})
    told = live("> greet", domain=born)
    assert state(told.now, born).slots == {"vip": (1.0, 1.0)}
    assert state(told.now, born, only_set_slots=True).slots == {}
    known = told.record([SlotSet("vip", True)])
    assert state(known.now, born, only_set_slots=True).slots == {"vip": (1.0, 1.0)}


def test_what_no_longer_holds_is_not_seen() -> None:
    told = live("> greet", "utter_greet", "> bye")
    assert dicts(told.record([UserUtteranceReverted()])) == dicts(live("> greet", "utter_greet"))
    assert dicts(told.record([Restarted()])) == [{}]


def test_a_forms_own_questions_are_not_seen() -> None:
    asked = live("> book", "booking", ActiveLoop("booking"), "> inform", "booking")
    assert dicts(asked) == dicts(live("> book", "booking", ActiveLoop("booking")))
    aside = live(
        "> book",
        "booking",
        ActiveLoop("booking"),
        "> faq",
        ActionExecutionRejected("booking"),
        "utter_faq",
        "booking",
    )
    assert len(states(aside, DOMAIN)) == 6


def test_the_last_states_are_those_of_the_whole_conversation() -> None:
    turns: list[Step] = ["> greet", "utter_greet", "> bye", "utter_bye", SlotSet("city", "x")] * 5
    long = live(*turns)
    whole = states(long, DOMAIN)
    assert states(long, DOMAIN, last=3) == whole[-3:]
    assert states(long, DOMAIN, last=1000) == whole


def test_hidden_turns_leave_no_trace() -> None:
    asked = live("> greet", "utter_greet").record([ActionExecuted("action_listen")])
    aside = asked.record(hidden("faq", "utter_faq"))
    bye = [UserUttered("bye", Intent("bye"))]
    assert dicts(aside.record(bye), hide=NOTHING) == dicts(asked.record(bye), hide=NOTHING)


def test_within_a_turn_the_message_is_that_of_the_last_visible_state() -> None:
    conversation = live("> greet", "utter_greet").record([ActionExecuted("action_listen")])
    half = conversation.record([*hidden("faq", "utter_faq")[:3], ActionExecuted("action_book")])
    newest = states(half, DOMAIN, hide=NOTHING)[-1]
    assert newest.intent == "greet"


def test_a_follow_up_action_goes_with_the_turn_it_is_in() -> None:
    conversation = live("> greet", "utter_greet").record([ActionExecuted("action_listen")])
    followed = conversation.record(
        [
            *hidden("faq", "utter_faq")[:3],
            FollowupAction("action_book"),
            ActionExecuted("action_book"),
        ]
    )
    shown = [one.previous for one in states(followed, DOMAIN, hide=NOTHING)]
    assert "utter_faq" not in shown


def test_what_only_rules_know_of_is_left_out() -> None:
    told = live(SlotSet("city", "x"), SlotSet("vip", True), ActiveLoop("booking"), "> greet")
    hide = RuleOnly(frozenset({"city"}), frozenset({"booking"}))
    newest = states(told, DOMAIN, hide=hide)[-1]
    assert (newest.slots, newest.loop) == ({"vip": (1.0, 1.0)}, None)


def test_an_unlikely_intent_noted_in_between_is_not_seen_by_learned_policies() -> None:
    told = live("> greet")
    noted = told.record([ActionExecuted("action_unlikely_intent")])
    assert dicts(noted, hide=NOTHING) == dicts(told, hide=NOTHING)
    assert len(states(noted, DOMAIN)) == 3


def test_the_last_visible_states_are_those_of_the_whole_conversation() -> None:
    turns: list[Event] = []
    for i in range(40):
        turns += [UserUttered("hi", Intent("greet")), UserFeaturization(False)]
        turns += [ActionExecuted("action_unlikely_intent")] if i % 7 == 0 else []
        turns += [ActionExecuted("utter_greet"), ActionExecuted("action_listen")]
        for _ in range(i % 4):
            turns += hidden("faq", "utter_faq")
    told = live(UserUttered("hi", Intent("greet")), "utter_greet").record(
        [ActionExecuted("action_listen"), *turns]
    )
    whole = states(told, DOMAIN, hide=NOTHING)
    for last in (1, 2, 3, 5, 8, 13):
        assert states(told, DOMAIN, last=last, hide=NOTHING) == whole[-last:]


def test_a_bounded_look_back_ends_at_the_horizon() -> None:
    told = live("> greet", "utter_greet").record([ActionExecuted("action_listen")])
    for _ in range(HORIZON):
        told = told.record(hidden("faq", "utter_faq"))
    far = states(told.record([UserUttered("bye", Intent("bye"))]), DOMAIN, last=5, hide=NOTHING)
    assert far == [State("bye", "bye", previous="action_listen")]


def test_moments_end_with_now_and_retold_ones_take_nothing_back() -> None:
    told = live("> greet", "utter_greet")
    assert [action.label if action else None for _, action in moments(told)] == [
        "action_listen",
        "utter_greet",
        None,
    ]
    again = list(retold(told.history, DOMAIN))
    assert visible(again, DOMAIN, NOTHING) == states(told, DOMAIN, hide=NOTHING)


def test_a_state_survives_its_json_form() -> None:
    for one in (
        State(),
        State("greet", None, ("city",), {"city": (1.0,), "vip": MUST_NOT_BE_SET}, "utter_greet"),
        State(None, "hi", (), {}, "Hello there!", True, "booking"),
    ):
        assert State.from_dict(one.as_dict()) == one
    assert State().empty
    assert State().wordless
    assert not states(live(said("hi")), DOMAIN)[-1].wordless
