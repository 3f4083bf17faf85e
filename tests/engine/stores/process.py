"""A process beside the test's own, to be killed, stopped or raced.

    python process.py SECTION hold NAME       takes the turn for message "m1", appends, says
                                              "holding", and holds it until it is killed
    python process.py SECTION late NAME       the same; goes on when a line comes in, and says
                                              how its next append ended
    python process.py SECTION count NAME N    N turns, each appending one event
    python process.py SECTION flood NAME      appends until it is killed, saying each number kept
    python process.py SECTION serve NAME MARK answers messages of its own, `MARK-0`, `MARK-1` …, in
                                              the conversations NAME0 to NAME2, until it is killed;
                                              says each that was accepted
    python process.py SECTION fill NAME       appends until the disk is full, makes room, goes on;
                                              says how many were kept and what the error said

SECTION is the `tracker_store` section as JSON.
"""

import asyncio
import itertools
import json
import resource
import sys
from typing import Any

from bespeak.errors import Conflict, StoreError
from bespeak.events import BotUttered, Event, SlotSet
from bespeak.message import UserMessage
from bespeak.stores.build import tracker_store
from bespeak.stores.store import Arrival, TrackerStore


async def main() -> None:
    section, what, name, *more = sys.argv[1:]
    store = tracker_store(json.loads(section))
    if what in ("hold", "late"):
        await store.arrive(UserMessage(name, "hi", message_id="m1"))
        async with store.turn(name, "m1") as lease:
            kept = await store.load(name)
            await store.append(lease, [BotUttered("begun")], after=kept.sequence)
            print("holding", flush=True)
            await asyncio.to_thread(sys.stdin.readline)
            try:
                await store.append(lease, [BotUttered("late")], after=kept.sequence + 1)
            except Conflict:
                print("conflict", flush=True)
            else:
                print("appended", flush=True)
    if what == "count":
        for number in range(int(more[0])):
            async with store.turn(name) as lease:
                kept = await store.load(name)
                assert kept.sequence == lease.sequence
                await store.append(lease, [SlotSet("n", number)], after=kept.sequence)
    if what == "flood":
        number = 0
        while True:
            async with store.turn(name) as lease:
                events = [SlotSet("n", number), SlotSet("n", number)]
                await store.append(lease, events, after=lease.sequence)
            print(number, flush=True)
            number += 1
    if what == "serve":
        (mark,) = more
        for number in itertools.count():
            message = UserMessage(f"{name}{number % 3}", "hi", message_id=f"{mark}-{number}")
            await store.arrive(message)
            print(message.message_id, flush=True)
            await answer(store, message)
    if what == "fill":
        print(json.dumps(await fill(store, name)), flush=True)
    await store.close()


async def answer(store: TrackerStore, message: UserMessage) -> None:
    """Answer in three steps, or go on where an earlier turn was cut; cut ones come first."""
    name, id = message.conversation_id, message.message_id
    async with store.turn(name, id) as lease:
        if lease.arrival is Arrival.ANSWERED:
            return
        cut = lease.cut
        if not cut:
            kept = await store.events(name)
            steps: list[Event] = [SlotSet("heard", id), BotUttered(id), SlotSet("done", id)]
            todo = [step for step in steps if step not in kept]
            for after, step in enumerate(todo, start=len(kept)):
                done = id if step is todo[-1] else None
                await store.append(lease, [step], after=after, answered=done)
    for each in cut:
        await answer(store, each)
    if cut:
        await answer(store, message)


async def fill(store: TrackerStore, name: str) -> list[Any]:
    """Let no file grow beyond 300 kB until that hurts, then let it."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    await store.ping()
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    kept, said = 0, ""
    async with store.turn(name) as lease:
        while not said:
            try:
                await store.append(lease, [SlotSet("n", "x" * 1000)], after=kept)
                kept += 1
            except StoreError as error:
                said = str(error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await store.append(lease, [SlotSet("n", "after")], after=kept)
    return [kept + 1, said]


if __name__ == "__main__":
    asyncio.run(main())
