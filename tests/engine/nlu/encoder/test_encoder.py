import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from bespeak.errors import ModelError
from bespeak.nlu.encoder import installing
from bespeak.nlu.encoder.encoder import Encoder, prepare
from tests.engine.nlu.conftest import TINY
from tests.engine.nlu.encoder import bert


def words(encoder: Encoder, text: str) -> list[str]:
    [encoded] = encoder.encode([text])
    return [text[start:end] for start, end in encoded.offsets]


def test_a_text_has_a_vector_for_each_piece_and_one_for_the_whole(
    tiny: Encoder, published: Path
) -> None:
    [encoded] = tiny.encode(["hello playing!"])

    states = bert.hidden_states(published, encoded.ids)
    assert encoded.base.shape == encoded.top.shape == (6, 32)
    assert encoded.sentence.dtype == encoded.base.dtype == np.float32
    assert np.allclose(np.linalg.norm(encoded.sentence), 1, atol=1e-6)
    expected = states[-1].mean(axis=0)
    assert encoded.sentence @ (expected / np.linalg.norm(expected)) > 0.999


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("hello playing", ["", "hello", "play", "ing", ""]),
        ("  hello \n play", ["", "hello", "play", ""]),
        ("Café hello", ["", "Café", "hello", ""]),
        ("Cafe\u0301 hello", ["", "Cafe", "hello", ""]),
        ("你 世play", ["", "你", "世", "play", ""]),
    ],
)
def test_offsets_are_characters_of_the_text(tiny: Encoder, text: str, pieces: list[str]) -> None:
    assert words(tiny, text) == pieces


def test_blanks_that_a_tokenizer_counts_in_belong_to_no_piece(cache: Path, published: Path) -> None:
    """As in XLM-R's: a piece of a word's beginning holds the blank before it."""
    pieces = [("<unk>", 0.0), ("<s>", 0.0), ("</s>", 0.0), ("▁", -9.0)]
    pieces += [("▁hel", -1.0), ("lo", -1.0), ("▁play", -1.0), ("ing", -1.0)]
    tokenizer = Tokenizer(Unigram(pieces, unk_id=0))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    tokenizer.save(str(published / "tokenizer.json"))
    encoder = Encoder.of(published)

    assert words(encoder, "hello  playing") == ["", "hel", "lo", "", "play", "ing", ""]
    [encoded] = encoder.encode(["hello playing"])
    assert list(encoded.pieces([(0, 5), (6, 13)])) == [1, 3]


def test_spans_are_met_by_their_first_piece(tiny: Encoder) -> None:
    text = "hello playing \u200b !"
    [encoded] = tiny.encode([text])
    spans = [(0, 5), (6, 13), (10, 13), (14, 15), (16, 17), (17, 17)]
    assert [
        text[slice(*encoded.offsets[row])] if row >= 0 else None for row in encoded.pieces(spans)
    ] == ["hello", "play", "ing", None, "!", None]


def test_a_span_within_a_piece_is_met_by_that_piece(tiny: Encoder) -> None:
    [encoded] = tiny.encode(["hello"])
    assert list(encoded.pieces([(0, 2), (2, 5)])) == [1, 1]


@pytest.mark.parametrize("text", ["", "   ", "\n", "\u200b", "你", "x" * 200])
def test_a_text_that_says_nothing_is_similar_to_nothing(tiny: Encoder, text: str) -> None:
    [encoded] = tiny.encode([text])
    assert encoded.base.shape == encoded.top.shape == (0, 32)
    assert not encoded.sentence.any()
    assert list(encoded.pieces([(0, 1)])) == [-1]


@pytest.mark.parametrize("text", ["hello " * 1000, "hello" + " " * 9000 + "hello"])
def test_a_long_text_is_cut_and_says_so(tiny: Encoder, text: str) -> None:
    [encoded] = tiny.encode([text])
    assert encoded.truncated
    assert len(encoded.ids) <= tiny.shape.pieces == 64
    assert encoded.offsets[-2][1] <= len(text)


def test_a_long_text_without_a_word_that_is_known_says_nothing(tiny: Encoder) -> None:
    [encoded] = tiny.encode(["x" * 100_000])
    assert encoded.truncated
    assert not encoded.sentence.any()


def test_a_text_is_encoded_alike_whatever_stands_beside_it(tiny: Encoder) -> None:
    [alone] = tiny.encode(["hello"])
    _, beside = tiny.encode(["play! play! play! play!", "hello"])
    assert np.array_equal(alone.top, beside.top)
    assert np.array_equal(alone.sentence, beside.sentence)
    assert not alone.truncated


