from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bespeak.errors import ExtensionError, TrainingError
from bespeak.message import Entity, Example, Lookup, Message, Pattern, Sparse, TrainingData
from bespeak.nlu.patterns import RegexEntityExtractor, RegexFeaturizer
from bespeak.nlu.tokenizers import WhitespaceTokenizer

DATA = TrainingData(
    examples=(
        Example(Message("Oslo"), "x", (Entity("city", "Oslo", 0, 4), Entity("zip", "1", 0, 1))),
    ),
    patterns=(
        Pattern("zip", r"[0-9]{3,5}"),
        Pattern("help", "help|sos"),
        Pattern("city", "rom[ea]"),
    ),
    lookups=(Lookup("city", ("New York", "Oslo", "a.b")), Lookup("fruit", ("apple",))),
)


def rows(sparse: object) -> list[list[int]]:
    assert isinstance(sparse, Sparse)
    assert np.all(sparse.values == 1.0)
    return [
        sorted(map(int, sparse.indices[start:end]))
        for start, end in zip(sparse.indptr, sparse.indptr[1:], strict=False)
    ]


def featurized(text: str, **options: Any) -> Message:
    featurizer = RegexFeaturizer(**options)
    featurizer.train(DATA)
    (message,) = featurizer.process(WhitespaceTokenizer().process([Message(text)]))
    return message


def found(text: str, **options: Any) -> list[tuple[str, str]]:
    extractor = RegexEntityExtractor(**options)
    extractor.train(DATA)
    (message,) = extractor.process([Message(text)])
    return [(entity.name, entity.value) for entity in message.entities]


def test_each_regex_then_each_lookup_table_has_a_column_and_touches_tokens() -> None:
    features = featurized("help in New York 01234").features[0]
    assert features.origin == "RegexFeaturizer"
    assert rows(features.tokens) == [[1], [], [3], [3], [0]]
    assert rows(features.sentence) == [[0, 1, 3]]
    assert isinstance(features.tokens, Sparse) and features.tokens.width == 5


def test_features_are_case_sensitive_unless_told_otherwise() -> None:
    assert rows(featurized("OSLO").features[0].sentence) == [[]]
    assert rows(featurized("OSLO", case_sensitive=False).features[0].sentence) == [[3]]


@pytest.mark.parametrize(
    ("options", "columns"),
    [({"use_regexes": False}, [0]), ({"use_lookup_tables": False}, [2]), ({"alias": "r"}, [2, 3])],
    ids=str,
)
def test_kinds_of_patterns_can_be_left_out(options: dict[str, Any], columns: list[int]) -> None:
    assert rows(featurized("rome Oslo", **options).features[0].sentence) == [columns]


def test_the_names_that_touch_a_token_are_left_for_a_crf() -> None:
    assert featurized("rome 123 x").scratch["patterns"] == (("city",), ("zip",), ())


def test_two_featurizers_add_up_what_they_leave_for_a_crf() -> None:
    second = RegexFeaturizer(use_regexes=False, alias="second")
    second.train(DATA)
    (message,) = second.process([featurized("Oslo help", use_lookup_tables=False)])
    assert message.scratch["patterns"] == (("city",), ("help",))
    assert [features.origin for features in message.features] == ["RegexFeaturizer", "second"]


def test_only_names_that_the_examples_annotate_become_entities() -> None:
    assert found("help, apple in oslo 0150, roma") == [
        ("zip", "0150"),
        ("city", "roma"),
        ("city", "oslo"),
    ]


def test_an_entity_knows_its_span_and_extractor() -> None:
    extractor = RegexEntityExtractor()
    extractor.train(DATA)
    (message,) = extractor.process([Message("to NEW YORK", entities=(Entity("x", 1),))])
    assert [entity.to_dict() for entity in message.entities] == [
        {"entity": "x", "value": 1},
        {
            "entity": "city",
            "start": 3,
            "end": 11,
            "value": "NEW YORK",
            "extractor": "RegexEntityExtractor",
        },
    ]


