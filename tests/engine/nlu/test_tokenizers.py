import json
import logging
from pathlib import Path

import pytest

from bespeak.errors import ExtensionError
from bespeak.message import Message, Token, TrainingData
from bespeak.nlu.tokenizers import JiebaTokenizer, WhitespaceTokenizer, split_further, token_regex

GOLDEN = json.loads((Path(__file__).parent / "whitespace_tokens.json").read_text("utf-8"))


def spans(text: str, tokenizer: WhitespaceTokenizer) -> list[list[object]]:
    (message,) = tokenizer.process([Message(text)])
    return [[token.text, token.start, token.end] for token in message.tokens]


@pytest.mark.parametrize("recorded", GOLDEN, ids=lambda recorded: repr(recorded["text"]))
def test_tokens_are_those_that_rasa_3_6_21_makes(recorded: dict[str, object]) -> None:
    text = str(recorded["text"])
    assert spans(text, WhitespaceTokenizer()) == recorded["tokens"]
    assert spans(text, WhitespaceTokenizer(token_pattern="[A-Za-z]+|[0-9]+")) == recorded["split"]


def test_an_empty_text_is_one_empty_token() -> None:
    assert spans("", WhitespaceTokenizer()) == [["", 0, 0]]


def test_where_the_token_pattern_has_a_group_the_piece_is_what_the_group_matched() -> None:
    assert spans("x12y34", WhitespaceTokenizer(token_pattern="[a-z]([0-9])")) == [
        ["1", 1, 2],
        ["3", 4, 5],
    ]


def test_a_piece_keeps_the_part_of_speech_and_not_the_lemma() -> None:
    pieces = split_further(
        [Token("ran-off", 3, 10, lemma="run-off", pos="VBD")], token_regex("T", "[a-z]+")
    )
    assert pieces == (Token("ran", 3, 6, pos="VBD"), Token("off", 7, 10, pos="VBD"))


def test_a_token_pattern_that_is_no_regex_is_refused() -> None:
    with pytest.raises(ExtensionError, match=r"token_pattern '\(' is no regular expression"):
        WhitespaceTokenizer(token_pattern="(")


def test_options_that_only_concern_labels_are_named_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    WhitespaceTokenizer()
    assert caplog.records == []
    with caplog.at_level(logging.WARNING):
        WhitespaceTokenizer(intent_tokenization_flag=True, intent_split_symbol="+")
    (record,) = caplog.records
    assert record.getMessage().startswith(
        "WhitespaceTokenizer: intent_tokenization_flag, intent_split_symbol have no effect"
    )


class TestJieba:
    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("jieba", reason="the extra jieba is not installed")

    def test_chinese_words_are_told_apart(self) -> None:
        (message,) = JiebaTokenizer().process([Message("我来到北京清华大学")])
        assert [token.text for token in message.tokens] == ["我", "来到", "北京", "清华大学"]

    def test_a_user_dictionary_travels_with_the_model(self, tmp_path: Path) -> None:
        words, saved = tmp_path / "words", tmp_path / "saved"
        words.mkdir()
        saved.mkdir()
        (words / "own.txt").write_text("到北京清 100000 n\n", "utf-8")
        trained = JiebaTokenizer(dictionary_path=str(words))
        trained.train(TrainingData())
        trained.save(saved)
        (words / "own.txt").unlink()
        loaded = JiebaTokenizer(dictionary_path=str(words))
        loaded.load(saved)
        (message,) = loaded.process([Message("我来到北京清华")])
        assert "到北京清" in [token.text for token in message.tokens]

    def test_a_dictionary_path_that_is_no_folder_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ExtensionError, match="is no folder"):
            JiebaTokenizer(dictionary_path=str(tmp_path / "none")).train(TrainingData())
