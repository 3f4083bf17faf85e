import re

import pytest

from bespeak.message import Entity, Token
from bespeak.nlu import tagging
from bespeak.nlu.extents import Extents
from bespeak.nlu.tagging import CommaSplit


def tokens(text: str) -> tuple[Token, ...]:
    found, start = [], 0
    for word in re.findall(r"\w+", text):
        start = text.index(word, start)
        found.append(Token(word, start, start + len(word)))
        start += len(word)
    return tuple(found)


def spans(
    text: str,
    entity: list[str],
    *,
    split: bool | dict[str, bool] = True,
    extents: Extents | None = None,
    **layers: list[str],
) -> list[tuple[str, str, str | None, str | None]]:
    tags = {"entity": entity, **layers}
    sure = {layer: [0.9] * len(row) for layer, row in tags.items()}
    option = CommaSplit.from_option(split)
    found = tagging.entities(text, tokens(text), tags, sure, option, extents or Extents(), "me")
    return [(each.name, each.value, each.role, each.group) for each in found]


TEXT = "fly from New York City to Rome"
CITIES = (Entity("city", "New York City", 9, 22, role="from"), Entity("city", "Rome", 26, 30))


def test_bilou_says_where_in_an_entity_a_token_stands() -> None:
    assert tagging.tagged(tokens(TEXT), CITIES, "entity", bilou=True) == [
        *("O", "O", "B-city", "I-city", "L-city", "O", "U-city")
    ]


def test_plain_tags_are_names() -> None:
    assert tagging.tagged(tokens(TEXT), CITIES, "entity", bilou=False) == [
        *("O", "O", "city", "city", "city", "O", "city")
    ]


def test_a_layer_has_the_tags_of_entities_that_are_named_in_it() -> None:
    assert tagging.tagged(tokens(TEXT), CITIES, "role", bilou=True)[2:] == [
        *("B-from", "I-from", "L-from", "O", "O")
    ]
    assert set(tagging.tagged(tokens(TEXT), CITIES, "group", bilou=True)) == {"O"}


def test_an_entity_that_cuts_a_word_is_left_out_and_named() -> None:
    cut = Entity("city", "New Yo", 9, 15)
    assert set(tagging.tagged(tokens(TEXT), [cut], "entity", bilou=True)) == {"O"}
    assert tagging.misaligned(tokens(TEXT), [cut, CITIES[1]]) == [cut]


@pytest.mark.parametrize("bilou", [True, False])
def test_tags_give_the_entities_back(bilou: bool) -> None:
    rows = {
        layer: tagging.tagged(tokens(TEXT), CITIES, layer, bilou=bilou)
        for layer in ("entity", "role")
    }
    found = spans(TEXT, rows["entity"], role=rows["role"])
    assert found == [("city", "New York City", "from", None), ("city", "Rome", None, None)]


@pytest.mark.parametrize(
    ("tags", "values"),
    [
        (["U-city", "U-city"], ["Paris", "Rome"]),
        (["B-city", "L-city"], ["Paris Rome"]),
        (["city", "city"], ["Paris Rome"]),
        (["city", "place"], ["Paris", "Rome"]),
        (["L-city", "O"], ["Paris"]),
        (["O", "I-city"], ["Rome"]),
        (["B-city", "U-place"], ["Paris", "Rome"]),
    ],
)
def test_neighbours_are_one_entity_where_their_tags_say_so(
    tags: list[str], values: list[str]
) -> None:
    assert [value for _, value, _, _ in spans("Paris Rome", tags)] == values


@pytest.mark.parametrize(
    ("text", "split", "values"),
    [
        ("Main St.10", True, ["Main St.10"]),
        ("Main St. 10", True, ["Main St", "10"]),
        ("Main St. 10", False, ["Main St. 10"]),
        ("Main St., 10", False, ["Main St., 10"]),
        ("Main St.,  10", False, ["Main St", "10"]),
        ("Main St & 10", False, ["Main St", "10"]),
        ("Main St, 10", {"place": False}, ["Main St, 10"]),
        ("Main St, 10", {"other": False}, ["Main St", "10"]),
    ],
)
def test_what_stands_between_parts_neighbours(
    text: str, split: bool | dict[str, bool], values: list[str]
) -> None:
    found = spans(text, ["place", "place", "place"], split=split)
    assert [value for _, value, _, _ in found] == values


@pytest.mark.parametrize(
    ("text", "split", "values"),
    [
        ("Main St & 10", True, ["Main St & 10"]),
        ("Main St & 10", False, ["Main St & 10"]),
        ("Main & St, 10", True, ["Main & St", "10"]),
        ("Main & St, 10", False, ["Main & St, 10"]),
        ("Main &  St 10", True, ["Main", "St 10"]),
    ],
)
def test_what_joined_annotated_words_joins_others_but_no_comma(
    text: str, split: bool, values: list[str]
) -> None:
    extents = Extents({"place": frozenset({" & ", ", "}), "city": frozenset({" &  "})})
    found = spans(text, ["place", "place", "place"], split=split, extents=extents)
    assert [value for _, value, _, _ in found] == values


@pytest.mark.parametrize("bilou", [True, False])
def test_what_annotations_have_at_their_edges_belongs_to_an_entity(bilou: bool) -> None:
    text = "pay $50 now, or 60"
    price = Entity("price", "$50", 4, 7)
    row = tagging.tagged(tokens(text), [price], "entity", bilou=bilou)
    assert row == ["O", "U-price" if bilou else "price", "O", "O", "O"]
    row[-1] = row[1]
    extents = Extents(before={"price": frozenset({"$"})}, after={"other": frozenset({","})})
    assert [each[1] for each in spans(text, row, extents=extents)] == ["$50", "60"]


def test_a_new_role_or_group_begins_a_new_entity() -> None:
    assert spans("Paris Rome", ["city", "city"], role=["from", "to"]) == [
        ("city", "Paris", "from", None),
        ("city", "Rome", "to", None),
    ]
    assert spans("Paris Rome", ["city", "city"], group=["O", "1"]) == [
        ("city", "Paris", None, None),
        ("city", "Rome", None, "1"),
    ]


def test_an_entity_is_as_sure_as_its_least_sure_token_in_each_layer() -> None:
    [found] = tagging.entities(
        "New York",
        tokens("New York"),
        {"entity": ["B-city", "L-city"], "role": ["B-to", "L-to"], "group": ["O", "O"]},
        {"entity": [0.9, 0.7], "role": [0.4, 0.6], "group": [0.9, 0.9]},
        CommaSplit(),
        Extents(),
        "me",
    )
    assert found.to_dict() == {
        "entity": "city",
        "start": 0,
        "end": 8,
        "role": "to",
        "value": "New York",
        "confidence_entity": 0.7,
        "confidence_role": 0.4,
        "extractor": "me",
    }


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("", "B-a", True),
        ("", "I-a", False),
        ("O", "L-a", False),
        ("B-a", "L-a", True),
        ("B-a", "I-b", False),
        ("B-a", "O", False),
        ("I-a", "U-a", False),
        ("L-a", "B-a", True),
        ("U-a", "O", True),
        ("a", "b", True),
    ],
)
def test_bilou_has_an_order(before: str, after: str, allowed: bool) -> None:
    assert tagging.may_follow(before, after) is allowed
