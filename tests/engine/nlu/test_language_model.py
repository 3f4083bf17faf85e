"""Language models that are built here, small and with random weights: none is fetched."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bespeak.errors import ExtensionError
from bespeak.message import Array, Features, Message
from bespeak.nlu.component import Component
from bespeak.nlu.language_model import KINDS, LanguageModelFeaturizer
from bespeak.nlu.tokenizers import WhitespaceTokenizer
from bespeak.testing.components import ComponentContract

PIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "or", "##der", "my", "where", "is", "x"]

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def transformers() -> Any:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    return pytest.importorskip("transformers", reason="the extra transformers is not installed")


@pytest.fixture
def weights(transformers: Any, tmp_path: Path) -> str:
    """A BERT of two layers that knows eleven word pieces."""
    folder = tmp_path / "bert"
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(PIECES), "utf-8")
    tokenizer = transformers.BertTokenizer(str(folder / "vocab.txt"))
    tokenizer.save_pretrained(folder)
    config = transformers.BertConfig(
        vocab_size=len(PIECES),
        hidden_size=8,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
    )
    transformers.BertModel(config).save_pretrained(folder)
    return str(folder)


def featurized(featurizer: LanguageModelFeaturizer, *texts: str) -> list[Features]:
    messages = WhitespaceTokenizer().process([Message(text) for text in texts])
    return [message.features[0] for message in featurizer.process(messages)]


def states(featurizer: LanguageModelFeaturizer, pieces: Sequence[str]) -> Array:
    """What the model itself says of `[CLS] pieces [SEP]`."""
    torch = pytest.importorskip("torch")
    ids = [PIECES.index(piece) for piece in ("[CLS]", *pieces, "[SEP]")]
    vectors: Array = featurizer.model(torch.tensor([ids])).last_hidden_state[0].numpy()
    return vectors


def test_a_token_has_the_mean_of_its_pieces_and_the_text_berts_own_vector(weights: str) -> None:
    featurizer = LanguageModelFeaturizer(model_weights=weights, alias="own")
    (features,) = featurized(featurizer, "my order")
    expected = states(featurizer, ["my", "or", "##der"])
    assert features.origin == "own"
    np.testing.assert_allclose(
        np.asarray(features.tokens), [expected[1], expected[2:4].mean(axis=0)], atol=1e-5
    )
    np.testing.assert_allclose(np.asarray(features.sentence), expected[:1], atol=1e-5)


def test_other_kinds_take_the_mean_of_all_pieces_for_the_text(weights: str) -> None:
    featurizer = LanguageModelFeaturizer(model_name="roberta", model_weights=weights)
    (features,) = featurized(featurizer, "my order")
    expected = states(featurizer, ["my", "or", "##der"])[1:4].mean(axis=0)
    np.testing.assert_allclose(np.asarray(features.sentence), [expected], atol=1e-5)


def test_a_text_beside_a_longer_one_has_the_same_vectors(weights: str) -> None:
    featurizer = LanguageModelFeaturizer(model_weights=weights)
    alone = featurized(featurizer, "my order")[0]
    beside = featurized(featurizer, "my order", "where is my order x x x")[0]
    np.testing.assert_allclose(np.asarray(alone.tokens), np.asarray(beside.tokens), atol=1e-5)


def test_what_the_model_has_no_room_for_has_zeros(weights: str) -> None:
    (features,) = featurized(LanguageModelFeaturizer(model_weights=weights), "x " * 600)
    tokens = np.asarray(features.tokens)
    assert tokens.shape == (600, 8)
    assert np.all(tokens[:510].any(axis=1)) and not tokens[510:].any()


@pytest.mark.parametrize("model_name", list(KINDS))
def test_every_kind_of_model_is_accepted(model_name: str, weights: str) -> None:
    featurizer = LanguageModelFeaturizer(model_name=model_name, model_weights=weights)
    assert np.asarray(featurized(featurizer, "my order")[0].tokens).shape == (2, 8)


def test_weights_that_cannot_be_had_are_named_with_the_line_that_fetches_them(
    transformers: Any, tmp_path: Path
) -> None:
    with pytest.raises(ExtensionError, match=r"hf download .*nothing"):
        LanguageModelFeaturizer(model_weights=str(tmp_path / "nothing"))


@pytest.mark.skipif(find_spec("transformers") is not None, reason="transformers is installed")
def test_where_the_package_is_missing_the_line_that_installs_it_is_named() -> None:
    with pytest.raises(ExtensionError, match=r"pip install 'bespeak\[transformers\]'"):
        LanguageModelFeaturizer(model_name="multilingual")


def test_an_unknown_kind_of_model_is_refused() -> None:
    with pytest.raises(ExtensionError, match=r"model_name must be one of bert, gpt, .*'berd'"):
        LanguageModelFeaturizer(model_name="berd")


class TestLanguageModelFeaturizer(ComponentContract):
    @pytest.fixture
    def build(self, weights: str) -> Callable[[], Component]:
        return lambda: LanguageModelFeaturizer(model_weights=weights)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return [WhitespaceTokenizer()]
