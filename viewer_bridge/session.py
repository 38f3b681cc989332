"""What the members of a session share: one volume, one view and its version, and who may steer; pure.

Each member sees the view in a size and at a pace of its own. A change is made on the newest view, and every change
makes a new version: who says which version a change was made for (`base`) does not overwrite what it has not seen.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from render import ladder
from render.errors import Busy, Conflict, Forbidden, NotFound
from render.scene import View
from render.volume.info import VolumeInfo
from viewer_bridge import navigate
from viewer_bridge.protocol import Change, Input, Member, Role, SetView, Size
from viewer_bridge.stream import check_streamable

MOST_MEMBERS = 64
"""Of one session; each draws and encodes pictures of its own."""


@dataclass(frozen=True, slots=True)
class Scene:
    """A volume and the view of it that the server chose at first, the home of `reset`."""

    info: VolumeInfo
    home: View
    budget: ladder.Budget


class Session:
    """The state of a session of this `name`. Every method but the properties is an event."""

    def __init__(self, name: str, scene: Scene, view: View) -> None:
        self.name, self.version = name, 0
        self._members: dict[int, Member] = {}
        self._newest_member = 0
        self.move(scene, view)

    @property
    def members(self) -> tuple[Member, ...]:
        return tuple(self._members.values())

    def role(self, member: int) -> Role:
        return self._members[member].role

    def view_for(self, size: Size) -> View:
        """The view as a member sees it whose picture has this size."""
        return replace(self.view, size=size)

    def join(self, name: str, role: Role) -> int:
        """The id of a new member. Busy where there are too many."""
        if len(self._members) >= MOST_MEMBERS:
            raise Busy(f"{len(self._members)} are in session {self.name!r}, and no more can join")
        self._newest_member += 1
        self._members[self._newest_member] = Member(self._newest_member, name, role)
        return self._newest_member

    def leave(self, member: int) -> None:
        del self._members[member]

    def hand(self, member: int, to: int, keep: bool) -> None:
        """The hat of the pilot `member` goes to another. Forbidden for a viewer, NotFound where nobody is `to`."""
        self.check_pilot(member, "pass the pilot's hat")
        if to not in self._members:
            raise NotFound(f"member {to}: the members are {', '.join(map(str, self._members))}")
        if not keep:
            self._members[member] = replace(self._members[member], role="viewer")
        self._members[to] = replace(self._members[to], role="pilot")

    def check_pilot(self, member: int, what: str) -> None:
        """Forbidden where the member only watches."""
        if self._members[member].role != "pilot":
            raise Forbidden(f"only a pilot may {what}: you are watching this session")

    def steer(self, member: int, message: Input, size: Size) -> View:
        """Where an input of a member with a picture of `size` leads to; its view, perhaps of another size.

        Forbidden for a viewer, unless it is only about its own size; Conflict where `base` is no longer the version;
        RenderError where the view cannot be shown: then nothing has changed.
        """
        if _only_size(message):
            changed = navigate.apply(message, self.view_for(size), self.scene.home, self.scene.info)
            check_streamable(changed, self.scene.info)
            return changed
        self.check_pilot(member, "change the view")
        if isinstance(message, Change | SetView):
            self.check_base(message.base)
        changed = navigate.apply(message, self.view_for(size), self.scene.home, self.scene.info)
        self.move(self.scene, changed)
        return changed

    def check_base(self, base: int | None) -> None:
        """Conflict where `base` is given and is not the version of the view."""
        if base is not None and base != self.version:
            raise Conflict(f"the view is version {self.version} and was changed since version {base}: look at it first")

    def move(self, scene: Scene, view: View) -> None:
        """The session shows this from now on, or RenderError and it stays as it is."""
        check_streamable(view, scene.info)
        ladder.final_quality(scene.info, view, scene.budget)
        self.scene, self.view = scene, view
        self.version += 1


def _only_size(message: Input) -> bool:
    """Whether an input changes how large its client's own picture is, and nothing that others see."""
    return isinstance(message, Change) and message == Change(message.input, size=message.size)
