"""The engine: one owning thread, shared pictures, wishes that are taken back, a queue that ends."""

import asyncio
import threading

import msgspec
import numpy as np
import pytest

from render.backends.null import NullRenderer
from render.engine import Engine, Priority
from render.errors import BackendError, Busy, DataError, NotFound
from render.frame import Frame
from render.intent import Intent, resolve
from render.scene import Quality, View
from render.volume.volume import Volume
from tests.arrays import memory_volume

VOLUME = memory_volume(np.zeros((3, 5, 7), np.uint8))
VIEW = resolve(Intent(size=(16, 9)), VOLUME.info, VOLUME.statistics)


def at_time(width: int) -> View:
    """A view that differs from others by its width."""
    return msgspec.structs.replace(VIEW, size=(width, 9))


class GatedRenderer(NullRenderer):
    """Draws when told to: `gate` holds every picture, `load` the staging of the widths in `unready`; remembers what it
    drew, and where."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.load = threading.Event()
        self.unready: set[int] = set()
        self.begun = threading.Semaphore(0)
        self.drawn: list[int] = []
        self.threads = {threading.get_ident()}
        self.closed = threading.Event()

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return view.size[0] not in self.unready

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        if view.size[0] in self.unready:
            assert self.load.wait(5)
        if view.size[0] == 666:
            raise DataError("chunk 6/6/6 is broken")

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        self.begun.release()
        assert self.gate.acquire(timeout=5)
        self.threads.add(threading.get_ident())
        self.drawn.append(view.size[0])
        return super().render(volume, view, quality)

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed.set()


def opened() -> tuple[Engine, GatedRenderer]:
    made: list[GatedRenderer] = []
    engine = Engine(lambda: made.append(GatedRenderer()) or made[0])  # type: ignore[func-returns-value]
    return engine, made[0]


def test_the_device_is_opened_used_and_closed_by_one_thread_that_is_not_ours() -> None:
    engine, renderer = opened()
    renderer.gate.release()
    assert engine.submit(VOLUME, VIEW, Quality()).result(5).array.shape == (9, 16, 4)
    engine.close()
    assert renderer.closed.is_set()
    assert len(renderer.threads) == 1
    assert threading.get_ident() not in renderer.threads


def test_an_opening_that_fails_is_raised_where_the_engine_is_made() -> None:
    def fail() -> NullRenderer:
        raise BackendError("no device")

    with pytest.raises(BackendError, match="no device"):
        Engine(fail)


def test_equal_requests_share_one_picture() -> None:
    engine, renderer = opened()
    with engine:
        futures = [engine.submit(VOLUME, VIEW, Quality()) for _ in range(5)]
        renderer.gate.release()
        frames = [future.result(5) for future in futures]
        assert renderer.drawn == [16]
        assert all(frame is frames[0] for frame in frames)


def test_who_interacts_is_served_before_batches_and_each_kind_in_order() -> None:
    engine, renderer = opened()
    with engine:
        first = engine.submit(VOLUME, at_time(1), Quality(), Priority.BATCH)
        assert renderer.begun.acquire(timeout=5)
        wishes = [(2, Priority.BATCH), (3, Priority.STILL), (4, Priority.INTERACTIVE), (5, Priority.INTERACTIVE)]
        futures = [engine.submit(VOLUME, at_time(width), Quality(), priority) for width, priority in wishes]
        renderer.gate.release(5)
        for future in (first, *futures):
            future.result(5)
        assert renderer.drawn == [1, 4, 5, 3, 2]


def test_a_picture_that_nobody_waits_for_any_more_is_not_drawn() -> None:
    engine, renderer = opened()
    with engine:
        engine.submit(VOLUME, at_time(1), Quality())
        assert renderer.begun.acquire(timeout=5)
        abandoned = engine.submit(VOLUME, at_time(2), Quality())
        half = [engine.submit(VOLUME, at_time(3), Quality()) for _ in range(2)]
        assert abandoned.cancel()
        assert half[0].cancel()
        renderer.gate.release(3)
        half[1].result(5)
        assert renderer.drawn == [1, 3]


def test_cancelling_a_coroutine_takes_back_its_wish() -> None:
    engine, renderer = opened()

    async def ask_and_leave() -> None:
        task = asyncio.ensure_future(asyncio.wrap_future(engine.submit(VOLUME, at_time(2), Quality())))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with engine:
        engine.submit(VOLUME, at_time(1), Quality())
        assert renderer.begun.acquire(timeout=5)
        asyncio.run(ask_and_leave())
        last = engine.submit(VOLUME, at_time(3), Quality())
        renderer.gate.release(3)
        last.result(5)
        assert renderer.drawn == [1, 3]


def test_the_device_draws_for_others_while_a_volume_is_loaded() -> None:
    engine, renderer = opened()
    with engine:
        renderer.unready = {1}
        slow = engine.submit(VOLUME, at_time(1), Quality())
        quick = engine.submit(VOLUME, at_time(2), Quality())
        renderer.gate.release(2)
        quick.result(5)
        assert renderer.drawn == [2]
        renderer.load.set()
        slow.result(5)


def test_what_goes_wrong_in_loading_reaches_who_asked_and_nobody_else() -> None:
    engine, renderer = opened()
    with engine:
        renderer.unready = {666, 2}
        renderer.load.set()
        broken = engine.submit(VOLUME, at_time(666), Quality())
        whole = engine.submit(VOLUME, at_time(2), Quality())
        renderer.gate.release(2)
        with pytest.raises(DataError, match="chunk 6/6/6"):
            broken.result(5)
        assert whole.result(5).array.shape == (9, 2, 4)


def test_a_full_queue_says_how_full_and_takes_wishes_for_what_it_holds() -> None:
    renderer = GatedRenderer()
    with Engine(lambda: renderer, queue=2) as engine:
        engine.submit(VOLUME, at_time(1), Quality())
        engine.submit(VOLUME, at_time(2), Quality())
        with pytest.raises(Busy, match="2 pictures are waiting"):
            engine.submit(VOLUME, at_time(3), Quality())
        assert not engine.submit(VOLUME, at_time(2), Quality()).done()
        renderer.gate.release(2)


def test_closing_fails_what_still_waits_and_refuses_more() -> None:
    engine, renderer = opened()
    running = engine.submit(VOLUME, at_time(1), Quality())
    assert renderer.begun.acquire(timeout=5)
    waiting = engine.submit(VOLUME, at_time(2), Quality())
    renderer.gate.release()
    engine.close()
    running.result(5)
    with pytest.raises(BackendError, match="closed"):
        waiting.result(5)
    with pytest.raises(BackendError, match="closed"):
        engine.submit(VOLUME, VIEW, Quality())


def test_a_picture_that_is_still_being_drawn_when_the_engine_closes_fails_once_and_quietly() -> None:
    # A fault on the device's thread would fail this test by way of pytest's warning.
    engine, renderer = opened()
    running = engine.submit(VOLUME, at_time(1), Quality())
    assert renderer.begun.acquire(timeout=5)
    engine.close(timeout=0.0)
    with pytest.raises(BackendError, match="closed before"):
        running.result(5)
    renderer.gate.release()
    assert renderer.closed.wait(5)


class CheckingRenderer(NullRenderer):
    """Looks at the time before it says whether voxels are ready, as renderers with voxels do."""

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        volume.info.check(time=view.time)
        return True


def test_what_the_volume_has_not_is_refused_every_time_and_takes_no_place_in_the_queue() -> None:
    with Engine(CheckingRenderer, queue=1) as engine:
        for _ in range(2):
            with pytest.raises(NotFound, match="no time 9"):
                engine.submit(VOLUME, msgspec.structs.replace(VIEW, time=9), Quality())
        assert engine.submit(VOLUME, VIEW, Quality()).result(5).array.shape == (9, 16, 4)


def test_one_picture_s_voxels_are_prefetched_at_a_time_and_nothing_is_drawn() -> None:
    engine, renderer = opened()
    staged: list[int] = []
    begun, held = threading.Event(), threading.Event()

    def stage(_volume: Volume, view: View, _quality: Quality) -> None:
        if view.size[0] != 3:
            staged.append(view.size[0])
            begun.set()
            assert held.wait(5)

    renderer.stage = stage  # type: ignore[method-assign]
    with engine:
        engine.prefetch(VOLUME, at_time(1), Quality())
        assert begun.wait(5)
        engine.prefetch(VOLUME, at_time(2), Quality())
        # A picture that is ready is drawn meanwhile.
        renderer.gate.release()
        assert engine.submit(VOLUME, at_time(3), Quality()).result(5).view.size == (3, 9)
        held.set()
    assert (staged, renderer.drawn) == ([1], [3])


def test_what_cannot_be_prefetched_fails_where_it_is_asked_for() -> None:
    engine, renderer = opened()
    renderer.unready.add(666)
    renderer.load.set()
    with engine:
        engine.prefetch(VOLUME, at_time(666), Quality())
        with pytest.raises(DataError, match="chunk 6/6/6 is broken"):
            engine.submit(VOLUME, at_time(666), Quality()).result(5)
