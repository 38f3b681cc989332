"""Tiles show what renderers show: planes and slabs against the float64 marcher, looked at straight on.

The reference samples along rays, tiles combine planes; of what lies within a slab both see the same. Across an axis a
tile shows the nearest voxel and a renderer what is between voxels: such planes are compared through voxel centres.
"""

import numpy as np
import pytest
from msgspec.structs import replace
from numpy.typing import NDArray

from render.geometry import Vec3, add, cross, dot, scale
from render.intent import ChannelIntent, LabelsIntent
from render.scene import Camera, Oblique, Orthographic, Quality, View
from render.volume.volume import Volume
from tests.agreement import volume
from tests.reference import ReferenceRenderer
from tiles.drawing.bricks import Bricks
from tiles.drawing.draw import draw
from tiles.pyramid import Patch
from tiles.section import AxisIntent, ObliqueIntent, Section, SectionIntent, SlabIntent, resolve_section
from tiles.work import Job

SIZE = (48, 36)


def rendered(source: Volume, section: Section, patch: Patch) -> NDArray[np.uint8]:
    """The patch as a view that looks straight at the plane."""
    plane = section.plane
    width, height = patch.width * patch.pixel[0], patch.height * patch.pixel[1]
    middle = plane.point(patch.left * patch.pixel[0] + width / 2, patch.top * patch.pixel[1] + height / 2)
    back = scale(plane.forward, -100 * source.info.box.diagonal)
    view = View(
        volume=source.info.name,
        camera=Camera(add(middle, back), middle, scale(plane.down, -1), Orthographic(height)),
        channels=section.channels,
        mode=Oblique(middle, plane.forward, section.thickness, section.projection),
        size=(patch.width, patch.height),
        labels=section.labels,
    )
    return ReferenceRenderer().render(source, view, Quality(step=0.25)).array


def look(source: Volume, **said: object) -> tuple[Section, Patch]:
    channels = (ChannelIntent(0, "plasma", (200, 1400), gamma=1.5),)
    intent = SectionIntent(channels=channels, **said)  # type: ignore[arg-type]
    section = resolve_section(intent, source.info, source.statistics)
    width, height = section.plane.extent
    pixel = max(width / SIZE[0], height / SIZE[1]) * 0.9
    return section, Patch(0, 0, int(width / pixel), int(height / pixel), (pixel, pixel))


def center(source: Volume, axis: int) -> float:
    level = source.info.levels[0]
    return level.origin[2 - axis] + level.shape[2 - axis] // 2 * level.spacing[2 - axis]


@pytest.mark.parametrize("labels", [(), (LabelsIntent("cells", 0.4),)], ids=["alone", "with labels"])
@pytest.mark.parametrize("axis", ["x", "y", "z"])
def test_a_plane_through_voxel_centres(axis: str, labels: tuple[LabelsIntent, ...]) -> None:
    source = volume()
    place = AxisIntent(axis, center(source, "xyz".index(axis)))  # type: ignore[arg-type]
    section, patch = look(source, plane=place, labels=labels)
    compare(source, section, patch)


def tilted(source: Volume) -> ObliqueIntent:
    """A rectangle through the middle of the volume, turned about all axes."""
    box = source.info.box
    right: Vec3 = (0.8, 0.36, 0.48)
    down = cross((-0.6, 0.48, 0.64), right)
    side = min(box.extent) * 0.8
    assert abs(dot(right, down)) < 1e-9
    corner = add(box.center, add(scale(right, -0.6 * side), scale(down, -0.4 * side)))
    return ObliqueIntent(corner, scale(right, 1.2 * side), scale(down, 0.8 * side))


@pytest.mark.parametrize("labels", [(), (LabelsIntent("cells", 0.4),)], ids=["alone", "with labels"])
def test_an_oblique_plane(labels: tuple[LabelsIntent, ...]) -> None:
    source = volume()
    section, patch = look(source, plane=tilted(source), labels=labels)
    compare(source, section, patch)


@pytest.mark.parametrize("projection", ["mip", "minip", "mean", "sum"])
@pytest.mark.parametrize("plane", ["z", "x", "tilted"])
def test_a_slab(plane: str, projection: str) -> None:
    source = volume()
    thickness = min(source.info.box.extent) * 0.4
    place: AxisIntent | ObliqueIntent = tilted(source)
    if plane != "tilted":
        axis = "xyz".index(plane)
        # From voxel centres to voxel centres: between them a renderer sees what no voxel has.
        place, thickness = AxisIntent(plane, center(source, axis)), 4 * source.info.levels[0].spacing[2 - axis]  # type: ignore[arg-type]
    section, patch = look(source, plane=place, slab=SlabIntent(projection, thickness))  # type: ignore[arg-type]
    if projection == "sum":
        # In its own units a sum of this is far beyond the window.
        channels = tuple(
            replace(channel, transfer=replace(channel.transfer, unit_distance=thickness))
            for channel in section.channels
        )
        section = replace(section, channels=channels)
    compare(source, section, patch, mean=2.0)


def compare(source: Volume, section: Section, patch: Patch, mean: float = 1.0) -> None:
    tile = draw(source, section, patch, Bricks(2**26), Job())
    expected = rendered(source, section, patch)
    inside = tile[..., 3] == 255
    assert inside.mean() > 0.5
    assert expected[inside][:, :3].std() > 20
    off = np.abs(tile[inside][:, :3].astype(float) - expected[inside][:, :3])
    assert off.mean() < mean, off.mean()
