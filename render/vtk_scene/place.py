"""A View as VTK is told it: around the middle of the level, and all that cuts the volume as planes."""

from dataclasses import replace

from msgspec import structs

from render.geometry import Vec3, add, scale, subtract
from render.scene import MIP, Clip, ClipPlane, Mean, MinIP, Mode, Oblique, Plane, Slice, Sum, View, unit_normal
from render.volume.info import Level, VolumeInfo
from render.volume.pose import straight_view
from render.vtk_scene.limits import cutting

PROJECTIONS: dict[str, Mode] = {"mip": MIP(), "minip": MinIP(), "mean": Mean(), "sum": Sum()}


def straight(level: Level, view: View, info: VolumeInfo) -> View:
    """The view in the frame in which the level's array is straight. BadRequest where too many planes cut the level."""
    turned, faces = straight_view(view, info)
    if not faces:
        return turned
    planes = cutting((*turned.clip.planes, *faces), level.box)
    return structs.replace(turned, clip=Clip(planes=planes))


def centered(level: Level, view: View) -> tuple[Level, View]:
    """Both in a world whose origin is the middle of the level.

    VTK counts in float32 on the device: voxels of 0.001 at 1 000 000 would all be in one place.
    """
    center = level.box.center
    x, y, z = center
    origin = (level.origin[0] - z, level.origin[1] - y, level.origin[2] - x)
    camera = structs.replace(
        view.camera,
        position=subtract(view.camera.position, center),
        target=subtract(view.camera.target, center),
    )
    mode = view.mode
    if isinstance(mode, Slice):
        mode = structs.replace(mode, position=mode.position - center["xyz".index(mode.axis)])
    if isinstance(mode, Oblique):
        mode = structs.replace(mode, point=subtract(mode.point, center))
    clip = _moved(view.clip, center)
    return replace(level, origin=origin), structs.replace(view, camera=camera, mode=mode, clip=clip)


def clip_planes(clip: Clip) -> tuple[ClipPlane, ...]:
    """The planes of a clip, with six for its box."""
    if clip.box is None:
        return clip.planes
    lower, upper = clip.box
    axes: tuple[Vec3, ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    faces = [ClipPlane(lower, axis) for axis in axes] + [ClipPlane(upper, scale(axis, -1)) for axis in axes]
    return (*faces, *clip.planes)


def slab(plane: Plane) -> tuple[Mode, tuple[ClipPlane, ...]]:
    """A plane that has a thickness as what VTK knows: a projection, and the two planes that it is between."""
    normal = unit_normal(plane)
    half = scale(normal, plane.thickness / 2)
    near = ClipPlane(subtract(plane.point, half), normal)
    far = ClipPlane(add(plane.point, half), scale(normal, -1))
    return PROJECTIONS[plane.projection], (near, far)


def _moved(clip: Clip, center: Vec3) -> Clip:
    box = clip.box and (subtract(clip.box[0], center), subtract(clip.box[1], center))
    planes = tuple(ClipPlane(subtract(plane.point, center), plane.normal) for plane in clip.planes)
    return Clip(box, planes)
