"""Metrics in the format that Prometheus reads."""

import asyncio

import pytest

from bespeak.channels.channel import Deliver
from bespeak.engine.engine import nobody
from bespeak.errors import StoreError
from bespeak.message import UserMessage
from bespeak.server.metrics import BUCKETS, Histogram, Metrics


def test_a_histogram_counts_below_each_bound() -> None:
    metrics = Metrics()
    for seconds in (0.001, 0.0011, 0.2, 100.0):
        metrics.seconds["total"].observe(seconds)
    lines = metrics.text(model_loaded=True).splitlines()
    found = [line for line in lines if line.startswith("bespeak_turn_seconds_bucket")]
    counts = [int(line.split()[-1]) for line in found]
    assert len(found) == len(BUCKETS) + 1
    assert found[0] == 'bespeak_turn_seconds_bucket{part="total",le="0.001"} 1'
    assert found[-1] == 'bespeak_turn_seconds_bucket{part="total",le="+Inf"} 4'
    assert counts == sorted(counts)
    assert 'bespeak_turn_seconds_count{part="total"} 4' in lines


def test_labels_are_escaped_and_every_line_is_a_comment_or_a_sample() -> None:
    metrics = Metrics()
    metrics.failures['a"b\\c\nd'] = 2
    text = metrics.text(model_loaded=False)
    assert 'bespeak_action_failures_total{action="a\\"b\\\\c\\nd"} 2' in text.splitlines()
    assert "bespeak_model_loaded 0" in text.splitlines()
    assert all(line.startswith(("# HELP ", "# TYPE ", "bespeak_")) for line in text.splitlines())


def test_a_bound_belongs_to_its_bucket() -> None:
    histogram = Histogram()
    histogram.observe(BUCKETS[3])
    assert histogram.counts[3] == 1


def test_messages_that_could_not_be_stored_are_counted_by_channel() -> None:
    async def full(message: UserMessage, deliver: Deliver) -> None:
        raise StoreError("The disk is full.")

    metrics = Metrics(["rest"])

    async def post(channel: str) -> None:
        await metrics.counting(full)(UserMessage("ann", "hi", channel), nobody)

    for channel in ("rest", "rest", "anything a request claims"):
        with pytest.raises(StoreError):
            asyncio.run(post(channel))
    lines = metrics.text(model_loaded=True).splitlines()
    assert 'bespeak_messages_unstored_total{channel="rest"} 2' in lines
    assert 'bespeak_messages_unstored_total{channel="other"} 1' in lines
