import logging
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bespeak.errors import ExtensionError
from bespeak.extend import build as build_component
from bespeak.message import Entity, Example, Intent, Message, TrainingData
from bespeak.nlu import BUILTIN
from bespeak.nlu.component import Component, Reporting
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.encoder import installing, weights
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.pipeline import Pipeline
from bespeak.testing.components import DATA, ComponentContract
from tests.engine.nlu.encoder import bert
from tests.engine.nlu.learning import examples, featurizers, processed, trained, understood

RASA = {
    "hidden_layers_sizes": {"text": [], "label": []},
    "share_hidden_layers": False,
    "transformer_size": 256,
    "number_of_transformer_layers": 2,
    "number_of_attention_heads": 4,
    "use_key_relative_attention": False,
    "use_value_relative_attention": False,
    "max_relative_position": 5,
    "unidirectional_encoder": False,
    "batch_size": [64, 256],
    "batch_strategy": "balanced",
    "epochs": 300,
    "random_seed": None,
    "learning_rate": 0.001,
    "embedding_dimension": 20,
    "dense_dimension": {"text": 128, "label": 20},
    "concat_dimension": {"text": 128, "label": 20},
    "number_of_negative_examples": 20,
    "similarity_type": "auto",
    "loss_type": "cross_entropy",
    "ranking_length": 10,
    "maximum_positive_similarity": 0.8,
    "maximum_negative_similarity": -0.4,
    "use_maximum_negative_similarity": True,
    "scale_loss": False,
    "regularization_constant": 0.002,
    "negative_margin_scale": 0.8,
    "drop_rate": 0.2,
    "drop_rate_attention": 0,
    "connection_density": 0.2,
    "use_sparse_input_dropout": True,
    "use_dense_input_dropout": True,
    "evaluate_every_number_of_epochs": 20,
    "evaluate_on_number_of_examples": 0,
    "intent_classification": True,
    "entity_recognition": True,
    "use_masked_language_model": False,
    "BILOU_flag": True,
    "tensorboard_log_directory": None,
    "tensorboard_log_level": "epoch",
    "checkpoint_model": False,
    "featurizers": [],
    "split_entities_by_comma": True,
    "constrain_similarities": False,
    "model_confidence": "softmax",
    "renormalize_confidences": False,
    "run_eagerly": False,
    "drop_small_last_batch": False,
}
"""What Rasa 3.6.21 lets a project say, with its defaults."""


class TestWithoutAnEncoder(ComponentContract):
    @pytest.fixture(params=[{}, {"BILOU_flag": False}, {"intent_classification": False}], ids=str)
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: DIETClassifier(**request.param)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return featurizers()


class TestWithAnEncoder(ComponentContract):
    @pytest.fixture
    def build(self, published: Path) -> Callable[[], Component]:
        installing.install(published, replace(weights.MINILM, sha256=""))
        return DIETClassifier

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return featurizers()


def test_it_says_what_is_wanted_and_how_sure_it_is() -> None:
    message = understood(trained(DIETClassifier(), data=DATA), "hello")
    assert message.intent == message.ranking[0]
    assert message.ranking[0].name == "greet"
    assert {intent.name for intent in message.ranking} == {"greet", "goodbye", "travel", "faq"}
    assert sum(intent.confidence for intent in message.ranking) == pytest.approx(1, abs=1e-5)


def test_it_finds_entities_with_their_roles() -> None:
    message = understood(trained(DIETClassifier(), data=DATA), "from Paris to Rome")
    first, second = (entity.to_dict() for entity in message.entities)
    assert {key: first[key] for key in ("entity", "value", "start", "end", "extractor")} == {
        "entity": "city",
        "value": "Paris",
        "start": 5,
        "end": 10,
        "extractor": "DIETClassifier",
    }
    assert "role" not in first
    assert (second["value"], second["role"]) == ("Rome", "to")
    assert 0 < second["confidence_entity"] <= 1
    assert 0 < second["confidence_role"] <= 1


def test_entities_found_before_stay_in_front() -> None:
    pipeline = trained(DIETClassifier(), data=DATA)
    [message] = Pipeline(pipeline.components[:-1]).process([Message("from Paris to Rome")])
    known = Entity("number", "4", 0, 1, extractor="Other")
    [found] = pipeline.components[-1].process([replace(message, entities=(known,))])
    assert [entity.extractor for entity in found.entities] == ["Other", *["DIETClassifier"] * 2]


