"""How colours answer to light: Blinn-Phong, as `scene.Shading` says it."""

from dataclasses import dataclass
from types import ModuleType

import drjit as dr

from render.compute.device import Var, Vec, dot3, floats, larger, smaller
from render.compute.rays import Rays
from render.geometry import dot, normalize, subtract, to_world
from render.scene import Camera, DirectionalLight, Light, Shading
from render.volume.info import Level


@dataclass(slots=True, eq=False)
class Material:
    """Shading and lights as the numbers that kernels read; made once a picture.

    How many lights there are, whether there is a depth cue and whether the shininess is a power of two are in the
    kernel; all else are numbers. `cue` (a, b, c, d) is how far a position in voxels is, 0 at the near end of the box
    and 1 at the far one.
    """

    shininess: int
    central: bool
    cued: bool
    lights: int
    numbers: Var
    cue: Var


def plan_material(
    device: ModuleType, shading: Shading, lights: tuple[Light, ...], view: tuple[Camera, Level]
) -> Material:
    """What a picture of a level from a camera is lit by."""
    power = round(shading.shininess)
    whole = power == shading.shininess and power & (power - 1) == 0
    numbers = [shading.ambient, shading.diffuse, shading.specular, shading.floor, shading.shininess, shading.depth_cue]
    for light in lights:
        shining = normalize(light.direction) if isinstance(light, DirectionalLight) else (0.0, 0.0, 0.0)
        numbers += [*shining, *(light.intensity * part for part in light.color)]
    return Material(
        shininess=power if whole else 0,
        central=shading.gradient == "central",
        cued=shading.depth_cue > 0,
        lights=len(lights),
        numbers=floats(device, numbers),
        cue=floats(device, _cue(*view)),
    )


def _cue(camera: Camera, level: Level) -> tuple[float, ...]:
    depths = [dot(subtract(corner, camera.position), camera.forward) for corner in level.box.corners]
    near, extent = min(depths), max(depths) - min(depths)
    first = dot(subtract(to_world(level.origin), camera.position), camera.forward) - near
    a, b, c = (f * s / extent for f, s in zip(camera.forward, to_world(level.spacing), strict=True))
    return (a, b, c, first / extent)


@dataclass(slots=True, eq=False)
class Lamp:
    """A light on a ray: the direction to it, the one halfway to the eye, and its colour times its intensity."""

    direction: Vec
    halfway: Vec
    color: Vec


class Lighting:
    """The lights on rays; made in a kernel, before it marches."""

    def __init__(self, device: ModuleType, matter: Material, rays: Rays) -> None:
        self._matter = matter
        self._device = device
        values = [dr.gather(device.Float, matter.numbers, k) for k in range(6 + 6 * matter.lights)]
        self._ambient, self._diffuse, self._specular, self._floor, self._shininess, self._depth_cue = values[:6]
        self._eye = [-part for part in rays.toward]
        self._lamps = [self._lamp(values[k : k + 6]) for k in range(6, len(values), 6)]
        self._cue = [dr.gather(device.Float, matter.cue, k) for k in range(4)]

    @property
    def central(self) -> bool:
        """Whether gradients are central differences."""
        return self._matter.central

    def _lamp(self, numbers: list[Var]) -> Lamp:
        """A light from its direction, (0, 0, 0) for one at the eye, and its colour."""
        shining = numbers[:3]
        at_eye = dot3(shining, shining) < 0.5
        direction = [dr.select(at_eye, e, -s) for e, s in zip(self._eye, shining, strict=True)]
        halfway = [d + e for d, e in zip(direction, self._eye, strict=True)]
        shorter = dr.rsqrt(dot3(halfway, halfway) + 1e-12)
        return Lamp(direction, [h * shorter for h in halfway], numbers[3:])

    def lit_by_gradient(self, color: Vec, gradient: Vec, position: Vec) -> Vec:
        """`color` where the gradient (x, y, z) is in shares of the window per smallest voxel side."""
        squared = dot3(gradient, gradient)
        weight = squared / (squared + self._floor * self._floor + 1e-12)
        shorter = dr.rsqrt(squared + 1e-12)
        return self.lit(color, [g * shorter for g in gradient], weight, position)

    def lit(self, color: Vec, normal: Vec, weight: Var, position: Vec) -> Vec:
        """`color` of what has this unit normal, on either side; `weight` 0..1 is how much it answers to light."""
        zero = self._device.Float(0)
        # Both sides of a surface are lit alike: the normal is turned to the eye.
        side = dr.select(dot3(normal, self._eye) < 0, -1, self._device.Float(1))
        plain, glossy = 1 + weight * (self._ambient - 1), weight * self._specular
        diffuse, answer = weight * self._diffuse, [zero, zero, zero]
        shares: Vec = [plain, plain, plain]
        for lamp in self._lamps:
            facing = diffuse * larger(side * dot3(normal, lamp.direction), zero)
            shine = glossy * self._shine(larger(side * dot3(normal, lamp.halfway), zero))
            shares = [share + facing * part for share, part in zip(shares, lamp.color, strict=True)]
            answer = [one + shine * part for one, part in zip(answer, lamp.color, strict=True)]
        lit = [c * share + one for c, share, one in zip(color, shares, answer, strict=True)]
        return self._cued(lit, position) if self._matter.cued else lit

    def _shine(self, cosine: Var) -> Var:
        if not self._matter.shininess:
            return dr.exp2(self._shininess * dr.log2(larger(cosine, self._device.Float(1e-6))))
        for _ in range(self._matter.shininess.bit_length() - 1):
            cosine = cosine * cosine
        return cosine

    def _cued(self, color: Vec, position: Vec) -> Vec:
        a, b, c, d = self._cue
        away = smaller(larger(dot3([a, b, c], position) + d, self._device.Float(0)), self._device.Float(1))
        left = 1 - self._depth_cue * away
        return [part * left for part in color]
