"""A rule that offers a person to a customer who is upset, in a project that hears how they are."""

import asyncio
from pathlib import Path
from textwrap import dedent

import pytest

from bespeak.assistant import Assistant
from bespeak.data.project import read, read_tests
from bespeak.engine import Engine
from bespeak.evaluation.dialogue import Evaluation, evaluate
from bespeak.evaluation.explain import explained, told
from bespeak.events import SlotSet
from bespeak.stores.memory import InMemoryTrackerStore
from bespeak.testing.conversation import Conversation, talking, trained
from bespeak.training import Options, plan, train

FILES = {
    "config.yml": """\
        recipe: default.v1
        assistant_id: tests
        language: en
        pipeline:
          - name: WhitespaceTokenizer
          - name: KeywordIntentClassifier
            case_sensitive: false
          - name: FallbackClassifier
          - name: SentimentClassifier
        policies:
          - name: RulePolicy
        """,
    "domain.yml": """\
        version: "3.1"
        intents: [ask, press]
        slots:
          sentiment:
            type: float
            min_value: -1
            initial_value: 0
            mappings: [{type: from_sentiment, value: sentiment}]
          frustration:
            type: categorical
            values: [calm, annoyed, upset]
            initial_value: calm
            mappings: [{type: from_sentiment, value: frustration}]
        session_config:
          session_expiration_time: 60
          carry_over_slots_to_new_session: false
        responses:
          utter_answer: [{text: It is on its way.}]
          utter_offer_person: [{text: Shall I get a person?}]
          utter_rephrase:
            - text: Pardon?
            - text: Pardon? Shall I get a person?
              condition: [{type: slot, name: frustration, value: upset}]
        """,
    "data/nlu.yml": """\
        version: "3.1"
        nlu:
          - intent: ask
            examples: |
              - where is my parcel
              - any news
          - intent: press
            examples: |
              - button
        """,
    "data/sentiment.yml": """\
        version: "3.1"
        sentiment:
          - label: negative
            examples: |
              - this is awful, where is my parcel
              - awful service
              - awful, still waiting
              - this is awful
              - thanks for nothing
          - label: neutral
            examples: |
              - where is my parcel
              - any news
              - my parcel please
              - is my parcel here
              - blorp
          - label: positive
            examples: |
              - lovely
              - lovely, thanks
              - thanks a lot
              - so lovely, any news
              - lovely service, thanks
        """,
    "data/rules.yml": """\
        version: "3.1"
        rules:
          - rule: answer
            steps:
              - intent: ask
              - action: utter_answer
          - rule: offer a person to somebody who is upset
            condition:
              - slot_was_set:
                  - frustration: upset
            steps:
              - intent: ask
              - action: utter_answer
              - action: utter_offer_person
          - rule: not understood
            steps:
              - intent: nlu_fallback
              - action: utter_rephrase
        """,
}

ANSWER, OFFER = "It is on its way.", "Shall I get a person?"
AWFUL = "awful, any news, this is awful"


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BESPEAK_CACHE", str(tmp_path_factory.mktemp("cache")))  # words alone
        return trained(FILES)


def answers(assistant: Assistant, *said: str) -> list[list[str]]:
    async def scenario(engine: Engine) -> list[list[str]]:
        talk = Conversation(engine)
        return [await talk.says(text) for text in said]

    return talking(assistant, scenario)


def test_whoever_is_calm_gets_the_answer_alone(assistant: Assistant) -> None:
    assert answers(assistant, "where is my parcel", "so lovely, any news") == [[ANSWER]] * 2


def test_whoever_stays_angry_is_offered_a_person(assistant: Assistant) -> None:
    first, _, third = answers(assistant, AWFUL, "awful, where is my parcel", AWFUL)
    assert first == [ANSWER]
    assert third == [ANSWER, OFFER]


def test_whoever_calms_down_is_no_longer_offered_one(assistant: Assistant) -> None:
    soothed = ["lovely, thanks, any news"] * 3
    said = answers(assistant, AWFUL, AWFUL, AWFUL, *soothed)
    assert said[2] == [ANSWER, OFFER]
    assert said[-1] == [ANSWER]


