"""Painter: pictures put together from launches, a slice at a time, with lines and a scale bar over them."""

from functools import partial
from types import ModuleType

import numpy as np

from render.annotate import scale_bar
from render.compute.device import Var
from render.compute.launch import Launch, Rows, Shown, pieces_of
from render.compute.mix import mix
from render.compute.pixels import Bytes, Floats, over_background, put_overlay
from render.compute.prepare import Preparation
from render.compute.recent import Recent
from render.compute.slices import Rate, Slices
from render.compute.sums import KeptSums, Sums
from render.steps import Steps

BAND_PIXELS = 2**22
"""Pixels that are drawn at once: the device holds 16 bytes and more for each."""

KEPT_BYTES = 2**28
"""What the sums of still pictures take at most: 16 views of 1024 x 1024."""

KINDS = 256
"""Kinds of pictures of which it is remembered how long they take."""

Painted = tuple[Bytes, Floats | None]
"""(height, width, 4) uint8 straight RGBA, and (height, width) float32 world distances where asked for."""


class Painter:
    """Paints on one device. Keeps the sums of the last views, so that they get better by what is added only."""

    def __init__(self, device: ModuleType) -> None:
        self._device = device
        self._prepare = Preparation(device)
        self._kept = KeptSums(KEPT_BYTES)
        self._rates = Recent(KINDS)

    def clear(self) -> None:
        self._kept.clear()
        self._prepare.clear()

    def steps(self, shown: Shown) -> Steps[Painted]:
        """The picture; left before the end, what it has of several rays a pixel is kept as well."""
        if shown.voxels.channels or shown.voxels.labels:
            launch = Launch(self._device, self._prepare, shown)
            rate = self._rates.get((shown.volume, type(shown.view.mode)), Rate)
            array, depth = yield from self._painted(launch, Slices(rate, shown.row_samples))
        else:
            array, depth = _blank(shown)
        put_overlay(array, scale_bar(shown.view, shown.info.unit, shown.size))
        return array, depth

    def _painted(self, launch: Launch, slices: Slices) -> Steps[Painted]:
        quality = launch.shown.quality
        if quality.samples > 1:
            array = yield from self._mean(launch, slices)
            # Depths are those of the first rays.
            depth = (yield from _once(launch, slices))[1] if quality.depth else None
            return array, depth
        array, depth = yield from _once(launch, slices)
        if launch.pieces is not None:
            launch.put_lines(array, launch.lines(0))
        return array, depth

    def _mean(self, launch: Launch, slices: Slices) -> Steps[Bytes]:
        """The mean of as many pictures as are asked for, of which some may be there."""
        shown, samples = launch.shown, launch.shown.quality.samples
        width, height = shown.size
        array = np.empty((height, width, 4), np.uint8)
        strips = _strips(shown)
        lines: Floats | None = None
        for strip in strips:
            key = (shown.volume, shown.asked, shown.quality.level, shown.quality.step, shown.size, strip)
            sums = self._kept.take(key, samples, partial(launch.no_sums, key, strip))
            try:
                yield from _add(launch, slices, sums, strip)
            except GeneratorExit:
                self._keep(sums, strips)
                raise
            array[slice(*strip)] = _fetched(launch.resolved(sums), width)
            lines = sums.lines if lines is None else lines
            self._keep(sums, strips)
        if lines is not None:
            launch.put_lines(array, lines / np.float32(samples))
        return array

    def _keep(self, sums: Sums, strips: list[Rows]) -> None:
        if len(strips) == 1:
            self._kept.put(sums)


def _once(launch: Launch, slices: Slices) -> Steps[Painted]:
    """One ray through the middle of every pixel."""
    width, height = launch.shown.size
    array = np.empty((height, width, 4), np.uint8)
    depth = np.empty((height, width), np.float32) if launch.shown.quality.depth else None
    for first, last in _strips(launch.shown):
        while first < last:
            rows = (first, first + slices.rows(last - first))
            words, distances = slices.launch(rows[1] - first, partial(launch.once, rows))
            array[slice(*rows)] = _fetched(words, width)
            if depth is not None:
                depth[slice(*rows)] = distances.numpy().reshape(-1, width)
            first = rows[1]
            if first < height:
                yield from slices.pause()
    slices.wait()
    return array, depth


def _add(launch: Launch, slices: Slices, sums: Sums, strip: Rows) -> Steps[None]:
    """Launch what the sums of a strip of rows lack; lines are of the whole picture, and summed up with the first."""
    height = strip[1] - strip[0]
    samples = launch.shown.quality.samples
    while sums.count < samples:
        if launch.pieces is not None and strip[0] == 0 and sums.lined == sums.count:
            seen = launch.lines(sums.count)
            sums.lines = seen if sums.lines is None else sums.lines + seen
            sums.lined += 1
        rows = slices.rows(height - sums.rows)
        if rows == 0:
            yield from slices.pause()
            continue
        first = strip[0] + sums.rows
        slices.launch(rows, partial(launch.add, sums, (first, first + rows), strip))
        sums.rows += rows
        if sums.rows == height:
            sums.count, sums.rows = sums.count + 1, 0
    slices.wait()


def _fetched(words: Var, width: int) -> Bytes:
    """Pixels (height, width, 4) from the device; waits for them."""
    array: Bytes = words.numpy().view(np.uint8).reshape(-1, width, 4)
    return array


def _strips(shown: Shown) -> list[Rows]:
    """The rows that are drawn and finished one after the other, because they take so much memory."""
    width, height = shown.size
    rows = max(1, BAND_PIXELS // width)
    return [(first, min(first + rows, height)) for first in range(0, height, rows)]


def _blank(shown: Shown) -> Painted:
    """Lines over nothing."""
    width, height = shown.size
    color = np.round(np.array(shown.view.background) * 255).astype(np.uint8)
    depth = np.full((height, width), np.nan, np.float32) if shown.quality.depth else None
    array = np.broadcast_to(color, (height, width, 4)).copy()
    pieces = pieces_of(shown)
    if pieces is not None:
        nothing = np.zeros((len(pieces.pixel), 4), np.float32)
        array.reshape(-1, 4)[pieces.pixels] = over_background(mix(pieces, nothing), shown.view.background)
    return array, depth
