"""Launch: the kernels of one picture, on any of its rows, any number of times."""

from dataclasses import dataclass
from types import ModuleType
from typing import Any

import drjit as dr
import numpy as np
from numpy.typing import NDArray

from render.annotate import fragments
from render.compute.device import Var, aligned, floats, scalar
from render.compute.drawing import Drawing, Voxels, clip_faces, cutting
from render.compute.framing import Framing, Jitter, plan_rays
from render.compute.mix import Pieces, cut_rays, mix, mix_projection
from render.compute.pixels import Bytes, Floats, add_to, over_background, pixel_words, write_depth
from render.compute.prepare import Preparation, Sampling
from render.compute.rays import trace_rays
from render.compute.sums import Sums
from render.geometry import Box
from render.scene import DVR, ClipPlane, Iso, Oblique, Quality, Slice, View
from render.volume.info import Level, VolumeInfo

GOLDEN = 0.6180339887498949
PLASTIC = (0.7548776662466927, 0.5698402909980532)
"""Steps of sequences that fill a line and a square evenly, however many points are taken (Roberts's R2)."""

Rows = tuple[int, int]
"""Of a picture: the first, and the one after the last."""


def jitter(sample: int) -> Jitter:
    """Where the picture number `sample` of a view takes its samples; the first is not moved."""
    x, y = ((0.5 + sample * step) % 1 - 0.5 for step in PLASTIC)
    return Jitter((x, y), sample * GOLDEN % 1)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is to be painted: a straight view (see `volume.pose`), with the faces of its clip box where it was turned.

    `volume` is the key of an open volume and `asked` the view as it was before: together they tell it from all else.
    """

    view: View
    box_faces: tuple[ClipPlane, ...]
    info: VolumeInfo
    quality: Quality
    voxels: Voxels
    volume: int
    asked: View

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

    @property
    def row_samples(self) -> float:
        """How many samples the rays of a row have that go through the whole volume."""
        return self.size[0] * self.box.diagonal / self.step


class Launch:
    """One picture's kernels."""

    def __init__(self, device: ModuleType, prepare: Preparation, shown: Shown) -> None:
        self.shown = shown
        self._device = device
        sampling = Sampling(shown.step, shown.quality.step)
        self._drawing = Drawing(prepare, shown.view, shown.level, sampling, shown.voxels)
        box_faces = tuple((plane.point, plane.normal) for plane in shown.box_faces)
        faces = (*clip_faces(shown.view, box_faces), *self._drawing.slab)
        self._half_spaces = cutting(faces, shown.level)
        self._background = floats(device, shown.view.background)
        self.pieces = pieces_of(shown)

    def once(self, rows: Rows) -> tuple[Var, Var]:
        """Launch the first picture of the view; its words, and its depth if asked for, else None."""
        deep = self.shown.quality.depth
        rays, picture = self._seen(rows, 0, deep)
        pixels = self.shown.size[0] * (rows[1] - rows[0])
        out = dr.empty(self._device.UInt32, pixels)
        word = pixel_words([*picture.color, picture.alpha], self._background, self._device.UInt32)
        dr.scatter(out, word, rays.pixel, rays.valid)
        distances = dr.empty(self._device.Float, pixels) if deep else None
        if distances is not None:
            write_depth(rays, picture, distances)
        # Without an explicit eval the conversion to numpy would hold the GIL for the whole frame.
        dr.eval(out, distances)
        return out, distances

    def no_sums(self, key: Any, strip: Rows) -> Sums:
        """The sums of no picture at all, for the pixels of a strip of rows."""
        pixels = self.shown.size[0] * (strip[1] - strip[0])
        return Sums(key, pixels, [dr.opaque(self._device.Float, 0, pixels) for _ in range(4)])

    def add(self, sums: Sums, rows: Rows, strip: Rows) -> None:
        """Launch the next picture of these rows, to be added to the sums of the strip that they are in."""
        rays, picture = self._seen(rows, sums.count, deep=False)
        add_to(sums.parts, rays, picture, scalar(self._device.UInt32, (rows[0] - strip[0]) * self.shown.size[0]))
        dr.eval(sums.parts)

    def resolved(self, sums: Sums) -> Var:
        """The mean of the pictures that were summed up."""
        share = scalar(self._device.Float, 1 / sums.count)
        out = pixel_words([part * share for part in sums.parts], self._background, self._device.UInt32)
        dr.eval(out)
        return out

    def lines(self, sample: int) -> Floats:
        """(pixels, 4): what the pixels with lines show in the picture number `sample`, premultiplied."""
        pieces = self.pieces
        assert pieces is not None
        if isinstance(self.shown.view.mode, DVR | Iso) or _is_thin(self.shown.view):
            seen, _ = self._chosen(sample, (pieces.pixel, pieces.near, pieces.far))
            return mix(pieces, seen)
        infinite = np.full(len(pieces.pixels), np.inf, np.float32)
        seen, entry = self._chosen(sample, (pieces.pixels, -infinite, infinite))
        return mix_projection(pieces, seen, entry)

    def put_lines(self, array: Bytes, seen: Floats) -> None:
        """Put the pixels that have lines into the whole picture."""
        assert self.pieces is not None
        array.reshape(-1, 4)[self.pieces.pixels] = over_background(seen, self.shown.view.background)

    def _chosen(self, sample: int, pieces: tuple[NDArray[np.uint32], Floats, Floats]) -> tuple[Floats, Floats]:
        """Premultiplied colours (n, 4) of pieces of rays, and the distances at which these enter what is drawn."""
        pixel, near, far = pieces
        # Rays in whole packets: one alone would be another kernel.
        fill = -len(pixel) % 16
        device = self._device
        plan = plan_rays(self._framing((0, self.shown.size[1]), jitter(sample)))
        rays = trace_rays(device, plan, device.UInt32(aligned(np.pad(pixel, (0, fill), mode="edge"))))
        bounds = [floats(device, np.clip(np.pad(part, (0, fill), mode="edge"), -1e30, 1e30)) for part in (near, far)]
        rays = rays.between(*bounds)
        picture = self._drawing.draw(rays, False)
        entry = rays.distance(rays.span * 0)
        results = [*picture.color, picture.alpha, entry]
        dr.eval(results)
        *colors, entries = (result.numpy()[: len(pixel)] for result in results)
        return np.stack(colors, axis=1), entries

    def _seen(self, rows: Rows, sample: int, deep: bool) -> tuple[Any, Any]:
        rays = trace_rays(self._device, plan_rays(self._framing(rows, jitter(sample))))
        return rays, self._drawing.draw(rays, deep)

    def _framing(self, rows: Rows, moved: Jitter) -> Framing:
        shown = self.shown
        return Framing(shown.view.camera, shown.size, rows, shown.level, shown.step, self._half_spaces, moved)


def pieces_of(shown: Shown) -> Pieces | None:
    """The rays of the pixels with lines, None where there are none."""
    lines = shown.view.annotations
    if not lines.bounding_box and not lines.axes:
        return None
    found = fragments(shown.view, shown.box, shown.size)
    return cut_rays(found) if len(found.pixel) else None


def _is_thin(view: View) -> bool:
    return isinstance(view.mode, Slice | Oblique) and not view.mode.thickness
