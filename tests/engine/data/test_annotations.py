import pytest

from bespeak.data.annotations import AnnotationError, annotated, parse
from bespeak.message import Entity


@pytest.mark.parametrize(
    ("written", "text", "entities"),
    [
        ("plain [text]", "plain [text]", ()),
        ("to [Rome](city) now", "to Rome now", (Entity("city", "Rome", 3, 7),)),
        ("[NYC](city:New York)", "NYC", (Entity("city", "New York", 0, 3),)),
        ("[a](b:c:d)", "a", (Entity("b", "c:d", 0, 1),)),
        (
            'from [Rome]{"entity": "city", "role": "from", "value": "ROM"} to [Oslo](city)',
            "from Rome to Oslo",
            (Entity("city", "ROM", 5, 9, role="from"), Entity("city", "Oslo", 13, 17)),
        ),
        (
            'x [a b][{"entity": "city", "group": "1"}, {"entity": "n", "value": 3}] y',
            "x a b y",
            (Entity("city", "a b", 2, 5, group="1"), Entity("n", 3, 2, 5)),
        ),
        ("🙂 [Köln](city)", "🙂 Köln", (Entity("city", "Köln", 2, 6),)),
        ("[x]() [y] (z) [q](t:)", "[x]() [y] (z) [q](t:)", ()),
        ("[x][] y", "x y", ()),
    ],
)
def test_annotations_are_read_with_offsets_in_the_plain_text(
    written: str, text: str, entities: tuple[Entity, ...]
) -> None:
    assert parse(written) == (text, entities)
    assert all(text[e.start : e.end] for e in entities)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[a]{entity: x}", "is no JSON"),
        ('[a]{"role": "x"}', 'needs the text "entity"'),
        ('[a]{"entity": "x", "role": 1}', "'role' must be text"),
        ('[a]{"entity": "x", "value": true}', "'value' must be text or a number"),
        ('[a]{"entity": "x", "value": null}', "'value' must be text or a number"),
    ],
)
def test_wrong_annotations_say_what_is_wrong(written: str, said: str) -> None:
    with pytest.raises(AnnotationError, match=said):
        parse(written)


@pytest.mark.parametrize(
    "written",
    [
        "to [Rome](city) now",
        '[NYC]{"entity": "city", "value": "New York"}',
        '[Rome]{"entity": "city", "role": "from", "group": "1"}!',
        'x [a b][{"entity": "city", "group": "1"}, {"entity": "n", "value": 3}] y',
    ],
)
def test_what_is_written_is_read_again(written: str) -> None:
    assert annotated(*parse(written)) == written
