"""What a message fills, mapping by mapping."""

from dataclasses import replace
from typing import Any

import pytest

from bespeak.dialogue.slots import considered, slot_events
from bespeak.domain import (
    REQUESTED_SLOT,
    Domain,
    EntityType,
    Form,
    IntentType,
    MappingCondition,
    MappingType,
    Slot,
    SlotMapping,
    SlotType,
)
from bespeak.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from bespeak.message import Entity, Intent
from bespeak.tracker import Tracker

FROM_CITY = SlotMapping(MappingType.FROM_ENTITY, entity="city")
FROM_TEXT = SlotMapping(MappingType.FROM_TEXT)
IN_TRIP = (MappingCondition("trip"),)


def domain(
    *slots: Slot, form: Form | None = None, entities: tuple[str, ...] = ("city", "tag")
) -> Domain:
    asked = Slot(REQUESTED_SLOT)
    return Domain(
        intents={name: IntentType(name) for name in ("inform", "stop", "book")},
        entities={name: EntityType(name) for name in entities},
        slots={slot.name: slot for slot in (*slots, asked)},
        forms={"trip": form or Form("trip", tuple(slot.name for slot in slots))},
    )


def slot(*mappings: SlotMapping, name: str = "city", type: SlotType = SlotType.TEXT) -> Slot:
    return Slot(name, type, mappings)


def said(text: str = "to Rome", intent: str | None = "inform", **entities: Any) -> UserUttered:
    found = tuple(Entity(name, value) for name, value in entities.items())
    return UserUttered(text, Intent(intent), found)


def filled(domain: Domain, *events: Event) -> list[SlotSet]:
    return slot_events(considered(Tracker.start("c", domain).record(events), domain))


def reason(domain: Domain, *events: Event) -> str:
    [decision] = considered(Tracker.start("c", domain).record(events), domain)
    assert not decision.taken
    return decision.reason


def in_trip(asked: str | None = None) -> list[Event]:
    begun: list[Event] = [ActionExecuted("trip"), ActiveLoop("trip")]
    return [*begun, SlotSet(REQUESTED_SLOT, asked)] if asked else begun


def test_an_entity_fills_its_slot() -> None:
    assert filled(domain(slot(FROM_CITY)), said(city="Rome")) == [SlotSet("city", "Rome")]


def test_the_last_of_several_values_wins_and_a_list_gets_them_all() -> None:
    message = UserUttered("", Intent("inform"), (Entity("tag", "a"), Entity("tag", "b")))
    from_tag = SlotMapping(MappingType.FROM_ENTITY, entity="tag")
    slots = (
        slot(from_tag, name="one"),
        slot(from_tag, name="all", type=SlotType.LIST),
    )
    assert filled(domain(*slots), message) == [SlotSet("one", "b"), SlotSet("all", ["a", "b"])]


@pytest.mark.parametrize(
    "entity", [Entity("city", "Rome", role="to"), Entity("city", "x", group="1")]
)
def test_an_entity_with_a_role_or_group_does_not_fill_a_mapping_without(entity: Entity) -> None:
    message = UserUttered("", Intent("inform"), (entity,))
    assert reason(domain(slot(FROM_CITY)), message) == "no entity 'city' was found"


def test_a_mapping_with_role_and_group_takes_just_those() -> None:
    mapping = replace(FROM_CITY, role="to", group="1")
    plain, exact = Entity("city", "Rome"), Entity("city", "Oslo", role="to", group="1")
    message = UserUttered("", Intent("inform"), (exact, plain))
    assert filled(domain(slot(mapping)), message) == [SlotSet("city", "Oslo")]


def test_an_entity_that_the_domain_does_not_know_fills_nothing() -> None:
    unknown = domain(slot(FROM_CITY), entities=())
    assert reason(unknown, said(city="Rome")) == "the domain has no entity 'city'"


def test_an_intent_that_the_domain_does_not_know_fills_nothing() -> None:
    mapping = SlotMapping(MappingType.FROM_INTENT, intents=("inform", "gone"), value=1)
    assert reason(domain(slot(mapping)), said()) == "the domain has no intent 'gone'"


