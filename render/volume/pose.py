"""A View of a rotated volume, as it is in the frame in which the array's axes are straight; pure.

Renderers draw straight volumes only: a rotated one is drawn by turning all that is around it the other way.
"""

from msgspec.structs import replace

from render.geometry import Pose, Vec3
from render.scene import DVR, Clip, ClipPlane, DirectionalLight, Iso, Light, Mode, Oblique, Plane, Slice, View
from render.volume.info import VolumeInfo

AXES: tuple[Vec3, ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def straight_view(view: View, info: VolumeInfo) -> tuple[View, tuple[ClipPlane, ...]]:
    """`view` in the straight frame of the volume, the same object where it is not rotated; and the faces of a clip box.

    The faces are beside the view, which has no clip box then, because they come on top of its own six planes; () where
    there is no box or the volume is not rotated.
    """
    if not info.rotated:
        return view, ()
    pose, clip = info.pose, view.clip
    camera = replace(
        view.camera,
        position=pose.to_straight(view.camera.position),
        target=pose.to_straight(view.camera.target),
        up=pose.straightened(view.camera.up),
    )
    straight = replace(
        view,
        camera=camera,
        mode=_mode(view.mode, pose),
        clip=Clip(planes=tuple(_clip_plane(plane, pose) for plane in clip.planes)),
        lights=tuple(_light(light, pose) for light in view.lights),
    )
    faces = () if clip.box is None else _faces(*clip.box)
    return straight, tuple(_clip_plane(plane, pose) for plane in faces)


def _mode(mode: Mode, pose: Pose) -> Mode:
    match mode:
        case Slice() | Oblique():
            return _plane(mode, pose)
        case DVR(planes=planes) | Iso(planes=planes) if planes:
            return replace(mode, planes=tuple(_plane(plane, pose) for plane in planes))
    return mode


def _plane(plane: Plane, pose: Pose) -> Oblique:
    normal = pose.straightened(plane.normal)
    return Oblique(pose.to_straight(plane.point), normal, plane.thickness, plane.projection)


def _clip_plane(plane: ClipPlane, pose: Pose) -> ClipPlane:
    return ClipPlane(pose.to_straight(plane.point), pose.straightened(plane.normal))


def _light(light: Light, pose: Pose) -> Light:
    if isinstance(light, DirectionalLight):
        return replace(light, direction=pose.straightened(light.direction))
    return light


def _faces(lower: Vec3, upper: Vec3) -> tuple[ClipPlane, ...]:
    """The faces of a box, as planes that keep what is inside."""
    inward = [ClipPlane(lower, axis) for axis in AXES]
    return (*inward, *(ClipPlane(upper, (-x, -y, -z)) for x, y, z in AXES))