def test_entities_that_another_extractor_made_are_not_learned() -> None:
    texts = examples(a=["on Monday", "hi"], b=["bye", "cu"])
    when = Entity("time", "Monday", 3, 9, extractor="DucklingEntityExtractor")
    first, *others = texts.examples
    data = replace(texts, examples=(replace(first, entities=(when,)), *others))
    assert understood(trained(DIETClassifier(), data=data), "on Monday").entities == ()


def test_it_leaves_how_familiar_a_message_is() -> None:
    pipeline = trained(DIETClassifier(), data=DATA)
    known, strange = (understood(pipeline, text) for text in ("hello", "qqqq xzxz"))
    assert 0 <= strange.scratch["familiarity"] < known.scratch["familiarity"] <= 1
    assert understood(pipeline, " ").scratch["familiarity"] == 0


@pytest.mark.parametrize("text", ["", "   "])
def test_a_message_without_text_has_no_intent(text: str) -> None:
    message = understood(trained(DIETClassifier(), data=DATA), text)
    assert message.to_dict()["intent"] == {"name": None, "confidence": 0.0}
    assert message.ranking == ()


def test_with_one_intent_there_is_nothing_to_tell_apart(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        pipeline = trained(DIETClassifier(), data=examples(greet=["hi", "hello"]))
    assert understood(pipeline, "hi").intent == Intent(None, 0.0)
    assert "two intents at least; found greet" in caplog.text


def test_without_examples_it_trains_all_the_same() -> None:
    assert understood(trained(DIETClassifier(), data=TrainingData()), "hi").intent == Intent(
        None, 0
    )


def test_texts_of_stories_without_an_intent_are_left_out() -> None:
    more = (*DATA.examples, Example(Message("an end to end text"), None))
    pipeline = trained(DIETClassifier(), data=replace(DATA, examples=more))
    names = {intent.name for intent in understood(pipeline, "hello").ranking}
    assert names == {"greet", "goodbye", "travel", "faq"}


def test_what_a_retrieval_intent_answers_is_learned_apart_and_ranked_as_one() -> None:
    data = examples(
        faq__hours=["when are you open", "when do you open", "are you open today"],
        faq__money=["what does it cost", "how much does it cost", "what is the price"],
        order=["I order a pizza", "a pizza for me", "bring me a pizza"],
    )
    diet = DIETClassifier(preset="draft")
    message = understood(trained(diet, data=data), "when do you open and what is the price")
    assert diet.learned.classifier is not None
    assert diet.learned.classifier.head.labels == ("faq", "faq", "order")
    assert [intent.name for intent in message.ranking] == ["faq", "order"]
    assert sum(intent.confidence for intent in message.ranking) == pytest.approx(1)


def test_the_ranking_is_cut_and_made_whole() -> None:
    short = understood(trained(DIETClassifier(ranking_length=2), data=DATA), "see you Paris")
    whole = understood(
        trained(DIETClassifier(ranking_length=2, renormalize_confidences=True), data=DATA),
        "see you Paris",
    )
    assert len(short.ranking) == len(whole.ranking) == 2
    assert sum(intent.confidence for intent in short.ranking) < 0.999
    assert sum(intent.confidence for intent in whole.ranking) == pytest.approx(1)


def test_either_half_can_be_left_out() -> None:
    intents = understood(trained(DIETClassifier(entity_recognition=False), data=DATA), "to Rome")
    entities = understood(
        trained(DIETClassifier(intent_classification=False), data=DATA), "from Paris to Rome"
    )
    assert (intents.entities, entities.intent) == ((), None)
    assert len(entities.entities) == 2


def test_commas_part_entities_where_they_are_said_to() -> None:
    texts = ["milk, eggs", "bread, salt", "eggs, bread", "salt, milk"]
    listed = tuple(
        Example(Message(text), "buy", (Entity("food", text, 0, len(text)),)) for text in texts
    )
    data = replace(DATA, examples=(*DATA.examples, *listed))
    for split, values in ((True, ["milk", "bread"]), ({"food": False}, ["milk, bread"])):
        pipeline = trained(DIETClassifier(split_entities_by_comma=split), data=data)
        found = [entity.value for entity in understood(pipeline, "milk, bread").entities]
        assert found == values


def test_only_the_named_featurizers_count() -> None:
    pipeline = trained(DIETClassifier(featurizers=["RegexFeaturizer"]), data=DATA)
    assert understood(pipeline, "hello there").intent == Intent(None, 0.0)


def test_all_of_rasas_options_are_read_and_those_without_effect_named_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    component = build_component("nlu", BUILTIN, {"name": "DIETClassifier", **RASA})
    with caplog.at_level(logging.WARNING):
        component.train(processed(DATA))
    named = [record.getMessage() for record in caplog.records if "no effect" in record.getMessage()]
    assert len(named) == 1
    assert "epochs" in named[0]
    assert "BILOU_flag" not in named[0]


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"epoch": 3}, "no option 'epoch'. Did you mean 'epochs'"),
        ({"ranking_lenght": 3}, "Did you mean 'ranking_length'"),
        ({"model_confidence": "cosine"}, "must be 'softmax'; found 'cosine'"),
    ],
)
def test_an_unknown_option_is_refused(option: dict[str, Any], said: str) -> None:
    with pytest.raises(ExtensionError, match=said):
        DIETClassifier(**option)


