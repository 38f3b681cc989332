"""Which level a picture is drawn from: what fits, and what the picture can show."""

import msgspec
import pytest

from render.errors import BadRequest
from render.intent import face_plane, orbit
from render.ladder import DRAFT_BYTES, Budget, draft_and_final, final_quality
from render.scene import Channel, Labels, Slice, TransferFunction, View
from render.volume.info import ChannelInfo, Level, VolumeInfo
from render.volume.levels import choose_level, device_bytes

GIB = 2**30


def pyramid(size: int = 2048, levels: int = 5, channels: int = 1, thickness: float = 1.0) -> VolumeInfo:
    """A cube of `size` voxels whose levels halve all axes, with z `thickness` times as coarse as x and y."""
    made = tuple(
        Level(
            str(i),
            (size >> i,) * 3,
            (64, 64, 64),
            (thickness * 2**i, 2.0**i, 2.0**i),
            (0.0, 0.0, 0.0),
        )
        for i in range(levels)
    )
    return VolumeInfo("cube", (), "uint16", made, tuple(ChannelInfo("") for _ in range(channels)))


def view_of(info: VolumeInfo, size: tuple[int, int] = (1024, 1024), zoom: float = 1.0, visible: int = 1) -> View:
    transfer = TransferFunction((0.0, 1.0), 1.0)
    channels = tuple(Channel(i, transfer, i < visible) for i in range(len(info.channels)))
    return View("cube", orbit(info, size, zoom=zoom), channels, size=size)


def facing(info: VolumeInfo, height: float, size: tuple[int, int]) -> View:
    camera = face_plane(info, (0.0, 0.0, 1.0), size, zoom=info.box.extent[1] * 1.08 / height)
    return msgspec.structs.replace(view_of(info), camera=camera, size=size, mode=Slice("z", 10.0))


@pytest.mark.parametrize(
    ("height", "level"),
    [
        # 512 pixels high: a pixel is 0.5, 1, 2, 3.7 and 8 world units; a voxel of level n is 2 ** n.
        pytest.param(256, 0, id="half a voxel a pixel"),
        pytest.param(512, 0, id="a voxel a pixel"),
        pytest.param(1024, 1, id="two voxels a pixel"),
        pytest.param(1900, 2, id="nearly four voxels a pixel"),
        pytest.param(4096, 3, id="eight voxels a pixel"),
        pytest.param(400000, 4, id="no coarser level"),
    ],
)
def test_a_voxel_is_not_much_smaller_than_a_pixel(height: float, level: int) -> None:
    info = pyramid(1024)
    assert choose_level(info, facing(info, height, (512, 512)), 1000 * GIB) == level


@pytest.mark.parametrize(
    ("depth", "z"),
    [
        pytest.param(1, 1.0, id="an image, whose absent z has spacing 1"),
        pytest.param(50, 2.0, id="a volume of which only x and y are halved"),
    ],
)
def test_a_spacing_that_all_levels_share_says_nothing_of_what_they_lose(depth: int, z: float) -> None:
    made = (Level(str(i), (depth, 4096 >> i, 4096 >> i), (1, 64, 64), (z, 2.0**i, 2.0**i), (0, 0, 0)) for i in range(6))
    info = VolumeInfo("flat", (), "uint8", tuple(made), (ChannelInfo(""),))
    assert choose_level(info, facing(info, 4096, (1024, 1024)), 1000 * GIB) == 2  # 4 world units a pixel


def test_a_region_shows_what_the_whole_would() -> None:
    info = pyramid()
    whole = facing(info, 1024, (512, 512))
    camera = msgspec.structs.replace(whole.camera, region=(0.25, 0.5, 0.5, 0.75))
    assert choose_level(info, msgspec.structs.replace(whole, camera=camera, size=(128, 128)), 1000 * GIB) == 1


@pytest.mark.parametrize(("visible", "level"), [(1, 1), (2, 2), (4, 2)])
def test_the_visible_channels_fit_the_budget(visible: int, level: int) -> None:
    info = pyramid(channels=4)
    budget = 5 * GIB  # level 1 is 1024^3: 4.6 GiB a channel; level 2 is 0.58 GiB
    assert choose_level(info, view_of(info, (4096, 4096), visible=visible), budget) == level


@pytest.mark.parametrize(
    ("labels", "lean", "level"),
    [
        # Level 1 is 4.6 GiB a channel or label image, and 2.4 GiB a lean channel of 16 bits.
        pytest.param(0, False, 1, id="a channel"),
        pytest.param(1, False, 2, id="a channel and labels"),
        pytest.param(1, True, 2, id="a lean channel and labels, which are never lean"),
        pytest.param(0, True, 1, id="a lean channel"),
    ],
)
def test_labels_have_to_fit_the_budget_too(labels: int, lean: bool, level: int) -> None:
    info = pyramid()
    shown = tuple(Labels(f"cells {i}", 1.0) for i in range(labels))
    view = msgspec.structs.replace(view_of(info, (4096, 4096)), labels=shown)
    assert choose_level(info, view, 5 * GIB, lean) == level
    assert final_quality(info, view, Budget(6 * GIB, lean)).level == level


def test_lean_layouts_show_a_level_that_the_fast_ones_cannot() -> None:
    info = pyramid()
    view = view_of(info, (4096, 4096))
    assert [choose_level(info, view, 3 * GIB, lean) for lean in (False, True)] == [2, 1]


def test_what_cannot_fit_is_refused_with_the_numbers() -> None:
    info = pyramid(levels=1)
    with pytest.raises(BadRequest, match=r"level, 0, is 2048 x 2048 x 2048, which takes 37683 MiB .* 1024 MiB"):
        choose_level(info, view_of(info), GIB)


def test_a_channel_larger_than_a_device_can_index_is_not_drawn_however_large_the_budget() -> None:
    info = pyramid()  # level 0 is 36.8 GiB in one channel
    assert choose_level(info, view_of(info, (64, 64), zoom=1000), 1000 * GIB) == 1


def test_inside_the_volume_the_finest_level_that_fits_is_drawn() -> None:
    info = pyramid(1024)
    assert choose_level(info, view_of(info, (64, 64), zoom=1000), 1000 * GIB) == 0


def test_a_draft_is_of_a_coarser_level_that_is_quick_to_load() -> None:
    info = pyramid()
    view = view_of(info)
    draft, final = draft_and_final(info, view, Budget(5 * GIB))
    assert (final.step, final.scale, final.level) == (0.5, 1.0, 1)
    assert draft.level >= final.level
    assert device_bytes(info.levels[draft.level], 1) <= DRAFT_BYTES


@pytest.mark.parametrize(
    ("budget", "final"),
    [
        # 4.6 bytes a voxel: level 1 is 4.6 GiB, level 2 589 MiB, and the draft's level 3 74 MiB.
        pytest.param(4720 * 2**20, 2, id="level 1 fits alone but not beside its draft"),
        pytest.param(4790 * 2**20, 1, id="both fit"),
        pytest.param(80 * 2**20, 3, id="the draft's own level is the final one"),
    ],
)
def test_the_levels_of_a_draft_and_of_its_final_picture_stay_in_memory_together(budget: int, final: int) -> None:
    info = pyramid()
    view = view_of(info, (4096, 4096))
    qualities = draft_and_final(info, view, Budget(budget))
    assert [quality.level for quality in qualities] == [3, final]
    assert sum(device_bytes(info.levels[level], 1) for level in {quality.level for quality in qualities}) <= budget
