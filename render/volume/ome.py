"""What an OME-Zarr group says of itself, NGFF 0.1 to 0.6: attributes -> `Multiscale`; pure.

Lenient as a server of other people's files must be: what is missing or odd is assumed or left out, and said in
`notes`; what makes no sense at all is a DataError that says where. Arrays are not known here: see `pyramid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from render.errors import DataError
from render.volume.affines import Transformation
from render.volume.axes import axis_roles, implicit_axes
from render.volume.info import STRAIGHT, AxisInfo, ChannelInfo, Direction
from render.volume.ngff_rules.document import ngff_version
from render.volume.ngff_rules.finding import DEEPEST, too_deep
from render.volume.ngff_rules.transformations import is_rotation
from render.volume.omero import read_channels
from render.volume.orientation import turned_direction
from render.volume.transforms import Step, plain_steps, reduce_levels

Attributes = Mapping[str, Any]

READ = ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6")
"""How the versions start that are known here."""

LPS = {"x": "right-to-left", "y": "anterior-to-posterior", "z": "inferior-to-superior"}
"""RFC-4's words for axes that run towards a body's left, back and head."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One level as the metadata list it."""

    path: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Multiscale:
    """The first image of a group; `axes` is empty where the metadata name none, `steps` hold for every level.

    `anatomical`: RFC-4 orientations say that the world is LPS; `direction` is a rotation that our importer keeps.
    """

    axes: tuple[AxisInfo, ...]
    datasets: tuple[Dataset, ...]
    steps: tuple[Step, ...]
    channels: tuple[ChannelInfo, ...]
    notes: tuple[str, ...]
    anatomical: bool = False
    direction: Direction = STRAIGHT


class _Axis(msgspec.Struct):
    name: str
    type: str | None = None
    unit: str | None = None
    orientation: object = None


class _Dataset(msgspec.Struct):
    path: str
    coordinateTransformations: list[Transformation] | None = None


class _CoordinateSystem(msgspec.Struct):
    name: str
    axes: list[_Axis]


class _Multiscale(msgspec.Struct):
    datasets: list[_Dataset]
    axes: list[_Axis | str] | None = None
    coordinateTransformations: list[object] = []
    coordinateSystems: list[_CoordinateSystem] | None = None


def image_attributes(attributes: Attributes) -> Attributes:
    """Where the image's metadata are: under "ome" since 0.5, at the root before."""
    ome = attributes.get("ome")
    return ome if isinstance(ome, Mapping) else attributes


def read_multiscale(attributes: Attributes) -> Multiscale:
    """The image that a group's attributes describe. DataError where they describe none."""
    found = image_attributes(attributes)
    notes: list[str] = []
    version = ngff_version(attributes)
    if version is not None and not version.startswith(READ):
        notes.append(f"The version {version!r} of its metadata is not known: they are read as if it were.")
    parsed = _first_multiscale(found, notes)
    axes, shared, after = _space_of_levels(parsed, notes)
    levels = [[*(dataset.coordinateTransformations or []), *after] for dataset in parsed.datasets]
    reduced = reduce_levels(levels, len(axes), notes)
    axes = [axes[i] for i in reduced.order]
    infos = tuple(AxisInfo(axis.name, axis.type or "", axis.unit or "") for axis in axes)
    direction = _direction(attributes.get("voxelcast"))
    if reduced.turn is not None:
        direction = turned_direction(reduced.turn, axis_roles(infos, []))
        if not is_rotation(np.array(direction)):
            raise DataError(
                f"its levels are turned out of space, into the axes {', '.join(axis.name for axis in infos)}"
            )
    return Multiscale(
        axes=infos,
        datasets=tuple(
            Dataset(dataset.path, steps) for dataset, steps in zip(parsed.datasets, reduced.steps, strict=True)
        ),
        steps=plain_steps(shared, notes),
        channels=read_channels(found.get("omero"), notes),
        notes=tuple(dict.fromkeys(notes)),
        anatomical=_is_lps(axes),
        direction=direction,
    )


