"""Histograms and auto windows, from a bounded number of voxels."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from render.volume.info import Level
from render.volume.stats import MAX_VOXELS, measure, summarize
from render.volume.volume import Array, Volume
from tests.arrays import ArrayInMemory, memory_volume


def test_the_window_leaves_out_the_outer_percentiles() -> None:
    # 0 to 1000 evenly: 1 % from below is 10, 99.8 % is 998.
    found = summarize(np.arange(1001, dtype=np.uint16))
    assert (found.minimum, found.maximum) == (0, 1000)
    assert found.window == pytest.approx((10, 998))
    assert found.counts == (4,) * 250 + (1,)


def test_a_background_of_one_value_has_no_part_in_the_window() -> None:
    # Of 100 000 voxels one in a thousand is measured: over all of them, 99.8 % would still be background.
    values = np.zeros(100_000, np.uint16)
    values[::1000] = np.arange(1001, 1101)
    found = summarize(values)
    assert found.window == pytest.approx((1001.99, 1099.802))
    assert found.counts[0] == 99_900


@pytest.mark.parametrize(
    ("values", "window"),
    [
        (np.full(10, 7, np.uint8), (7, 8)),
        (np.full(10, 2**60, np.uint64), (2.0**60, 1.001 * 2.0**60)),
        (np.full(10, -1e20, np.float32), (-1e20, -0.999e20)),
        (np.array([], np.float32), (0, 1)),
        (np.array([np.nan, np.inf, -np.inf], np.float32), (0, 1)),
        (np.array([3.4e38, -1e300, 1, 2, 3], np.float64), (2.01, 2.998)),
        (np.array([0, 0, 0, 1], np.uint8), (0, 1)),
        (np.array([np.nan, 1, 2, 3], np.float32), (2.01, 2.998)),
        (np.array([-128, 127], np.int8), (-128, 127)),
        (np.array([0, 2**64 - 1], np.uint64), (0, 2.0**64)),
    ],
    ids=[
        "one value",
        "one label",
        "one large value",
        "no values",
        "no finite values",
        "the largest floats as marks",
        "two values",
        "NaN among values",
        "int8",
        "uint64",
    ],
)
def test_every_array_has_a_window_that_is_a_window(values: np.ndarray, window: tuple[float, float]) -> None:
    found = summarize(values).window
    assert found == pytest.approx(window, rel=0.02)
    assert found[0] < found[1]


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [
        ((5000, 3000, 7000), (64, 64, 64)),
        ((3, 100_000, 90_000), (1, 1024, 1024)),
        ((2000, 2000, 2000), (2000, 2000, 2000)),
        ((1, 3, 2**26), (1, 1, 2**26)),
    ],
    ids=["many chunks", "large planes", "one chunk", "one long row"],
)
def test_however_large_the_level_what_is_read_is_bounded(shape: tuple[int, ...], chunks: tuple[int, ...]) -> None:
    info = memory_volume(np.zeros((1, 1, 1), np.uint8)).info
    level = Level("0", shape, chunks, (1, 1, 1), (0, 0, 0))  # type: ignore[arg-type]
    boxes = []

    def read(level: int, lower: tuple[int, ...], upper: tuple[int, ...], channel: int, time: int) -> np.ndarray:
        boxes.append((lower, upper))
        assert all(0 <= a < b <= n for a, b, n in zip(lower, upper, shape, strict=True))
        return np.zeros(1, np.uint8)

    measure(read, 0, replace(info, levels=(level,)), 0, 0)
    sizes = [np.prod([b - a for a, b in zip(lower, upper, strict=True)]) for lower, upper in boxes]
    assert MAX_VOXELS / 8 < sum(sizes) <= MAX_VOXELS
    assert len(set(boxes)) == len(boxes)


def test_a_volume_measures_its_coarsest_level_once() -> None:
    fine, coarse = np.arange(8 * 6 * 4).reshape(8, 6, 4), np.arange(1000, 1024).reshape(4, 3, 2)
    volume = memory_volume(fine.astype(np.uint16), coarse.astype(np.uint16))
    assert (volume.statistics().minimum, volume.statistics().maximum) == (1000, 1023)
    assert volume.statistics() is volume.statistics()


def test_who_asks_while_a_volume_is_measured_waits_for_that_and_reads_nothing() -> None:
    class Gated(ArrayInMemory):
        def read(self, selection: tuple[slice | int, ...]) -> Array:
            begun.set()
            assert go_on.wait(5)
            return super().read(selection)

    begun, go_on = threading.Event(), threading.Event()
    voxels = np.arange(105, dtype=np.uint8).reshape(1, 1, 3, 5, 7)
    source = Gated(voxels)
    volume = Volume(memory_volume(voxels).info, "tczyx", (source,))
    with ThreadPoolExecutor(3) as pool:
        asked = [pool.submit(volume.statistics) for _ in range(3)]
        assert begun.wait(5)
        go_on.set()
        assert len({id(one.result(5)) for one in asked}) == 1
    assert len(source.reads) == 1


@pytest.mark.parametrize(("values", "bins"), [(200, 200), (256, 256), (300, 150), (600, 200)])
def test_a_histogram_of_integers_is_no_comb(values: int, bins: int) -> None:
    ramp = np.repeat(np.arange(10, 10 + values, dtype=np.uint16), 7)
    assert summarize(ramp).counts == (7 * values // bins,) * bins
