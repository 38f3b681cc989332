"""Renderers against the reference, scene by scene: each mode and feature from an odd angle.

The volume is asymmetric, anisotropic and away from the origin, smooth between voxels and of several times its window,
so that colours change quickly along rays. Its labels are two blobs, one of them of a huge id.
"""

from functools import cache

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from render.backends.base import Renderer
from render.frame import Frame
from render.geometry import Vec3
from render.scene import (
    DVR,
    MIP,
    Camera,
    Channel,
    Clip,
    ClipPlane,
    DirectionalLight,
    Headlight,
    Iso,
    Isosurface,
    Labels,
    Mean,
    MinIP,
    Oblique,
    OpacityCurve,
    Orthographic,
    Perspective,
    Quality,
    Shading,
    Slice,
    Sum,
    TransferFunction,
    View,
)
from render.volume.volume import Volume
from tests.arrays import labelled_volume
from tests.cases import RendererCase
from tests.reference import ReferenceRenderer

SHAPE, SPACING, ORIGIN = (9, 14, 17), (1.7, 0.9, 0.6), (-40.0, 7.0, 103.0)
CENTER: Vec3 = (103.0 + 0.6 * 8, 7.0 + 0.9 * 6.5, -40.0 + 1.7 * 4)
SIZE = (48, 36)

FROM_ABOVE = Camera((CENTER[0] + 17, CENTER[1] - 23, CENTER[2] + 19), CENTER, (0.1, 0.2, 1.0), Perspective(26.0))
FROM_BELOW = Camera((CENTER[0] - 20, CENTER[1] - 9, CENTER[2] - 16), CENTER, (0.3, -1.0, 0.1), Orthographic(14.0))
INSIDE = Camera((CENTER[0] + 1, CENTER[1] - 2, CENTER[2] + 1.5), CENTER, (0.0, 0.3, 1.0), Perspective(95.0))

CURVE = OpacityCurve(((300.0, 0.0), (600.0, 0.5), (900.0, 0.1), (1400.0, 0.9)))
FIRST = TransferFunction((200.0, 1200.0), 5.0, "viridis", opacity=((0.0, 0.0), (0.4, 0.1), (1.0, 0.7)), gamma=0.8)
SECOND = TransferFunction((100.0, 1300.0), 3.0, "#ff6000", opacity=CURVE, inverted=True)
STEEP = TransferFunction(
    (200.0, 1200.0), 5.0, "viridis", opacity=((0.0, 0.0), (1.0, 0.9)), gradient_opacity=((0.2, 0.0), (1.5, 1.0))
)

CELLS = Labels("cells", 3.0, 0.4)
CUTS = Clip(
    box=((103.5, 8.0, -39.5), (111.0, 17.0, -27.0)),
    planes=(ClipPlane((104.0, 12.0, -34.0), (1.0, 0.4, -0.3)), ClipPlane((106.0, 10.0, -29.0), (-0.2, 0.3, -1.0))),
)
LIGHTS = (Headlight(0.6, (1.0, 0.9, 0.8)), DirectionalLight((0.5, 1.0, -0.7), 0.7, (0.6, 0.8, 1.0)))
OBLIQUE = Oblique(CENTER, (0.4, -0.7, 0.5))
SURFACES = (Isosurface(650.0, color=(0.9, 0.5, 0.2), opacity=0.4), Isosurface(1120.0, color=(0.2, 0.5, 0.9)))


def waves(phase: float) -> NDArray[np.float32]:
    """Values of 0 to 1500, with waves of 8 to 20 voxels."""
    z, y, x = np.indices(SHAPE, dtype=np.float64)
    wave = np.sin(x / 2.1 + phase) + np.cos(y / 1.9 - 0.3 * x + phase) + np.sin(z / 1.6 + 0.2 * y)
    return (750 + 250 * wave).astype(np.float32)


@cache
def volume(channels: int = 1, holes: bool = False) -> Volume:
    """The volume of the scenes; with `holes`, some voxels are no numbers."""
    array = np.stack([waves(0.7 * channel) for channel in range(channels)])
    if holes:
        array[:, 2:4, 5:8, 6:9], array[0, 7, 2, 11] = np.nan, np.inf
    z, y, x = np.indices(SHAPE)
    ids = np.where((z - 5) ** 2 * 3 + (y - 4) ** 2 + (x - 11) ** 2 < 20, 2**63 + 11, 0).astype(np.uint64)
    ids[(z - 3) ** 2 * 3 + (y - 9) ** 2 + (x - 6) ** 2 < 18] = 4
    return labelled_volume(array, ids, {4: (1.0, 0.3, 0.6, 1.0)}, SPACING, ORIGIN)