def label_names(attributes: Attributes) -> tuple[str, ...]:
    """The label images that the group `labels` lists; none where it lists something else."""
    listed = image_attributes(attributes).get("labels")
    return tuple(x for x in listed if isinstance(x, str)) if isinstance(listed, list) else ()


def _first_multiscale(found: Attributes, notes: list[str]) -> _Multiscale:
    listed = found.get("multiscales")
    if listed is None:
        raise DataError('it is no OME-Zarr image: its attributes have no "multiscales"')
    if not isinstance(listed, list) or not listed:
        raise DataError('it holds no image: its "multiscales" is empty')
    if too_deep(listed[0]):
        raise DataError(f"its metadata are nested more than {DEEPEST} times, in multiscales[0]")
    if len(listed) > 1:
        notes.append(f"There are {len(listed)} multiscale images in this group: the first is shown.")
    try:
        parsed = msgspec.convert(listed[0], _Multiscale)
    except msgspec.ValidationError as error:
        raise DataError(f"its metadata are wrong, in multiscales[0]: {error}") from error
    if not parsed.datasets:
        raise DataError('it holds no image: "datasets" of multiscales[0] is empty')
    return parsed


def _space_of_levels(
    parsed: _Multiscale, notes: list[str]
) -> tuple[list[_Axis], list[Transformation], list[Transformation]]:
    """The axes of the space that the levels are drawn in, what is applied to all levels in it, and what leads there.

    Up to 0.5 there is one space. Since 0.6 it is the coordinate system that the levels lead to; where that is one of
    array indices, the first that leads on from there to axes of space.
    """
    if not parsed.coordinateSystems:
        axes = [_Axis(axis) if isinstance(axis, str) else axis for axis in parsed.axes or []]
        return axes, _converted(parsed.coordinateTransformations), []
    systems = {system.name: system.axes for system in parsed.coordinateSystems}
    outputs = [step.target for step in parsed.datasets[0].coordinateTransformations or []]
    intrinsic = next((output for output in outputs if output in systems), None)
    if intrinsic is None:
        intrinsic = next(iter(systems))
        notes.append(f"The levels do not say which coordinate system they lead to: {intrinsic!r} is assumed.")
    if any(axis.type != "array" for axis in systems[intrinsic]):
        if len(systems) > 1:
            notes.append(f"The image is shown in its coordinate system {intrinsic!r}, not in the others it lists.")
        return systems[intrinsic], [], []
    onward = [step for step in _converted(parsed.coordinateTransformations) if step.source == intrinsic]
    for step in onward:
        axes = systems.get(step.target or "", [])
        if len(axes) == len(systems[intrinsic]) and any(axis.type == "space" for axis in axes):
            return axes, [], [step]
    letters = implicit_axes(len(systems[intrinsic]), notes)
    return [_Axis(axis.name, axis.type) for axis in letters], [], []


def _converted(listed: list[object]) -> list[Transformation]:
    try:
        return msgspec.convert(listed, list[Transformation])
    except msgspec.ValidationError as error:
        raise DataError(f"its metadata are wrong, in coordinateTransformations of multiscales[0]: {error}") from error


def _is_lps(axes: list[_Axis]) -> bool:
    orientations = {axis.name: axis.orientation for axis in axes}
    return all(orientations.get(name) == {"type": "anatomical", "value": value} for name, value in LPS.items())


def _direction(found: object) -> Direction:
    if not isinstance(found, Mapping) or "direction" not in found:
        return STRAIGHT
    try:
        direction: Direction = msgspec.convert(found["direction"], Direction)
    except msgspec.ValidationError as error:
        raise DataError(f"its attribute voxelcast.direction is wrong: {error}") from error
    if not np.allclose(np.array(direction) @ np.array(direction).T, np.eye(3), atol=1e-3):
        raise DataError(f"its attribute voxelcast.direction is no rotation: {direction}")
    return direction