def test_entities_are_not_case_sensitive_unless_told_otherwise() -> None:
    assert found("OSLO") == [("city", "OSLO")]
    assert found("OSLO", case_sensitive=True) == []


def test_lookup_values_are_whole_words_and_no_regexes_unless_told_otherwise() -> None:
    assert found("Oslofjord a.b axb") == [("city", "a.b")]
    assert found("Oslofjord", use_word_boundaries=False) == [("city", "Oslo")]


def test_without_any_pattern_it_finds_nothing_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    assert found("Oslo 123", use_regexes=False, use_lookup_tables=False) == []
    assert "RegexEntityExtractor finds nothing" in caplog.text


def test_a_regex_that_cannot_be_compiled_names_its_place() -> None:
    with pytest.raises(TrainingError, match=r"nlu.yml:7: the regex 'bad' cannot be used.*'\('"):
        RegexFeaturizer().train(TrainingData(patterns=(Pattern("bad", "(", "nlu.yml:7"),)))


CAFES = TrainingData(
    examples=(Example(Message("x y"), "x", (Entity("place", "x", 0, 1),)),),
    lookups=(Lookup("place", ("Café Zürich", "city", "running shoe", "Boxes", "São Tomé")),),
)


def places(text: str, *ignore: str) -> list[str]:
    extractor = RegexEntityExtractor(ignore=ignore)
    extractor.train(CAFES)
    (message,) = extractor.process([Message(text)])
    for entity in message.entities:
        assert text[entity.start : entity.end] == entity.value
    return [str(entity.value) for entity in message.entities]


@pytest.mark.parametrize(
    ("ignore", "text", "value"),
    [
        ("accents", "at cafe zurich?", "cafe zurich"),
        ("accents", "at cafe\u0301 zu\u0308rich?", "cafe\u0301 zu\u0308rich"),
        ("accents", "SAO TOME", "SAO TOME"),
        ("spacing", "the café  zürich", "café  zürich"),
        ("spacing", "the café-zürich!", "café-zürich"),
        ("spacing", "a running\u200b\nshoe", "running\u200b\nshoe"),
        ("plurals", "two cities", "cities"),
        ("plurals", "running shoes", "running shoes"),
        ("plurals", "one box", "box"),
    ],
)
def test_a_lookup_table_ignores_what_it_is_told_to(ignore: str, text: str, value: str) -> None:
    assert places(text, ignore) == [value]
    assert places(text) == []


def test_all_may_be_ignored_at_once_and_words_stay_whole() -> None:
    everything = ("accents", "plurals", "spacing")
    assert places("Cafe-Zurichs, cityscape, city", *everything) == ["Cafe-Zurichs", "city"]


def test_what_is_ignored_is_ignored_by_features_too(tmp_path: Path) -> None:
    learned = RegexFeaturizer(ignore=["plurals"], case_sensitive=False)
    learned.train(CAFES)
    learned.save(tmp_path)
    loaded = RegexFeaturizer(ignore=["plurals"], case_sensitive=False)
    loaded.load(tmp_path)
    for featurizer in (learned, loaded):
        tokenized = WhitespaceTokenizer().process([Message("two cities")])
        (message,) = featurizer.process(tokenized)
        assert message.scratch["patterns"] == ((), ("place",))


@pytest.mark.parametrize("component", [RegexFeaturizer, RegexEntityExtractor])
def test_what_cannot_be_ignored_is_refused(component: type[Any]) -> None:
    with pytest.raises(
        ExtensionError, match="a list of accents, plurals, spacing; found 'accents'"
    ):
        component(ignore="accents")
    with pytest.raises(ExtensionError, match="found \\['typos'\\]"):
        component(ignore=["typos"])
    with pytest.raises(ExtensionError, match="needs use_word_boundaries"):
        component(ignore=["accents"], use_word_boundaries=False)


@given(st.text(max_size=60), st.sets(st.sampled_from(("accents", "plurals", "spacing"))))
def test_any_text_can_be_searched(text: str, ignore: set[str]) -> None:
    places(f"{text} café {text}", *sorted(ignore))
