from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'bespeak[torch]'")

from bespeak.message import Entity, Example, Message, TrainingData
from bespeak.nlu.component import Component
from bespeak.nlu.diet import DIETClassifier
from bespeak.nlu.encoder import installing, weights
from bespeak.nlu.encoder.encoder import Encoder
from bespeak.nlu.pipeline import Pipeline
from bespeak.nlu.presets import Preset
from bespeak.nlu.responses import ResponseSelector
from bespeak.nlu.tokenizers import WhitespaceTokenizer
from bespeak.testing.components import DATA, ComponentContract
from tests.engine.nlu.encoder import bert
from tests.engine.nlu.learning import examples, featurizers, trained, understood

SAID = {
    "refund": ["I want my money back", "please reimburse me", "can I get a refund", "pay me back"],
    "delivery": ["where is my parcel", "when does it arrive", "track my order", "is it on its way"],
    "hours": ["when do you open", "are you open today", "opening times", "until when are you open"],
}

NOUNS = """
    apple bridge candle doctor engine forest guitar hammer island jacket kettle ladder mirror needle
    ocean pencil queen river saddle tiger umbrella violin window yacht zebra anchor basket castle
    desert eagle farmer glacier helmet insect jungle kitchen lemon museum novel orchid palace rabbit
    school temple uncle valley whale carpet
"""


@pytest.fixture(autouse=True)
def encoder(request: pytest.FixtureRequest, published: Path) -> None:
    """MiniLM's place is taken by random weights, unless a test asks for the real ones."""
    if "minilm" not in request.fixturenames:
        installing.install(published, replace(weights.MINILM, sha256=""))


class TestFineTuned(ComponentContract):
    @pytest.fixture(params=["balanced", "best"])
    def build(self, request: pytest.FixtureRequest) -> Callable[[], Component]:
        return lambda: DIETClassifier(preset=request.param)

    @pytest.fixture
    def before(self) -> Sequence[Component]:
        return featurizers()


def tuned(data: TrainingData = DATA, **options: object) -> Pipeline:
    return trained(DIETClassifier(preset="balanced", **options), data=data)  # type: ignore[arg-type]


def test_it_knows_what_it_was_taught(minilm: Encoder) -> None:
    pipeline = tuned(examples(**SAID))
    for intent, texts in SAID.items():
        for text in texts:
            found = understood(pipeline, text)
            assert found.intent is not None and found.intent.name == intent
            assert 0 < found.scratch["familiarity"] <= 1


def test_it_understands_words_it_was_never_shown(minilm: Encoder) -> None:
    message = understood(tuned(examples(**SAID)), "has the package been dispatched yet?")
    assert message.intent is not None and message.intent.name == "delivery"
    assert sum(intent.confidence for intent in message.ranking) == pytest.approx(1, abs=1e-5)


def test_where_there_is_nothing_to_learn_it_is_as_sure_as_chance(minilm: Encoder) -> None:
    """What was left out to see how far scores are to be trusted has had no part in them."""
    said = {
        f"intent{n}": [f"tell me about the {noun}" for noun in NOUNS.split()[n::6]]
        for n in range(6)
    }
    pipeline = Pipeline([WhitespaceTokenizer(), DIETClassifier(preset="balanced")])
    pipeline.train(examples(**said))
    for noun in ("banana", "harbour", "lantern", "nurse", "tractor", "meadow", "crayon", "lion"):
        message = understood(pipeline, f"tell me about the {noun}")
        assert message.intent is not None and message.intent.confidence < 0.3  # chance: 0.17
        assert message.scratch["familiarity"] > 0.05


