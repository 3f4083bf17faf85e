import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bespeak.data.noise import chance, kinds
from bespeak.data.rewriting import rewritten
from bespeak.message import Entity, Example, Message

ALL = sorted({*kinds("en"), *kinds("xx")})


def spoilt(kind: str, text: str, seed: int = 1, language: str = "en") -> str:
    edits = kinds(language)[kind](text, chance(seed, kind, text))
    return rewritten(Example(Message(text), "a"), edits).message.text


def test_every_kind_does_what_it_is_called() -> None:
    assert spoilt("lower case", "Hello I'm ANN") == "hello i'm ann"
    assert spoilt("UPPER CASE", "Straße") == "STRASSE"
    assert spoilt("no punctuation", "Hi, it's me! ann@shop.example, ok?") == (
        "Hi its me ann@shop.example ok"
    )
    assert spoilt("abbreviations", "Please tell me what you want") == "pls tell me what u want"
    assert spoilt("no accents", "Où est l'été, Straße?") == "Ou est l'ete, Strasse?"
    assert spoilt("abbreviations", "s'il vous plaît", language="fr-FR") == "svp"
    text = "cancel my order"
    assert len(spoilt("dropped letters", text)) == len(text) - 1
    assert len(spoilt("doubled letters", text)) == len(text) + 1
    assert len(spoilt("typos", text)) == len(text)
    assert spoilt("typos", text) != text
    assert len(spoilt("elongations", text)) >= len(text) + 2
    assert spoilt("emoji", text).replace(text, "").strip()


def test_the_same_seed_spoils_in_the_same_way_and_another_differently() -> None:
    text = "where is the parcel that I ordered yesterday"
    assert spoilt("typos", text, 1) == spoilt("typos", text, 1)
    assert len({spoilt("typos", text, seed) for seed in range(5)}) > 1


def test_short_words_and_marks_of_other_scripts_are_spared() -> None:
    for kind in ("typos", "dropped letters", "doubled letters"):
        assert spoilt(kind, "no go") == "no go"
    assert spoilt("no accents", "कि ข้าว ที่นี่ ひが") == "कि ข้าว ที่นี่ ひが"


def test_accents_are_taken_off_whether_they_are_part_of_the_letter_or_a_mark_behind_it() -> None:
    text = "Où est l'été à São Tomé, Ёлка?"
    assert spoilt("no accents", text) == "Ou est l'ete a Sao Tome, Елка?"
    assert spoilt("no accents", unicodedata.normalize("NFD", text)) == spoilt("no accents", text)


@pytest.mark.parametrize("kind", ALL)
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=80), at=st.integers(0, 40), size=st.integers(1, 20))
def test_any_text_can_be_spoilt_and_its_entity_stays_where_its_words_are(
    kind: str, text: str, at: int, size: int
) -> None:
    start, end = min(at, len(text)), min(at + size, len(text))
    entities = (Entity("thing", text[start:end], start, end),) if end > start else ()
    edits = kinds("en")[kind](text, chance(1, kind, text))
    assert all(0 <= edit.start <= edit.end <= len(text) for edit in edits)
    found = rewritten(Example(Message(text), "a", entities), edits)
    for entity in found.entities:
        assert entity.start is not None
        assert entity.value == found.message.text[entity.start : entity.end] != ""


def test_nothing_to_spoil_is_no_edit() -> None:
    for kind, noise in kinds("en").items():
        if kind != "emoji":
            assert noise("", chance(1, kind, "")) == []