def test_the_default_intents_are_known() -> None:
    mapping = SlotMapping(MappingType.FROM_INTENT, intents=("out_of_scope",), value=True)
    assert filled(domain(slot(mapping)), said(intent="out_of_scope")) == [SlotSet("city", True)]


def test_text_and_intent_mappings_fill_whatever_was_said() -> None:
    from_intent = SlotMapping(MappingType.FROM_INTENT, value=0)
    slots = (slot(FROM_TEXT, name="words"), slot(from_intent, name="zero"))
    assert filled(domain(*slots), said("hello")) == [SlotSet("words", "hello"), SlotSet("zero", 0)]


def test_an_empty_text_is_a_value() -> None:
    assert filled(domain(slot(FROM_TEXT)), said("")) == [SlotSet("city", "")]


def test_the_first_mapping_that_yields_wins_and_later_ones_are_not_looked_at() -> None:
    both = domain(slot(FROM_CITY, FROM_TEXT, SlotMapping(MappingType.CUSTOM)))
    decisions = considered(Tracker.start("c", both).record([said("to Rome")]), both)
    assert [(d.mapping.type, d.taken) for d in decisions] == [
        (MappingType.FROM_ENTITY, False),
        (MappingType.FROM_TEXT, True),
    ]


def test_slots_are_filled_in_the_order_of_the_domain() -> None:
    names = ("zebra", "ant", "middle")
    slots = [slot(FROM_TEXT, name=name) for name in names]
    assert [event.name for event in filled(domain(*slots), said())] == list(names)


def test_a_missing_value_unsets_a_slot_but_is_no_event_where_none_was_set() -> None:
    null = UserUttered("", Intent("inform"), (Entity("city", None),))
    cities = domain(slot(FROM_CITY))
    assert filled(cities, null) == []
    assert filled(cities, SlotSet("city", "Rome"), null) == [SlotSet("city", None)]


def test_wanted_and_unwanted_intents_decide() -> None:
    only = domain(slot(replace(FROM_TEXT, intents=("book",))))
    assert reason(only, said()) == "the intent is 'inform', not 'book'"
    assert filled(only, said(intent="book"))
    never = domain(slot(replace(FROM_TEXT, not_intents=("stop",))))
    assert reason(never, said(intent="stop")) == "the intent is 'stop', which the mapping excludes"
    assert filled(never, said())


def test_a_message_without_intent_is_as_good_as_any_unless_intents_are_wanted() -> None:
    assert filled(domain(slot(FROM_TEXT)), said(intent=None))
    assert not filled(domain(slot(replace(FROM_TEXT, intents=("book",)))), said(intent=None))


class TestIgnoredIntents:
    form = Form("trip", ("city",), ignored_intents=("stop",))

    def test_the_form_ignores_them(self) -> None:
        cities = domain(slot(FROM_TEXT), form=self.form)
        assert reason(cities, *in_trip(), said(intent="stop")) == (
            "trip ignores messages of the intent 'stop'"
        )

    def test_outside_the_form_they_count(self) -> None:
        assert filled(domain(slot(FROM_TEXT), form=self.form), said(intent="stop"))

    def test_a_mapping_made_for_that_intent_counts(self) -> None:
        cities = domain(slot(replace(FROM_TEXT, intents=("stop",))), form=self.form)
        assert filled(cities, *in_trip(), said(intent="stop"))

    def test_a_mapping_for_other_forms_only_does_not_ask_this_one(self) -> None:
        elsewhere = replace(FROM_TEXT, conditions=(MappingCondition("other"),))
        cities = domain(slot(elsewhere), form=self.form)
        assert "no condition holds" in reason(cities, *in_trip(), said(intent="stop"))


