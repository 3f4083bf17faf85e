"""A conversation keeps its language, though a message could be of any."""

import pytest

from bespeak.assistant import Assistant
from bespeak.engine import Engine
from bespeak.testing.conversation import Conversation, talking, trained

FILES = {
    "config.yml": """
        language: en
        assistant_id: taxi
        pipeline:
        - name: LanguageRouter
          pipelines:
            en: [{name: KeywordIntentClassifier, case_sensitive: false}]
            de: [{name: KeywordIntentClassifier, case_sensitive: false}]
        policies:
        - name: RulePolicy
        """,
    "domain.yml": """
        intents: [ride, fahrt, german]
        slots:
          language:
            type: text
            influence_conversation: false
            mappings: [{type: from_intent, intent: german, value: de-AT}]
        responses:
          utter_ride: [{text: "Where to?"}]
          utter_fahrt: [{text: "Wohin?"}]
          utter_german: [{text: "Gern."}]
        """,
    "data/nlu.yml": """
        nlu:
        - intent: ride
          examples: |
            - taxi
            - take me home
        - intent: german
          examples: |
            - speak german
        - intent: fahrt
          metadata: {language: de}
          examples: |
            - taxi
            - bring mich heim
        """,
    "data/rules.yml": """
        rules:
        - rule: ride
          steps: [{intent: ride}, {action: utter_ride}]
        - rule: fahrt
          steps: [{intent: fahrt}, {action: utter_fahrt}]
        - rule: german
          steps: [{intent: german}, {action: utter_german}]
        """,
}


@pytest.fixture(scope="module")
def taxi() -> Assistant:
    return trained(FILES)


def test_a_slot_says_which_language_a_conversation_is_in(taxi: Assistant) -> None:
    async def scenario(engine: Engine) -> list[list[str]]:
        ann, bob = Conversation(engine, "ann"), Conversation(engine, "bob")
        said = [await ann.says(text) for text in ("taxi", "speak german", "taxi")]
        return [*said, await bob.says("taxi"), await ann.says("taxi", language="en")]

    assert talking(taxi, scenario) == [["Where to?"], ["Gern."], ["Wohin?"]] + [["Where to?"]] * 2


def test_the_metadata_that_begin_a_session_hold_until_its_end(taxi: Assistant) -> None:
    async def scenario(engine: Engine) -> list[list[str]]:
        ann = Conversation(engine)
        return [await ann.says("bring mich heim", language="de"), await ann.says("taxi")]

    assert talking(taxi, scenario) == [["Wohin?"], ["Wohin?"]]
