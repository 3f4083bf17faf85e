import pytest

from bespeak.errors import ExtensionError
from bespeak.message import Example, Message, Sparse, Token, TrainingData
from bespeak.nlu.lexical import LexicalSyntacticFeaturizer
from bespeak.nlu.tokenizers import WhitespaceTokenizer


def trained(text: str, **options: object) -> tuple[LexicalSyntacticFeaturizer, Message]:
    (message,) = WhitespaceTokenizer().process([Message(text)])
    featurizer = LexicalSyntacticFeaturizer(**options)  # type: ignore[arg-type]
    featurizer.train(TrainingData((Example(message, "intent"),)))
    return featurizer, message


def looks(featurizer: LexicalSyntacticFeaturizer, message: Message) -> list[set[str]]:
    (processed,) = featurizer.process([message])
    names = [f"{place}:{look}={value}" for place, look, value in featurizer.columns]
    rows = processed.features[0].tokens
    assert isinstance(rows, Sparse)
    return [
        {names[column] for column in rows.indices[start:end]}
        for start, end in zip(rows.indptr, rows.indptr[1:], strict=False)
    ]


def test_a_token_is_seen_with_its_neighbours() -> None:
    featurizer, message = trained("Hi you", features=[["title"], ["BOS", "low"], ["upper", "EOS"]])
    assert looks(featurizer, message) == [
        {"1:BOS=True", "1:low=False", "2:upper=False", "2:EOS=True"},
        {"0:title=True", "1:BOS=False", "1:low=True"},
    ]


def test_an_even_window_reaches_one_word_further_back() -> None:
    featurizer, message = trained("a bb", features=[["prefix2"], ["suffix1"]])
    assert looks(featurizer, message) == [{"1:suffix1=a"}, {"0:prefix2=a", "1:suffix1=b"}]


def test_columns_stand_in_the_order_of_place_look_and_value() -> None:
    featurizer, _ = trained("b a", features=[["suffix1", "prefix2"]])
    assert list(featurizer.columns) == [
        (0, "prefix2", "a"),
        (0, "prefix2", "b"),
        (0, "suffix1", "a"),
        (0, "suffix1", "b"),
    ]


def test_what_training_has_not_seen_has_no_column() -> None:
    featurizer, _ = trained("one", features=[["prefix2", "digit"]])
    (message,) = WhitespaceTokenizer().process([Message("two")])
    assert looks(featurizer, message) == [{"0:digit=False"}]


def test_parts_of_speech_are_those_of_the_tokenizer() -> None:
    message = Message("ran", tokens=(Token("ran", 0, 3, pos="VBD"),))
    featurizer = LexicalSyntacticFeaturizer(features=[["pos", "pos2"]])
    featurizer.train(TrainingData((Example(message, None),)))
    assert looks(featurizer, message) == [{"0:pos=VBD", "0:pos2=VB"}]


@pytest.mark.parametrize("features", [["low"], "low", [["length"]], None])
def test_features_that_are_no_lists_of_looks_are_refused(features: object) -> None:
    with pytest.raises(ExtensionError, match="features must be a list of lists of BOS, EOS, digit"):
        LexicalSyntacticFeaturizer(features=features)  # type: ignore[arg-type]
