"""The levels of a volume as Neuroglancer's precomputed format counts voxels: whole offsets, nanometres, chunks; pure.

Voxel i of a scale spans [i, i + 1) * resolution, and its first one has the number `offset`, a whole one. So a volume
cannot lie just anywhere, and coarser levels least of all. What counts most is that levels line up with each other:
offsets are multiples of a step that every level can count, and `shift` says what is left between there and the world.
"""

import math
import re
from dataclasses import dataclass
from typing import NamedTuple

from render.errors import NotFound
from render.geometry import Shape3, Vec3, to_world
from render.volume.axes import METRES
from render.volume.info import Level, VolumeInfo

Whole3 = tuple[int, int, int]
"""Counts of voxels, (x, y, z)."""

SHAPES: tuple[Whole3, ...] = ((64, 64, 64), (512, 512, 1), (512, 1, 512), (1, 512, 512))
"""What a volume is offered in: Neuroglancer takes flat chunks for planes across an axis, blocks for all else."""

MAX_CHUNK = 4 * 2**20
"""Bytes of a chunk, all channels; shapes are halved until they fit. 64^3 of eight channels of uint16 are as much."""

LEAST_SIDE = 8
"""To which shapes are halved: a thousand channels of 8^3 float32 are 2 MiB."""

FURTHEST = 2**23
"""Voxels from 0: Neuroglancer keeps offsets in float32, which is whole up to twice as much."""

MOST_STEP = 2**16
NEARLY = 1e-3
"""Of a voxel: lengths are rounded in files, and pictures tell no less apart."""


class Box(NamedTuple):
    """The voxels lower <= (x, y, z) < upper of a scale, in its own numbers."""

    lower: Whole3
    upper: Whole3


@dataclass(frozen=True, slots=True)
class Scale:
    """A level in (x, y, z): its voxels have the numbers `offset` to `offset` + `size`; `resolution` is in nm."""

    key: str
    size: Whole3
    offset: Whole3
    resolution: Vec3

    def chunk(self, text: str, shapes: tuple[Whole3, ...]) -> Box:
        """The chunk that is called X0-X1_Y0-Y1_Z0-Z1. NotFound where the grids of `shapes` have none."""
        spans = [re.fullmatch(r"(-?\d{1,9})-(-?\d{1,9})", span) for span in text.split("_")]
        box = [(int(span[1]), int(span[2])) for span in spans if span]
        if len(box) != 3 or not any(self._has(box, shape) for shape in shapes):
            ends = (f"{first}-{first + count}" for first, count in zip(self.offset, self.size, strict=True))
            offered = ", ".join(" x ".join(map(str, shape)) for shape in shapes)
            raise NotFound(f"no chunk {text!r}: {self.key} is {'_'.join(ends)}, in chunks of {offered} from there")
        (x0, x1), (y0, y1), (z0, z1) = box
        return Box((x0, y0, z0), (x1, y1, z1))

    def _has(self, box: list[tuple[int, int]], shape: Whole3) -> bool:
        return all(
            0 <= lower - first < count
            and (lower - first) % side == 0
            and upper - first == min(lower - first + side, count)
            for (lower, upper), first, count, side in zip(box, self.offset, self.size, shape, strict=True)
        )

    def inside(self, box: Box) -> tuple[Shape3, Shape3]:
        """The box in the array of the level: (lower, upper), each (z, y, x)."""
        lower, upper = ([n - first for n, first in zip(corner, self.offset, strict=True)] for corner in box)
        return (lower[2], lower[1], lower[0]), (upper[2], upper[1], upper[0])


@dataclass(frozen=True, slots=True)
class Lattice:
    """The scales of a volume, the finest first, which all count from one point; `shift` is where that point is, in the
    world's unit (in the straight frame), and `notes` say in sentences what is not where the document puts it.
    """

    scales: tuple[Scale, ...]
    shift: Vec3
    notes: tuple[str, ...]


def nanometres(info: VolumeInfo) -> float:
    """How many are one unit of the world; a unit that is not known counts as a micrometre."""
    return METRES.get(info.unit, METRES["micrometer"]) * 1e9


