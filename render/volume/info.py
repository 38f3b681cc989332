"""What is known about a volume before a voxel is read."""

from dataclasses import dataclass

import numpy as np

from render.errors import BadRequest, NotFound
from render.geometry import Box, Pose, Shape3, Spacing3, Vec3, bounds_of, cells_box, to_world

Window = tuple[float, float]

Direction = tuple[Vec3, Vec3, Vec3]
"""A rotation as a matrix, its rows in the order x, y, z."""

STRAIGHT: Direction = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the pyramid; `shape`, `chunks`, `spacing` and `origin` are (z, y, x).

    Where the file has no such axis there is one voxel, as thick as the finest level's voxels are wide. `origin`
    is the world position of the centre of voxel (0, 0, 0).
    """

    path: str
    shape: Shape3
    chunks: Shape3
    spacing: Spacing3
    origin: Spacing3

    @property
    def box(self) -> Box:
        """The world box of all cells, (x, y, z)."""
        return cells_box(self.shape, self.spacing, self.origin)

    @property
    def voxel_length(self) -> float:
        """The smallest spacing among the axes with more than one voxel: what a sampling step of 1 is measured in."""
        several = [s for s, n in zip(self.spacing, self.shape, strict=True) if n > 1]
        return min(several or self.spacing)

    @property
    def voxels(self) -> int:
        return self.shape[0] * self.shape[1] * self.shape[2]


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What the metadata say of a channel; None where they are silent, and the product then chooses from the data."""

    label: str
    color: str | None = None
    window: Window | None = None
    active: bool = True
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class AxisInfo:
    """An axis as the file has it, in the file's order."""

    name: str
    type: str
    unit: str


@dataclass(frozen=True, slots=True)
class VolumeInfo:
    """A volume's name, axes, pyramid (finest level first), channels, labels and times.

    `unit` is that of lengths, "" where unknown; `time_step` is in `time_unit`. `notes` says, in sentences for a user,
    what was assumed where the metadata are missing and what is lost in drawing. Levels and `box` are in the straight
    frame, in which the array's axes run along x, y and z; `direction` is the rotation from there to the world, about
    the centre of the finest level's first voxel (ITK). `anatomical`: the world is a body's, x towards its left, y
    towards its back, z towards its head (LPS).
    """

    name: str
    axes: tuple[AxisInfo, ...]
    dtype: str
    levels: tuple[Level, ...]
    channels: tuple[ChannelInfo, ...]
    labels: tuple[str, ...] = ()
    unit: str = ""
    times: int = 1
    time_step: float = 1.0
    time_unit: str = ""
    notes: tuple[str, ...] = ()
    direction: Direction = STRAIGHT
    anatomical: bool = False

    @property
    def rotated(self) -> bool:
        """Whether the array's axes are not those of the world."""
        return self.direction != STRAIGHT

    @property
    def pose(self) -> Pose:
        """Between the world and the straight frame."""
        return Pose(self.direction, to_world(self.levels[0].origin))

    @property
    def box(self) -> Box:
        """The box of the finest level in the straight frame; of a volume that is not rotated that is the world."""
        return self.levels[0].box

    @property
    def corners(self) -> list[Vec3]:
        """The corners of the volume in the world."""
        return [self.pose.to_world(corner) for corner in self.box.corners] if self.rotated else self.box.corners

    @property
    def bounds(self) -> Box:
        """The smallest world box that holds the volume; around the same centre as the volume's own."""
        return bounds_of(self.corners) if self.rotated else self.box

    @property
    def voxel_bytes(self) -> int:
        """Bytes of one decoded voxel of one channel."""
        return np.dtype(self.dtype).itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all voxels of the finest level, decoded, all channels and times."""
        return self.levels[0].voxels * len(self.channels) * self.times * self.voxel_bytes

    def check(self, *, level: int = 0, channel: int = 0, time: int = 0) -> None:
        """NotFound, with the numbers, where there is no such level, channel or time."""
        for what, index, count in (
            ("level", level, len(self.levels)),
            ("channel", channel, len(self.channels)),
            ("time", time, self.times),
        ):
            if not 0 <= index < count:
                plural = what if count == 1 else what + "s"
                raise NotFound(f"{self.name}: no {what} {index}, it has {count} {plural} (0 to {count - 1})")

    def check_position(self, axis: str, position: float) -> None:
        """BadRequest, with the numbers, where `position` on "x", "y" or "z" is outside the volume."""
        at = "xyz".index(axis)
        low, high = self.bounds.lower[at], self.bounds.upper[at]
        if not low <= position <= high:
            raise BadRequest(f"{self.name}: position {position} on {axis}: it is {low:g} to {high:g}")
