"""Label images over a plane's picture: nearest neighbour, their own colours or a stable one for each id."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.encode import Pixels
from render.geometry import Spacing3
from render.scene import Labels
from render.volume.info import Level
from render.volume.volume import LabelImage, Volume
from tiles.drawing.bricks import Array, Bricks, Flat, Source
from tiles.drawing.oblique import places, within
from tiles.drawing.plane import (
    MAGNIFIED,
    box_of,
    column_line,
    inside_of,
    lay_of,
    middle_planes,
    row_line,
    upright,
)
from tiles.drawing.taps import nearest_taps, take
from tiles.pyramid import Patch
from tiles.section import Section
from tiles.work import Job

Ids = NDArray[np.uint64]


def overlay(pixels: Pixels, volume: Volume, section: Section, patch: Patch, bricks: Bricks, job: Job) -> None:
    """Draw the section's labels over `pixels` of `patch`, in place."""
    for labels in section.labels:
        image = volume.labels(labels.name)
        ids = read_ids(image, section, _grown(patch) if labels.outline else patch, bricks, job)
        shown = _shown(ids, labels)
        if shown.any():
            _paint(pixels, shown, image, labels.opacity)


def read_ids(image: LabelImage, section: Section, patch: Patch, bricks: Bricks, job: Job) -> Ids:
    """(height, width) ids, 0 outside; of a slab the first in front."""
    index = _level(image.info.levels, min(patch.pixel))
    level = image.info.levels[index]
    source = Source(image.ids, index, 0, image.time(section.time))
    lay = lay_of(section.plane)
    if lay is None:
        return _oblique_ids(source, section, patch, bricks)
    rows = nearest_taps(row_line(lay, section.plane, (level, image.info.box), patch))
    columns = nearest_taps(column_line(lay, section.plane, (level, image.info.box), patch))
    axis = 2 - lay.depth
    if not _reaches(level, axis, lay.position, section.thickness):
        return np.zeros((patch.height, patch.width), np.uint64)
    first, last = middle_planes(level, lay, section.thickness)
    flat = Flat(axis, first, last, "front", backwards=section.plane.forward[lay.depth] < 0)
    box = bricks.flat_box(source, flat, *box_of(lay, rows, columns), job)
    ids = _unsigned(take(upright(box, lay), rows, columns))
    inside = inside_of(rows, columns)
    return ids if inside is None else np.where(inside, ids, np.uint64(0))


def _level(levels: tuple[Level, ...], pixel: float) -> int:
    """The coarsest level that a pixel can still show."""
    fit = [i for i, level in enumerate(levels) if _finest(level.spacing) <= pixel * MAGNIFIED]
    return max(fit, default=0)


def _finest(spacing: Spacing3) -> float:
    return min(spacing[1:])


def _reaches(level: Level, axis: int, position: float, thickness: float) -> bool:
    low = level.origin[axis] - level.spacing[axis] / 2
    return low - thickness / 2 <= position <= low + level.shape[axis] * level.spacing[axis] + thickness / 2


def _oblique_ids(source: Source, section: Section, patch: Patch, bricks: Bricks) -> Ids:
    """Of the plane itself."""
    level = source.shape
    at = places(section, level, patch)
    inside = within(at, level, source.volume.info.box)
    ids = np.zeros(inside.shape, np.uint64)
    if not inside.any():
        return ids
    near = [
        np.clip(np.floor(place + 0.5), 0, n - 1).astype(np.intp)[inside]
        for place, n in zip(at, level.shape, strict=True)
    ]
    lower, upper = [int(n.min()) for n in near], [int(n.max()) + 1 for n in near]
    box = bricks.box(source, tuple(lower), tuple(upper))  # type: ignore[arg-type]
    ids[inside] = _unsigned(box[tuple(n - low for n, low in zip(near, lower, strict=True))])
    return ids


def _unsigned(ids: Array) -> Ids:
    return np.maximum(ids, 0).astype(np.uint64) if ids.dtype.kind == "i" else ids.astype(np.uint64)


def _grown(patch: Patch) -> Patch:
    """With one pixel more on every side."""
    return Patch(patch.left - 1, patch.top - 1, patch.width + 2, patch.height + 2, patch.pixel)


def _shown(ids: Ids, labels: Labels) -> Ids:
    """Those of `ids` that are drawn, 0 for the others; outlines are one pixel smaller on every side."""
    if labels.ids:
        runs = _runs(ids)
        kept = np.isin(runs.values, np.array(labels.ids, np.uint64))
        ids = np.repeat(np.where(kept, runs.values, np.uint64(0)), runs.lengths).reshape(ids.shape)
    if not labels.outline:
        return ids
    middle = ids[1:-1, 1:-1]
    edge = (middle != ids[:-2, 1:-1]) | (middle != ids[2:, 1:-1])
    edge |= (middle != ids[1:-1, :-2]) | (middle != ids[1:-1, 2:])
    return np.where(edge, middle, np.uint64(0))


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """An array, row after row: `lengths` equal `values` after each other."""

    values: Ids
    lengths: NDArray[np.intp]


def _runs(ids: Ids) -> _Runs:
    flat = ids.ravel()
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]]))
    return _Runs(flat[starts], np.diff(starts, append=flat.size))


def _paint(pixels: Pixels, ids: Ids, image: LabelImage, opacity: float) -> None:
    """Lay the colours of `ids` over opaque pixels.

    Colours are looked up and multiplied once for each run of equal ids: 0.8 ms instead of 9 for 256 x 256 of a section
    through neurons, whose ids are too large for a table.
    """
    runs = _runs(ids)
    colors = image.colors(runs.values)
    alpha = colors[:, 3:] * np.float32(opacity)
    added = np.concatenate([colors[:, :3] * (255 * alpha), np.zeros_like(alpha)], axis=1)
    kept = np.concatenate([np.repeat(1 - alpha, 3, axis=1), np.ones_like(alpha)], axis=1)
    over = pixels.reshape(-1, 4) * np.repeat(kept, runs.lengths, axis=0)
    over += np.repeat(added, runs.lengths, axis=0)
    pixels[:] = np.rint(over, out=over).astype(np.uint8).reshape(pixels.shape)
