"""The volumes that `benchmarks.tiles` reads, made once and kept in a folder of their own.

Blobs with shot and read noise, of which Blosc-zstd leaves about half, as of a real light-sheet stack: decoding smooth
pictures is faster than anything that comes from a microscope.
"""

import math
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numcodecs
import numpy as np
import zarr
from numpy.typing import NDArray

BLOB = 64
"""Pixels between the knots of the smooth field that blobs are cut out of."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image (c, z, y, x) of uint16 as OME-Zarr 0.4, halved along y and x from level to level, along z where `chunk`
    is thicker than a plane."""

    name: str
    shape: tuple[int, int, int, int]
    chunk: tuple[int, int, int, int]
    levels: int

    @property
    def halved(self) -> tuple[int, ...]:
        return (1, 2 if self.chunk[1] > 1 else 1, 2, 2)

    def level_shape(self, level: int) -> tuple[int, ...]:
        return tuple(-(-n // h**level) for n, h in zip(self.shape, self.halved, strict=True))


def planes(width: int, depth: int) -> Recipe:
    """Two channels in plane chunks; LI-1 of the project's measurements is (4096, 32)."""
    return Recipe(f"planes-{width}-{depth}", (2, depth, width, width), (1, 1, 512, 512), 5)


def blocks(width: int) -> Recipe:
    """Two channels of a cube in chunks of 64^3."""
    return Recipe(f"blocks-{width}", (2, width, width, width), (1, 64, 64, 64), 3)


def make(recipe: Recipe, folder: Path) -> Path:
    """The volume, written under `folder` if it is not there yet."""
    path = folder / f"{recipe.name}.ome.zarr"
    if not path.exists():
        partial = folder / f"{recipe.name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        create_group(recipe, partial)
        layer = recipe.chunk[1] * recipe.halved[1] ** (recipe.levels - 1)
        jobs = [(recipe, partial, c, z) for c in range(recipe.shape[0]) for z in range(0, recipe.shape[1], layer)]
        with ProcessPoolExecutor() as pool:
            for _ in pool.map(write_layer, *zip(*jobs, strict=True)):
                pass
        partial.rename(path)
    return path


def make_deep(source: Path, depth: int) -> Path:
    """One channel of `depth` planes, each a link to a plane of `source`: a deep stack for the disk of a shallow one."""
    path = source.with_name(f"deep-{depth}-of-{source.name}")
    if path.exists():
        return path
    partial = path.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    found = zarr.open_group(str(source), mode="r")
    levels = [found[str(i)] for i in range(sum(1 for _ in found.array_keys()))]
    shape, chunk = levels[0].shape, levels[0].chunks
    recipe = Recipe(source.name, (1, depth, *shape[2:]), chunk, len(levels))
    create_group(recipe, partial)
    for level in range(recipe.levels):
        (partial / str(level) / "0").mkdir()
        for z in range(depth):
            channel, plane = divmod(z, shape[1])
            target = source / str(level) / str(channel % shape[0]) / str(plane)
            (partial / str(level) / "0" / str(z)).symlink_to(target.resolve())
    partial.rename(path)
    return path


def create_group(recipe: Recipe, path: Path) -> None:
    """The arrays, empty, and what OME-NGFF 0.4 says of them."""
    group = zarr.create_group(str(path), zarr_format=2)
    datasets = []
    for level in range(recipe.levels):
        shape = recipe.level_shape(level)
        group.create_array(
            str(level),
            shape=shape,
            chunks=tuple(min(c, n) for c, n in zip(recipe.chunk, shape, strict=True)),
            dtype="uint16",
            compressors=numcodecs.Blosc("zstd", 5, numcodecs.Blosc.SHUFFLE),
            chunk_key_encoding={"name": "v2", "separator": "/"},
            fill_value=0,
        )
        scale = [0.5 * h**level for h in recipe.halved]
        shift = [(s - 0.5) / 2 for s in scale]
        scale[0], shift[0] = 1.0, 0.0
        datasets.append(
            {
                "path": str(level),
                "coordinateTransformations": [
                    {"type": "scale", "scale": scale},
                    {"type": "translation", "translation": shift},
                ],
            }
        )
    axes = [{"name": "c", "type": "channel"}] + [
        {"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"
    ]
    window = {"min": 0, "max": 65535, "start": 100, "end": 3500}
    colors = {"magenta": "FF00FF", "green": "00FF00"}
    # large_image opens nothing whose channels have no label.
    channels = [{"label": name, "color": color, "active": True, "window": window} for name, color in colors.items()]
    group.attrs["multiscales"] = [{"version": "0.4", "name": recipe.name, "axes": axes, "datasets": datasets}]
    group.attrs["omero"] = {"channels": channels[: recipe.shape[0]]}


def write_layer(recipe: Recipe, path: Path, channel: int, z: int) -> None:
    """Every level of the layer of chunks that begins at plane `z`."""
    numcodecs.blosc.use_threads = False
    group = zarr.open_group(str(path), mode="r+")
    depth = min(recipe.chunk[1] * recipe.halved[1] ** (recipe.levels - 1), recipe.shape[1] - z)
    voxels = blobs(recipe, channel, range(z, z + depth))
    for level in range(recipe.levels):
        first = z // recipe.halved[1] ** level
        array: Any = group[str(level)]
        array[channel, first : first + len(voxels)] = voxels
        voxels = halve(voxels, recipe.halved[1:])


def blobs(recipe: Recipe, channel: int, depths: Iterable[int]) -> NDArray[np.uint16]:
    """(z, y, x) between 0 and some 4000: bright blobs on a dim ground, with noise that grows with the light."""
    _, deep, height, width = recipe.shape
    random = np.random.default_rng(channel)
    knots = [random.random((-(-n // BLOB) + 2, 64)).astype(np.float32) for n in (deep, height, width)]
    out = []
    for z in depths:
        noise = np.random.Generator(np.random.SFC64([channel, z]))
        along = [spread(k, np.arange(n)) for k, n in zip(knots, (deep, height, width), strict=True)]
        field = (along[1] * along[0][z]) @ along[2].T
        light = 200 + 3500 * np.clip((field - field.mean()) / (3 * field.std()), 0, 1) ** 1.5
        grain = noise.standard_normal((height, width), dtype=np.float32) * np.sqrt(light * 2 + 400)
        out.append(np.clip(light + grain, 0, 65535).astype(np.uint16))
    return np.stack(out)


def spread(knots: NDArray[np.float32], places: NDArray[np.intp]) -> NDArray[np.float32]:
    """`knots`, BLOB apart, interpolated at `places`; centred on 0, so that products of them make blobs."""
    near, share = places // BLOB, ((places % BLOB) / BLOB)[:, None].astype(np.float32)
    smooth = share * share * (3 - 2 * share)
    return (knots[near] * (1 - smooth) + knots[near + 1] * smooth) - np.float32(0.5)


def halve(voxels: NDArray[np.uint16], factors: Sequence[int]) -> NDArray[np.uint16]:
    """Means over `factors` voxels of each axis; lengths divide."""
    total = voxels.astype(np.uint32)
    for axis, factor in enumerate(factors):
        if factor == 2 and total.shape[axis] > 1:
            even = [slice(None)] * 3
            odd = list(even)
            even[axis], odd[axis] = slice(0, None, 2), slice(1, None, 2)
            total = total[tuple(even)] + total[tuple(odd)]
    return (total // max(1, math.prod(voxels.shape) // math.prod(total.shape))).astype(np.uint16)
