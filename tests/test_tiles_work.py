"""Workers: what is shared, what is given up, whose turn it is. Threads are held by events, never by time."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, ThreadPoolExecutor
from threading import Event

import pytest

from render.errors import Busy, DataError
from tiles.work import MAX_WAITING, MAX_WAITING_IN_ALL, Job, Workers

Scenario = Callable[[Workers], Awaitable[None]]


def work(scenario: Scenario, threads: int = 2) -> None:
    async def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            async with asyncio.timeout(30):
                await scenario(Workers(pool, threads))

    asyncio.run(run())


class Gate:
    """A piece of work that begins, waits to be let go, and says what it was."""

    def __init__(self) -> None:
        self.begun, self.free = Event(), Event()
        self.jobs: list[Job] = []

    def __call__(self, job: Job) -> str:
        self.jobs.append(job)
        self.begun.set()
        assert self.free.wait(30)
        job.check()
        return "done"


async def begun(gate: Gate) -> None:
    assert await asyncio.to_thread(gate.begun.wait, 30)


async def settled() -> None:
    """All that the loop has to do now is done."""
    for _ in range(5):
        await asyncio.sleep(0)


def test_equal_requests_share_one_computation() -> None:
    async def scenario(workers: Workers) -> None:
        gate = Gate()
        asked = [asyncio.create_task(workers.share("a", "key", gate)) for _ in range(5)]
        await begun(gate)
        gate.free.set()
        assert await asyncio.gather(*asked) == ["done"] * 5
        assert len(gate.jobs) == 1
        assert await workers.share("a", "key", lambda _: "again") == "again"

    work(scenario)


def test_one_who_leaves_takes_nothing_from_the_others() -> None:
    async def scenario(workers: Workers) -> None:
        gate = Gate()
        one, other = (asyncio.create_task(workers.share("a", "key", gate)) for _ in range(2))
        await begun(gate)
        one.cancel()
        await settled()
        gate.free.set()
        assert await other == "done"
        assert one.cancelled()

    work(scenario)


def test_the_last_who_leaves_ends_what_has_begun_and_takes_back_what_has_not() -> None:
    async def scenario(workers: Workers) -> None:
        gate, never = Gate(), []
        first = asyncio.create_task(workers.share("a", "begun", gate))
        await begun(gate)
        second = asyncio.create_task(workers.share("a", "waiting", never.append))
        await settled()
        for task in (first, second):
            task.cancel()
        await settled()
        with pytest.raises(CancelledError):
            gate.jobs[0].check()
        # Who asks for the same now is not given what is being given up.
        again = asyncio.create_task(workers.share("a", "begun", lambda _: "anew"))
        gate.free.set()
        assert await again == "anew"
        assert never == []

    work(scenario)


def test_the_newest_is_first() -> None:
    async def scenario(workers: Workers) -> None:
        gate, order = Gate(), []
        held = asyncio.create_task(workers.share("a", "held", gate))
        await begun(gate)
        asked = [asyncio.create_task(workers.run("a", order.append, index)) for index in range(4)]
        await settled()
        gate.free.set()
        await asyncio.gather(held, *asked)
        assert order == [3, 2, 1, 0]

    work(scenario)


def test_a_volume_whose_store_hangs_leaves_half_of_the_threads_to_the_others() -> None:
    async def scenario(workers: Workers) -> None:
        gates = [Gate() for _ in range(4)]
        slow = [asyncio.create_task(workers.share("slow", index, gate)) for index, gate in enumerate(gates)]
        await settled()
        assert await workers.run("fast", lambda: "served") == "served"
        assert sum(gate.begun.is_set() for gate in gates) == 2
        for gate in gates:
            gate.free.set()
        await asyncio.gather(*slow)

    work(scenario, threads=4)


def test_volumes_take_turns() -> None:
    async def scenario(workers: Workers) -> None:
        gate, order = Gate(), []
        held = asyncio.create_task(workers.share("z", "held", gate))
        await begun(gate)
        lanes = ["a", "a", "a", "b", "b", "b"]
        asked = [asyncio.create_task(workers.run(lane, order.append, lane)) for lane in lanes]
        await settled()
        gate.free.set()
        await asyncio.gather(held, *asked)
        assert order == ["a", "b", "a", "b", "a", "b"]

    work(scenario, threads=1)


def test_what_is_too_much_for_one_volume_is_refused_and_another_is_served() -> None:
    async def scenario(workers: Workers) -> None:
        gate = Gate()
        asked = [asyncio.create_task(workers.share("a", "held", gate))]
        await begun(gate)
        asked += [asyncio.create_task(workers.share("a", index, lambda _: "done")) for index in range(MAX_WAITING - 1)]
        await settled()
        with pytest.raises(Busy, match=f"{MAX_WAITING} requests of 'a' are at work"):
            await workers.run("a", int)
        assert await workers.run("b", lambda: "served") == "served"
        gate.free.set()
        assert await asyncio.gather(*asked) == ["done"] * MAX_WAITING

    work(scenario)


def test_there_is_a_bound_for_all_volumes_together() -> None:
    async def scenario(workers: Workers) -> None:
        gates = [Gate() for _ in range(2)]
        asked = [asyncio.create_task(workers.share(f"{i}", "held", gate)) for i, gate in enumerate(gates)]
        for gate in gates:
            await begun(gate)
        asked += [
            asyncio.create_task(workers.share(f"lane {i % 20}", i, lambda _: "done"))
            for i in range(MAX_WAITING_IN_ALL - 2)
        ]
        await settled()
        with pytest.raises(Busy):
            await workers.run("another", int)
        for gate in gates:
            gate.free.set()
        await asyncio.gather(*asked)
        assert await workers.run("another", lambda: "served") == "served"

    work(scenario)


def test_an_error_reaches_everyone_and_is_not_remembered() -> None:
    async def scenario(workers: Workers) -> None:
        def fail(_: Job) -> str:
            raise DataError("broken")

        asked = [asyncio.create_task(workers.share("a", "key", fail)) for _ in range(2)]
        for task in asked:
            with pytest.raises(DataError, match="broken"):
                await task
        assert await workers.share("a", "key", lambda _: "whole") == "whole"

    work(scenario)
