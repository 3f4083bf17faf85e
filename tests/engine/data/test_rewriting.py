from bespeak.data.annotations import annotated, parse
from bespeak.data.rewriting import Edit, rewritten
from bespeak.message import Example, Message


def example(text: str) -> Example:
    said, entities = parse(text)
    return Example(Message(said), "go", entities, source="data/nlu.yml:3")


def changed(text: str, *edits: Edit) -> str:
    found = rewritten(example(text), edits)
    return annotated(found.message.text, found.entities)


def test_entities_move_with_what_is_changed_before_and_behind_them() -> None:
    assert changed("to [Oslo](city) now", Edit(0, 2, "into"), Edit(8, 11, "")) == (
        "into [Oslo](city) "
    )


def test_what_is_put_in_at_an_edge_stays_outside_of_the_entity() -> None:
    assert changed("[Oslo](city)", Edit(0, 0, "to "), Edit(4, 4, ", please")) == (
        "to [Oslo](city), please"
    )


def test_words_within_an_entity_change_its_value_unless_it_is_canonical() -> None:
    assert changed("to [Oslo](city)", Edit(3, 4, "o")) == "to [oslo](city)"
    kept = changed('to [Oslo]{"entity": "city", "value": "OSL"}', Edit(3, 4, "o"))
    assert kept == 'to [oslo]{"entity": "city", "value": "OSL"}'


def test_edits_that_would_break_an_entity_or_overlap_are_left_out() -> None:
    assert changed("to [Oslo](city)", Edit(1, 5, "x")) == "to [Oslo](city)"
    assert changed("to [Oslo](city)", Edit(3, 7, " ")) == "to [Oslo](city)"
    assert changed("abcdef", Edit(0, 3, "x"), Edit(2, 5, "y")) == "xdef"


def test_roles_intent_and_place_stay_as_they_are() -> None:
    one = example('from [Oslo]{"entity": "city", "role": "start"}')
    found = rewritten(one, [Edit(0, 4, "FROM")])
    assert (found.intent, found.source) == (one.intent, one.source)
    assert found.entities == one.entities
