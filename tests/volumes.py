"""Small OME-Zarr volumes for tests, written with zarr-python and not with our own writer."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numpy.typing import NDArray

TYPES = {"t": "time", "c": "channel", "z": "space", "y": "space", "x": "space"}


def gradient(shape: Sequence[int], dtype: str = "uint16") -> NDArray[Any]:
    """An array in which every voxel of a small volume differs: 0, 1, 2 ... in C order."""
    return np.arange(np.prod(shape)).reshape(shape).astype(dtype)


def write_ome_zarr(  # noqa: PLR0913 - one keyword for each thing a test may want to be different
    path: Path,
    array: NDArray[Any],
    axes: str = "zyx",
    *,
    spacing: Sequence[float] | None = None,
    origin: Sequence[float] | None = None,
    unit: str | None = "micrometer",
    ngff: str = "0.5",
    levels: int = 1,
    chunks: Sequence[int] | None = None,
    shards: Sequence[int] | None = None,
    omero: Mapping[str, Any] | None = None,
    shrink: Callable[[NDArray[Any], Sequence[int]], NDArray[Any]] | None = None,
    **array_options: Any,
) -> Path:
    """Write `array`, whose axes are `axes`, as a pyramid of `levels` levels "0", "1" ...; `path` is given back.

    `spacing` and `origin` have one number for each space axis, in the file's order. Space axes are halved from level
    to level (by `shrink`, which is `halve` unless said); level translations follow the
    pixel-centre rule, and are absent throughout where `origin` is None. NGFF 0.1 to 0.4 are Zarr v2, 0.5 is v3.
    `chunks` and `shards` default to one chunk for each level; `array_options` go to `zarr.create_array`.
    """
    group = zarr.create_group(str(path), zarr_format=3 if ngff == "0.5" else 2)
    space = [i for i, axis in enumerate(axes) if TYPES.get(axis) == "space"]
    sizes = spread(axes, spacing or [1.0] * len(space), 1.0)
    start = spread(axes, origin or [0.0] * len(space), 0.0)
    datasets = []
    for level in range(levels):
        if level:
            array = (shrink or halve)(array, space)
        group.create_array(
            str(level),
            data=array,
            chunks=tuple(chunks or array.shape),
            **({"shards": tuple(shards)} if shards else {}),
            **({"chunk_key_encoding": {"name": "v2", "separator": "/"}} if ngff not in ("0.1", "0.5") else {}),
            **array_options,
        )
        factor = 2**level
        scale = [s * factor if i in space else s for i, s in enumerate(sizes)]
        translation = [
            o + (factor - 1) * s / 2 if i in space else o for i, (o, s) in enumerate(zip(start, sizes, strict=True))
        ]
        transformations: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
        if origin is not None:
            transformations.append({"type": "translation", "translation": translation})
        dataset: dict[str, Any] = {"path": str(level)}
        datasets.append(dataset if ngff < "0.4" else dataset | {"coordinateTransformations": transformations})
    multiscale: dict[str, Any] = {"name": path.name, "datasets": datasets}
    if ngff == "0.3":
        multiscale["axes"] = list(axes)
    if ngff >= "0.4":
        multiscale["axes"] = [axis_entry(axis, unit) for axis in axes]
    extra = {"omero": dict(omero)} if omero is not None else {}
    if ngff == "0.5":
        group.attrs["ome"] = {"version": ngff, "multiscales": [multiscale], **extra}
    else:
        group.attrs.update({"multiscales": [multiscale | {"version": ngff}], **extra})
    return path


def write_labels(
    image: Path,
    name: str,
    array: NDArray[Any],
    axes: str = "zyx",
    *,
    described: Mapping[str, Any] | None = None,
    ngff: str = "0.5",
    **options: Any,
) -> Path:
    """Write a label image beside the levels of `image`, as `write_ome_zarr` would, and list it there.

    `described` is its `image-label`; coarser levels take every second id.
    """
    path = write_ome_zarr(image / "labels" / name, array, axes, ngff=ngff, shrink=every_second, **options)
    group = zarr.open_group(str(path), mode="a")
    listed = zarr.open_group(str(image / "labels"), mode="a", zarr_format=3 if ngff == "0.5" else 2)
    if ngff == "0.5":
        group.attrs["ome"] = {**group.attrs["ome"], "image-label": dict(described or {})}  # type: ignore[dict-item]
        names = listed.attrs.get("ome", {}).get("labels", [])  # type: ignore[union-attr]
        listed.attrs["ome"] = {"version": ngff, "labels": [*names, name]}  # type: ignore[misc]
    else:
        group.attrs["image-label"] = dict(described or {})
        listed.attrs["labels"] = [*listed.attrs.get("labels", []), name]  # type: ignore[misc]
    return path


def every_second(array: NDArray[Any], axes: Sequence[int]) -> NDArray[Any]:
    """The first of each pair along `axes`."""
    return array[tuple(slice(None, None, 2 if axis in axes else 1) for axis in range(array.ndim))]


def spread(axes: str, numbers: Sequence[float], other: float) -> list[float]:
    """One number for each axis: the given ones for the space axes, `other` for the rest."""
    given = iter(numbers)
    return [float(next(given)) if TYPES.get(axis) == "space" else other for axis in axes]


def axis_entry(axis: str, unit: str | None) -> dict[str, str]:
    entry = {"name": axis} | ({"type": TYPES[axis]} if axis in TYPES else {})
    return entry | ({"unit": unit} if unit and TYPES.get(axis) == "space" else {})


def halve(array: NDArray[Any], axes: Sequence[int]) -> NDArray[Any]:
    """Means of pairs along `axes`; an odd last voxel is repeated."""
    for axis in axes:
        even = np.take(array, range(0, array.shape[axis], 2), axis)
        odd = np.take(array, [min(i + 1, array.shape[axis] - 1) for i in range(0, array.shape[axis], 2)], axis)
        array = ((even.astype(np.float64) + odd) / 2).astype(array.dtype)
    return array
