"""A domain in an archive is the domain that was checked."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from bespeak.data import project
from bespeak.data.domain_json import domain_dict, domain_from

OWN = """
class Stars:
    def __init__(self, most=5):
        self.most = most

    def feature(self, value):
        return [1.0, float(value) / self.most] if value is not None else [0.0, 0.0]
"""

DOMAIN = """
    version: "3.1"
    intents:
    - greet
    - ask: {use_entities: [city]}
    entities:
    - city: {roles: [from, to], groups: [a]}
    - shy: {influence_conversation: false}
    slots:
      city:
        type: text
        mappings:
        - {type: from_entity, entity: city, role: to, not_intent: greet}
        - type: from_text
          conditions: [{active_loop: trip, requested_slot: city}]
      size: {type: float, min_value: 2, max_value: 4, mappings: [{type: custom}]}
      mood: {type: categorical, values: [good, bad], mappings: [{type: custom}]}
      stars: {type: own_slots.Stars, most: 10, mappings: [{type: custom}]}
    responses:
      utter_greet:
      - text: Hello
        channel: rest
        condition: [{type: slot, name: mood, value: good}]
      - text: Hi
    forms:
      trip: {required_slots: [city], ignored_intents: [greet]}
    actions: [action_x: {send_domain: true}]
    session_config: {session_expiration_time: 5, carry_over_slots_to_new_session: false}
"""


def test_a_domain_comes_back_as_it_was_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_slots.py").write_text(OWN)
    (tmp_path / "domain.yml").write_text(dedent(DOMAIN))
    (tmp_path / "config.yml").write_text("language: en\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    domain = project.read(tmp_path).domain
    back = domain_from(json.loads(json.dumps(domain_dict(domain))))
    assert back == domain
    assert back.wire == domain.wire
    assert back.slots["stars"].feature(5) == domain.slots["stars"].feature(5) == (1.0, 0.5)
    assert back.action_names == domain.action_names
    assert back.influential_entities("ask") == domain.influential_entities("ask")
