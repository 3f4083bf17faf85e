from pathlib import Path

import pytest

from bespeak.errors import ModelError
from bespeak.nlu.encoder.shape import Shape
from tests.engine.nlu.encoder import bert


def test_a_shape_is_read_from_the_published_files(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path, hidden=48, heads=6, layers=5)
    assert Shape.read(folder) == Shape(48, 6, 5, 64, 1e-12, 64, "mean")


def test_the_published_length_and_pooling_are_kept(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 24}')
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    shape = Shape.read(folder)
    assert (shape.pieces, shape.pooling) == (24, "cls")


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"model_type": "deberta-v2"}, "type 'deberta-v2'; known here: bert, roberta, xlm-rob"),
        ({"hidden_act": "relu"}, "hidden_act 'relu'"),
        ({"position_embedding_type": "relative_key"}, "'relative_key'"),
        ({"hidden_size": "wide"}, "not a BERT configuration"),
    ],
)
def test_another_kind_of_encoder_is_refused(
    tmp_path: Path, config: dict[str, str], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        Shape.read(bert.publish(tmp_path, config=config))


def test_a_damaged_configuration_is_refused(tmp_path: Path) -> None:
    folder = bert.publish(tmp_path)
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match="is not JSON"):
        Shape.read(folder)


@pytest.mark.parametrize("kind", ["xlm-roberta", "mpnet"])
def test_where_places_are_counted_from_the_padding_on_there_are_fewer(
    tmp_path: Path, kind: str
) -> None:
    shape = Shape.read(bert.publish(tmp_path, kind=kind))
    assert (shape.positions, shape.first, shape.pieces) == (64, 2, 62)


def test_another_way_to_make_sentence_vectors_is_refused(tmp_path: Path) -> None:
    bert.publish(tmp_path)
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"pooling_mode_max_tokens": true}')
    with pytest.raises(ModelError, match="by max_tokens; known here: mean_tokens, cls_token"):
        Shape.read(tmp_path)
