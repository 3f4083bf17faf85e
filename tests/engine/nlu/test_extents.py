import pytest

from bespeak.message import Entity, Example, Message
from bespeak.nlu.extents import Extents, within
from bespeak.nlu.tokenizers import WhitespaceTokenizer


def annotated(text: str, *entities: tuple[str, str]) -> Example:
    """Return an example whose entities are these names' first occurrences in the text."""
    [message] = WhitespaceTokenizer().process([Message(text)])
    made = [Entity(name, v, text.index(v), text.index(v) + len(v)) for name, v in entities]
    return Example(message, "go", tuple(made))


def learned(*examples: Example) -> Extents:
    return Extents.learned(examples, [each.entities for each in examples])


def reached(extents: Extents, name: str, text: str, word: int) -> str:
    [message] = WhitespaceTokenizer().process([Message(text)])
    start, end = extents.reach(name, text, message.tokens, word, word)
    return text[start:end]


def test_joints_stand_between_the_words_of_an_annotated_entity() -> None:
    extents = learned(
        annotated("see Tom - Kim, Ann", ("film", "Tom - Kim")),
        annotated("see Tom: Kim", ("star", "Tom"), ("star", "Kim")),
        annotated("go to St. 10", ("place", "St. 10")),
        annotated("Rome Paris", ("film", "Rome Paris")),
    )
    assert extents == Extents({"film": frozenset({" - "}), "place": frozenset({". "})})
    assert extents.join("film", " - ", commas_split=True)
    assert not extents.join("star", " - ", commas_split=True)


def test_what_is_not_asked_for_is_not_learned_from() -> None:
    assert Extents.learned([annotated("Tom - Kim", ("film", "Tom - Kim"))], [[]]) == Extents()


def test_edges_belong_to_an_entity_where_annotations_mostly_have_them() -> None:
    extents = learned(
        annotated('we saw "Dune" there', ("film", '"Dune"')),
        annotated('they show "Alien".', ("film", '"Alien"')),
        annotated('"Heat" it is', ("film", '"Heat"')),
        annotated('not "Jaws" again', ("film", "Jaws")),
        annotated("in U. S. today", ("place", "U. S.")),
        annotated("I live in U. S.", ("place", "U. S.")),
        annotated("he is in Rome.", ("place", "Rome")),
    )
    assert extents.before == {"film": frozenset({'"'})}
    assert extents.after == {"film": frozenset({'"'}), "place": frozenset({"."})}
    assert reached(extents, "film", 'only "Psycho"', 1) == '"Psycho"'
    assert reached(extents, "book", 'only "Psycho"', 1) == "Psycho"
    assert reached(extents, "place", "to U. S. and back", 2) == "S."


@pytest.mark.parametrize("text", ["Tom…Kim", "Tom…Kim Ann"])
def test_what_no_blank_parts_from_another_word_belongs_to_neither(text: str) -> None:
    [message] = WhitespaceTokenizer().process([Message(text)])
    assert [token.text for token in message.tokens[:2]] == ["Tom", "Kim"]
    extents = Extents(before={"film": frozenset({"…"})}, after={"film": frozenset({"…"})})
    assert [reached(extents, "film", text, word) for word in (0, 1)] == ["Tom", "Kim"]


def test_the_words_of_an_entity_are_those_that_it_holds_whole() -> None:
    [message] = WhitespaceTokenizer().process([Message("see (Dune) in New York.")])
    words = {
        (4, 10): range(1, 2),
        (5, 9): range(1, 2),
        (14, 22): range(3, 5),
        (14, 23): range(3, 5),
        (14, 20): None,  # cuts a word
        (4, 5): None,  # has none
    }
    for (start, end), expected in words.items():
        assert within(message.tokens, Entity("any", "", start, end)) == expected
    assert within(message.tokens, Entity("any", "")) is None


def test_it_is_the_same_after_it_was_written_down() -> None:
    extents = learned(annotated("go to (Rome - Oslo)", ("trip", "(Rome - Oslo)")))
    assert extents.before and extents.joints and extents.after
    assert Extents.from_dict(extents.to_dict()) == extents
