import pytest

from bespeak.dialogue.states import State
from bespeak.policies.features import DECAY, REACH, Columns, named

START = State()
GREETED = State("greet", previous="action_listen")
ANSWERED = State("greet", previous="utter_greet")
ASKED = State("bye", previous="action_listen", loop="booking", slots={"vip": (1.0, 0.0)})


def test_features_stand_singly_and_in_pairs() -> None:
    row = named([START, GREETED])
    assert {"a action_listen", "u i:greet", "au action_listen i:greet"} <= row.keys()
    assert "t  i:greet" in row


def test_what_the_user_answered_to_is_known() -> None:
    row = named([START, GREETED, ANSWERED, ASKED])
    assert {"q utter_greet", "qu utter_greet i:bye", "uu i:greet i:bye"} <= row.keys()
    assert {"l booking", "s vip[0]"} <= row.keys()
    assert "s vip[1]" not in row


def test_the_past_weighs_less_the_further_it_is_back() -> None:
    row = named([START, GREETED, ANSWERED, ASKED])
    assert row["pa utter_greet"] == pytest.approx(DECAY)
    assert row["pu i:greet"] == pytest.approx(DECAY**2)
    long = named([State("old", previous="action_listen"), *[ANSWERED] * REACH, ASKED])
    assert "pu i:old" not in long


def test_earlier_questions_go_with_the_newest_message() -> None:
    aside = State("faq", previous="action_listen")
    back = State("bye", previous="action_listen")
    row = named([START, GREETED, ANSWERED, aside, State("faq", previous="utter_faq"), back])
    assert row["qu utter_faq i:bye"] == 1.0
    assert row["pqu utter_greet i:bye"] == pytest.approx(DECAY)


def test_forms_that_were_left_are_known_in_order() -> None:
    first, second = State(loop="a", previous="a"), State(loop="b", previous="b")
    row = named([first, second, GREETED])
    assert {"pl 0 b", "pl 1 a"} <= row.keys()


def test_a_text_stands_for_the_message_where_there_is_no_intent() -> None:
    assert "u t:hello" in named([START, State(text="hello", previous="action_listen")])


def test_unknown_features_have_no_column() -> None:
    columns = Columns.of([{"a": 1.0, "b": 0.5}, {"b": 1.0}], at_least=2)
    assert columns.names == ("b",)
    assert "a" not in columns
    picked, values = columns.pick({"a": 1.0, "b": 0.25, "c": 1.0})
    assert (picked.tolist(), values.tolist()) == ([0], [0.25])
