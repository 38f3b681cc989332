"""A `Multiscale` and the arrays it names -> `VolumeInfo`: axes, levels in world space, channels, times; pure.

Positions are those of voxel centres. Where no level has a translation, levels are aligned by their outer corner: the
centre of a level's first voxel is at (s_n - s_0) / 2, because most writers of such pyramids average 2 x 2 x 2 voxels
and a picture must not jump by half a voxel between levels. A negative scale is a voxel order that runs backwards: the
level is read in reverse along that axis, so that every voxel is where the file says and spacings are positive.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from render.errors import DataError
from render.volume.axes import axis_roles, implicit_axes, length_unit, unit_name
from render.volume.info import AxisInfo, ChannelInfo, Level, VolumeInfo
from render.volume.ome import Dataset, Multiscale
from render.volume.transforms import Step

DRAWN_EXACTLY = ("bool", "uint8", "int8", "uint16", "int16", "float16", "float32")


@dataclass(frozen=True, slots=True)
class ArrayMeta:
    """What is known of a level's array before a voxel is read, in the file's own axis order."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[np.generic]


@dataclass(frozen=True, slots=True)
class Placement:
    """The voxel at index i is at scale * i + translation, in the file's own axis order and units."""

    scale: tuple[float, ...]
    translation: tuple[float, ...]

    def then(self, other: "Placement") -> "Placement":
        """This one, and `other` applied to its positions."""
        return Placement(
            tuple(a * b for a, b in zip(self.scale, other.scale, strict=True)),
            tuple(t * b + u for t, b, u in zip(self.translation, other.scale, other.translation, strict=True)),
        )


@dataclass(frozen=True, slots=True)
class Pyramid:
    """`info.levels[i]` is the file's dataset `order[i]`, with its axes `mirrored[i]` read backwards."""

    info: VolumeInfo
    roles: str
    order: tuple[int, ...]
    mirrored: tuple[tuple[int, ...], ...]


def build_pyramid(
    name: str, multiscale: Multiscale, arrays: Sequence[ArrayMeta], labels: tuple[str, ...] = ()
) -> Pyramid:
    """The pyramid of a volume called `name`; `arrays` are those of `multiscale.datasets`. DataError."""
    notes = list(multiscale.notes)
    order = _order(arrays, notes)
    datasets, arrays = [multiscale.datasets[i] for i in order], [arrays[i] for i in order]
    axes = multiscale.axes or implicit_axes(len(arrays[0].shape), notes)
    roles = axis_roles(axes, notes)
    _check_shapes(datasets, arrays, axes, roles)
    dtype = _dtype(arrays, notes)
    placements = _placements(datasets, arrays, multiscale.steps, roles, notes)
    unit, factors = length_unit(axes, roles, notes)
    levels = _thin([_level(*level, roles, factors) for level in zip(datasets, arrays, placements, strict=True)], roles)
    mirrored = tuple(
        tuple(i for i, role in enumerate(roles) if role in "zyx" and placement.scale[i] < 0) for placement in placements
    )
    _note_axes(axes, roles, arrays[0], mirrored[0], notes)
    sizes = {role: size for role, size in zip(roles, arrays[0].shape, strict=True) if role in "tc"}
    time = roles.find("t")
    info = VolumeInfo(
        name=name,
        axes=axes,
        dtype=dtype,
        levels=tuple(levels),
        channels=_channels(multiscale.channels, sizes.get("c", 1), notes),
        labels=labels,
        unit=unit,
        times=sizes.get("t", 1),
        time_step=(abs(placements[0].scale[time]) or 1.0) if time >= 0 else 1.0,
        time_unit=unit_name(axes[time].unit) if time >= 0 else "",
        notes=tuple(dict.fromkeys(notes)),
        direction=multiscale.direction,
        anatomical=multiscale.anatomical,
    )
    return Pyramid(info, roles, order, mirrored)


def _order(arrays: Sequence[ArrayMeta], notes: list[str]) -> tuple[int, ...]:
    order = tuple(sorted(range(len(arrays)), key=lambda i: -math.prod(arrays[i].shape)))
    if order != tuple(range(len(arrays))):
        notes.append("The levels are not listed from fine to coarse: they are sorted by their size.")
    return order


