from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bespeak.errors import ModelError
from bespeak.message import Array, Entity, Example, Message
from bespeak.nlu import tagger_trainer
from bespeak.nlu.diet_model import look
from bespeak.nlu.tagger import Tagger
from bespeak.nlu.tagger_trainer import Settings
from bespeak.nlu.tagging import CommaSplit
from bespeak.nlu.tokenizers import WhitespaceTokenizer

CITIES = ("Rome", "Oslo", "New York", "Lima", "Cape Town", "Bonn")


def example(text: str, *entities: Entity) -> Example:
    [message] = WhitespaceTokenizer().process([Message(text)])
    return Example(message, "travel", entities)


def trips() -> list[Example]:
    found = []
    for i, start in enumerate(CITIES):
        end = CITIES[i - 1]
        text = f"from {start} to {end} please"
        at = text.index(f"to {end}") + 3
        found.append(
            example(
                text,
                Entity("city", start, 5, 5 + len(start), role="from"),
                Entity("city", end, at, at + len(end), role="to"),
            )
        )
        found.append(example(f"what a nice day number {i}"))
    return found


def trained(
    vectors: list[Array] | None = None, *, bilou: bool = True, thrifty: bool = False
) -> Tagger:
    annotated = [each.entities for each in trips()]
    settings = Settings(bilou=bilou, thrifty=thrifty)
    return tagger_trainer.train(trips(), annotated, look, vectors, settings)


def found(tagger: Tagger, text: str, vectors: Array | None = None) -> list[tuple[str, str | None]]:
    entities = tagger.entities(example(text).message, look, vectors, CommaSplit(), "me")
    return [(each.value, each.role) for each in entities]


@pytest.mark.parametrize("bilou", [True, False])
def test_entities_and_their_roles_are_found(bilou: bool) -> None:
    tagger = trained(bilou=bilou)
    assert list(tagger.layers) == ["entity", "role"]
    assert found(tagger, "from Paris to New Delhi please") == [
        ("Paris", "from"),
        ("New Delhi", "to"),
    ]
    assert found(tagger, "what a nice day") == []


def test_confidences_are_shares() -> None:
    [entity, _] = trained().entities(
        example("from Rome to Oslo please").message, look, None, CommaSplit(), "me"
    )
    assert entity.confidence is not None
    assert 0.5 < entity.confidence <= 1
    assert 0.5 < entity.extra["confidence_role"] <= 1


def vector_of(example: Example) -> Array:
    """Vectors that know a city when they see one."""
    random = np.random.default_rng(len(example.message.text))
    rows = random.normal(size=(len(example.message.tokens), 6)) * 0.1
    for row, token in zip(rows, example.message.tokens, strict=True):
        row[2] = 3.0 if token.text in "Rome Oslo New York Lima Cape Town Bonn Zzz" else -1.0
    return rows.astype(np.float32)


def test_vectors_tell_what_the_looks_of_a_word_do_not() -> None:
    vectors = [vector_of(each) for each in trips()]
    tagger = trained(vectors)
    text = "nobody likes Zzz"
    assert [value for value, _ in found(tagger, text, vector_of(example(text)))] == ["Zzz"]
    assert found(trained(), text) == []
    assert tagger.layers["entity"].dense.shape[0] == 6


def test_a_token_without_a_vector_counts_as_an_average_one() -> None:
    vectors = [vector_of(each) for each in trips()]
    vectors[0][:] = np.nan
    tagger = trained(vectors)
    text = "from Rome to Oslo please"
    none = np.full((5, 6), np.nan, np.float32)
    assert found(tagger, text, none) == [("Rome", "from"), ("Oslo", "to")]


def test_without_aligned_annotations_nothing_is_learned() -> None:
    cut = [[Entity("city", "Ro", 5, 7)], *([[]] * (len(trips()) - 1))]
    assert not tagger_trainer.train(trips(), cut, look, None, Settings()).layers


def test_thrift_gives_bilou_up_where_it_would_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(trained(thrifty=True).layers["entity"].labels) == {"O", "B-city", "L-city", "U-city"}
    monkeypatch.setattr(tagger_trainer, "WORK", 10)
    assert set(trained(thrifty=True).layers["entity"].labels) == {"O", "city"}
    assert "B-city" in trained(thrifty=False).layers["entity"].labels


def test_it_is_the_same_after_it_was_saved(tmp_path: Path) -> None:
    tagger = trained()
    tagger.save(tmp_path)
    message = example("from Lima to New York please").message
    before, after = (
        each.entities(message, look, None, CommaSplit(), "me")
        for each in (tagger, Tagger.load(tmp_path))
    )
    assert before == after
    assert [each.confidence for each in before] == [each.confidence for each in after]


def test_words_are_joined_as_in_the_training_data_also_after_it_was_saved(tmp_path: Path) -> None:
    films = ("Tom - Kim", "Ann - Sue", "Oslo - Lima", "Bonn - Rome")
    examples = [
        example(f"show {film} again", Entity("film", film, 5, 5 + len(film))) for film in films
    ]
    annotated = [each.entities for each in examples]
    tagger = tagger_trainer.train(examples, annotated, look, None, Settings(bilou=False))
    assert found(tagger, "show Paris - Wien again") == [("Paris - Wien", None)]
    tagger.save(tmp_path)
    assert Tagger.load(tmp_path).extents == tagger.extents
    assert tagger.extents.joints == {"film": frozenset({" - "})}


def test_a_folder_from_before_there_were_extents_is_read(tmp_path: Path) -> None:
    trained().save(tmp_path)
    (tmp_path / "layers.json").write_text('["entity", "role"]', "utf-8")
    assert found(Tagger.load(tmp_path), "from Lima to Bonn please")[0] == ("Lima", "from")


@pytest.mark.parametrize(
    "written",
    [None, "{", "{}", "3", '{"layers": ["entity"]}', '{"layers": ["entity"], "extents": {}}'],
)
def test_a_damaged_folder_is_refused(tmp_path: Path, written: str | None) -> None:
    if written:
        (tmp_path / "layers.json").write_text(written, "utf-8")
    with pytest.raises(ModelError, match="Train the model again"):
        Tagger.load(tmp_path)


def test_no_tokens_have_no_entities() -> None:
    assert found(trained(), "") == []
    message = replace(example("from Rome").message, tokens=())
    assert trained().entities(message, look, None, CommaSplit(), "me") == ()
