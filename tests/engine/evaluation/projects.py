"""A small project whose every decision can be foretold: keywords, rules, a form, two stories."""

from bespeak.assistant import Assistant
from bespeak.testing.conversation import trained

CONFIG = """
recipe: default.v1
language: en
assistant_id: tests
pipeline:
  - name: WhitespaceTokenizer
  - name: KeywordIntentClassifier
    case_sensitive: false
  - name: RegexEntityExtractor
policies:
  - name: MemoizationPolicy
  - name: RulePolicy
"""

DOMAIN = """
version: "3.1"
intents: [greet, bye, book, hours, thanks, cancel]
entities: [city]
slots:
  city:
    type: text
    mappings:
      - type: from_entity
        entity: city
  guests:
    type: text
    mappings:
      - type: from_text
        conditions:
          - active_loop: trip
            requested_slot: guests
  vip:
    type: bool
    mappings:
      - type: custom
forms:
  trip:
    required_slots: [city, guests]
responses:
  utter_greet: [{text: Hello!}]
  utter_vip: [{text: Welcome back!}]
  utter_bye: [{text: Bye.}]
  utter_hours: [{text: From 8 to 6.}]
  utter_done: [{text: Booked.}]
  utter_welcome: [{text: You are welcome.}]
  utter_ask_city: [{text: Which city?}]
  utter_ask_guests: [{text: How many?}]
  utter_never: [{text: Never said.}]
"""

NLU = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
  - intent: bye
    examples: |
      - bye
  - intent: book
    examples: |
      - travel
      - travel to [Oslo](city)
      - travel to [Rome](city)
  - intent: hours
    examples: |
      - open
  - intent: thanks
    examples: |
      - thanks
  - intent: cancel
    examples: |
      - nothing
  - lookup: city
    examples: |
      - Oslo
      - Rome
"""

RULES = """
version: "3.1"
rules:
  - rule: Greet
    steps:
      - intent: greet
      - action: utter_greet
  - rule: Greet somebody important
    condition:
      - slot_was_set:
          - vip: true
    steps:
      - intent: greet
      - action: utter_vip
  - rule: Hours
    steps:
      - intent: hours
      - action: utter_hours
  - rule: Open the form
    steps:
      - intent: book
      - action: trip
      - active_loop: trip
  - rule: Close the form
    condition:
      - active_loop: trip
    steps:
      - action: trip
      - active_loop: null
      - slot_was_set:
          - requested_slot: null
      - action: utter_done
"""

STORIES = """
version: "3.1"
stories:
  - story: Thanks, then bye
    steps:
      - intent: thanks
      - action: utter_welcome
      - intent: bye
      - action: utter_bye
"""

FILES = {
    "config.yml": CONFIG,
    "domain.yml": DOMAIN,
    "data/nlu.yml": NLU,
    "data/rules.yml": RULES,
    "data/stories.yml": STORIES,
}


def assistant() -> Assistant:
    return trained(FILES)