def test_whoever_is_not_understood_three_times_is_offered_one(assistant: Assistant) -> None:
    said = answers(assistant, "blorp", "blarp", "blurp")
    assert said[0] == ["Pardon?"]
    assert said[2] == ["Pardon? Shall I get a person?"]


def test_a_button_changes_nothing(assistant: Assistant) -> None:
    said = answers(assistant, AWFUL, AWFUL, AWFUL, "/ask")
    assert said[2] == said[3] == [ANSWER, OFFER]


def test_a_new_session_begins_calm(assistant: Assistant) -> None:
    moment = [0.0]

    async def scenario(engine: Engine) -> list[str]:
        talk = Conversation(engine)
        for _ in range(3):
            await talk.says(AWFUL)
        moment[0] += 2 * 3600
        return await talk.says("where is my parcel")

    assert talking(assistant, scenario, clock=lambda: moment[0]) == [ANSWER]


def test_the_trend_survives_a_restart_of_the_engine(assistant: Assistant) -> None:
    store = InMemoryTrackerStore()

    async def half(engine: Engine) -> list[str]:
        talk = Conversation(engine)
        await talk.says(AWFUL)
        return await talk.says(AWFUL)

    async def through() -> list[str]:
        for _ in range(2):
            said = await half(Engine(assistant, store))
        return said

    assert asyncio.run(through()) == [ANSWER, OFFER]


def test_the_slots_are_set_where_they_change_and_explained(assistant: Assistant) -> None:
    async def scenario(engine: Engine) -> tuple[list[SlotSet], str]:
        talk = Conversation(engine)
        await talk.says("any news")
        await talk.says(AWFUL)
        tracker = await engine.tracker(talk.name)
        changed = [e for e in tracker.events if isinstance(e, SlotSet) and e.name == "frustration"]
        return changed, told(explained(tracker, assistant)[-1])

    changed, explanation = talking(assistant, scenario)
    assert changed == [SlotSet("frustration", "annoyed")]
    assert "SentimentClassifier: sentiment negative (-" in explanation
    assert "the frustration over the latest 2 messages gives it" in explanation


STORIES = """\
version: "3.1"
stories:
- story: an upset customer
  steps:
  - slot_was_set:
    - frustration: upset
  - user: any news
    intent: ask
  - action: utter_answer
  - action: utter_offer_person
- story: a calm customer
  steps:
  - user: any news
    intent: ask
  - action: utter_answer
"""


@pytest.mark.parametrize("e2e", [False, True])
def test_test_stories_say_it_with_the_slot(assistant: Assistant, tmp_path: Path, e2e: bool) -> None:
    path = tmp_path / "test_stories.yml"
    path.write_text(STORIES)
    found = Evaluation(tuple(evaluate(read_tests(path, assistant.domain), assistant, e2e=e2e)), e2e)
    assert [outcome.passed for outcome in found.outcomes] == [True, True]


def test_new_examples_train_the_component_anew_and_nothing_before_it(tmp_path: Path) -> None:
    anew = trained_anew_by_an_example(tmp_path, FILES["config.yml"])
    assert anew == ("nlu/03-SentimentClassifier", "nlu/04-RegexMessageHandler")


def test_new_examples_train_the_pipeline_of_a_language_anew(tmp_path: Path) -> None:
    anew = trained_anew_by_an_example(tmp_path, FEELING_IN_ENGLISH)
    assert anew == ("nlu/00-LanguageRouter", "nlu/01-RegexMessageHandler")


FEELING_IN_ENGLISH = """\
    recipe: default.v1
    assistant_id: tests
    language: en
    pipeline:
      - name: LanguageRouter
        pipelines:
          en:
            - name: WhitespaceTokenizer
            - name: KeywordIntentClassifier
            - name: SentimentClassifier
    policies:
      - name: RulePolicy
    """


def trained_anew_by_an_example(folder: Path, config: str) -> tuple[str, ...]:
    for name, content in {**FILES, "config.yml": config}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(dedent(content))
    archive = train(read(folder), folder / "models").path
    with (folder / "data/sentiment.yml").open("a") as file:
        file.write("      - what a lovely day\n")
    return plan(read(folder), Options(), archive).anew
