"""What an OME-Zarr group says of itself, NGFF 0.1 to 0.5 and the simple part of 0.6: attributes -> `Multiscale`; pure.

Lenient as a server of other people's files must be: what is missing or odd is assumed or left out, and said in
`notes`; what makes no sense at all is a DataError that says where. Arrays are not known here: see `pyramid`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from render.errors import DataError
from render.volume.info import STRAIGHT, AxisInfo, ChannelInfo, Direction
from render.volume.omero import read_channels

Attributes = Mapping[str, Any]

LPS = {"x": "right-to-left", "y": "anterior-to-posterior", "z": "inferior-to-superior"}
"""RFC-4's words for axes that run towards a body's left, back and head."""


@dataclass(frozen=True, slots=True)
class Step:
    """One scale or translation, a number for each axis, to be applied after those before it."""

    kind: str
    numbers: tuple[float, ...]


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


class _Transformation(msgspec.Struct):
    type: str
    scale: list[float] | None = None
    translation: list[float] | None = None
    transformations: list["_Transformation"] = []
    output: object = None


class _Dataset(msgspec.Struct):
    path: str
    coordinateTransformations: list[_Transformation] | None = None


class _CoordinateSystem(msgspec.Struct):
    name: str
    axes: list[_Axis]


class _Multiscale(msgspec.Struct):
    datasets: list[_Dataset]
    axes: list[_Axis | str] | None = None
    coordinateTransformations: list[_Transformation] | None = None
    coordinateSystems: list[_CoordinateSystem] | None = None


def image_attributes(attributes: Attributes) -> Attributes:
    """Where the image's metadata are: under "ome" since 0.5, at the root before."""
    ome = attributes.get("ome")
    return ome if isinstance(ome, Mapping) else attributes


def read_multiscale(attributes: Attributes) -> Multiscale:
    """The image that a group's attributes describe. DataError where they describe none."""
    found = image_attributes(attributes)
    notes: list[str] = []
    parsed = _first_multiscale(found, notes)
    axes = _axes(parsed)
    direction = _direction(attributes.get("voxelcast"))
    return Multiscale(
        axes=tuple(AxisInfo(axis.name, axis.type or "", axis.unit or "") for axis in axes),
        datasets=tuple(
            Dataset(dataset.path, _steps(dataset.coordinateTransformations or [], dataset.path, notes))
            for dataset in parsed.datasets
        ),
        # Since 0.6 these lead to other coordinate systems; before, they are applied after each level's own.
        steps=() if parsed.coordinateSystems else _steps(parsed.coordinateTransformations or [], "all levels", notes),
        channels=read_channels(found.get("omero"), notes),
        notes=tuple(notes),
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
    if len(listed) > 1:
        notes.append(f"There are {len(listed)} multiscale images in this group: the first is shown.")
    try:
        parsed = msgspec.convert(listed[0], _Multiscale)
    except msgspec.ValidationError as error:
        raise DataError(f"its metadata are wrong, in multiscales[0]: {error}") from error
    if not parsed.datasets:
        raise DataError('it holds no image: "datasets" of multiscales[0] is empty')
    return parsed


def _axes(parsed: _Multiscale) -> list[_Axis]:
    axes = _intrinsic_axes(parsed) if parsed.coordinateSystems else parsed.axes or []
    return [_Axis(axis) if isinstance(axis, str) else axis for axis in axes]


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


def _intrinsic_axes(parsed: _Multiscale) -> list[_Axis]:
    """The axes of the coordinate system that the levels lead to (0.6); the first where they do not say which."""
    systems = {system.name: system.axes for system in parsed.coordinateSystems or []}
    for transformation in parsed.datasets[0].coordinateTransformations or []:
        output = transformation.output
        name = output.get("name") if isinstance(output, dict) else output
        if name in systems:
            return systems[name]
    return next(iter(systems.values()))


def _steps(transformations: list[_Transformation], where: str, notes: list[str]) -> tuple[Step, ...]:
    steps: list[Step] = []
    for transformation in transformations:
        kind = transformation.type
        numbers = {"scale": transformation.scale, "translation": transformation.translation}.get(kind)
        if numbers is not None:
            steps.append(Step(kind, tuple(numbers)))
        elif kind == "sequence":
            steps.extend(_steps(transformation.transformations, where, notes))
        elif kind != "identity":
            notes.append(f"A transformation of type {kind!r} ({where}) is not understood and not applied.")
    return tuple(steps)