def test_the_first_piece_is_the_sentence_where_the_encoder_was_made_so(
    cache: Path, published: Path
) -> None:
    (published / "1_Pooling").mkdir()
    (published / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    installing.install(published, TINY)
    [encoded] = Encoder.installed(TINY).encode(["hello playing"])
    assert np.allclose(encoded.sentence, encoded.top[0] / np.linalg.norm(encoded.top[0]))


def test_a_saved_encoder_needs_no_weights(
    tiny: Encoder, cache: Path, published: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    tiny.save(archive)
    [before] = tiny.encode(["hello playing"])
    shutil.rmtree(cache)
    shutil.rmtree(published)

    loaded = Encoder.load(archive)

    assert np.array_equal(loaded.encode(["hello playing"])[0].sentence, before.sentence)
    assert (loaded.name, loaded.sha256) == (tiny.name, tiny.sha256)


def test_graphs_are_built_once_and_again_for_other_weights(
    cache: Path, published: Path, tmp_path: Path
) -> None:
    folder = installing.install(published, TINY)
    first = prepare(folder, split=1)
    built = (first / "base.onnx").stat().st_mtime_ns
    assert prepare(folder, split=1) == first
    assert (first / "base.onnx").stat().st_mtime_ns == built
    assert prepare(folder, split=2) != first

    installing.install(bert.publish(tmp_path / "other", hidden=16), TINY)
    assert prepare(folder, split=1) != first
    assert all(not path.name.startswith(".") for path in (cache / "graphs").iterdir())


def test_an_encoder_cannot_be_parted_outside_its_layers(cache: Path, published: Path) -> None:
    with pytest.raises(ModelError, match="3 layers cannot be parted after layer 3"):
        prepare(installing.install(published, TINY), split=3)


def test_wherever_it_is_parted_the_vectors_are_the_same(tiny: Encoder, tmp_path: Path) -> None:
    assert tiny.parted(2) is tiny
    assert tiny.parted(9) is tiny  # one layer is left to BASE
    other = tiny.parted(1)
    assert (tiny.split, other.split) == (1, 2)
    [one], [same] = (each.encode(["hello playing"]) for each in (tiny, other))
    assert not np.array_equal(one.base, same.base)
    assert np.allclose(one.sentence, same.sentence, atol=1e-6)

    tiny.save(tmp_path)
    with pytest.raises(ModelError, match="from a model's archive cannot be parted"):
        Encoder.load(tmp_path).parted(1)


def test_an_encoder_that_is_not_installed_names_the_command(cache: Path) -> None:
    with pytest.raises(ModelError, match="bespeak encoder install"):
        Encoder.installed(TINY)


def test_a_damaged_folder_is_refused(tiny: Encoder, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    folder.mkdir()
    tiny.save(folder)
    (folder / "top.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match="damaged' cannot be read"):
        Encoder.load(folder)


def test_a_folder_of_another_version_is_refused(tiny: Encoder, tmp_path: Path) -> None:
    folder = tmp_path / "newer"
    folder.mkdir()
    tiny.save(folder)
    settings = json.loads((folder / "encoder.json").read_text())
    (folder / "encoder.json").write_text(json.dumps({**settings, "format": 99}))
    with pytest.raises(ModelError, match="another version of Bespeak"):
        Encoder.load(folder)


def test_saving_says_so_where_the_source_is_gone(tiny: Encoder, tmp_path: Path) -> None:
    shutil.rmtree(tiny.folder)
    with pytest.raises(ModelError, match="is gone"):
        tiny.save(tmp_path)


def test_serving_imports_neither_onnx_nor_a_learning_library(tiny: Encoder, tmp_path: Path) -> None:
    folder = tmp_path / "served"
    folder.mkdir()
    tiny.save(folder)
    program = (
        "import sys; from pathlib import Path; from bespeak.nlu.encoder.encoder import Encoder; "
        f"Encoder.load(Path({str(folder)!r})).encode(['hello']); "
        "print(sorted({'onnx', 'sklearn', 'scipy', 'torch', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_minilm_in_int8_is_close_to_minilm_in_float32(minilm: Encoder) -> None:
    folder = Path(minilm.folder).parents[1] / "encoders" / minilm.name
    texts = [
        "I have lost my card, what should I do?",
        "hi",
        "why was I charged twice for the same order on Tuesday?",
    ]
    for encoded in minilm.encode(texts):
        states = bert.hidden_states(folder, encoded.ids)
        exact = states[-1].mean(axis=0)
        assert encoded.sentence @ (exact / np.linalg.norm(exact)) > 0.985
        assert (encoded.sentence.shape, encoded.base.shape[1]) == ((384,), 384)


def test_minilm_knows_what_is_meant(minilm: Encoder) -> None:
    asked, same, other = (
        encoded.sentence
        for encoded in minilm.encode(
            ["Where is my parcel?", "When will my package arrive?", "I like green tea."]
        )
    )
    assert asked @ same > asked @ other + 0.4


def test_minilm_tells_emoji_apart(minilm: Encoder) -> None:
    angry, fine, words = minilm.encode(["😡", "👍", "an angry face"])
    assert angry.sentence @ words.sentence > fine.sentence @ words.sentence + 0.1
    assert set(fine.offsets) == {(0, 0), (0, 1)}
    assert list(minilm.encode(["ok 👍 fine"])[0].pieces([(0, 2), (3, 4), (5, 9)])) == [1, 2, 5]
