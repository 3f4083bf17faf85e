"""End-to-end stories in a trained model: texts that stories have, said in other words."""

from pathlib import Path

import pytest

from bespeak.assistant import Assistant
from bespeak.engine import Engine
from bespeak.nlu.encoder import weights
from bespeak.policies.learned import TEDPolicy
from bespeak.testing.conversation import Conversation, talking, trained

FILES = {
    "config.yml": """
        recipe: default.v1
        language: en
        assistant_id: words
        pipeline:
        - name: WhitespaceTokenizer
        - name: CountVectorsFeaturizer
        - name: DIETClassifier
          preset: draft
        policies:
        - name: RulePolicy
        - name: TEDPolicy
        """,
    "domain.yml": """
        version: "3.1"
        intents: [greet, bye]
        responses:
          utter_luggage: [{text: "We will look for it."}]
          utter_weather: [{text: "Sunny."}]
          utter_food: [{text: "The restaurant is on deck five."}]
        """,
    "data/nlu.yml": """
        version: "3.1"
        nlu:
        - intent: greet
          examples: |
            - hello
            - hi there
            - good morning
        - intent: bye
          examples: |
            - bye
            - see you later
            - good night
        """,
    "data/stories.yml": """
        version: "3.1"
        stories:
        - story: luggage
          steps: [{user: "my suitcase has not arrived"}, {action: utter_luggage}]
        - story: weather
          steps: [{user: "what is the weather going to be like tomorrow"}, {action: utter_weather}]
        - story: food
          steps: [{user: "where can I get something to eat"}, {action: utter_food}]
        """,
}


SAID = {
    "I lost my luggage": "We will look for it.",
    "is it going to rain": "Sunny.",
    "any good place for dinner": "The restaurant is on deck five.",
}


def answers(assistant: Assistant, *texts: str) -> dict[str, str]:
    async def scenario(engine: Engine) -> dict[str, str]:
        return {text: "".join(await Conversation(engine, text).says(text)) for text in texts}

    return talking(assistant, scenario)


def test_what_stories_have_is_known_in_other_words_by_its_meaning() -> None:
    if weights.locate() is None:
        pytest.skip("no encoder is installed: bespeak encoder install")
    assistant = trained(FILES)
    assert answers(assistant, *SAID) == SAID
    [policy] = [p for p in assistant.policies if isinstance(p, TEDPolicy)]
    policy.text_features = None
    assert answers(assistant, *SAID) != SAID  # words alone do not tell


def test_without_an_encoder_words_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BESPEAK_CACHE", str(tmp_path))
    assistant = trained(FILES)
    [policy] = [p for p in assistant.policies if isinstance(p, TEDPolicy)]
    assert (policy.text_features, policy.texts.vectors) == (None, None)
    assert answers(assistant, "My suitcase hasn't arrived!") == {
        "My suitcase hasn't arrived!": "We will look for it."
    }
