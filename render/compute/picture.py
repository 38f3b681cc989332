"""Painter: a Drawing's rays launched on a device, several pictures of a view averaged, and lines put in."""

from collections.abc import Hashable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.annotate import fragments, scale_bar
from render.compute.device import Var, Vec, aligned, floats, scalar
from render.compute.drawing import Drawing, Voxels, clip_faces, cutting
from render.compute.framing import Framing, Jitter, plan_rays
from render.compute.mix import Pieces, cut_rays, mix, mix_projection
from render.compute.pixels import Bytes, Floats, over_background, put_overlay, sum_of, write_depth, write_pixels
from render.compute.prepare import Preparation, Sampling
from render.compute.rays import trace_rays
from render.geometry import Box
from render.scene import DVR, ClipPlane, Iso, Oblique, Quality, Slice, View
from render.volume.info import Level, VolumeInfo

BAND_PIXELS = 2**22
"""Pixels that are drawn at once: the device holds 16 bytes and more for each."""

GOLDEN = 0.6180339887498949
PLASTIC = (0.7548776662466927, 0.5698402909980532)
"""Steps of sequences that fill a line and a square evenly, however many points are taken (Roberts's R2)."""


def jitter(sample: int) -> Jitter:
    """Where the picture number `sample` of a view takes its samples; the first is not moved."""
    x, y = ((0.5 + sample * step) % 1 - 0.5 for step in PLASTIC)
    return Jitter((x, y), sample * GOLDEN % 1)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is to be painted: a straight view (see `volume.pose`), with the faces of its clip box where it was turned.

    `key` tells it from all else.
    """

    view: View
    box_faces: tuple[ClipPlane, ...]
    info: VolumeInfo
    quality: Quality
    voxels: Voxels
    key: Hashable

    @property
    def level(self) -> Level:
        return self.info.levels[self.quality.level]

    @property
    def step(self) -> float:
        """World length of a sample."""
        return self.quality.step * self.level.voxel_length

    @property
    def size(self) -> tuple[int, int]:
        return self.quality.drawn_size(self.view.size)

    @property
    def box(self) -> Box:
        return self.info.levels[0].box


@dataclass(slots=True, eq=False)
class Average:
    """The sums of the first `count` pictures of a view, in the order of its rays, and of its pixels with lines."""

    key: Hashable
    count: int
    sums: Vec | None
    lines: Floats | None


NOTHING = Average(None, 0, None, None)


class Painter:
    """Paints on one device. Keeps the sums of the last view, so that it gets better by what is added only."""

    def __init__(self, device: ModuleType) -> None:
        self._device = device
        self._prepare = Preparation(device)
        self._average = NOTHING

    def clear(self) -> None:
        self._average = NOTHING
        self._prepare.clear()

    def paint(self, shown: Shown) -> tuple[Bytes, Floats | None]:
        """(height, width, 4) uint8 straight RGBA, and (height, width) float32 world distances where asked for."""
        width, height = shown.size
        if not shown.voxels.channels and not shown.voxels.labels:
            array, depth = _blank(shown)
            pieces = _pieces(shown)
            if pieces is not None:
                nothing = np.zeros((len(pieces.pixel), 4), np.float32)
                array.reshape(-1, 4)[pieces.pixels] = over_background(mix(pieces, nothing), shown.view.background)
        else:
            launch = _Launch(self._device, self._prepare, shown)
            rows = max(1, BAND_PIXELS // width)
            bands = [(first, min(first + rows, height)) for first in range(0, height, rows)]
            painted = [self._band(launch, band, keep=len(bands) == 1) for band in bands]
            array = np.concatenate([part for part, _ in painted])
            depth = np.concatenate([part for _, part in painted]) if shown.quality.depth else None
        put_overlay(array, scale_bar(shown.view, shown.info.unit, shown.size))
        return array, depth

    def _band(self, launch: "_Launch", rows: tuple[int, int], keep: bool) -> tuple[Bytes, Any]:
        shown = launch.shown
        if shown.quality.samples == 1:
            array, depth = launch.once(rows)
            if launch.pieces is not None:
                launch.put_lines(array, rows, launch.lines(0))
            return array, depth
        key = (shown.key, shown.quality.level, shown.quality.step, shown.size, rows)
        known = self._average if keep and self._average.key == key else NOTHING
        average = launch.averaged(known if known.count <= shown.quality.samples else NOTHING, rows)
        average.key = key
        if keep:
            self._average = average
        array = launch.resolved(average, rows)
        return array, launch.once(rows)[1] if shown.quality.depth else None


class _Launch:
    """One view's kernels."""

    def __init__(self, device: ModuleType, prepare: Preparation, shown: Shown) -> None:
        self.shown = shown
        self._device = device
        sampling = Sampling(shown.step, shown.quality.step)
        self._drawing = Drawing(prepare, shown.view, shown.level, sampling, shown.voxels)
        box_faces = tuple((plane.point, plane.normal) for plane in shown.box_faces)
        faces = (*clip_faces(shown.view, box_faces), *self._drawing.slab)
        self._half_spaces = cutting(faces, shown.level)
        self._background = floats(device, shown.view.background)
        self.pieces = _pieces(shown)

    def once(self, rows: tuple[int, int]) -> tuple[Bytes, Floats | None]:
        """The first picture of the view, with its depth if asked for."""
        deep = self.shown.quality.depth
        rays, picture = self._seen(rows, 0, deep)
        pixels = self.shown.size[0] * (rows[1] - rows[0])
        out = dr.empty(self._device.UInt32, pixels)
        write_pixels(rays, [*picture.color, picture.alpha], self._background, out)
        distances = dr.empty(self._device.Float, pixels) if deep else None
        if distances is not None:
            write_depth(rays, picture, distances)
        # Without an explicit eval the conversion to numpy would hold the GIL for the whole frame.
        dr.eval(out, distances)
        depth = None if distances is None else distances.numpy().reshape(-1, self.shown.size[0])
        return self._array(out), depth

    def averaged(self, known: Average, rows: tuple[int, int]) -> Average:
        """The sums of as many pictures as are asked for, `known` those that are there."""
        sums, lines = known.sums, known.lines
        for sample in range(known.count, self.shown.quality.samples):
            _, picture = self._seen(rows, sample, deep=False)
            sums = sum_of(sums, picture)
            dr.eval(sums)
            if self.pieces is not None:
                more = self.lines(sample)
                lines = more if lines is None else lines + more
        return Average(None, self.shown.quality.samples, sums, lines)

    def resolved(self, average: Average, rows: tuple[int, int]) -> Bytes:
        """The picture of sums."""
        rays = trace_rays(self._device, plan_rays(self._framing(rows, Jitter())))
        share = scalar(self._device.Float, 1 / average.count)
        out = dr.empty(self._device.UInt32, self.shown.size[0] * (rows[1] - rows[0]))
        assert average.sums is not None
        write_pixels(rays, [part * share for part in average.sums], self._background, out)
        dr.eval(out)
        array = self._array(out)
        if average.lines is not None:
            self.put_lines(array, rows, average.lines / np.float32(average.count))
        return array

    def lines(self, sample: int) -> Floats:
        """(pixels, 4): what the pixels with lines show in the picture number `sample`, premultiplied."""
        pieces = self.pieces
        assert pieces is not None
        everything = (0, self.shown.size[1])
        if isinstance(self.shown.view.mode, DVR | Iso) or _is_thin(self.shown.view):
            seen, _ = self._chosen(everything, sample, (pieces.pixel, pieces.near, pieces.far))
            return mix(pieces, seen)
        infinite = np.full(len(pieces.pixels), np.inf, np.float32)
        seen, entry = self._chosen(everything, sample, (pieces.pixels, -infinite, infinite))
        return mix_projection(pieces, seen, entry)

    def put_lines(self, array: Bytes, rows: tuple[int, int], seen: Floats) -> None:
        """Put the pixels that have lines into a picture's rows."""
        assert self.pieces is not None
        width = self.shown.size[0]
        place = self.pieces.pixels.astype(np.int64) - rows[0] * width
        here = (place >= 0) & (place < array.shape[0] * width)
        array.reshape(-1, 4)[place[here]] = over_background(seen[here], self.shown.view.background)

    def _chosen(
        self, rows: tuple[int, int], sample: int, pieces: tuple[NDArray[np.uint32], Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """Premultiplied colours (n, 4) of pieces of rays, and the distances at which these enter what is drawn."""
        pixel, near, far = pieces
        # Rays in whole packets: one alone would be another kernel.
        fill = -len(pixel) % 16
        device = self._device
        plan = plan_rays(self._framing(rows, jitter(sample)))
        rays = trace_rays(device, plan, device.UInt32(aligned(np.pad(pixel, (0, fill), mode="edge"))))
        bounds = [floats(device, np.clip(np.pad(part, (0, fill), mode="edge"), -1e30, 1e30)) for part in (near, far)]
        rays = rays.between(*bounds)
        picture = self._drawing.draw(rays, False)
        entry = rays.distance(rays.span * 0)
        results = [*picture.color, picture.alpha, entry]
        dr.eval(results)
        *colors, entries = (result.numpy()[: len(pixel)] for result in results)
        return np.stack(colors, axis=1), entries

    def _seen(self, rows: tuple[int, int], sample: int, deep: bool) -> tuple[Any, Any]:
        rays = trace_rays(self._device, plan_rays(self._framing(rows, jitter(sample))))
        return rays, self._drawing.draw(rays, deep)

    def _framing(self, rows: tuple[int, int], moved: Jitter) -> Framing:
        shown = self.shown
        return Framing(shown.view.camera, shown.size, rows, shown.level, shown.step, self._half_spaces, moved)

    def _array(self, out: Var) -> Bytes:
        array: Bytes = out.numpy().view(np.uint8).reshape(-1, self.shown.size[0], 4)
        return array


def _pieces(shown: Shown) -> Pieces | None:
    lines = shown.view.annotations
    if not lines.bounding_box and not lines.axes:
        return None
    found = fragments(shown.view, shown.box, shown.size)
    return cut_rays(found) if len(found.pixel) else None


def _is_thin(view: View) -> bool:
    return isinstance(view.mode, Slice | Oblique) and not view.mode.thickness


def _blank(shown: Shown) -> tuple[Bytes, Floats | None]:
    width, height = shown.size
    color = np.round(np.array(shown.view.background) * 255).astype(np.uint8)
    depth = np.full((height, width), np.nan, np.float32) if shown.quality.depth else None
    return np.broadcast_to(color, (height, width, 4)).copy(), depth
