"""Drawing: how one View of one level is drawn on a device, from rays to what they see."""

from collections.abc import Callable
from dataclasses import dataclass

from render.compute.emission import Layer, Matter
from render.compute.field import Field
from render.compute.framing import HalfSpace
from render.compute.march import Picture, march
from render.compute.prepare import LabelsOnDevice, Preparation, Sampling, half_space
from render.compute.project import Values, extreme, integral, projected, thin_plane
from render.compute.rays import Rays
from render.compute.shade import Lighting, plan_material
from render.compute.surfaces import march_surfaces
from render.geometry import Vec3, dot, normalize, scale, subtract, to_world
from render.geometry import add as add_points
from render.scene import DVR, MIP, Iso, Mean, MinIP, Oblique, Plane, Slice, Sum, View
from render.volume.info import Level

NEARLY = 1e-3
"""In voxels: what is cut off by less is not cut."""

Draw = Callable[[Rays, bool], Picture]
"""What rays see, and where if asked."""


@dataclass(frozen=True, slots=True, eq=False)
class Voxels:
    """The fields of a view's visible channels and its labels, in the order of the view."""

    channels: list[Field]
    labels: list[LabelsOnDevice]


class Drawing:
    """A View of a level; `view` is straight, see `volume.pose`."""

    def __init__(self, prepare: Preparation, view: View, level: Level, sampling: Sampling, voxels: Voxels) -> None:
        self._prepare, self._view, self._level, self._sampling, self._voxels = prepare, view, level, sampling, voxels
        self._channels = [(f, c.transfer) for f, c in zip(voxels.channels, view.visible_channels, strict=True)]
        self._labels = [prepare.label_layer(one, sampling) for one in voxels.labels]
        self._light = plan_material(prepare.device, view.shading, view.lights, (view.camera, level))
        self.draw = self._plan()
        """The kernel's text; call it while it is traced."""

    @property
    def slab(self) -> tuple[HalfSpace, ...]:
        """The faces of a plane with a thickness."""
        mode = self._view.mode
        return slab_faces(mode) if isinstance(mode, Slice | Oblique) and mode.thickness > 0 else ()

    def _plan(self) -> Draw:
        match self._view.mode:
            case DVR() | Iso() as mode:
                return self._marching(mode)
            case Slice() | Oblique() as plane if not plane.thickness:
                return self._thin(plane)
            case MIP() | Slice(projection="mip") | Oblique(projection="mip"):
                return self._extreme(largest=True)
            case MinIP() | Slice(projection="minip") | Oblique(projection="minip"):
                return self._extreme(largest=False)
            case Mean() | Slice(projection="mean") | Oblique(projection="mean"):
                return self._integral(mean=True)
            case Sum() | Slice() | Oblique():
                return self._integral(mean=False)

    def _marching(self, mode: DVR | Iso) -> Draw:
        layers = self._layers()
        labels, sampling, prepare = self._voxels.labels, self._sampling, self._prepare
        emitting = layers if isinstance(mode, DVR) else []
        visible = self._channels if isinstance(mode, DVR) else []
        if not mode.isosurfaces and not mode.planes:
            if not visible and not labels:
                return self._nothing(layers)
            words = prepare.emission_words(visible, labels, sampling)
            return lambda rays, deep: march(self._material(rays, emitting, mode.shaded), rays, words, deep)
        by_index = {
            channel.index: (layer, channel.transfer)
            for layer, channel in zip(layers, self._view.visible_channels, strict=True)
        }
        surfaces = prepare.surfaces(mode, by_index, self._level, emitting=bool(emitting or labels))
        crossed = prepare.crossed(surfaces)
        words = prepare.surface_words(visible, labels, sampling, crossed, self._first_field)

        def draw(rays: Rays, deep: bool) -> Picture:
            matter = self._material(rays, layers, mode.shaded, emitting)
            return march_surfaces(matter, rays, words, surfaces, deep)

        return draw

    def _thin(self, plane: Plane) -> Draw:
        layers = self._layers()
        sheet = self._prepare.sheet(plane, self._level)
        return lambda rays, deep: thin_plane(self._material(rays, layers, shaded=False), rays, sheet)

    def _extreme(self, largest: bool) -> Draw:
        transfers = [transfer for _, transfer in self._channels]

        def ranked(deep: bool) -> list[Layer]:
            # Where a picture saturates, a depth is still that of the largest value.
            pairs = zip(self._layers(), transfers, strict=True)
            return [self._prepare.ranked(layer, transfer, largest, deep) for layer, transfer in pairs]

        return self._projected(ranked, lambda matter, rays: extreme(matter, rays, largest))

    def _integral(self, mean: bool) -> Draw:
        layers = self._layers()
        return self._projected(lambda deep: layers, lambda matter, rays: integral(matter, rays, mean))

    def _projected(self, layers: Callable[[bool], list[Layer]], values: Callable[[Matter, Rays], Values]) -> Draw:
        labels = self._voxels.labels
        words = self._prepare.emission_words([], labels, self._sampling) if labels else None

        def draw(rays: Rays, deep: bool) -> Picture:
            over = None
            if words is not None:
                over = march(self._material(rays, [], shaded=False), rays, words, deep)
            matter = self._material(rays, layers(deep), shaded=False)
            return projected(matter, rays, values(matter, rays), over)

        return draw

    def _nothing(self, layers: list[Layer]) -> Draw:
        return lambda rays, deep: Picture([rays.span * 0] * 3, rays.span * 0, rays.span * 0 - 1)

    def _layers(self) -> list[Layer]:
        return [self._prepare.layer(*one, self._level, self._sampling) for one in self._channels]

    @property
    def _first_field(self) -> Field:
        return (self._voxels.channels or [one.field for one in self._voxels.labels])[0]

    def _material(self, rays: Rays, layers: list[Layer], shaded: bool, emitting: list[Layer] | None = None) -> Matter:
        device = self._prepare.device
        lighting = Lighting(device, self._light, rays) if shaded else None
        scale = [self._level.voxel_length / spacing for spacing in to_world(self._level.spacing)]
        return Matter(device, layers, layers if emitting is None else emitting, self._labels, lighting, scale)


def clip_faces(view: View, more: tuple[HalfSpace, ...] = ()) -> tuple[HalfSpace, ...]:
    """The half spaces of a view's clip: its planes, and the faces of its box."""
    planes = tuple((plane.point, plane.normal) for plane in view.clip.planes)
    if view.clip.box is None:
        return (*more, *planes)
    lower, upper = view.clip.box
    axes: tuple[Vec3, ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    faces = tuple(face for axis in axes for face in ((lower, axis), (upper, scale(axis, -1))))
    return (*faces, *more, *planes)


def cutting(faces: tuple[HalfSpace, ...], level: Level) -> tuple[HalfSpace, ...]:
    """Those half spaces that cut something off a level's box.

    A face that lies on the box's own would be entered before it or after it by the last digit of a number, and what is
    cut is drawn otherwise than what ends.
    """
    least = -NEARLY * level.voxel_length
    return tuple(
        (point, normal)
        for point, normal in faces
        if any(dot(normalize(normal), subtract(corner, point)) < least for corner in level.box.corners)
    )


def slab_faces(plane: Plane) -> tuple[HalfSpace, ...]:
    """The half spaces between which a plane with a thickness lies."""
    point, normal = half_space(plane)
    normal = normalize(normal)
    away = scale(normal, plane.thickness / 2)
    return ((subtract(point, away), normal), (add_points(point, away), scale(normal, -1)))
