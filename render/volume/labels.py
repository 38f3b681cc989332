"""Colours of label images: what their metadata say of ids, and a colour for every other id; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from render.volume.ome import Attributes, image_attributes

RGBA = tuple[float, float, float, float]
"""Straight red, green, blue and alpha in 0..1."""

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: multiples of it, modulo 2^64, are as far apart as so many numbers can be."""

DARKEST = 0.3
"""Every colour is at least this light (relative luminance), to be seen on black."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class LabelMetadata:
    """What a label image says of its ids: the colours it gives some, and properties of any kind."""

    colors: Mapping[int, RGBA] = field(default_factory=dict)
    properties: Mapping[int, Mapping[str, object]] = field(default_factory=dict)


def read_label_metadata(attributes: Attributes) -> LabelMetadata:
    """`image-label` of NGFF 0.4 or 0.5; entries that cannot be used are left out, whole as they are."""
    found = image_attributes(attributes).get("image-label")
    described = found if isinstance(found, Mapping) else {}
    colors = {}
    for label, entry in _entries(described.get("colors")):
        color = _rgba(entry.get("rgba"))
        if color is not None:
            colors[label] = color
    properties = {
        label: {key: value for key, value in entry.items() if key != "label-value"}
        for label, entry in _entries(described.get("properties"))
    }
    return LabelMetadata(colors, properties)


def label_colors(ids: NDArray[np.uint64], own: Mapping[int, RGBA]) -> NDArray[np.float32]:
    """(n, 4) straight RGBA in 0..1 for each of `ids`: its `own` colour, else one that is always the same; 0 is clear.

    Hues of consecutive ids are spread by the golden ratio; saturation comes from other bits of the id, and whatever is
    too dark to be seen on black is mixed with white.
    """
    hue = (ids * GOLDEN >> np.uint64(40)).astype(np.float64) / 2**24
    saturation = 0.6 + 0.4 * (_mixed(ids) >> np.uint64(40)).astype(np.float64) / 2**24
    colors = np.ones((len(ids), 4), np.float32)
    colors[:, :3] = _lightened(_saturated(hue, saturation))
    if own:
        known = np.array(sorted(own), np.uint64)
        table = np.array([own[int(label)] for label in known], np.float32)
        place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        given = known[place] == ids
        colors[given] = table[place[given]]
    colors[ids == 0] = 0
    return colors


def _entries(listed: object) -> Iterator[tuple[int, Mapping[str, object]]]:
    """The entries of a list of `image-label`, each with its `label-value`, a whole number of 64 bits at most."""
    for entry in listed if isinstance(listed, list) else []:
        label = entry.get("label-value") if isinstance(entry, Mapping) else None
        if isinstance(label, int | float) and label == label // 1 and 0 <= label < 2**64:
            yield int(label), entry


def _rgba(found: object) -> RGBA | None:
    """Three or four numbers of 0 to 255 as shares."""
    numbers = found if isinstance(found, list) else []
    if len(numbers) not in (3, 4) or not all(isinstance(n, int | float) and 0 <= n <= 255 for n in numbers):
        return None
    red, green, blue, alpha = (n / 255 for n in (*numbers, 255)[:4])
    return (red, green, blue, alpha)


def _mixed(ids: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """64 bits that look random, by SplitMix64's finalizer."""
    mixed = (ids ^ (ids >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))


def _saturated(hue: NDArray[np.float64], saturation: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) RGB of the brightest colour with these hues and saturations, 0..1."""
    turn = (np.array([5.0, 3.0, 1.0]) + 6 * hue[:, None]) % 6
    missing = np.clip(np.minimum(turn, 4 - turn), 0, 1)
    return np.asarray(1 - saturation[:, None] * missing)


def _lightened(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    dark = np.maximum(0, DARKEST - rgb @ LUMINANCE)[:, None]
    return np.asarray(rgb + (1 - rgb) * dark / (1 - (rgb @ LUMINANCE)[:, None]))