def scene(mode: object, *transfers: TransferFunction, camera: Camera = FROM_ABOVE, **changes: object) -> View:
    channels = tuple(Channel(index, transfer) for index, transfer in enumerate(transfers or (FIRST,)))
    parts = {"volume": "memory", "camera": camera, "channels": channels, "mode": mode, "size": SIZE}
    return View(**parts | {"background": (0.1, 0.2, 0.3, 1.0)} | changes)  # type: ignore[arg-type]


UNLIT = DVR(shaded=False)
SCENES = {
    "dvr": scene(UNLIT),
    "dvr, orthographic": scene(UNLIT, camera=FROM_BELOW),
    "dvr from inside": scene(UNLIT, camera=INSIDE),
    "dvr, opacity curve, inverted": scene(UNLIT, SECOND),
    "dvr, gradient opacity": scene(UNLIT, STEEP),
    "dvr, two channels": scene(UNLIT, FIRST, SECOND),
    "dvr, lit": scene(DVR()),
    "dvr, lit, two channels": scene(DVR(), FIRST, SECOND, camera=FROM_BELOW),
    "dvr, two lights, depth cue": scene(DVR(), lights=LIGHTS, shading=Shading(depth_cue=0.7, shininess=9.0)),
    "dvr, central gradient": scene(DVR(), shading=Shading(gradient="central"), camera=FROM_BELOW),
    "dvr, clipped": scene(UNLIT, clip=CUTS),
    "dvr, lit, clipped": scene(DVR(), clip=CUTS, camera=FROM_BELOW),
    "dvr with labels": scene(UNLIT, labels=(CELLS,)),
    "dvr, lit, with labels": scene(DVR(), labels=(CELLS,), camera=FROM_BELOW),
    "dvr with isosurfaces": scene(DVR(isosurfaces=SURFACES)),
    "dvr with planes": scene(DVR(planes=(Slice("z", -33.0), OBLIQUE), shaded=False), labels=(CELLS,)),
    "iso": scene(Iso(SURFACES)),
    "iso, two channels, lights": scene(
        Iso((*SURFACES, Isosurface(520.0, channel=1, opacity=0.6))), FIRST, SECOND, lights=LIGHTS, camera=FROM_BELOW
    ),
    "iso, clipped": scene(Iso(SURFACES), clip=CUTS),
    "iso, unlit, with a plane and labels": scene(
        Iso(SURFACES[:1], planes=(OBLIQUE,), shaded=False), labels=(CELLS,), camera=FROM_BELOW
    ),
    "mip": scene(MIP()),
    "mip, two channels, clipped": scene(MIP(), FIRST, SECOND, clip=CUTS, camera=FROM_BELOW),
    "mip with labels": scene(MIP(), labels=(CELLS,)),
    "minip": scene(MinIP(), camera=FROM_BELOW),
    "mean": scene(Mean()),
    "sum": scene(Sum(), TransferFunction((200.0, 1900.0), 5.0, "magma"), camera=FROM_BELOW),
    "slice": scene(Slice("y", 12.3), FIRST, SECOND),
    "slice with an outline": scene(Slice("z", -33.0), labels=(Labels("cells", 3.0, 0.6, outline=True),)),
    "slab": scene(Slice("x", 107.0, 3.0, "mip"), camera=FROM_BELOW),
    "slab of a mean with labels": scene(Slice("z", -33.0, 2.5, "mean"), labels=(CELLS,)),
    "oblique": scene(OBLIQUE, labels=(CELLS,)),
    "oblique slab of a sum": scene(
        Oblique(CENTER, (0.4, -0.7, 0.5), 4.0, "sum"), TransferFunction((200.0, 1200.0), 5.0, "magma")
    ),
}

HOLES = {
    "dvr": SCENES["dvr"],
    "dvr, two channels": SCENES["dvr, two channels"],
    "mip": SCENES["mip"],
    "minip": SCENES["minip"],
    "mean": SCENES["mean"],
    "sum": SCENES["sum"],
    "slice": scene(Slice("z", -35.5)),
    "iso": scene(Iso((Isosurface(650.0, opacity=0.4), Isosurface(1250.0, color=(0.2, 0.5, 0.9))))),
}
"""Scenes that are also drawn with voxels that are no numbers."""