def _check_shapes(
    datasets: Sequence[Dataset], arrays: Sequence[ArrayMeta], axes: Sequence[AxisInfo], roles: str
) -> None:
    for dataset, array in zip(datasets, arrays, strict=True):
        if len(array.shape) != len(axes):
            raise DataError(
                f"level {dataset.path!r} has {len(array.shape)} dimensions {array.shape}, and there are {len(axes)} "
                f"axes: {', '.join(axis.name for axis in axes)}"
            )
        if 0 in array.shape:
            raise DataError(f"level {dataset.path!r} is empty: its shape is {array.shape}")
        for role, size, expected in zip(roles, array.shape, arrays[0].shape, strict=True):
            if role in "tc" and size != expected:
                raise DataError(
                    f"level {dataset.path!r} has {size} along axis {role}, level {datasets[0].path!r} has {expected}"
                )


def _dtype(arrays: Sequence[ArrayMeta], notes: list[str]) -> str:
    """The name of the type that every level is read as: one that can hold them all, uint8 for bool."""
    for array in arrays:
        if array.dtype.kind not in "buif" or array.dtype.itemsize > 8:
            raise DataError(f"its voxels are {array.dtype}: only whole and real numbers of up to 64 bits can be drawn")
    names = [array.dtype.newbyteorder("=").name for array in arrays]
    common = np.result_type(*(array.dtype for array in arrays)).name
    if len(set(names)) > 1:
        notes.append(f"The levels have different types ({', '.join(names)}): all are read as {common}.")
    note_precision(common, notes)
    return "uint8" if common == "bool" else common


def note_precision(dtype: str, notes: list[str]) -> None:
    """Note what drawing loses of voxels of this type."""
    if dtype not in DRAWN_EXACTLY:
        notes.append(f"Voxels are {dtype} and are drawn as float32, which keeps 7 digits.")


def _placements(
    datasets: Sequence[Dataset], arrays: Sequence[ArrayMeta], common: Sequence[Step], roles: str, notes: list[str]
) -> list[Placement]:
    """Every level's placement: its own steps, or what takes their place, and then the `common` ones."""
    own: list[Placement] = []
    scaled = [any(step.kind == "scale" for step in dataset.steps) for dataset in datasets]
    for index, dataset in enumerate(datasets):
        placement = _compose(dataset.steps, roles, f"level {dataset.path!r}", notes)
        if not scaled[index] and index:
            ratio = _shape_ratio(arrays[index - 1].shape, arrays[index].shape, roles)
            scale = tuple(s * r for s, r in zip(own[-1].scale, ratio, strict=True))
            placement = Placement(scale, placement.translation)
        own.append(placement)
    if not all(scaled):
        notes.append("Not every level says how large its voxels are: 1, and the ratio of the shapes, is assumed.")
    if not any(step.kind == "translation" for dataset in datasets for step in dataset.steps):
        own = [_align_corner(placement, own[0], roles) for placement in own]
    shared = _compose(common, roles, "the scale of all levels", notes)
    placements = [placement.then(shared) for placement in own]
    for dataset, placement in zip(datasets, placements, strict=True):
        _check_placement(placement, roles, dataset.path)
    return placements


def _compose(steps: Sequence[Step], roles: str, where: str, notes: list[str]) -> Placement:
    """The steps one after the other; as many numbers as there are axes of space are taken to be theirs."""
    rank = len(roles)
    placement = Placement((1.0,) * rank, (0.0,) * rank)
    for step in steps:
        numbers, still = step.numbers, 1.0 if step.kind == "scale" else 0.0
        if len(numbers) != rank and len(numbers) == sum(role in "zyx" for role in roles):
            notes.append(f"A {step.kind} has {len(numbers)} numbers for {rank} axes: those of space are assumed.")
            given = iter(numbers)
            numbers = tuple(next(given) if role in "zyx" else still for role in roles)
        if len(numbers) != rank:
            raise DataError(f"{where}: its {step.kind} has {len(numbers)} numbers, and there are {rank} axes")
        if step.kind == "scale":
            placement = placement.then(Placement(numbers, (0.0,) * rank))
        else:
            placement = placement.then(Placement((1.0,) * rank, numbers))
    return placement


