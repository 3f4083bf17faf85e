"""Conversations that no story tells, made from stories."""

from bespeak.dialogue.story import Story
from bespeak.events import ActiveLoop
from bespeak.policies.contrasts import Told, digressed, out_of_place
from bespeak.policies.examples import examples
from tests.engine.policies.told import DOMAIN, story


def told(*stories: Story) -> list[Told]:
    return Told.of(examples(stories, DOMAIN))


GREET = story("> greet", "utter_greet", "> mood_great", "utter_happy", name="greet")
BYE = story("> bye", "utter_bye", name="bye")


def test_a_story_is_put_together_from_its_decisions() -> None:
    [one] = told(GREET)
    assert one.actions == ("action_listen", "utter_greet", "action_listen", "utter_happy",
                           "action_listen")  # fmt: skip
    assert [one.states[turn[0]].intent for turn in one.turns] == ["greet", "mood_great"]


def test_actions_a_story_opens_with_are_no_decisions() -> None:
    [one] = told(story("utter_faq", "> deny", "utter_sure"))
    assert one.actions[0] == ""
    assert not one.begun_by_user


def test_what_no_story_has_there_and_none_begins_with_is_out_of_place() -> None:
    made = out_of_place(told(GREET, BYE))
    said = {(situation[-2].previous, situation[-1].intent) for situation in made}
    assert said == {("utter_happy", "mood_great"), ("utter_bye", "mood_great")}
    assert all(situation[-1].after_listening for situation in made)


def test_nothing_is_out_of_place_in_a_form() -> None:
    form = story("> book", "booking", ActiveLoop("booking"), name="form")
    assert {s[-2].previous for s in out_of_place(told(GREET, form))} == {"utter_happy"}


def test_a_story_goes_on_after_the_first_turn_of_another_one() -> None:
    made = {
        tuple((one.previous, one.intent) for one in states): action
        for states, action in digressed(told(GREET, BYE))
    }
    aside = [
        (None, None),
        ("action_listen", "greet"),
        ("utter_greet", "greet"),
        ("action_listen", "bye"),
        ("utter_bye", "bye"),
        ("action_listen", "mood_great"),
    ]
    assert made[tuple(aside)] == "utter_happy"
    assert made[*aside, ("utter_happy", "mood_great")] == "action_listen"


def test_who_might_answer_the_question_in_between_is_not_taken_to_go_on() -> None:
    asking = story("> faq", "utter_faq", "> mood_great", "utter_sure", name="asking")
    made = digressed(told(GREET, asking))
    assert all(states[-1].previous != "action_listen" or "faq" not in [s.intent for s in states]
               for states, _ in made)  # fmt: skip


def test_the_same_stories_give_the_same() -> None:
    given = told(GREET, BYE)
    assert out_of_place(given) == out_of_place(given)
    assert list(digressed(given)) == list(digressed(given))
