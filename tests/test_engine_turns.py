"""Many clients of one engine: who is served when, how long who interacts waits, whose voxels are read first."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future

import numpy as np
import pytest

from render.backends.null import NullRenderer
from render.engine import Engine, Priority
from render.errors import BackendError, Busy
from render.frame import Frame
from render.scene import Quality, View
from render.steps import Steps
from render.volume.volume import Volume
from tests.arrays import memory_volume
from tests.test_engine import VOLUME, at_time

INTERACTIVE, REFINE, STILL, BATCH = Priority
PLENTY = 10_000


class SteppingRenderer(NullRenderer):
    """Draws pictures, told apart by their widths, in `lengths` steps of `costs` seconds by a clock of its own.

    A step begins with a release of `begun` and ends with one of `gate`. `drawn` has the width of each step, `left` of
    each picture that was given up.
    """

    def __init__(self) -> None:
        self.lengths: dict[int, int] = {}
        self.costs: dict[int, float] = {}
        self.now = 0.0
        self.begun, self.gate = threading.Semaphore(0), threading.Semaphore(0)
        self.drawn: list[int] = []
        self.left: list[int] = []
        self.closed = threading.Event()

    def steps(self, volume: Volume, view: View, quality: Quality) -> Steps[Frame]:
        width = view.size[0]
        try:
            for step in range(self.lengths.get(width, 1)):
                if step > 0:
                    yield
                self.begun.release()
                assert self.gate.acquire(timeout=5)
                self.drawn.append(width)
                self.now += self.costs.get(width, 0.01)
            return self.render(volume, view, quality)
        except GeneratorExit:
            self.left.append(width)
            raise

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def renderer() -> SteppingRenderer:
    return SteppingRenderer()


def opened(renderer: SteppingRenderer, queue: int = 256) -> Engine:
    return Engine(lambda: renderer, queue, clock=lambda: renderer.now)


def ask(engine: Engine, width: int, priority: Priority, client: object = "anybody") -> Future[Frame]:
    return engine.submit(VOLUME, at_time(width), Quality(), priority, client=client)


def held(engine: Engine, renderer: SteppingRenderer, width: int = 1, priority: Priority = INTERACTIVE) -> Future[Frame]:
    """A picture whose first step has begun: what is asked for from now on waits for the end of that."""
    future = ask(engine, width, priority, "first")
    assert renderer.begun.acquire(timeout=5)
    return future


def run(renderer: SteppingRenderer, futures: Iterable[Future[Frame]]) -> list[int]:
    """Widths of the steps that were drawn until all these pictures were there, but for the one in progress."""
    renderer.gate.release(PLENTY)
    for future in futures:
        future.result(5)
    return renderer.drawn[1:]


def test_clients_take_turns_within_a_priority(renderer: SteppingRenderer) -> None:
    with opened(renderer) as engine:
        held(engine, renderer)
        wishes = [(11, "a"), (12, "a"), (13, "a"), (21, "b"), (31, "c")]
        futures = [ask(engine, width, REFINE, client) for width, client in wishes]
        assert run(renderer, futures) == [11, 21, 31, 12, 13]


def test_it_is_time_that_is_shared_out_and_not_pictures(renderer: SteppingRenderer) -> None:
    dear, cheap = range(10, 15), range(20, 40)
    renderer.costs = dict.fromkeys(dear, 0.04) | dict.fromkeys(cheap, 0.01)
    with opened(renderer) as engine:
        held(engine, renderer)
        futures = [ask(engine, width, INTERACTIVE, "dear") for width in dear]
        futures += [ask(engine, width, INTERACTIVE, "cheap") for width in cheap]
        drawn = run(renderer, futures)
    had = {dear: 0.0, cheap: 0.0}
    for width in drawn[: max(map(drawn.index, dear))]:
        had[dear if width in dear else cheap] += renderer.costs[width]
        assert abs(had[dear] - had[cheap]) < 0.041


def test_what_one_client_refines_on_an_idle_device_is_no_debt_when_it_interacts(renderer: SteppingRenderer) -> None:
    renderer.costs = {1: 9.0}
    with opened(renderer) as engine:
        held(engine, renderer, 1, REFINE)
        futures = [ask(engine, 2, INTERACTIVE, "first"), ask(engine, 3, INTERACTIVE, "other")]
        assert run(renderer, futures) == [2, 3]


def test_clients_that_come_and_go_leave_nothing_behind(renderer: SteppingRenderer) -> None:
    read = threading.Event()

    def stage(_volume: Volume, view: View, _quality: Quality) -> None:
        assert view.size[0] != 1 or read.wait(5)

    renderer.staged = lambda _volume, view, _quality: view.size[0] != 1  # type: ignore[method-assign]
    renderer.stage = stage  # type: ignore[method-assign]
    renderer.gate.release(PLENTY)
    with opened(renderer) as engine:
        # It waits all the time, so that the engine is never idle and forgets everything for that.
        slow = ask(engine, 1, BATCH)
        for k in range(50):
            futures = [ask(engine, 10 + i, INTERACTIVE, client=(k, i)) for i in range(4)]
            for future in futures:
                future.result(5)
            assert engine.remembered <= 12
        read.set()
        slow.result(5)
        assert engine.remembered == 0


def test_a_picture_is_as_urgent_as_the_most_urgent_of_those_who_wait_for_it(renderer: SteppingRenderer) -> None:
    with opened(renderer) as engine:
        held(engine, renderer)
        futures = [ask(engine, width, priority) for width, priority in ((2, STILL), (3, BATCH), (4, BATCH))]
        futures.append(ask(engine, 4, INTERACTIVE))
        assert run(renderer, futures) == [4, 2, 3]


def test_it_is_less_urgent_again_when_the_most_urgent_leave(renderer: SteppingRenderer) -> None:
    with opened(renderer) as engine:
        held(engine, renderer)
        futures = [ask(engine, width, priority) for width, priority in ((2, BATCH), (3, BATCH), (4, STILL))]
        assert ask(engine, 3, INTERACTIVE).cancel()
        assert run(renderer, futures) == [4, 2, 3]


@pytest.mark.parametrize("priority", [REFINE, STILL, BATCH])
def test_who_interacts_waits_for_one_step_of_a_still(renderer: SteppingRenderer, priority: Priority) -> None:
    renderer.lengths = {1: 4}
    with opened(renderer) as engine:
        still = held(engine, renderer, 1, priority)
        assert run(renderer, [ask(engine, 2, INTERACTIVE), still]) == [2, 1, 1, 1]


def test_a_picture_that_was_begun_is_finished_before_others_as_urgent(renderer: SteppingRenderer) -> None:
    renderer.lengths = {1: 3, 2: 2}
    with opened(renderer) as engine:
        first = held(engine, renderer, 1, STILL)
        assert run(renderer, [ask(engine, 2, STILL, "other"), first]) == [1, 1, 2, 2]


def test_a_still_that_nobody_waits_for_any_more_ends_with_its_step(renderer: SteppingRenderer) -> None:
    renderer.lengths = {1: 9}
    with opened(renderer) as engine:
        still = held(engine, renderer, 1, REFINE)
        assert still.cancel()
        assert run(renderer, [ask(engine, 2, BATCH)]) == [2]
        assert (renderer.left, engine.waiting) == ([1], 0)


def test_a_still_that_is_asked_for_again_in_time_goes_on(renderer: SteppingRenderer) -> None:
    renderer.lengths = {1: 3}
    with opened(renderer) as engine:
        still = held(engine, renderer, 1, REFINE)
        assert still.cancel()
        assert run(renderer, [ask(engine, 1, REFINE)]) == [1, 1]
        assert renderer.left == []


def test_what_was_begun_is_left_on_the_device_before_that_is_closed(renderer: SteppingRenderer) -> None:
    renderer.lengths = {1: 9}
    engine = opened(renderer)
    still = held(engine, renderer, 1, BATCH)
    urgent = ask(engine, 2, INTERACTIVE)
    renderer.gate.release()
    assert renderer.begun.acquire(timeout=5)
    engine.close(timeout=0.0)
    renderer.gate.release()
    assert renderer.closed.wait(5)
    assert (renderer.drawn, renderer.left) == ([1, 2], [1])
    for future in (still, urgent):
        with pytest.raises(BackendError, match="closed before"):
            future.result(5)


def test_under_endless_dragging_stills_get_an_eighth_of_the_time_and_batches_nothing(
    renderer: SteppingRenderer,
) -> None:
    drafts = range(100, 200)
    renderer.lengths = {2: 4, 3: 2}
    renderer.costs = dict.fromkeys(drafts, 1 / 32) | {2: 1 / 16, 3: 1 / 16}
    with opened(renderer) as engine:
        held(engine, renderer)
        futures = [ask(engine, width, INTERACTIVE, "dragging") for width in drafts]
        futures += [ask(engine, 2, REFINE, "looking"), ask(engine, 3, STILL), ask(engine, 4, BATCH)]
        drawn = run(renderer, futures)
    last = drawn.index(199)
    assert drawn[last + 1 :] == [4]
    # A step is a 16th of a second, and that an eighth of what 16 drafts take.
    for still, steps in ((2, 4), (3, 2)):
        before = [k - sum(width < 100 for width in drawn[:k]) for k, width in enumerate(drawn) if width == still]
        assert np.allclose(before, [16 * (k + 1) for k in range(steps)], atol=6)


def test_a_picture_says_how_long_it_was_not_being_drawn(renderer: SteppingRenderer) -> None:
    renderer.lengths = {2: 2}
    renderer.costs = {1: 0.5, 2: 0.25, 3: 2.0}
    with opened(renderer) as engine:
        first = held(engine, renderer)
        still = ask(engine, 2, STILL)
        renderer.gate.release()
        assert first.result(5).timings.waited == 0
        assert renderer.begun.acquire(timeout=5)
        urgent = ask(engine, 3, INTERACTIVE)
        renderer.gate.release(PLENTY)
        assert (urgent.result(5).timings.waited, still.result(5).timings.waited) == (0.25, 2.5)


def test_a_queue_that_is_full_of_less_urgent_pictures_takes_an_urgent_one(renderer: SteppingRenderer) -> None:
    with opened(renderer, queue=2) as engine:
        held(engine, renderer, 1, BATCH)
        futures = [ask(engine, 2, BATCH)]
        with pytest.raises(Busy, match="2 pictures are waiting"):
            ask(engine, 3, BATCH)
        futures.append(ask(engine, 4, INTERACTIVE))
        assert run(renderer, futures) == [4, 2]


def test_wishes_that_were_taken_back_take_no_place_in_the_queue(renderer: SteppingRenderer) -> None:
    with opened(renderer, queue=2) as engine:
        held(engine, renderer)
        assert ask(engine, 2, INTERACTIVE).cancel()
        assert run(renderer, [ask(engine, 3, INTERACTIVE)]) == [3]


class LoadingRenderer(NullRenderer):
    """Has to read the voxels of every picture: then `loaded` has its width, and `begun` is released; done is that with
    a release of the volume's gate."""

    def __init__(self, *volumes: Volume) -> None:
        self.gates = {volume.key: threading.Semaphore(0) for volume in volumes}
        self.begun = threading.Semaphore(0)
        self.loaded: list[int] = []

    def staged(self, volume: Volume, view: View, quality: Quality) -> bool:
        return False

    def stage(self, volume: Volume, view: View, quality: Quality) -> None:
        self.loaded.append(view.size[0])
        self.begun.release()
        assert self.gates[volume.key].acquire(timeout=5)

    def render(self, volume: Volume, view: View, quality: Quality) -> Frame:
        return NullRenderer().render(volume, view, quality)


