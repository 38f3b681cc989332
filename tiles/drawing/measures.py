"""What the values of a patch of a section are: their histogram, and those of one pixel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.volume.volume import Volume
from tiles.drawing.bricks import Bricks
from tiles.drawing.plane import bands, read_patch
from tiles.pyramid import Patch
from tiles.section import Section
from tiles.work import Job

MAX_BINS = 65536

MOST_SEEN = 2048
"""Pixels along a side of what a histogram is made of, where nothing is said."""


@dataclass(frozen=True, slots=True)
class Bins:
    """How values are counted: in `count` bins over `span`, or from the least value to one more than the largest.

    `rounded`: of whole numbers over so short a span that a bin is less than ten wide, bins are of whole numbers, and
    maybe fewer. `density`: shares instead of counts.
    """

    count: int = 256
    span: tuple[float, float] | None = None
    rounded: bool = False
    density: bool = False


def read_values(volume: Volume, section: Section, patch: Patch, bricks: Bricks, job: Job) -> list[NDArray[Any]]:
    """Of each channel of the section the finite values of the patch's pixels that are in the volume."""
    parts: list[list[NDArray[Any]]] = [[] for _ in section.channels]
    for strip in bands(volume.info, section, patch):
        job.check()
        values, inside = read_patch(volume, section, strip, bricks, job)
        for part, plane in zip(parts, values, strict=True):
            shown = plane.ravel() if inside is None else plane[inside]
            part.append(shown[np.isfinite(shown)] if shown.dtype.kind == "f" else shown)
    return [np.concatenate(part) for part in parts]


def histogram(values: NDArray[Any], bins: Bins) -> dict[str, Any]:
    """The histogram of a channel's values, as large_image tells it; `hist` empty where there are none."""
    if values.size == 0:
        return {"samples": 0, "hist": [], "bin_edges": [], "bins": 0, "density": bins.density}
    low, high = float(values.min()), float(values.max())
    count, span = bins.count, bins.span or (low, high + 1)
    if bins.span is None and bins.rounded and values.dtype.kind in "iu" and span[1] - span[0] < count * 10:
        step = int(np.ceil((span[1] - span[0]) / count))
        count = int(np.ceil((span[1] - span[0]) / step))
        span = (span[0], span[0] + step * count)
    counts, edges = np.histogram(values, count, span)
    samples = int(counts.sum())
    shares = counts / max(1, samples) if bins.density else counts.astype(float)
    return {
        "min": low,
        "max": high,
        "mean": float(values.mean(dtype=np.float64)),
        "stdev": float(values.std(dtype=np.float64)),
        "range": list(span),
        "hist": shares.tolist(),
        "bin_edges": edges.tolist(),
        "bins": count,
        "density": bins.density,
        "samples": samples,
    }
