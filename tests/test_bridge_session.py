"""What the members of a session share, and who may change it: inputs in, views out."""

import dataclasses

import numpy as np
import pytest
from msgspec.structs import replace

from render.errors import BadRequest, Busy, Conflict, Forbidden, NotFound, RenderError
from render.intent import Intent, resolve
from render.ladder import Budget
from render.scene import DVR, MIP, Labels, View
from tests.arrays import memory_volume
from viewer_bridge.protocol import Change, Input, Member, Orbit, Reset, SetView, Zoom
from viewer_bridge.session import MOST_MEMBERS, Scene, Seat, Session

VOLUME = memory_volume(np.zeros((6, 10, 14), np.uint8), name="a")
OTHER = memory_volume(np.zeros((3, 5, 7), np.uint8), name="b")
SMALL, LARGE = (64, 48), (300, 500)


def scene_of(volume=VOLUME, budget: int = 2**20) -> Scene:
    view = resolve(Intent(size=SMALL), volume.info, volume.statistics)
    return Scene(volume.info, view, Budget(budget))


@pytest.fixture
def session() -> Session:
    """With the pilot 1 and the viewer 2."""
    scene = scene_of()
    shared = Session("rounds", scene, scene.home)
    assert (shared.join("ann", Seat("pilot")), shared.join("bob", Seat("viewer"))) == (1, 2)
    return shared


def test_members_are_listed_as_they_came_and_ids_are_not_used_again(session: Session) -> None:
    session.leave(1)
    session.join("cy", Seat("pilot"))
    assert session.members == (Member(2, "bob", "viewer"), Member(3, "cy", "pilot"))


def test_no_more_join_than_can_be_served(session: Session) -> None:
    for _ in range(MOST_MEMBERS - 2):
        session.join("", Seat("viewer"))
    with pytest.raises(Busy, match="64 are in session 'rounds', and no more can join"):
        session.join("late", Seat("pilot"))
    session.leave(2)
    session.join("late", Seat("pilot"))


def test_every_change_makes_a_version_and_all_see_it_in_their_size(session: Session) -> None:
    before = session.version
    mine = session.steer(1, Change(2, mode=MIP()), SMALL)
    theirs = session.view_for(LARGE)
    assert (mine.size, theirs.size) == (SMALL, LARGE)
    assert replace(mine, size=LARGE) == theirs
    assert mine.mode == MIP()
    assert session.version == before + 1


def test_a_change_is_made_on_the_newest_view(session: Session) -> None:
    session.join("cy", Seat("pilot"))
    session.steer(1, Change(2, mode=MIP()), SMALL)
    session.steer(3, Change(2, background=(1.0, 0.0, 0.0, 1.0)), LARGE)
    assert (session.view.mode, session.view.background) == (MIP(), (1.0, 0.0, 0.0, 1.0))


def test_a_size_is_ones_own(session: Session) -> None:
    version, view = session.version, session.view
    assert session.steer(2, Change(2, size=LARGE), SMALL).size == LARGE
    assert session.steer(1, Change(2, size=(20, 30)), SMALL).size == (20, 30)
    assert (session.version, session.view) == (version, view)


def test_a_size_that_comes_with_something_else_is_both(session: Session) -> None:
    version = session.version
    view = session.steer(1, Change(2, size=LARGE, mode=MIP()), SMALL)
    assert (view.size, view.mode) == (LARGE, MIP())
    assert session.version == version + 1


@pytest.mark.parametrize(
    "message",
    [
        Orbit(2, 0.1, 0.0),
        Zoom(2, 1.1),
        Change(2, mode=DVR()),
        Change(2, size=LARGE, time=0),
        Change(2, base=1, size=LARGE),
        SetView(2, scene_of().home),
        Reset(2),
    ],
    ids=["orbit", "zoom", "change", "a size and more", "a size for a version", "view", "reset"],
)
def test_a_viewer_only_watches(session: Session, message: Input) -> None:
    version, view = session.version, session.view
    with pytest.raises(Forbidden, match="only a pilot may change the view: you are watching this session"):
        session.steer(2, message, SMALL)
    assert (session.version, session.view) == (version, view)


@pytest.mark.parametrize("of_view", [False, True], ids=["change", "view"])
def test_what_somebody_else_has_changed_since_is_not_overwritten(session: Session, of_view: bool) -> None:
    def asked(base: int | None) -> Input:
        return SetView(2, replace(session.view, mode=MIP()), base) if of_view else Change(2, base=base, mode=MIP())

    session.hand(1, to=2, keep=True)
    seen = session.version
    session.steer(2, Change(2, mode=DVR(shaded=False)), SMALL)
    view = session.view
    with pytest.raises(Conflict, match="mode: somebody else has changed it in version 2, after 1: look at it first"):
        session.steer(1, asked(seen), SMALL)
    assert (session.version, session.view) == (seen + 1, view)
    session.steer(1, asked(session.version), SMALL)
    assert (session.version, session.view.mode) == (seen + 2, MIP())
    session.steer(2, asked(None), SMALL)
    assert session.version == seen + 3


def test_other_parts_and_ones_own_changes_are_no_conflict(session: Session) -> None:
    session.hand(1, to=2, keep=True)
    seen = session.version
    session.steer(2, Orbit(2, 0.1, 0.0), SMALL)
    (channel,) = session.view.channels
    for number, color in enumerate(("red", "green"), start=2):
        changed = replace(channel, transfer=replace(channel.transfer, colormap=color))
        session.steer(1, Change(number, base=seen, channels=(changed,)), SMALL)
    assert session.view.channels == (changed,)
    with pytest.raises(Conflict, match="channel 0: somebody else has changed it"):
        session.steer(2, Change(3, base=seen, channels=(channel,)), SMALL)


