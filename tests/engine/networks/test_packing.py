import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bespeak[torch]'")

from bespeak.networks.packing import FAR, ROW, packed


@pytest.mark.parametrize("lengths", [[3], [40, 5, 30, 20, 1], [ROW + 9, 2, 8], [16] * 10])
def test_every_token_has_a_cell_of_its_own(lengths: list[int]) -> None:
    texts = packed(lengths)
    places = texts.places.tolist()
    assert len(places) == len(set(places)) == sum(lengths)
    assert max(places) < texts.rows * texts.width
    assert texts.width == max(ROW, *lengths)


def test_short_texts_share_a_row() -> None:
    assert packed([40, 5, 30, 20, 1]).rows == 2


def test_a_text_sees_itself_alone() -> None:
    lengths = [40, 5, 30, 20, 1]
    texts = packed(lengths)
    owner = np.full(texts.rows * texts.width, -1)
    owner[texts.places.numpy()] = np.repeat(np.arange(len(lengths)), lengths)
    grid = owner.reshape(texts.rows, texts.width)
    same = grid[:, :, None] == grid[:, None]
    assert np.array_equal(texts.apart[:, 0].numpy() == FAR, ~same)


def test_a_text_lies_in_one_piece_in_its_order() -> None:
    lengths = [7, 60, 3]
    texts = packed(lengths)
    for start, length in zip(texts.starts, lengths, strict=True):
        places = texts.places[start : start + length].tolist()
        assert places == list(range(places[0], places[0] + length))
        assert places[0] // texts.width == places[-1] // texts.width
