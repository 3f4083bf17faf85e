import numpy as np
import pytest

from bespeak.message import Array
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.encoder.memory import Memory, remembering
from bespeak.nlu.encoder.top import Top

TEXTS = ["hello playing!", "Hello  playing!", "play", "", "hello " * 1000]

KEYS = [b"1", b"2", b"3"]


def states(value: float) -> Array:
    return np.full((2, 8), value, np.float32)  # 64 bytes


def test_what_was_computed_once_is_recalled() -> None:
    memory = Memory()
    first = memory.recall(("encoder", "base", b"1"), lambda: states(1))
    assert memory.recall(("encoder", "base", b"1"), lambda: states(2)) is first
    for other in (("another", "base", b"1"), ("encoder", "top", b"1"), ("encoder", "base", b"2")):
        assert memory.recall(other, lambda: states(2)) is not first


def test_a_full_memory_keeps_what_it_has() -> None:
    memory = Memory(most=130)

    def recalled(value: float) -> list[Array]:
        return [memory.recall(("encoder", "base", key), lambda: states(value)) for key in KEYS]

    first, again = recalled(1), recalled(2)
    assert again[0] is first[0] and again[1] is first[1]
    assert (again[2] == 2).all()


def test_what_is_remembered_cannot_be_written_to() -> None:
    kept = Memory().recall(("encoder", "base", b""), lambda: states(1))
    with pytest.raises(ValueError, match="read-only"):
        kept[0] = 2


def test_vectors_are_the_same_whether_recalled_or_read(tiny: Encoder) -> None:
    plain = tiny.encode(TEXTS)
    with remembering():
        first, again = tiny.encode(TEXTS), tiny.encode(TEXTS)
    for remembered in (first, again):
        for one, other in zip(plain, remembered, strict=True):
            assert np.array_equal(one.base, other.base)
            assert np.array_equal(one.top, other.top)
            assert np.array_equal(one.sentence, other.sentence)
            assert (one.offsets, one.truncated) == (other.offsets, other.truncated)


def test_within_a_block_a_text_is_read_once_by_whoever_opens_the_encoder(tiny: Encoder) -> None:
    opened_again = Encoder.load(tiny.folder)
    with remembering():
        [one] = tiny.encode(["hello"])
        with remembering():
            [other] = opened_again.encode(["HELLO"])
        assert np.shares_memory(one.base, other.base)
        assert np.shares_memory(one.top, other.top)
    [later] = tiny.encode(["hello"])
    assert not np.shares_memory(one.base, later.base)


def test_what_a_project_trained_is_not_taken_for_the_encoder(tiny: Encoder) -> None:
    own = Top((tiny.folder / "top.onnx").read_bytes()).session
    with remembering():
        begun = tiny.begin("hello")
        whole = tiny.finish(begun)
        assert not np.shares_memory(tiny.finish(begun, own).top, whole.top)