def _shape_ratio(fine: Sequence[int], coarse: Sequence[int], roles: str) -> tuple[float, ...]:
    """By how much voxels grow from one level to the next: a whole number, as 5 -> 3 and 5 -> 2 are both halves."""
    return tuple(
        float(max(1, round(a / b))) if role in "zyx" else 1.0 for a, b, role in zip(fine, coarse, roles, strict=True)
    )


def _align_corner(placement: Placement, finest: Placement, roles: str) -> Placement:
    shifts = (
        (scale - first) / 2 if role in "zyx" else 0.0
        for scale, first, role in zip(placement.scale, finest.scale, roles, strict=True)
    )
    return Placement(placement.scale, tuple(shifts))


def _check_placement(placement: Placement, roles: str, path: str) -> None:
    for role, scale, translation in zip(roles, placement.scale, placement.translation, strict=True):
        if role in "zyx" and not (math.isfinite(scale) and scale != 0 and math.isfinite(translation)):
            raise DataError(
                f"level {path!r}: along {role} its voxels are {scale:g} apart and start at {translation:g}; "
                "both must be finite and the first not 0"
            )


def _level(dataset: Dataset, array: ArrayMeta, placement: Placement, roles: str, factors: dict[str, float]) -> Level:
    """The level as (z, y, x), in the volume's unit; a mirrored axis starts at what is its last voxel in the file."""
    axes = [roles.find(letter) for letter in "zyx"]
    spacing = [abs(placement.scale[i]) * factors[roles[i]] if i >= 0 else 1.0 for i in axes]
    first = [
        min(placement.translation[i], _last(array, placement, i)) * factors[roles[i]] if i >= 0 else 0.0 for i in axes
    ]
    shape = [array.shape[i] if i >= 0 else 1 for i in axes]
    chunks = [min(array.chunks[i], array.shape[i]) if i >= 0 else 1 for i in axes]
    return Level(
        dataset.path,
        (shape[0], shape[1], shape[2]),
        (chunks[0], chunks[1], chunks[2]),
        (spacing[0], spacing[1], spacing[2]),
        (first[0], first[1], first[2]),
    )


def _thin(levels: list[Level], roles: str) -> list[Level]:
    """The levels with the finest spacing there is along the axes that the file has not.

    An image is as thick as its pixels are wide: 1 would make a bar of an image in millimetres.
    """
    finest = min(s for letter, s in zip("zyx", levels[0].spacing, strict=True) if letter in roles)

    def thin(level: Level) -> Level:
        z, y, x = (s if letter in roles else finest for letter, s in zip("zyx", level.spacing, strict=True))
        return replace(level, spacing=(z, y, x))

    return [thin(level) for level in levels]


def _last(array: ArrayMeta, placement: Placement, axis: int) -> float:
    return placement.translation[axis] + (array.shape[axis] - 1) * placement.scale[axis]


def _channels(listed: tuple[ChannelInfo, ...], count: int, notes: list[str]) -> tuple[ChannelInfo, ...]:
    """One for each channel of the array, whatever the metadata list."""
    if listed and len(listed) != count:
        notes.append(f"The metadata describe {len(listed)} channels, and the image has {count}.")
    channels = listed[:count] + tuple(ChannelInfo(f"channel {index}") for index in range(len(listed), count))
    silent = [channel.label for channel in channels if channel.window is None]
    if silent:
        which = "any channel" if len(silent) == count else ", ".join(silent[:8])
        notes.append(f"No contrast window is given for {which}: it is chosen from the data.")
    return channels


def _note_axes(
    axes: Sequence[AxisInfo], roles: str, array: ArrayMeta, mirrored: tuple[int, ...], notes: list[str]
) -> None:
    for axis, role, size in zip(axes, roles, array.shape, strict=True):
        if role == "?" and size > 1:
            notes.append(f"Axis {axis.name!r} is neither time, channel nor space: the first of its {size} is shown.")
    notes.extend(
        f"Axis {axes[index].name!r} has a negative scale: its voxels are read in reverse, to be in place."
        for index in mirrored
    )
