"""Choosing a variation and filling it in."""

import random
from typing import Any, Final

import pytest

from bespeak.dialogue.responses import (
    bot_uttered,
    channel_names,
    chosen,
    eligible,
    filled,
    interpolated,
    variation_id,
)
from bespeak.domain import ResponseCondition, Variation

SLACK = frozenset({"slack"})


def says(text: str, channel: str | None = None, id: str | None = None, **slots: Any) -> Variation:
    conditions = tuple(ResponseCondition(name, value) for name, value in slots.items())
    return Variation({"text": text}, channel, conditions, id)


def texts(variations: list[Variation]) -> list[str | None]:
    return [variation.text for variation in variations]


class TestTiers:
    every = (
        says("any"),
        says("any if vip", vip=True),
        says("slack"),
        says("on slack", channel="slack"),
        says("on slack if vip", channel="slack", vip=True),
        says("elsewhere", channel="telegram", vip=True),
    )

    def test_a_condition_and_the_channel_come_first(self) -> None:
        assert texts(eligible(self.every, {"vip": True}, SLACK)) == ["on slack if vip"]

    def test_the_channel_comes_before_a_condition(self) -> None:
        without = [v for v in self.every if v.text != "on slack if vip"]
        assert texts(eligible(without, {"vip": True}, SLACK)) == ["on slack"]

    def test_a_condition_comes_before_none(self) -> None:
        assert texts(eligible(self.every, {"vip": True}, frozenset())) == ["any if vip"]

    def test_the_plain_ones_are_left(self) -> None:
        assert texts(eligible(self.every, {"vip": False}, frozenset())) == ["any", "slack"]

    def test_where_nothing_fits_there_is_nothing(self) -> None:
        assert chosen([says("x", channel="slack")], {}, frozenset(), random.Random(1)) is None


def test_conditions_are_all_needed_and_compare_texts_in_any_case() -> None:
    variation = says("x", city="ROME", count=2)
    assert eligible([variation], {"city": "Rome", "count": 2.0}, frozenset())
    assert not eligible([variation], {"city": "Rome", "count": 3}, frozenset())
    assert not eligible([variation], {"city": None}, frozenset())


def test_true_is_not_the_text_true() -> None:
    assert not eligible([says("x", vip=True)], {"vip": "true"}, frozenset())


@pytest.mark.parametrize("output", ["collector", "queue"])
def test_rest_is_meant_by_its_own_name_and_by_those_of_its_answers(output: str) -> None:
    assert channel_names(output) == {output, "rest"}


def test_other_channels_have_one_name() -> None:
    assert channel_names("slack") == SLACK
    assert channel_names("") == frozenset()


def test_each_variation_comes_up_about_as_often() -> None:
    variations, rng = [says("a"), says("b"), says("c")], random.Random(7)
    drawn = [chosen(variations, {}, frozenset(), rng) for _ in range(300)]
    assert {v.text for v in drawn if v} == {"a", "b", "c"}
    assert all(60 < sum(v is each for v in drawn) < 140 for each in variations)


class TestVariationId:
    def test_it_is_that_of_the_first_eligible(self) -> None:
        assert variation_id([says("a", id="1"), says("b", id="2")], {}, frozenset()) == "1"

    def test_doubled_ids_count_for_nothing(self) -> None:
        assert variation_id([says("a", id="1"), says("b", id="1")], {}, frozenset()) is None

    def test_no_variation_has_no_id(self) -> None:
        assert variation_id([], {}, frozenset()) is None


class TestInterpolation:
    values: Final = {"name": "Ada", "none": None, "list": ["a"], "with.dot": 1, "a-b c": 2}

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Hello {name}!", "Hello Ada!"),
            ("{none} and {list}", "None and ['a']"),
            ("{with.dot} {a-b c}", "1 2"),
            ("{{literal}}", "{literal}"),
            ('/tell{{"name": "{name}"}}', '/tell{"name": "Ada"}'),
            ("{{literal}} and {name}", "{{literal}} and {name}"),
            ("{unknown} of {name}", "{unknown} of {name}"),
            ("{}", "{}"),
            ("{0}", "{0}"),
            ("a } alone", "a } alone"),
            ("{two\nlines}", "{two\nlines}"),
            ("{name!r} {name:>9}", "{name!r} {name:>9}"),
            ("none", "none"),
        ],
    )
    def test_texts(self, text: str, expected: str) -> None:
        assert interpolated(text, self.values) == expected

    def test_what_is_filled_in_is_not_read_again(self) -> None:
        assert interpolated("{a}", {"a": "{b} 0[b] {{c}}", "b": "x"}) == "{b} 0[b] {{c}}"

    def test_nobody_gets_at_attributes(self) -> None:
        assert interpolated("{name.__class__}", self.values) == "{name.__class__}"
        assert interpolated("{name]}.__class__{[}", self.values) == "{name]}.__class__{[}"

    def test_it_goes_as_deep_as_the_content(self) -> None:
        content = {"a": [{"b": "{name}", "n": 1}, ["{name}"]], "{name}": None}
        assert interpolated(content, self.values) == {
            "a": [{"b": "Ada", "n": 1}, ["Ada"]],
            "{name}": None,
        }

    def test_an_unknown_name_is_an_error_in_the_log(self, caplog: pytest.LogCaptureFixture) -> None:
        interpolated("Dear {who}", {})
        assert "'who'" in caplog.text


class TestFilled:
    def test_only_what_the_user_sees_is_filled_in(self) -> None:
        variation = Variation(
            {
                "text": "{n}",
                "elements": [{"title": "{n}"}],
                "metadata": {"k": "{n}"},
                "image": "{n}",
            }
        )
        assert filled(variation, {"n": 1}) == {
            "text": "1",
            "elements": [{"title": "{n}"}],
            "metadata": {"k": "{n}"},
            "image": "1",
        }

    def test_what_chose_the_variation_is_told_along(self) -> None:
        assert filled(says("x", "slack", "7", vip=True), {}) == {
            "text": "x",
            "channel": "slack",
            "condition": [{"type": "slot", "name": "vip", "value": True}],
            "id": "7",
        }

    def test_an_unset_slot_reads_as_configured(self) -> None:
        assert filled(says("<{city}>"), {"city": None}, unset="") == {"text": "<>"}

    def test_the_variation_itself_stays_as_it_is(self) -> None:
        buttons = [{"title": "{n}"}]
        filled(Variation({"buttons": buttons}), {"n": 1})
        assert buttons == [{"title": "{n}"}]


class TestBotUttered:
    def test_data_has_all_keys_and_the_rest_is_metadata(self) -> None:
        event = bot_uttered({"text": "x", "buttons": [], "utter_action": "utter_x", "id": "1"})
        assert event.text == "x"
        assert dict(event.data) == {
            "elements": None,
            "quick_replies": None,
            "buttons": [],
            "attachment": None,
            "image": None,
            "custom": None,
        }
        assert event.metadata == {"utter_action": "utter_x", "id": "1"}

    def test_an_image_is_its_attachment_too(self) -> None:
        assert bot_uttered({"image": "i"}).data["attachment"] == "i"
        assert bot_uttered({"image": "i", "attachment": {"type": "x"}}).data["attachment"] == {
            "type": "x"
        }
