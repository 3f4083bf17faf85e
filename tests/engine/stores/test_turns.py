"""One turn at a time."""

import asyncio
import os
import subprocess
import sys

import pytest

from bespeak.errors import StoreError
from bespeak.message import UserMessage
from bespeak.stores.store import Lease
from bespeak.stores.turns import Holder, Line, Turns

pytestmark = pytest.mark.anyio


async def test_who_comes_first_is_served_first() -> None:
    line, served = Line(), []

    async def serve(number: int) -> None:
        await line.enter("a")
        served.append(number)
        await asyncio.sleep(0)
        line.leave("a")

    await asyncio.gather(*(serve(number) for number in range(10)))
    assert served == list(range(10))
    assert "a" not in line


async def test_who_goes_away_in_the_moment_of_being_served_lets_the_next_one_come() -> None:
    line = Line()
    await line.enter("a")
    second, third = (asyncio.ensure_future(line.enter("a")) for _ in range(2))
    await asyncio.sleep(0)
    line.leave("a")  # the second is served now, but has not heard of it yet
    second.cancel()
    await asyncio.wait_for(third, 5)
    line.leave("a")
    assert "a" not in line


class Flaky:
    """Leases that are renewed only when they have failed to be, once."""

    def __init__(self) -> None:
        self.renewals = 0
        self.released_epochs: list[int] = []
        self.given_up: list[str] = []
        self.free = True

        self.arrived: list[str] = []

    async def arrive(self, message: UserMessage) -> None:
        self.arrived.append(message.message_id)

    async def take(
        self, conversation_id: str, message_id: str, arriving: UserMessage | None = None
    ) -> Lease | None:
        if arriving is not None:
            await self.arrive(arriving)
        await asyncio.sleep(0.02)
        return Lease(conversation_id, 7, 0) if self.free else None

    async def renew(self, lease: Lease) -> bool:
        self.renewals += 1
        if self.renewals == 1:
            raise StoreError("not now")
        return self.renewals < 4

    async def release(self, lease: Lease) -> None:
        self.released_epochs.append(lease.epoch)

    async def give_up(self, conversation_id: str, message_id: str) -> None:
        self.given_up.append(message_id)

    async def released(self, conversation_id: str, timeout: float) -> None:
        await asyncio.sleep(timeout)


async def test_a_lease_is_renewed_through_failures_until_it_is_lost() -> None:
    leases = Flaky()
    turns = Turns(leases, 0.03)
    async with turns.turn("ada"):
        async with asyncio.timeout(5):
            while leases.renewals < 4:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert leases.renewals == 4  # lost: nobody renews it any more
    await turns.settled()
    assert leases.released_epochs == [7]


async def test_a_lease_that_came_too_late_is_released() -> None:
    leases = Flaky()
    turns = Turns(leases, 10)

    async def wait() -> None:
        async with turns.turn("ada", "m1"):
            raise AssertionError("the turn was cancelled before it came")

    task = asyncio.ensure_future(wait())
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await turns.settled()
    assert leases.released_epochs == [7]
    async with turns.turn("ada"):
        pass
    await turns.settled()


async def test_who_stops_waiting_gives_its_message_up() -> None:
    leases = Flaky()
    leases.free = False
    turns = Turns(leases, 10)
    first = asyncio.ensure_future(turns.turn("ada", "m1").__aenter__())
    second = asyncio.ensure_future(turns.turn("ada", "m2").__aenter__())
    await asyncio.sleep(0.1)
    first.cancel()
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await turns.settled()
    assert sorted(leases.given_up) == ["m1", "m2"]


def test_a_holder_of_this_machine_is_seen_to_be_dead() -> None:
    other = subprocess.run(
        [sys.executable, "-c", "from bespeak.stores.turns import Holder; print(Holder(10).name)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    ours = Holder(10)
    assert ours.is_gone(other)
    assert not ours.is_gone(Holder(10).name)


def test_a_process_that_had_our_number_before_us_is_dead() -> None:
    ours = Holder(10)
    host, namespace, process, _, store = ours.name.split("/")
    assert ours.is_gone("/".join((host, namespace, process, "earlier", store)))
    assert process == str(os.getpid())


@pytest.mark.parametrize("name", ["", "elsewhere/pid:[1]/1/mark/store", "nonsense"])
def test_nothing_is_known_of_holders_elsewhere(name: str) -> None:
    assert not Holder(10).is_gone(name)


def test_what_is_held_until_long_after_any_lease_was_given_by_another_clock() -> None:
    ours, elsewhere = Holder(10), "elsewhere/pid:[1]/1/mark/store"
    assert ours.is_other(elsewhere, until=105.0, now=100.0)
    assert not ours.is_other(elsewhere, until=99.0, now=100.0)
    assert not ours.is_other(elsewhere, until=3700.0, now=100.0)
    assert not ours.is_other(ours.name, until=105.0, now=100.0)


async def test_a_message_arrives_once_and_before_it_waits_in_line() -> None:
    leases = Flaky()
    turns = Turns(leases, 10.0)

    async def answer(id: str) -> None:
        async with turns.turn("ada", id, arriving=UserMessage("ada", "hi", message_id=id)):
            await asyncio.sleep(0.02)

    first = asyncio.ensure_future(answer("m1"))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(answer("m2"))
    await asyncio.sleep(0.005)
    assert sorted(leases.arrived) == ["m1", "m2"]
    await asyncio.gather(first, second)
    assert sorted(leases.arrived) == ["m1", "m2"]