def make_lattice(info: VolumeInfo) -> Lattice:
    """The scales s0, s1 ... of the levels."""
    finest, unit = info.levels[0], nanometres(info)
    starts = [_start([level.origin[a] - level.spacing[a] / 2 for level in info.levels], info, a) for a in (2, 1, 0)]
    scales = tuple(
        Scale(
            key=f"s{index}",
            size=(level.shape[2], level.shape[1], level.shape[0]),
            offset=(starts[0][index], starts[1][index], starts[2][index]),
            resolution=tuple(neat(s * unit) for s in to_world(level.spacing)),  # type: ignore[arg-type]
        )
        for index, level in enumerate(info.levels)
    )
    corner, spacing = info.box.lower, to_world(finest.spacing)
    shift = tuple(neat(c - o * s) for c, o, s in zip(corner, scales[0].offset, spacing, strict=True))
    return Lattice(scales, shift, tuple(_notes(info, scales, shift)))  # type: ignore[arg-type]


def chunk_shapes(info: VolumeInfo, voxel_bytes: int) -> tuple[Whole3, ...]:
    """What chunks are offered, the same for every scale; `voxel_bytes` are those of all channels of a voxel."""
    depth = max(level.shape[0] for level in info.levels)
    shapes = SHAPES[1:2] if depth == 1 else SHAPES
    return tuple(_bounded(shape, voxel_bytes) for shape in shapes)


def neat(number: float) -> float:
    """Without the last digits of a sum of decimal fractions."""
    return float(f"{number:.12g}") + 0.0


def _bounded(shape: Whole3, voxel_bytes: int) -> Whole3:
    x, y, z = shape
    while x * y * z * voxel_bytes > MAX_CHUNK and max(x, y, z) > LEAST_SIDE:
        x, y, z = (max(1, x // 2), max(1, y // 2), max(1, z // 2))
    return (x, y, z)


def _start(corners: list[float], info: VolumeInfo, axis: int) -> list[int]:
    """The number of each level's first voxel along an axis, whose cells begin at `corners` of the world."""
    spacings = [level.spacing[axis] for level in info.levels]
    step = _step([spacing / spacings[0] for spacing in spacings])
    steps = round(corners[0] / spacings[0] / step) if step else 0
    if abs(steps * step) > FURTHEST:
        steps = 0
    return [
        round(steps * step * spacings[0] / spacing) + round((corner - corners[0]) / spacing)
        for corner, spacing in zip(corners, spacings, strict=True)
    ]


def _step(factors: list[float]) -> int:
    """The least number of finest voxels that is a whole number of every level's; 0 where there is none."""
    step = 1
    for factor in factors:
        whole = round(factor)
        if whole < 1 or abs(factor - whole) > NEARLY:
            return 0
        step = math.lcm(step, whole)
    return step if step <= MOST_STEP else 0


def _notes(info: VolumeInfo, scales: tuple[Scale, ...], shift: tuple[float, ...]) -> list[str]:
    notes = []
    if info.unit not in METRES:
        notes.append(f"The unit of lengths is {info.unit!r}, which is not known: micrometres are assumed.")
    spacing = to_world(info.levels[0].spacing)
    off = [neat(length / side) for length, side in zip(shift, spacing, strict=True)]
    if max(map(abs, off)) > NEARLY:
        told = ", ".join(f"{voxels:.3g}" for voxels in off)
        notes.append(f"In its world the volume lies {told} voxels (x, y, z) further on: voxel_offset is whole.")
    for scale, level in zip(scales, info.levels, strict=True):
        beside = _beside(scale, level, shift)
        if max(map(abs, beside)) > NEARLY:
            told = ", ".join(f"{voxels:.3g}" for voxels in beside)
            notes.append(f"In its world {scale.key} lies {told} of its voxels further on than {scales[0].key}.")
    if info.rotated:
        notes.append("The volume is turned in its world, and not in this document.")
    return notes


def _beside(scale: Scale, level: Level, shift: tuple[float, ...]) -> list[float]:
    """How far a level is, in its voxels, from where the finest level says that it should be."""
    corner = level.box.lower
    sides = to_world(level.spacing)
    return [(c - s) / side - o for c, s, side, o in zip(corner, shift, sides, scale.offset, strict=True)]