def volumes(count: int) -> list[Volume]:
    return [memory_volume(np.zeros((3, 5, 7), np.uint8)) for _ in range(count)]


def test_two_volumes_that_do_not_answer_leave_loaders_to_a_third() -> None:
    dead, silent, alive = seen = volumes(3)
    renderer = LoadingRenderer(*seen)
    with Engine(lambda: renderer) as engine:
        for volume in (dead, silent):
            for width in range(1, 10):
                engine.submit(volume, at_time(width), Quality(), INTERACTIVE)
        renderer.gates[alive.key].release()
        assert engine.submit(alive, at_time(10), Quality(), BATCH).result(5).view.size == (10, 9)
        assert sorted(renderer.loaded) == [1, 1, 2, 2, 3, 3, 10]
        for volume in (dead, silent):
            renderer.gates[volume.key].release(9)


def test_voxels_are_read_in_the_order_in_which_pictures_are_drawn_and_not_for_nobody() -> None:
    (volume,) = volumes(1)
    renderer = LoadingRenderer(volume)
    with Engine(lambda: renderer) as engine:
        wishes = [(1, STILL), (2, STILL), (3, STILL), (4, BATCH), (5, STILL), (6, INTERACTIVE), (7, REFINE)]
        futures = [engine.submit(volume, at_time(width), Quality(), priority) for width, priority in wishes]
        for _ in range(3):
            assert renderer.begun.acquire(timeout=5)
        assert futures.pop().cancel()
        for _ in range(3):
            renderer.gates[volume.key].release()
            assert renderer.begun.acquire(timeout=5)
        renderer.gates[volume.key].release(3)
        for future in futures:
            future.result(5)
    assert renderer.loaded[3:] == [6, 5, 4]


def test_nothing_is_prefetched_while_a_picture_waits_for_a_loader() -> None:
    full, other = seen = volumes(2)
    renderer = LoadingRenderer(*seen)
    with Engine(lambda: renderer) as engine:
        futures = [engine.submit(full, at_time(width), Quality()) for width in (1, 2, 3, 4)]
        engine.prefetch(other, at_time(50), Quality())
        renderer.gates[full.key].release(4)
        for future in futures:
            future.result(5)
        engine.prefetch(other, at_time(51), Quality())
        renderer.gates[other.key].release()
        for _ in range(5):
            assert renderer.begun.acquire(timeout=5)
    assert sorted(renderer.loaded) == [1, 2, 3, 4, 51]
