from bespeak.dialogue.states import State
from bespeak.dialogue.story import MUST_NOT_BE_SET
from bespeak.policies.rule_book import Entry, Place, Table, difference, key_of, states_of

LISTENING = State("greet", None, ("city",), {"vip": (1.0, 1.0)}, "action_listen", loop="booking")


def entry(*states: State, action: str = "utter_greet") -> Entry:
    return Entry(key_of(states), states, action)


def test_an_entry_fits_what_has_all_that_it_names() -> None:
    assert difference(entry(State("greet", previous="action_listen")), [LISTENING]) is None
    assert difference(entry(LISTENING), [State(), LISTENING]) is None


def test_the_first_feature_that_differs_is_named() -> None:
    for wanted, feature in (
        (State("greet", previous="utter_bye"), "previous action"),
        (State("bye", previous="action_listen"), "intent"),
        (State(text="hi", previous="action_listen"), "text"),
        (State(entities=("seats",), previous="action_listen"), "entities"),
        (State(loop="other", previous="action_listen"), "active loop"),
        (State(loop=MUST_NOT_BE_SET, previous="action_listen"), "active loop"),
        (State(slots={"city": (1.0,)}, previous="action_listen"), "slot city"),
        (State(slots={"vip": MUST_NOT_BE_SET}, previous="action_listen"), "slot vip"),
    ):
        missing = difference(entry(wanted), [LISTENING])
        assert missing is not None
        assert (missing.turn, missing.feature) == (0, feature)


def test_a_difference_further_back_says_how_far() -> None:
    wanted = entry(State(previous="utter_bye"), State(previous="utter_greet"))
    missing = difference(wanted, [State(previous="utter_faq"), State(previous="utter_greet")])
    assert missing is not None
    assert (missing.turn, missing.expected, missing.found) == (1, "utter_bye", "utter_faq")
    short = difference(wanted, [State(previous="utter_greet")])
    assert short is not None
    assert (short.turn, short.found) == (1, None)


def test_at_the_very_beginning_nothing_else_counts() -> None:
    wanted = entry(State(slots={"vip": (1.0, 1.0)}), State("greet", previous="action_listen"))
    assert difference(wanted, [State(), State("greet", previous="action_listen")]) is None


def test_a_table_finds_what_fits_and_can_forget_it() -> None:
    general = entry(State(previous="action_listen"))
    by_intent = entry(State("greet", previous="action_listen"), action="utter_vip")
    other = entry(State("bye", previous="action_listen"), action="utter_bye")
    table = Table([general, by_intent, other])
    assert {e.action for e in table.fitting([LISTENING])} == {"utter_greet", "utter_vip"}
    table.forget(by_intent.key)
    assert [e.action for e in table.fitting([LISTENING])] == ["utter_greet"]


def test_states_survive_their_key() -> None:
    assert states_of(key_of([State(), LISTENING])) == (State(), LISTENING)


def test_a_place_says_as_much_as_is_known() -> None:
    assert str(Place("greet")) == "'greet'"
    assert str(Place("greet", "data/rules.yml")) == "'greet' (data/rules.yml)"
    assert str(Place("greet", "data/rules.yml", 3)) == "'greet' (data/rules.yml:3)"
