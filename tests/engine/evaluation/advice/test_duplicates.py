from pathlib import Path

import pytest

from bespeak.evaluation.advice.duplicates import same_words, similar
from tests.engine.evaluation.cases import case


@pytest.fixture(autouse=True)
def no_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By letters alone: the same on every machine."""
    monkeypatch.setenv("BESPEAK_CACHE", str(tmp_path))


def test_the_same_text_under_two_intents_is_told_whatever_its_case_and_numbers() -> None:
    cases = [
        case("Where is order 12?", "track", line=1),
        case("where is order 345", "cancel", "track", line=2),
        case("where is order 345!", "cancel", line=3),
        case("cancel it", "cancel"),
    ]
    [found] = same_words(cases)
    assert found.title == "1 text under two intents at once"
    assert [one.source[-1] for one in found.evidence] == ["1", "2", "3"]
    assert len(found.errors) == 1


def test_a_misunderstood_message_is_shown_with_its_like_of_the_other_intent() -> None:
    cases = [
        case("where is my order number", "lost_id", "track", line=5),
        case("where is my order", "track", line=6),
        case("something else", "other"),
    ]
    [found] = similar(cases)
    [shown] = found.evidence
    assert "like “where is my order” (track, data/nlu.yml:6): 0.86" in shown.note
    assert "their letters" in found.why


def test_likes_that_are_both_understood_are_no_matter() -> None:
    cases = [case("turn it on please", "on"), case("turn it off please", "off")]
    assert list(similar(cases)) == []
    assert list(same_words(cases)) == []