def test_a_script_s_part_leaves_the_others_as_they_are(session: Session) -> None:
    session.steer(1, Orbit(2, 0.1, 0.0), SMALL)
    camera = session.view.camera
    session.merge(Change(0, background=(1.0, 0.0, 0.0, 1.0)))
    assert (session.view.camera, session.view.background) == (camera, (1.0, 0.0, 0.0, 1.0))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (Change(2, time=7), "no time 7, it has 1 time"),
        (Change(2, time=-1), "time -1: must be 0 or more"),
        (Change(2, labels=(Labels("cells", 1.0),)), "no labels 'cells'; there are: none"),
        (Change(2, size=(5000, 10)), "size 5000 x 10: a stream shows at most 4096"),
        (SetView(2, replace(scene_of().home, size=(5000, 10))), "size 5000 x 10: a stream shows at most 4096"),
        (SetView(2, scene_of(OTHER).home), "view of 'b': the open volume is 'a'"),
    ],
    ids=[
        "a time that is not there",
        "a time below 0",
        "labels that are not there",
        "a picture too large",
        "a view too large",
        "a view of another volume",
    ],
)
def test_an_input_that_is_refused_changes_nothing(session: Session, message: Input, words: str) -> None:
    version, view = session.version, session.view
    with pytest.raises(RenderError, match=words):
        session.steer(1, message, SMALL)
    assert (session.version, session.view) == (version, view)


def test_reset_goes_back_to_what_the_server_chose(session: Session) -> None:
    home = session.scene.home
    session.steer(1, Change(2, mode=MIP(), background=(1.0, 1.0, 1.0, 1.0)), SMALL)
    session.steer(1, Orbit(3, 0.3, 0.1), SMALL)
    session.steer(1, Reset(4, "camera"), SMALL)
    assert (session.view.mode, session.view.background) == (MIP(), (1.0, 1.0, 1.0, 1.0))
    session.steer(1, Reset(5, "view"), SMALL)
    assert (session.view.mode, session.view.background) == (home.mode, home.background)
    assert session.view.camera.position == pytest.approx(home.camera.position)


def test_the_hat_is_passed_or_shared(session: Session) -> None:
    session.hand(1, to=2, keep=False)
    assert (session.role(1), session.role(2)) == ("viewer", "pilot")
    session.steer(2, Orbit(2, 0.1, 0.0), SMALL)
    with pytest.raises(Forbidden):
        session.steer(1, Orbit(2, 0.1, 0.0), SMALL)
    session.hand(2, to=1, keep=True)
    assert (session.role(1), session.role(2)) == ("pilot", "pilot")


def test_a_hat_that_is_passed_to_oneself_stays(session: Session) -> None:
    with pytest.raises(BadRequest, match="member 1: that is you"):
        session.hand(1, to=1, keep=False)
    assert session.role(1) == "pilot"


def test_who_comes_back_has_the_role_that_was_theirs_and_not_that_of_an_older_ticket(session: Session) -> None:
    session.hand(1, to=2, keep=False)
    lent = session.seat(2)
    session.hand(2, to=1, keep=False)
    session.leave(2)
    back = session.join("bob", dataclasses.replace(lent, role="pilot"))
    assert session.role(back) == "viewer"


def test_a_session_that_its_pilot_has_left_goes_back_to_who_had_the_hat_before(session: Session) -> None:
    session.join("cy", Seat("viewer"))
    session.hand(1, to=2, keep=False)
    session.leave(2)
    assert [member.role for member in session.members] == ["pilot", "viewer"]
    session.leave(1)
    assert [member.role for member in session.members] == ["viewer"]


def test_only_a_pilot_passes_the_hat_and_only_to_a_member(session: Session) -> None:
    with pytest.raises(Forbidden, match="only a pilot may pass the pilot's hat"):
        session.hand(2, to=2, keep=False)
    with pytest.raises(NotFound, match="member 9: the members are 1, 2"):
        session.hand(1, to=9, keep=False)
    assert (session.role(1), session.role(2)) == ("pilot", "viewer")


def test_the_session_moves_to_another_volume_with_its_members(session: Session) -> None:
    there, version = scene_of(OTHER), session.version
    session.move(there, there.home)
    assert (session.view.volume, session.version) == ("b", version + 1)
    assert [member.id for member in session.members] == [1, 2]
    assert session.steer(1, Change(2, mode=MIP()), SMALL).volume == "b"


@pytest.mark.parametrize(
    ("scene", "view", "words"),
    [
        (scene_of(OTHER), scene_of().home, "view of 'a': the open volume is 'b'"),
        (scene_of(OTHER, budget=100), scene_of(OTHER).home, "the budget is"),
    ],
    ids=["a view of another volume", "a volume that does not fit"],
)
def test_a_session_that_cannot_move_stays(session: Session, scene: Scene, view: View, words: str) -> None:
    version, before = session.version, session.view
    with pytest.raises(BadRequest, match=words):
        session.move(scene, view)
    assert (session.version, session.view, session.scene.info.name) == (version, before, "a")


def test_a_view_that_leaves_no_room_in_memory_is_refused() -> None:
    # Two times of 14 x 10 x 6 voxels in one channel fit no more than one does; a session begins only where one does.
    info = dataclasses.replace(VOLUME.info, times=2)
    scene = Scene(info, scene_of().home, Budget(100))
    with pytest.raises(BadRequest, match="the budget is"):
        Session("rounds", scene, scene.home)
