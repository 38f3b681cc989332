"""What VTK does not draw as a View means it, and refuses: nothing that is asked for is left out without a word."""

import numpy as np

from render.errors import BadRequest
from render.geometry import Box, dot, subtract
from render.scene import DVR, Clip, ClipPlane, Iso, Quality, View
from render.vtk_scene.image import DRAWN_TYPES

EXACT = frozenset({*DRAWN_TYPES, "float16", "float32"})
"""Types of which VTK draws every number as it is."""

GREYS = 256
"""A window has to hold as many numbers at least."""

MOST_PLANES = 8
"""How many clip planes there are in the shaders of VTK's OpenGL ray caster."""


def check_drawn(view: View, quality: Quality) -> None:
    """BadRequest that names all of what is asked for and not drawn."""
    missing = [
        name
        for name, wanted in (
            ("labels", bool(view.labels)),
            ("annotations", _annotated(view)),
            ("depth", quality.depth),
            *_missing_surfaces(view),
        )
        if wanted
    ]
    if missing:
        raise BadRequest(f"vtk draws no {', no '.join(missing)}: use the compute renderer")


def check_numbers(dtype: str, view: View) -> None:
    """BadRequest for a window that is lost where VTK makes wide numbers of this type float32."""
    if dtype in EXACT:
        return
    for channel in view.visible_channels:
        low, high = channel.transfer.window
        apart = float(np.spacing(np.float32(max(abs(low), abs(high)))))
        if high - low < GREYS * apart:
            raise BadRequest(
                f"vtk draws {dtype} as float32, whose numbers are {apart:g} apart around {high:g}: too far for a "
                f"window of {high - low:g}, use the compute renderer"
            )


def cutting(planes: tuple[ClipPlane, ...], box: Box) -> tuple[ClipPlane, ...]:
    """Those planes that cut something off `box`. BadRequest where they are more than VTK has."""
    cuts = tuple(plane for plane in planes if any(not _keeps(plane, corner) for corner in box.corners))
    if len(cuts) > MOST_PLANES:
        raise BadRequest(
            f"vtk clips by at most {MOST_PLANES} planes, faces of a clip box and of a slab included, "
            f"and {len(cuts)} cut this volume: use the compute renderer"
        )
    return cuts


def _keeps(plane: ClipPlane, point: tuple[float, float, float]) -> bool:
    return dot(subtract(point, plane.point), plane.normal) >= 0


def _annotated(view: View) -> bool:
    return view.annotations.bounding_box or view.annotations.axes or view.annotations.scale_bar


def _missing_surfaces(view: View) -> list[tuple[str, bool]]:
    mode = view.mode
    if isinstance(mode, DVR):
        return [("isosurfaces inside a volume", bool(mode.isosurfaces)), ("planes inside a volume", bool(mode.planes))]
    if isinstance(mode, Iso):
        surfaces = [(surface.channel, surface.value) for surface in mode.isosurfaces]
        channels = {surface.channel for surface in mode.isosurfaces}
        return [
            ("planes between isosurfaces", bool(mode.planes)),
            ("isosurfaces of several channels", len(channels) > 1),
            ("two isosurfaces at one value", len(set(surfaces)) < len(surfaces)),
            ("closed cuts of isosurfaces", view.clip != Clip()),
        ]
    return []
