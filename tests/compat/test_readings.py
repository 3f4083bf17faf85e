"""Bespeak reads from a project's files what Rasa 3.6.21 reads from them."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.compat import compare, reading

BOTS = {bot.name: bot for bot in reading.bots()}


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("part", ["domain", "actions", "intents", "featurized_entities"])
def test_a_domain_is_read_as_by_rasa(bot: str, part: str) -> None:
    assert compare.difference(reading.recorded(BOTS[bot])[part], ours(bot)[part]) == ""


@pytest.mark.parametrize("bot", BOTS)
def test_stories_and_rules_stand_for_the_same_conversations(bot: str) -> None:
    with_rasa = reading.recorded(BOTS[bot])["conversations"]
    assert compare.difference(with_rasa, ours(bot)["conversations"]) == ""


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize("part", ["examples", "synonyms", "regexes", "lookups"])
def test_examples_are_read_as_by_rasa(bot: str, part: str) -> None:
    assert compare.difference(reading.recorded(BOTS[bot])[part], ours(bot)[part]) == ""


@cache
def ours(bot: str) -> dict[str, Any]:
    """What we read from a bot's files."""
    return reading.by_bespeak(BOTS[bot])
