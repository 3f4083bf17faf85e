from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bespeak.errors import ExtensionError, ModelError, TrainingError
from bespeak.message import Example, Message, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.language_guess import LanguageGuess
from bespeak.nlu.languages import LanguageRouter
from bespeak.testing.components import ComponentContract

ENGLISH = {"track": ["where is my order", "track the parcel"], "cancel": ["please cancel it"]}
GERMAN = {"track": ["wo ist meine Bestellung", "wo bleibt das Paket"], "cancel": ["storniere das"]}
CHINESE = {"track": ["我的订单在哪里"], "cancel": ["取消订单"]}


def said(texts: dict[str, list[str]], language: str | None = None) -> list[Example]:
    about = {"intent": {"language": language}} if language else {}
    return [
        Example(Message(text), intent, metadata=about, source="nlu.yml:1")
        for intent, group in texts.items()
        for text in group
    ]


DATA = TrainingData((*said(ENGLISH), *said(GERMAN, "de"), *said(CHINESE, "zh")))
WORDS = [{"name": "WhitespaceTokenizer"}, {"name": "KeywordIntentClassifier"}]
PIPELINES: dict[str, list[Any]] = {
    "en": WORDS,
    "de": [*WORDS, {"name": "DucklingEntityExtractor", "dimensions": ["number"]}],
    "zh": ["UnicodeTokenizer", "KeywordIntentClassifier"],
}


def router(data: TrainingData = DATA, **options: Any) -> LanguageRouter:
    made = LanguageRouter(**{"pipelines": PIPELINES, **options})
    made.train(data)
    return made


def spoken(made: LanguageRouter, text: str, **metadata: Any) -> tuple[str, str | None]:
    (message,) = made.process([Message(text, metadata=metadata)])
    wire = message.to_dict()
    return wire["language"], wire["intent"]["name"]


class TestContract(ComponentContract):
    @pytest.fixture
    def build(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Component]:
        monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
        return lambda: LanguageRouter(pipelines=PIPELINES)

    @pytest.fixture
    def data(self) -> TrainingData:
        return DATA


def test_each_message_is_understood_by_the_pipeline_of_its_language() -> None:
    made = router()
    assert spoken(made, "please cancel it now") == ("en", "cancel")
    assert spoken(made, "ach, storniere das bitte") == ("de", "cancel")
    assert spoken(made, "我的订单在哪里") == ("zh", "track")


def test_the_metadata_say_it_better_than_the_letters() -> None:
    made = router()
    assert spoken(made, "wo bleibt das Paket", language="en") == ("en", None)
    assert spoken(made, "please cancel it", language="de-AT")[0] == "de"
    assert spoken(made, "please cancel it", language="DE_at")[0] == "de"
    assert spoken(made, "please cancel it", language="fr")[0] == "en"  # no pipeline for it
    assert spoken(made, "please cancel it", language=7)[0] == "en"


def test_what_is_not_clear_is_in_the_default_language() -> None:
    assert spoken(router(), "10412 :)")[0] == "en"
    assert (
        spoken(
            router(
                default="de",
                data=TrainingData((*said(ENGLISH, "en"), *said(GERMAN), *said(CHINESE, "zh"))),
            ),
            "ok",
        )[0]
        == "de"
    )


def test_the_projects_language_is_the_default() -> None:
    data = TrainingData((*said(ENGLISH, "en"), *said(GERMAN), *said(CHINESE, "zh")), language="de")
    assert router(data).default == "de"


def test_values_are_read_as_the_language_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RASA_DUCKLING_HTTP_URL", raising=False)
    (message,) = router().process([Message("wo ist 1.234,5", metadata={"language": "de"})])
    assert [entity.value for entity in message.entities] == [1234.5]


def test_an_examples_own_metadata_win_over_its_intents() -> None:
    mixed = Example(
        Message("was auch immer"),
        "cancel",
        metadata={"intent": {"language": "en"}, "example": {"language": "de"}},
    )
    made = router(TrainingData((*DATA.examples, mixed)))
    assert spoken(made, "was auch immer", language="de") == ("de", "cancel")
    assert spoken(made, "was auch immer", language="en") == ("en", None)


def test_what_it_learned_is_kept(tmp_path: Path) -> None:
    made = router()
    made.save(tmp_path)
    loaded = LanguageRouter(pipelines=PIPELINES)
    loaded.load(tmp_path)
    for text in ("storniere das", "取消订单", "track the parcel", "?"):
        assert spoken(loaded, text) == spoken(made, text)
    (tmp_path / "languages.json").unlink()
    with pytest.raises(ModelError, match="Train the model again"):
        loaded.load(tmp_path)


def test_a_language_without_examples_is_named() -> None:
    with pytest.raises(TrainingError, match=r"no examples in the language 'zh'.*language: zh"):
        router(TrainingData((*said(ENGLISH), *said(GERMAN, "de"))))


def test_an_example_of_a_language_without_a_pipeline_is_named() -> None:
    with pytest.raises(TrainingError, match=r"nlu.yml:1: no pipeline.*'fr'. Known: en, de, zh"):
        router(TrainingData((*DATA.examples, *said(ENGLISH, "fr"))))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"pipelines": {}}, "a list of components by language"),
        ({"pipelines": ["WhitespaceTokenizer"]}, "a list of components by language"),
        ({"pipelines": {"en": []}}, "the pipeline of 'en' must be a list"),
        ({"pipelines": {"en": "WhitespaceTokenizer"}}, "the pipeline of 'en' must be a list"),
        ({"pipelines": {"en": [3]}}, "a component of 'en' has a name; found 3"),
        ({"pipelines": {"en": ["WhiteTokenizer"]}}, "pipeline of 'en': .*WhitespaceTokenizer"),
        ({"pipelines": {"en": WORDS}, "default": "de"}, "default must be one of en; found 'de'"),
    ],
)
def test_options_are_checked(options: dict[str, Any], told: str) -> None:
    with pytest.raises(ExtensionError, match=told):
        LanguageRouter(**options)


def test_letters_that_no_language_has_say_nothing() -> None:
    guess = LanguageGuess.learned({"en": ["where is my order"] * 9, "de": ["wo ist das"]})
    assert guess.of("qxz vbk", "en") == "en"
    assert guess.of("qxz ist das", "en") == "de"


def test_a_guess_that_knows_no_language_is_the_default() -> None:
    assert LanguageGuess().of("hello", "en") == "en"
    assert LanguageGuess.learned({"de": ["hallo"]}).of("hallo", "en") == "en"
