from dataclasses import replace

from bespeak.assistant import Assistant
from bespeak.engine import Engine
from bespeak.evaluation.explain import TurnExplained, explained, told
from bespeak.events import ActionExecuted, SlotSet, UserUttered
from bespeak.testing.conversation import Conversation, talking
from bespeak.tracker import Tracker


def held(assistant: Assistant, *said: str) -> Tracker:
    """Hold a conversation and return all of it."""

    async def scenario(engine: Engine) -> Tracker:
        talk = Conversation(engine)
        for number, text in enumerate(said, start=1):
            await talk.says(text, message_id=str(number))
        return await engine.tracker(talk.name)

    return talking(assistant, scenario)


def turns_of(assistant: Assistant, *said: str) -> list[TurnExplained]:
    """Hold a conversation and explain its turns."""
    return explained(held(assistant, *said), assistant)


def test_what_was_understood_names_the_component(trips: Assistant) -> None:
    [turn] = turns_of(trips, "travel to Oslo")
    assert (turn.intent, turn.confidence) == ("book", 1.0)
    added = {one.component: one.added for one in turn.understood}
    assert added["KeywordIntentClassifier"] == ("intent book (1.00)",)
    assert added["RegexEntityExtractor"] == ("entity city = 'Oslo'",)
    assert "WhitespaceTokenizer" not in added


def test_the_rule_that_fired_is_named_with_its_place(trips: Assistant) -> None:
    [turn] = turns_of(trips, "hello")
    [step, end] = turn.steps
    assert (step.action, step.policy, step.confidence) == ("utter_greet", "RulePolicy", 1.0)
    assert step.rules is not None
    assert step.rules.why.startswith("rule 'Greet' (")
    assert step.came == ("said utter_greet",)
    assert (end.action, end.came) == ("action_listen", ())


def test_a_rule_that_almost_fired_is_named_with_what_kept_it(trips: Assistant) -> None:
    [turn] = turns_of(trips, "hello")
    [miss] = [line for line in told(turn).splitlines() if "not:" in line]
    assert "'Greet somebody important'" in miss
    assert "wants slot vip" in miss
    assert "'Hours'" not in told(turn)  # another intent is no near miss


def test_where_no_rule_fits_the_nearest_are_told(trips: Assistant) -> None:
    [turn] = turns_of(trips, "nothing")
    [step, *_] = turn.steps
    assert step.action == "action_default_fallback"
    lines = told(turn)
    assert "no rule fits" in lines
    assert "wants intent" in lines


def test_a_form_is_explained_from_its_opening_to_its_end(trips: Assistant) -> None:
    opened, city, guests = turns_of(trips, "travel", "to Oslo", "four of us")
    assert opened.steps[0].came[0] == "form trip is active"
    assert [(s.slot, s.filled, s.value) for s in city.slots if s.filled] == [("city", True, "Oslo")]
    assert "the form trip goes on" in told(city)
    by_slot = {slot.slot: slot for slot in guests.slots}
    assert by_slot["guests"].value == "four of us"
    assert by_slot["guests"].why == "the message's text gives it"
    assert "the form ends" in told(guests)


def test_a_mapping_whose_condition_does_not_hold_says_so(trips: Assistant) -> None:
    [turn] = turns_of(trips, "hello")
    [guests] = [slot for slot in turn.slots if slot.slot == "guests"]
    assert not guests.filled
    assert guests.why == "no condition holds outside any form"
    assert "  city: no entity for it was found" in told(turn).splitlines()


def test_a_reason_that_several_mappings_and_slots_share_is_told_once(trips: Assistant) -> None:
    [turn] = turns_of(trips, "hello")
    [guests] = [slot for slot in turn.slots if slot.slot == "guests"]
    more = (guests, replace(guests, slot="rooms"), guests)
    lines = told(replace(turn, slots=(*turn.slots, *more))).splitlines()
    assert [line for line in lines if guests.why in line] == [
        "  guests, rooms are not filled: no condition holds outside any form"
    ]


def test_a_form_that_declined_is_told_before_what_was_done_instead(trips: Assistant) -> None:
    _, turn = turns_of(trips, "travel", "open")
    assert [(step.action, step.rejected) for step in turn.steps] == [
        ("trip", True),
        ("utter_hours", False),
        ("trip", False),
        ("action_listen", False),
    ]
    assert "trip declined, chosen by RulePolicy" in told(turn)
    again = turn.steps[2].rules
    assert again is not None
    assert again.why.endswith("has answered, back to the form trip")