class TestConditions:
    def test_any_one_must_hold(self) -> None:
        mapping = replace(FROM_TEXT, conditions=(MappingCondition("other"), *IN_TRIP))
        assert filled(domain(slot(mapping)), *in_trip(), said())
        assert reason(domain(slot(mapping)), said()) == "no condition holds outside any form"

    def test_the_slot_asked_for_must_be_the_one_named(self) -> None:
        mapping = replace(FROM_TEXT, conditions=(MappingCondition("trip", "city"),))
        assert filled(domain(slot(mapping)), *in_trip("city"), said())
        assert reason(domain(slot(mapping)), *in_trip("day"), said()) == (
            "no condition holds in trip that asks for day"
        )

    def test_no_form_may_be_active_where_none_is_named(self) -> None:
        mapping = replace(FROM_TEXT, conditions=(MappingCondition(None),))
        assert filled(domain(slot(mapping)), said())
        assert not filled(domain(slot(mapping)), *in_trip(), said())

    def test_a_form_that_was_just_rejected_does_not_fill_what_it_asked_for(self) -> None:
        mapping = replace(FROM_TEXT, conditions=IN_TRIP)
        rejected = [*in_trip("city"), said(), ActionExecutionRejected("trip"), said()]
        assert reason(domain(slot(mapping)), *rejected) == (
            "trip was just rejected while it asked for this slot"
        )
        assert filled(domain(slot(mapping, name="day")), *rejected)
        assert filled(domain(slot(FROM_TEXT)), *rejected), "only conditions are affected"


class TestUniqueEntities:
    """A form with two cities: which one is meant, only the question tells."""

    slots = (slot(FROM_CITY, name="origin"), slot(FROM_CITY, name="target"))

    def test_only_the_slot_asked_for_is_filled(self) -> None:
        cities = domain(*self.slots)
        got = filled(cities, *in_trip("target"), said(city="Rome"))
        assert got == [SlotSet("target", "Rome")]
        [origin, _] = considered(
            Tracker.start("c", cities).record([*in_trip("target"), said(city="Rome")]), cities
        )
        assert origin.reason == (
            "trip did not ask for it, and 'city' could fill 'origin' or 'target'"
        )

    def test_outside_the_form_both_are_filled(self) -> None:
        assert len(filled(domain(*self.slots), said(city="Rome"))) == 2

    def test_a_slot_that_the_form_does_not_want_is_filled(self) -> None:
        cities = domain(*self.slots, form=Form("trip", ("target",)))
        assert len(filled(cities, *in_trip("target"), said(city="Rome"))) == 2

    def test_mappings_that_differ_tell_the_slots_apart(self) -> None:
        other = slot(replace(FROM_CITY, intents=("inform",)), name="origin")
        cities = domain(other, self.slots[1])
        assert len(filled(cities, *in_trip("target"), said(city="Rome"))) == 2


class TestTriggerIntents:
    mapping = SlotMapping(
        MappingType.FROM_TRIGGER_INTENT, intents=("book",), value="asked", conditions=IN_TRIP
    )

    def test_they_fill_only_while_their_form_is_active(self) -> None:
        how = domain(slot(self.mapping))
        assert filled(how, *in_trip(), said(intent="book")) == [SlotSet("city", "asked")]
        assert reason(how, said(intent="book")) == (
            "no form is active that the intent could have begun"
        )

    def test_another_form_does_not_count(self) -> None:
        how = domain(slot(self.mapping))
        assert reason(how, ActiveLoop("other"), said(intent="book")) == "the active form is other"

    def test_without_conditions_any_form_counts(self) -> None:
        anywhere = domain(slot(replace(self.mapping, conditions=())))
        assert filled(anywhere, ActiveLoop("other"), said(intent="book"))


class TestCustomMappings:
    def test_they_name_the_action_to_ask(self) -> None:
        mapping = SlotMapping(MappingType.CUSTOM, action="action_guess")
        guessed = domain(slot(mapping))
        [decision] = considered(Tracker.start("c", guessed).record([said()]), guessed)
        assert (decision.taken, decision.action) == (False, "action_guess")

    def test_conditions_hold_them_back(self) -> None:
        mapping = SlotMapping(MappingType.CUSTOM, action="action_guess", conditions=IN_TRIP)
        guessed = domain(slot(mapping))
        [decision] = considered(Tracker.start("c", guessed).record([said()]), guessed)
        assert decision.action is None

    def test_without_an_action_a_validation_is_trusted(self) -> None:
        assert "validation" in reason(domain(slot(SlotMapping(MappingType.CUSTOM))), said())


def test_automatic_slots_are_never_mapped() -> None:
    asked = Slot(REQUESTED_SLOT, mappings=(FROM_TEXT,))
    assert filled(Domain(slots={REQUESTED_SLOT: asked}), said()) == []


def test_nothing_was_said_yet() -> None:
    assert filled(domain(slot(FROM_CITY, FROM_TEXT))) == []
