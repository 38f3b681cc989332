"""What the members of a session share: one volume, one view and its version, and who may steer; pure.

Each member sees the view in a size and at a pace of its own. A change is made on the newest view, and every change
makes a new version: who says which version a change was made for (`base`) does not overwrite what it has not seen.
"""

import dataclasses
import math
import secrets
from dataclasses import dataclass

from msgspec.structs import replace

from render import ladder
from render.errors import BadRequest, Busy, Conflict, Forbidden, NotFound
from render.scene import View
from render.volume.info import VolumeInfo
from viewer_bridge import navigate
from viewer_bridge.protocol import Change, Input, Member, Role, SetView, Size
from viewer_bridge.stream import check_streamable

SCRIPT = 0
"""The member by whose id scripts change things: members have others."""

MOST_MEMBERS = 64
"""Of one session; each draws and encodes pictures of its own."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A volume and the view of it that the server chose at first, the home of `reset`."""

    info: VolumeInfo
    home: View
    budget: ladder.Budget


MOST_SEATS = 1024
"""Members whose role is known when they come back."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where somebody sits who comes in: `key` is theirs over all their connections, empty at first.

    A guest's ticket `expires` (in seconds since 1970), and so does the seat.
    """

    role: Role
    key: str = ""
    expires: float = math.inf


class Session:
    """The state of a session of this `name`. Every method but the properties is an event."""

    def __init__(self, name: str, scene: Scene, view: View) -> None:
        self.name, self.version = name, 0
        self._members: dict[int, Member] = {}
        self._seats: dict[int, Seat] = {}
        self._roles: dict[str, Role] = {}
        self._been_pilots: set[str] = set()
        self._newest_member = 0
        # Part of the view -> the version in which it was changed last, and by whom.
        self._changes: dict[str, tuple[int, int]] = {}
        self.scene, self.view = scene, view
        self.move(scene, view)

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(self._members.values())

    def role(self, member: int) -> Role:
        return self._members[member].role

    def view_for(self, size: Size) -> View:
        """The view as a member sees it whose picture has this size."""
        return replace(self.view, size=size)

    def seat(self, member: int) -> Seat:
        return self._seats[member]

    def join(self, name: str, seat: Seat) -> int:
        """The id of a new member, who has the role that was theirs when they left. Busy where there are too many."""
        if len(self._members) >= MOST_MEMBERS:
            raise Busy(f"{len(self._members)} are in session {self.name!r}, and no more can join")
        self._newest_member += 1
        member, key = self._newest_member, seat.key or secrets.token_urlsafe(9)
        self._seats[member] = dataclasses.replace(seat, key=key)
        self._members[member] = Member(member, name, seat.role)
        self._give(member, self._roles.get(key, seat.role))
        return member

    def leave(self, member: int) -> None:
        """Where no pilot is left, the member gets the hat back who came first of those who have had it."""
        del self._members[member], self._seats[member]
        if all(one.role == "viewer" for one in self._members.values()):
            heir = next((one for one, seat in self._seats.items() if seat.key in self._been_pilots), None)
            if heir is not None:
                self._give(heir, "pilot")

    def _give(self, member: int, role: Role) -> None:
        self._members[member] = replace(self._members[member], role=role)
        key = self._seats[member].key
        self._roles.pop(key, None)
        self._roles[key] = role
        if role == "pilot":
            self._been_pilots.add(key)
        if len(self._roles) > MOST_SEATS:
            oldest = next(iter(self._roles))
            del self._roles[oldest]
            self._been_pilots.discard(oldest)

    def hand(self, member: int, to: int, keep: bool) -> None:
        """The hat of the pilot `member` goes to another. Forbidden for a viewer, NotFound where nobody is `to`."""
        self.check_pilot(member, "pass the pilot's hat")
        if to not in self._members:
            raise NotFound(f"member {to}: the members are {', '.join(map(str, self._members))}")
        if to == member:
            raise BadRequest(f"member {to}: that is you, and the hat is yours")
        if not keep:
            self._give(member, "viewer")
        self._give(to, "pilot")

    def check_pilot(self, member: int, what: str) -> None:
        """Forbidden where the member only watches."""
        if self._members[member].role != "pilot":
            raise Forbidden(f"only a pilot may {what}: you are watching this session")

    def steer(self, member: int, message: Input, size: Size) -> View:
        """Where an input of a member with a picture of `size` leads to; its view, perhaps of another size.

        Forbidden for a viewer, unless it is only about its own size; Conflict where somebody else has changed the same
        parts of the view since `base`; RenderError where the view cannot be shown: then nothing has changed.
        """
        if _only_size(message):
            changed = navigate.apply(message, self.view_for(size), self.scene.home, self.scene.info)
            check_streamable(changed, self.scene.info)
            return changed
        self.check_pilot(member, "change the view")
        changed = navigate.apply(message, self.view_for(size), self.scene.home, self.scene.info)
        if isinstance(message, Change | SetView) and message.base is not None:
            self._check_parts(member, message.base, _parts(self.view, changed))
        self.move(self.scene, changed, member)
        return changed

    def merge(self, change: Change) -> None:
        """A script changes parts of the view, whatever the others are. RenderError."""
        self.move(self.scene, navigate.apply(change, self.view, self.scene.home, self.scene.info))

    def check_version(self, base: int | None) -> None:
        """Conflict where `base` is given and is not the version of the view."""
        if base is not None and base != self.version:
            raise Conflict(f"the view is version {self.version} and was changed since version {base}: look at it first")

    def move(self, scene: Scene, view: View, member: int = SCRIPT) -> None:
        """The session shows this from now on, or RenderError and it stays as it is."""
        check_streamable(view, scene.info)
        ladder.final_quality(scene.info, view, scene.budget)
        self.version += 1
        self._changes |= dict.fromkeys(_parts(self.view, view), (self.version, member))
        self.scene, self.view = scene, view

    def _check_parts(self, member: int, base: int, parts: set[str]) -> None:
        for part in sorted(parts):
            version, by = self._changes.get(part, (0, member))
            if by != member and version > base:
                raise Conflict(
                    f"{part}: somebody else has changed it in version {version}, after {base}: look at it first"
                )


def _parts(before: View, after: View) -> set[str]:
    """What differs between two views, in words: each field but the size, and each channel by itself."""
    fields = {name for name in View.__struct_fields__ if name not in ("size", "channels")}
    differing = {name for name in fields if getattr(before, name) != getattr(after, name)}
    old, new = ({channel.index: channel for channel in view.channels} for view in (before, after))
    return differing | {f"channel {index}" for index in old.keys() | new.keys() if old.get(index) != new.get(index)}


def _only_size(message: Input) -> bool:
    """Whether an input changes how large its client's own picture is, and nothing that others see."""
    return isinstance(message, Change) and message == Change(message.input, size=message.size)