def test_every_policy_is_heard(trips: Assistant) -> None:
    _, turn = turns_of(trips, "thanks", "bye")
    said = {one.policy: one for one in turn.steps[0].said}
    assert (said["MemoizationPolicy"].action, said["MemoizationPolicy"].confidence) == (
        "utter_bye",
        1.0,
    )
    assert said["RulePolicy"].action == "action_default_fallback"
    assert turn.steps[0].policy == "MemoizationPolicy"


def test_what_is_computed_again_is_what_happened(trips: Assistant) -> None:
    """Every decision of a long conversation, recomputed from the log alone."""
    said = ("hello", "travel", "open", "to Rome", "nothing", "four", "thanks", "bye", "/restart")
    turns = turns_of(trips, *said)
    assert len(turns) == len(said)
    for turn in turns:
        assert turn.same_model
        for step in turn.steps:
            if step.policy != "followup_action":
                assert step.now == step.action


def test_what_an_action_filled_is_not_ascribed_to_a_mapping(trips: Assistant) -> None:
    events = held(trips, "hello").events
    at = next(i for i, event in enumerate(events) if isinstance(event, UserUttered)) + 1
    filled = [*events[:at], SlotSet("vip", True), SlotSet("guests", "two"), *events[at:]]
    [turn] = explained(Tracker.start("ann", trips.domain).record(filled), trips)
    by_slot = {slot.slot: slot for slot in turn.slots if slot.filled}
    assert by_slot["vip"].why == "a validation action gives the value, if any; it gave this"
    assert (by_slot["guests"].decision, by_slot["guests"].why) == (None, "an action gave it")


def test_what_the_validation_left_out_or_changed_is_told(trips: Assistant) -> None:
    events = held(trips, "travel to Oslo").events
    without = [event for event in events if not isinstance(event, SlotSet)]
    [turn] = explained(Tracker.start("ann", trips.domain).record(without), trips)
    [city] = [slot for slot in turn.slots if slot.slot == "city"]
    assert (city.filled, city.why) == (
        False,
        "entity 'city' gives it, but the validation left it out",
    )
    changed = [replace(e, value="OSLO") if isinstance(e, SlotSet) else e for e in events]
    [turn] = explained(Tracker.start("ann", trips.domain).record(changed), trips)
    [city] = [slot for slot in turn.slots if slot.slot == "city"]
    assert (city.value, city.why) == (
        "OSLO",
        "entity 'city' gives it as 'Oslo'; the validation changed it",
    )


def test_where_the_model_would_now_do_something_else_it_is_told(trips: Assistant) -> None:
    events = held(trips, "hello").events
    other = [
        replace(e, name="utter_hours")
        if isinstance(e, ActionExecuted) and e.name == "utter_greet"
        else e
        for e in events
    ]
    [turn] = explained(Tracker.start("ann", trips.domain).record(other), trips)
    assert (turn.steps[0].action, turn.steps[0].now) == ("utter_hours", "utter_greet")
    assert "(the present model would do utter_greet)" in told(turn)


def test_one_turn_can_be_asked_for_by_its_message(trips: Assistant) -> None:
    tracker = held(trips, "hello", "bye")
    [turn] = explained(tracker, trips, message_id="2")
    assert turn.intent == "bye"
    assert explained(tracker, trips, message_id="3") == []


def test_json_holds_all_that_the_text_tells(trips: Assistant) -> None:
    [turn] = turns_of(trips, "hello")
    wire = turn.as_dict()
    assert wire["text"] == "hello"
    assert wire["intent"] == {"name": "greet", "confidence": 1.0}
    assert wire["same_model"] is True
    [step, _] = wire["steps"]
    assert step["rule"]["action"] == "utter_greet"
    assert step["rule"]["near_misses"][0].startswith("Rule 'Greet somebody important'")
    assert step["policies"][1]["scores"][0] == {"action": "utter_greet", "score": 1.0}
    assert set(wire["timings"]) >= {"parse_ms", "total_ms"}


def test_a_turn_of_another_model_says_so(trips: Assistant) -> None:
    tracker = held(trips, "hello")
    [turn] = explained(tracker, replace(trips, stamp={"model_id": "other"}))
    assert not turn.same_model
    assert "another model decided then" in told(turn)
