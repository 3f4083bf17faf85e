from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.errors import ExtensionError
from bespeak.message import Entity, Lookup, Message, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.conflicts import EntityConflictResolver
from bespeak.nlu.duckling import DucklingEntityExtractor
from bespeak.nlu.patterns import RegexEntityExtractor
from bespeak.nlu.synonyms import EntitySynonymMapper
from bespeak.testing.components import DATA, ComponentContract
from tests.engine.nlu.learning import trained, understood

TEXT = "fly to New York City"
DIET, REGEX = "DIETClassifier", "RegexEntityExtractor"


class TestContract(ComponentContract):
    @pytest.fixture(
        params=[{}, {"policy": "confidence"}, {"policy": "priority", "priority": [REGEX]}], ids=str
    )
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: EntityConflictResolver(**request.param)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return [RegexEntityExtractor(), EntitySynonymMapper()]


def entity(name: str, text: str, extractor: str, confidence: float | None = None) -> Entity:
    start = TEXT.index(text)
    end = start + len(text)
    return Entity(name, text, start, end, extractor=extractor, confidence=confidence)


CITY = entity("city", "New York", DIET, 0.6)
LONG = entity("city", "New York City", REGEX)
STATE = entity("state", "New York", "SpacyEntityExtractor", 0.9)
ALL = (CITY, LONG, STATE)


def kept(*entities: Entity, **options: Any) -> tuple[Entity, ...]:
    (message,) = EntityConflictResolver(**options).process([Message(TEXT, entities=entities)])
    return message.entities


@pytest.mark.parametrize(
    ("options", "entities", "holds"),
    [
        ({}, ALL, LONG),
        ({"policy": "longest"}, (CITY, STATE), STATE),  # as long, but surer
        ({"policy": "confidence"}, ALL, LONG),  # a pattern does not doubt
        ({"policy": "confidence"}, (CITY, STATE), STATE),
        ({"policy": "priority", "priority": [DIET, REGEX]}, ALL, CITY),
        ({"policy": "priority", "priority": [REGEX]}, (STATE, LONG), LONG),
        ({"policy": "priority", "priority": ["CRFEntityExtractor"]}, (CITY, STATE), STATE),
    ],
)
def test_of_entities_that_overlap_one_holds(
    options: dict[str, Any], entities: Sequence[Entity], holds: Entity
) -> None:
    assert kept(*entities, **options) == (holds,)


def test_of_equals_the_first_in_the_pipeline_holds() -> None:
    one, other = entity("city", "New York", DIET), entity("state", "New York", REGEX)
    assert kept(one, other) == (one,)
    assert kept(other, one) == (other,)


def test_what_does_not_overlap_stays_in_order() -> None:
    fly, york = entity("verb", "fly", REGEX), entity("city", "York", DIET)
    placeless = Entity("mood", "good")
    assert kept(york, placeless, fly) == (york, placeless, fly)


def test_neighbours_that_touch_do_not_overlap() -> None:
    one, other = Entity("a", "fl", 0, 2), Entity("b", "y", 2, 3)
    assert kept(one, other) == (one, other)


def test_what_holds_takes_over_the_role_and_group_of_the_same_entity() -> None:
    found = entity("city", "New York", REGEX)
    labelled = Entity(
        *("city", "New York", 7, 15, "to", "1", DIET, 0.7),
        extra={"confidence_role": 0.8, "confidence_group": 0.9},
    )
    (holds,) = kept(found, labelled, policy="priority", priority=[REGEX])
    assert holds.to_dict() == {
        "entity": "city",
        "start": 7,
        "end": 15,
        "role": "to",
        "group": "1",
        "value": "New York",
        "confidence_role": 0.8,
        "confidence_group": 0.9,
        "extractor": REGEX,
    }


def test_its_own_role_is_not_replaced() -> None:
    mine = Entity("city", "New York", 7, 15, role="from", extractor=REGEX)
    other = Entity("city", "New York", 7, 15, role="to", extractor=DIET)
    assert [each.role for each in kept(mine, other)] == ["from"]


def test_no_role_comes_from_an_entity_of_another_name_or_place() -> None:
    other = Entity("state", "New York", 7, 15, role="to", extractor=DIET)
    longer = Entity("city", "New York City", 7, 20, role="to", extractor=DIET)
    assert [e.role for e in kept(CITY, other, longer, policy="priority", priority=[DIET])] == ["to"]
    assert [e.role for e in kept(entity("city", "New York", REGEX), other)] == [None]


def test_without_it_all_extractors_are_heard() -> None:
    data = TrainingData(
        DATA.examples, lookups=(Lookup("city", ("New York",)),), patterns=DATA.patterns
    )
    extractors: list[Component] = [
        RegexEntityExtractor(),
        DucklingEntityExtractor(dimensions=["number", "time"]),
    ]
    text = "to New York on 24 May 2027"
    all_found = understood(trained(*extractors, data=data), text).entities
    resolved = understood(trained(*extractors, EntityConflictResolver(), data=data), text).entities
    assert [each.name for each in all_found] == ["city", "time"]
    assert resolved == all_found


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"policy": "shortest"}, "policy must be one of longest, confidence, priority"),
        ({"policy": "priority"}, "needs the list priority"),
        ({"policy": "priority", "priority": DIET}, "a list of extractors' names"),
    ],
)
def test_options_are_checked(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ExtensionError, match=told):
        EntityConflictResolver(**options)


SPANS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from((DIET, REGEX, None)))


@given(st.lists(SPANS, max_size=20), st.sampled_from(("longest", "confidence")))
def test_what_holds_never_overlaps_and_all_else_does(
    spans: list[tuple[int, int, str | None]], policy: str
) -> None:
    entities = [Entity("x", "v", start, end, extractor=who) for start, end, who in spans]
    holding = kept(*entities, policy=policy)
    places = sorted(span for each in holding if (span := placed(each)))
    assert all(one[1] <= other[0] for one, other in pairwise(places))
    for start, end, _ in spans:
        assert start >= end or any(start < stop and end > begin for begin, stop in places)


def placed(entity: Entity) -> tuple[int, int] | None:
    start, end = entity.start or 0, entity.end or 0
    return (start, end) if start < end else None
