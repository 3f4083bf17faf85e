"""Every built-in component that needs nothing to be installed keeps the contract."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from bespeak import extend
from bespeak.nlu import BUILTIN
from bespeak.nlu.component import Component
from bespeak.testing.components import ComponentContract


def built(entry: dict[str, Any]) -> Component:
    component: Component = extend.build("nlu", BUILTIN, entry)
    return component


def written(entry: dict[str, Any]) -> str:
    return " ".join(map(str, entry.values()))


class TestBuiltinTokenizers(ComponentContract):
    @pytest.fixture(
        params=[
            {"name": "WhitespaceTokenizer"},
            {"name": "WhitespaceTokenizer", "token_pattern": "[a-z]+|[0-9]+"},
        ],
        ids=written,
    )
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: built(request.param)


class TestBuiltinComponents(ComponentContract):
    @pytest.fixture(
        params=[
            {"name": "RegexFeaturizer"},
            {"name": "RegexFeaturizer", "case_sensitive": False, "use_word_boundaries": False},
            {"name": "LexicalSyntacticFeaturizer"},
            {"name": "LexicalSyntacticFeaturizer", "features": [["prefix2", "suffix3"], ["EOS"]]},
            {"name": "CountVectorsFeaturizer"},
            {"name": "CountVectorsFeaturizer", "max_ngram": 2, "OOV_token": "oov"},
            {"name": "CountVectorsFeaturizer", "analyzer": "char", "max_ngram": 3},
            {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "max_ngram": 4},
            {"name": "KeywordIntentClassifier"},
            {"name": "KeywordIntentClassifier", "case_sensitive": False},
            {"name": "RegexEntityExtractor"},
            {"name": "EntitySynonymMapper"},
            {"name": "FallbackClassifier"},
            {"name": "RegexMessageHandler"},
            {"name": "RegexMessageHandler", "intents": ["greet"], "entities": ["city"]},
            {"name": "ConveRTFeaturizer"},
        ],
        ids=written,
    )
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: built(request.param)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return [
            built({"name": "WhitespaceTokenizer"}),
            built({"name": "RegexFeaturizer"}),
            built({"name": "CountVectorsFeaturizer"}),
            built({"name": "KeywordIntentClassifier"}),
            built({"name": "RegexEntityExtractor"}),
        ]
