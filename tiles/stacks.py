"""Volumes as servers of 2-D pictures count them: images by number, each a stack of planes, times and channels.

The planes of a stack are those across the axis that a request names (z where it names none). A request that places its
plane itself, as `plane=y:30` and oblique ones do, has a stack of one; so has one that says its time.
"""

from collections.abc import Container
from dataclasses import dataclass

from msgspec.structs import replace

from render.errors import BadRequest, NotFound
from render.intent import ChannelIntent
from render.volume.info import VolumeInfo
from render.volume.volume import Volume
from tiles.names import Pairs
from tiles.section import AxisIntent, SectionIntent
from tiles.serving import KEPT, Recent, Serving, Sheet
from tiles.words.dialect import read_section


@dataclass(frozen=True, slots=True)
class Place:
    """Which picture of a stack: None is the default (the plane in the middle, the time and channels of the request)."""

    plane: int | None = None
    time: int | None = None
    channel: int | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """How many planes, times and channels there are, and the world length from one plane to the next."""

    name: str
    planes: int
    times: int
    channels: int
    step: float

    @property
    def frames(self) -> int:
        """Pictures of one channel."""
        return self.channels * self.planes * self.times

    def check(self, place: Place) -> None:
        """NotFound for a place that is not in the stack."""
        for what, index, count in (
            ("z", place.plane, self.planes),
            ("t", place.time, self.times),
            ("c", place.channel, self.channels),
        ):
            if index is not None and not 0 <= index < count:
                raise NotFound(f"{self.name}: no {what} {index}, it has {count} (0 to {count - 1})")

    def frame(self, place: Place) -> int:
        """The number of a picture of one channel where channels are counted first, then planes, then times."""
        return (place.channel or 0) + self.channels * ((place.plane or 0) + self.planes * (place.time or 0))

    def place(self, frame: int) -> Place:
        """The inverse of `frame`. NotFound beyond the last."""
        if not 0 <= frame < self.frames:
            raise NotFound(f"{self.name}: no frame {frame}, it has {self.frames} (0 to {self.frames - 1})")
        rest, channel = divmod(frame, self.channels)
        time, plane = divmod(rest, self.planes)
        return Place(plane, time, channel)


def stack_of(intent: SectionIntent, info: VolumeInfo) -> Stack:
    """The stack that `intent` chooses from."""
    finest = info.levels[0]
    if isinstance(intent.plane, AxisIntent):
        axis = 2 - "xyz".index(intent.plane.axis)
        planes, step = finest.shape[axis], finest.spacing[axis]
    else:
        planes, step = 1, finest.voxel_length
    return Stack(
        name=info.name,
        planes=planes if is_counted(intent) else 1,
        times=1 if intent.time else info.times,
        channels=len(info.channels),
        step=step,
    )


def is_counted(intent: SectionIntent) -> bool:
    """Whether the plane is still to be chosen."""
    plane = intent.plane
    return isinstance(plane, AxisIntent) and plane.index is None and plane.position is None


def placed(intent: SectionIntent, stack: Stack, place: Place) -> SectionIntent:
    """`intent` at one place of its stack. NotFound.

    A channel is shown alone and grey, where the request says nothing of channels.
    """
    stack.check(place)
    plane = intent.plane
    if place.plane is not None and isinstance(plane, AxisIntent) and is_counted(intent):
        plane = AxisIntent(plane.axis, index=place.plane)
    channels = intent.channels
    if place.channel is not None and not (channels or intent.bare):
        channels = (ChannelIntent(place.channel, color="white"),)
    return replace(intent, plane=plane, channels=channels, time=intent.time or place.time or 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request means before a place in the stack is chosen."""

    volume: Volume
    intent: SectionIntent
    said: tuple[tuple[str, str], ...]

    @property
    def stack(self) -> Stack:
        return stack_of(self.intent, self.volume.info)


class Stacks:
    """Volumes by number or name, with sections at places of their stacks. Of one event loop."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self._sheets: Recent[Sheet] = Recent(KEPT)

    def number(self, name: str) -> int:
        """What a volume is called by clients that know images by a number: its place in the server's list, from 1."""
        return self.serving.volumes.names.index(name) + 1

    def split(self, path: str, most: int, least: int = 0) -> tuple[str, list[int]]:
        """ID/3/0/ -> ("ID", [3, 0]), of which there are `least` to `most`, whatever numbers are in a volume's name.

        NotFound where no volume is meant.
        """
        words = path.strip("/").split("/")
        for count in range(least, most + 1):
            text, numbers = "/".join(words[: len(words) - count]), words[len(words) - count :]
            if text and all(map(_is_whole, numbers)):
                name, said = self._named(text)
                # A value of ;key=value has no slash: what looks like one is the numbers after it.
                if name in self.serving.volumes.names and not any("/" in value for _, value in said):
                    return text, [int(word) for word in numbers]
        known = ", ".join(f"{i} ({name})" for i, name in enumerate(self.serving.volumes.names, 1)) or "none"
        raise NotFound(f"no volume in {path!r}; there are: {known[:500]}")

    async def asked(self, text: str, pairs: Pairs) -> Asked:
        """What NUMBER or NAME, either with ;key=value..., and the `pairs` of a query mean. NotFound, BadRequest."""
        name, beside = self._named(text)
        said = [*beside, *pairs]
        intent = read_section(said)
        return Asked(await self.serving.volume(name), intent, tuple(said))

    async def sheet(self, text: str, pairs: Pairs, place: Place | int) -> Sheet:
        """The section at a place of the stack that is asked for, or the frame of this number."""
        key = (text, *pairs, place)
        known = self._sheets.get(key)
        if known is None:
            known = await self.at(await self.asked(text, pairs), place)
            self._sheets.keep(key, known)
        return known

    async def at(self, asked: Asked, place: Place | int) -> Sheet:
        """The section at a place of the stack."""
        stack = asked.stack
        intent = placed(asked.intent, stack, stack.place(place) if isinstance(place, int) else place)
        return await self.serving.resolved(asked.volume.info.name, intent)

    def _named(self, text: str) -> tuple[str, Pairs]:
        """The volume's name; a number is one's place in the list, unless one has that name."""
        name, said = self.serving.named(text)
        names = self.serving.volumes.names
        if name not in names and _is_whole(name) and 1 <= int(name) <= len(names):
            name = names[int(name) - 1]
        return name, said


def read_numbers(name: str, text: str, form: str, counts: Container[int]) -> list[int]:
    """Whole numbers with commas between them, as many as one of `counts`. BadRequest."""
    words = text.split(",")
    if len(words) not in counts or not all(_is_whole(word.strip().removeprefix("-")) for word in words):
        raise BadRequest(f"{name} {text!r}: write {form}, whole numbers with commas between them")
    return [int(word) for word in words]


def _is_whole(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 10
