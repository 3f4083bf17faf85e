"""`bespeak export`: publish stored events to the event broker, as if they happened now."""

import argparse
import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bespeak.cli.options import add_logging, set_up_lines
from bespeak.cli.terminal import console, progress, tell
from bespeak.data.config import read_endpoints
from bespeak.data.endpoints import Settings
from bespeak.errors import ProjectError, StoreError
from bespeak.events import Event, is_ours
from bespeak.stores.build import event_broker, tracker_store
from bespeak.stores.store import EventBroker, TrackerStore


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--endpoints", default="endpoints.yml", help="where from and where to")
    parser.add_argument("--minimum-timestamp", type=float, help="from this time on (seconds)")
    parser.add_argument("--maximum-timestamp", type=float, help="before this time (seconds)")
    parser.add_argument(
        "--offset-timestamps-by-seconds", type=int, default=0, help="shift the times"
    )
    parser.add_argument("--conversation-ids", help="these only, separated by commas")
    add_logging(parser)


def run(arguments: argparse.Namespace) -> int:
    set_up_lines(arguments)
    endpoints = read_endpoints(Path(arguments.endpoints))
    source, target = endpoints.tracker_store, endpoints.event_broker
    if source is None or target is None:
        raise ProjectError(
            f"{arguments.endpoints} needs the sections 'tracker_store' (where events come from) "
            "and 'event_broker' (where they go)."
        )
    low, high = arguments.minimum_timestamp, arguments.maximum_timestamp
    if low is not None and high is not None and low >= high:
        raise ProjectError("--minimum-timestamp must be smaller than --maximum-timestamp.")
    published = asyncio.run(_export(arguments, source, target))
    console.print(f"[green]{published}[/green] events were published.")
    return 0


async def _export(arguments: argparse.Namespace, source: Settings, target: Settings) -> int:
    store = tracker_store({"type": source.type, **source.options})
    try:
        broker = event_broker({"type": target.type, **target.options})
        if broker is None:
            raise ProjectError(f"{arguments.endpoints}: this 'event_broker' publishes nothing.")
        try:
            return await _publish(arguments, store, broker)
        finally:
            await broker.close()
    finally:
        await store.close()


async def _publish(arguments: argparse.Namespace, store: TrackerStore, broker: EventBroker) -> int:
    wanted = _wanted(arguments.conversation_ids, await store.conversation_ids())
    total = 0
    with progress(silent=arguments.quiet) as bar:
        task = bar.add_task("Conversations", total=len(wanted))
        for conversation in wanted:
            events = _chosen(await store.events(conversation), arguments)
            await broker.publish(conversation, events)
            total += len(events)
            bar.advance(task)
    if not total:
        raise StoreError("There are no events in that time: nothing was published.")
    return total


def _wanted(named: str | None, known: Sequence[str]) -> list[str]:
    """Return the conversations to export; those that are named and unknown are told."""
    if named is None:
        wanted = list(known)
    else:
        names = [name.strip() for name in named.split(",") if name.strip()]
        wanted = [name for name in names if name in set(known)]
        if missing := [name for name in names if name not in set(known)]:
            tell(f"There are no conversations {', '.join(missing)}.", "yellow")
    if not wanted:
        raise StoreError("There are no conversations to export.")
    return wanted


def _chosen(events: Sequence[Event], arguments: argparse.Namespace) -> list[Event]:
    """Return the events to publish, at the times asked for."""
    low, high = arguments.minimum_timestamp, arguments.maximum_timestamp
    offset = arguments.offset_timestamps_by_seconds
    chosen: list[Event] = []
    for event in events:
        at = event.timestamp or 0.0
        if is_ours(event) or (low is not None and at < low) or (high is not None and at >= high):
            continue
        chosen.append(replace(event, timestamp=at + offset) if offset else event)
    return chosen