def test_it_finds_entities_and_their_roles(minilm: Encoder) -> None:
    cities = ["Paris", "Rome", "Berlin", "Madrid", "Vienna", "Lisbon"]
    flights = []
    for i, city in enumerate(cities * 2):
        other = cities[(i + 1 + i // 6) % 6]
        start, there = 5, len("from ") + len(city) + len(" to ")
        entities = (
            Entity("city", city, start, start + len(city), role="from"),
            Entity("city", other, there, there + len(other), role="to"),
        )
        flights.append(Example(Message(f"from {city} to {other}"), "fly", entities))
    greetings = [Example(Message(text), "greet") for text in ("hello", "hi", "good morning", "hey")]
    data = TrainingData((*flights, *greetings) * 3)
    found = understood(tuned(data), "from Dublin to Oslo").entities
    assert [(each.value, each.name, each.role) for each in found] == [
        ("Dublin", "city", "from"),
        ("Oslo", "city", "to"),
    ]
    assert all(0 < (each.confidence or 0) <= 1 for each in found)


def test_at_best_more_layers_are_trained(tmp_path: Path) -> None:
    own = bert.publish(tmp_path / "own", hidden=16, layers=6)

    def layers_left_as_they_are(preset: Preset) -> int:
        component = DIETClassifier(encoder=str(own), preset=preset)
        trained(component, data=DATA)
        assert component.learned.encoder is not None
        return component.learned.encoder.split

    assert layers_left_as_they_are("balanced") == 4
    assert layers_left_as_they_are("best") == 2


@pytest.mark.parametrize("preset", ["draft", "balanced"])
def test_an_emoji_means_what_it_was_taught_to_and_no_other_does(
    preset: Preset, minilm: Encoder
) -> None:
    said = {**SAID, "affirm": ["yes", "sure", "of course", "👍"], "deny": ["no", "never", "👎"]}
    pipeline = trained(DIETClassifier(preset=preset), data=examples(**said))
    taught = understood(pipeline, "👍")
    assert taught.intent is not None and taught.intent.name == "affirm"
    for text in ("😡", "x" * 5000, "你好"):
        assert understood(pipeline, text).scratch["familiarity"] < taught.scratch["familiarity"]


def test_the_same_seed_learns_the_same() -> None:
    one, same, other = (tuned(random_seed=seed) for seed in (3, 3, 4))
    text = "from Paris to Rome please"
    assert understood(one, text) == understood(same, text)
    assert understood(one, text).ranking != understood(other, text).ranking


def test_entities_alone_can_be_learned() -> None:
    message = understood(tuned(intent_classification=False), "from Paris to Rome")
    assert message.intent is None


def test_texts_that_the_encoder_cannot_read_do_no_harm() -> None:
    strange = tuple(Example(Message("\u200b" * n), "greet") for n in range(1, 6))
    data = replace(DATA, examples=(*strange, *DATA.examples))
    confidences = [each.confidence for each in understood(tuned(data), "hello").ranking]
    assert sum(confidences) == pytest.approx(1, abs=1e-5)
    assert understood(tuned(data), "\u200b").ranking


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[float, float]] = []
    component = DIETClassifier(preset="balanced", max_seconds=60)
    component.report = lambda share, seconds: told.append((share, seconds))
    trained(component, data=DATA)
    shares = [share for share, _ in told]
    assert shares == sorted(shares) and shares[0] >= 0 and shares[-1] <= 1
    assert all(0 <= seconds <= 60 for _, seconds in told)


def test_response_selectors_behind_it_read_the_vectors_of_the_encoder_itself(
    tmp_path: Path,
) -> None:
    pipeline = trained(DIETClassifier(preset="balanced"), ResponseSelector(), data=DATA)
    before = understood(pipeline, "when do you open")
    pipeline.save(tmp_path / "model")
    loaded = Pipeline([*featurizers(), DIETClassifier(), ResponseSelector()])
    loaded.load(tmp_path / "model")
    assert understood(loaded, "when do you open") == before
    draft = trained(DIETClassifier(preset="draft"), data=DATA)
    plain = understood(draft, "when do you open").scratch["sentence_vector"]
    assert before.scratch["sentence_vector"] == pytest.approx(plain)