DEEP = {
    name: SCENES[name] for name in ("dvr", "dvr from inside", "dvr with isosurfaces", "iso", "slice", "oblique")
} | {
    "mip": scene(MIP(), msgspec.structs.replace(FIRST, window=(-100.0, 1600.0))),
    "iso, clipped": scene(Iso(tuple(msgspec.structs.replace(each, opacity=0.7) for each in SURFACES)), clip=CUTS),
}
"""Scenes whose depths are compared. A window holds all values: those above it are as good as its upper end."""

STEP = 0.1
"""In voxels. Both sample in the middle of intervals: that is fine enough for waves of 8 voxels and more."""


TYPES = {
    "uint8": (0.125, 0.0),
    "int8": (0.125, -100.0),
    "uint16": (30.0, 10.0),
    "int16": (10.0, -9000.0),
    "uint32": (1000.0, 3e9),
    "int32": (1e6, -1e9),
    "uint64": (1e3, 1e15),
    "float64": (1e-3, 500.0),
}
"""Voxel type -> by what the waves are multiplied, and what is then added, to fill much of it."""


def truth(seen: Volume, view: View) -> Frame:
    """What the reference draws."""
    drawn = ReferenceRenderer().render(seen, view, Quality(step=STEP, depth=True))
    assert np.ptp(drawn.array[..., :3], axis=(0, 1)).max() > 60, "there is nothing in the picture"
    return drawn


@cache
def expected(name: str, holes: bool = False) -> Frame:
    """What the reference draws of a scene, once for all renderers."""
    view = HOLES[name] if holes else SCENES[name]
    return truth(volume(len(view.channels), holes), view)


class Comparison(RendererCase):
    """Mean difference 1 grey level of 255 at most, and 4 in any pixel."""

    step = STEP

    def compare(self, drawn: Frame, expected: Frame) -> None:
        difference = np.abs(drawn.array.astype(int) - expected.array)
        row, column, _ = np.unravel_index(difference.argmax(), difference.shape)
        assert difference.mean() <= 1, f"{difference.mean():.2f} grey levels apart on average"
        assert difference.max() <= 4, (
            f"{difference.max()} grey levels apart at row {row}, column {column}: {drawn.array[row, column]} is not "
            f"{expected.array[row, column]}; so are {(difference > 4).any(axis=2).sum()} pixels"
        )


class AgreementTests(Comparison):
    """For a renderer that draws everything."""

    @pytest.mark.parametrize("name", SCENES)
    def test_a_scene_is_what_the_reference_draws(self, renderer: Renderer, name: str) -> None:
        view = SCENES[name]
        self.compare(renderer.render(volume(len(view.channels)), view, self.quality), expected(name))

    @pytest.mark.parametrize("dtype", TYPES)
    def test_voxels_of_every_type_are_what_the_reference_draws(self, renderer: Renderer, dtype: str) -> None:
        factor, offset = TYPES[dtype]
        array = (waves(0.0).astype(np.float64) * factor + offset).astype(dtype)
        stored = labelled_volume(array, np.zeros(SHAPE, np.uint8), {}, SPACING, ORIGIN)
        low, high = (end * factor + offset for end in FIRST.window)
        view = scene(DVR(), msgspec.structs.replace(FIRST, window=(low, high)))
        self.compare(renderer.render(stored, view, self.quality), truth(stored, view))

    @pytest.mark.parametrize("name", HOLES)
    def test_holes_are_what_the_reference_draws(self, renderer: Renderer, name: str) -> None:
        view = HOLES[name]
        drawn = renderer.render(volume(len(view.channels), holes=True), view, self.quality)
        self.compare(drawn, expected(name, holes=True))

    @pytest.mark.parametrize("name", DEEP)
    def test_depths_are_what_the_reference_says(self, renderer: Renderer, name: str) -> None:
        view = DEEP[name]
        seen = volume(len(view.channels))
        found = renderer.render(seen, view, Quality(step=STEP, depth=True)).depth
        known = truth(seen, view).depth
        assert found is not None
        assert known is not None
        # Where light comes from a long stretch evenly, its strongest place is not known to a step; a ray may have two.
        same = (np.isnan(found) & np.isnan(known)) | (np.abs(found - known) < 0.3)
        assert same.mean() > 0.98, f"{(~same).sum()} pixels differ"
