"""The way of a camera from one pose to another; pure.

The camera turns about one axis, by the shortest arc, and nears its target by equal factors in equal times: an orbit
keeps its distance, where a straight line between the two positions would cut through the volume. The target moves
across the picture at a steady rate: what was zoomed in at a point is zoomed in at that point all along.
"""

import math
from dataclasses import dataclass

from msgspec.structs import replace

from render.geometry import Vec3, add, cross, dot, length, rotate, scale, subtract
from render.scene import Camera, Orthographic, Perspective

HALF_TURN = 1e-9
"""Of cos(angle / 2): what is closer to half a turn has two shortest arcs, and rounding would choose."""


@dataclass(frozen=True, slots=True)
class Way:
    """From `start` to `end`. A kind of projection holds until the end, which shows the target as large."""

    start: Camera
    end: Camera

    def at(self, share: float) -> Camera:
        """The camera after a share, 0 to 1, of the way."""
        axis, degrees = turn(self.start, self.end)
        forward = rotate(self.start.forward, axis, degrees * share)
        height = self.start.picture_height * math.exp(self._zoom * share)
        target = add(self.start.target, scale(self._shift, self._crossed(share)))
        fov, projection = _fov(self.start), self.start.projection
        if isinstance(projection, Perspective):
            fov += (_fov(self.end) - fov) * share if isinstance(self.end.projection, Perspective) else 0.0
            distance = height / 2 / math.tan(math.radians(fov) / 2)
            projection = Perspective(fov)
        else:
            distance = _distance(self.start) ** (1 - share) * _distance(self.end) ** share
            projection = Orthographic(height)
        return replace(
            self.start,
            position=subtract(target, scale(forward, distance)),
            target=target,
            up=rotate(self.start.true_up, axis, degrees * share),
            projection=projection,
        )

    @property
    def motion(self) -> tuple[float, ...]:
        """The same all along the way: radians about x, y, z, picture heights along x, y, z, the zoom's logarithm."""
        axis, degrees = turn(self.start, self.end)
        across = scale(self._shift, _ratio(self._zoom) / self.start.picture_height)
        return (*scale(axis, math.radians(degrees)), *across, self._zoom)

    @property
    def _shift(self) -> Vec3:
        return subtract(self.end.target, self.start.target)

    @property
    def _zoom(self) -> float:
        return math.log(self.end.picture_height / self.start.picture_height)

    def _crossed(self, share: float) -> float:
        """The share of its way that the target has made, so that it goes as fast as the picture is large."""
        return share * _ratio(self._zoom) / _ratio(self._zoom * share)


def turn(start: Camera, end: Camera) -> tuple[Vec3, float]:
    """(axis, degrees 0 to 180) of the rotation that turns what `start` sees upright into what `end` does.

    By Shepperd's method, which is exact at half a turn too. There it goes to the right, as a turntable does.
    """
    rows = _rotation(start, end)
    trace = rows[0][0] + rows[1][1] + rows[2][2]
    i = max(range(3), key=lambda k: rows[k][k])
    j, k = (i + 1) % 3, (i + 2) % 3
    vector = [0.0, 0.0, 0.0]
    if trace > rows[i][i]:
        w = 1 + trace
        vector = [rows[2][1] - rows[1][2], rows[0][2] - rows[2][0], rows[1][0] - rows[0][1]]
    else:
        w = rows[k][j] - rows[j][k]
        vector[i] = 1 + rows[i][i] - rows[j][j] - rows[k][k]
        vector[j], vector[k] = rows[j][i] + rows[i][j], rows[k][i] + rows[i][k]
    axis: Vec3 = (vector[0], vector[1], vector[2])
    size = length(axis)
    if size == 0:
        return start.true_up, 0.0
    backwards = dot(axis, start.true_up) < 0 if abs(w) < HALF_TURN * size else w < 0
    return scale(axis, (-1 if backwards else 1) / size), math.degrees(2 * math.atan2(size, abs(w)))


def turned(start: Vec3, end: Vec3, share: float) -> Vec3:
    """The unit direction after a share of the shortest arc; `start` where they are opposite: no arc is the shortest."""
    start, end = scale(start, 1 / length(start)), scale(end, 1 / length(end))
    axis = cross(start, end)
    sine = length(axis)
    if sine < HALF_TURN:
        return start
    return rotate(start, scale(axis, 1 / sine), share * math.degrees(math.atan2(sine, dot(start, end))))


def _rotation(start: Camera, end: Camera) -> list[list[float]]:
    """The rows of the matrix that turns one camera's right, up and forward into the other's."""
    pairs = ((end.right, start.right), (end.true_up, start.true_up), (end.forward, start.forward))
    return [[sum(b[row] * a[column] for b, a in pairs) for column in range(3)] for row in range(3)]


def _ratio(zoom: float) -> float:
    """zoom / (e^zoom - 1)."""
    return zoom / math.expm1(zoom) if zoom else 1.0


def _fov(camera: Camera) -> float:
    return camera.projection.fov if isinstance(camera.projection, Perspective) else 0.0


def _distance(camera: Camera) -> float:
    return length(subtract(camera.target, camera.position))