def test_a_misaligned_annotation_is_named_with_its_place(caplog: pytest.LogCaptureFixture) -> None:
    cut = Example(
        Message("to Romeo"), "travel", (Entity("city", "Rome", 3, 7),), source="nlu.yml:9"
    )
    data = replace(DATA, examples=(*DATA.examples, cut))
    with caplog.at_level(logging.WARNING):
        trained(DIETClassifier(), data=data)
    assert "'Rome' (city) in 'to Romeo'" in caplog.text
    assert "nlu.yml:9" in caplog.text


def test_the_encoder_travels_with_the_model(published: Path, tmp_path: Path) -> None:
    installing.install(published, replace(weights.MINILM, sha256=""))
    pipeline = trained(DIETClassifier(), data=DATA)
    folder = tmp_path / "model"
    pipeline.save(folder)
    before = understood(pipeline, "from Paris to Rome please")
    bert.publish(tmp_path / "other", hidden=16)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BESPEAK_CACHE", str(tmp_path / "elsewhere"))
        loaded = Pipeline([*featurizers(), DIETClassifier()])
        loaded.load(folder)
        after = understood(loaded, "from Paris to Rome please")

    assert before == after
    assert before.scratch["sentence_vector"].shape == (32,)


def test_serving_imports_nothing_that_only_training_needs(tmp_path: Path) -> None:
    trained(DIETClassifier(), data=DATA).save(tmp_path / "model")
    program = f"""
import sys
from pathlib import Path
from tests.engine.nlu.learning import featurizers, understood
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.pipeline import Pipeline
pipeline = Pipeline([*featurizers(), DIETClassifier()])
pipeline.load(Path({str(tmp_path / "model")!r}))
assert understood(pipeline, "from Paris to Rome").entities
print(sorted({{"sklearn", "scipy", "onnx", "pycrfsuite", "torch"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_minilm_understands_words_it_was_never_shown(minilm: Encoder) -> None:
    data = examples(
        refund=["I want my money back", "please reimburse me", "can I get a refund"],
        delivery=["where is my parcel", "when does it arrive", "track my order"],
    )
    pipeline = trained(DIETClassifier(), data=data)
    message = understood(pipeline, "has the package been dispatched yet?")
    assert message.intent is not None
    assert message.intent.name == "delivery"
    assert message.intent.confidence > 0.6


def test_a_model_from_before_familiarity_was_known_is_loaded(tmp_path: Path) -> None:
    pipeline = trained(DIETClassifier(), data=DATA)
    folder = tmp_path / "model"
    pipeline.save(folder)
    [head] = folder.rglob("head.npz")
    with np.load(head) as arrays:
        kept = {name: arrays[name] for name in arrays.files if name != "energies"}
    np.savez_compressed(head, allow_pickle=False, **kept)
    [described] = folder.rglob("understanding.json")
    described.unlink()
    loaded = Pipeline([*featurizers(), DIETClassifier()])
    loaded.load(folder)
    old, new = (understood(each, "hello") for each in (loaded, pipeline))
    assert old == new
    assert "familiarity" not in old.scratch


def test_whoever_trains_it_may_hear_how_far_it_is() -> None:
    assert isinstance(DIETClassifier(), Reporting)
    assert not isinstance(featurizers()[0], Reporting)
