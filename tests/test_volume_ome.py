"""NGFF metadata of every version, and what is assumed where they are missing or odd. No files: attributes and shapes.

Not checked here: that arrays are read (test_volume_store) and that real sets come out right (test_volume_real).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from render.errors import DataError
from render.volume.info import VolumeInfo
from render.volume.ome import read_multiscale
from render.volume.pyramid import ArrayMeta, Pyramid, build_pyramid


def pyramid(attributes: dict[str, Any], *shapes: Sequence[int], dtype: str = "uint16") -> Pyramid:
    arrays = [ArrayMeta(tuple(shape), tuple(shape), np.dtype(dtype)) for shape in shapes]
    return build_pyramid("sample", read_multiscale(attributes), arrays)


def info(attributes: dict[str, Any], *shapes: Sequence[int], dtype: str = "uint16") -> VolumeInfo:
    return pyramid(attributes, *shapes, dtype=dtype).info


def image(
    axes: object = "zyx", *transformations: list[dict[str, Any]] | None, ngff: str = "0.5", **others: Any
) -> dict[str, Any]:
    """Attributes of an image with one dataset for each list of transformations; None: the key is not there."""
    datasets = [
        {"path": str(index)} | ({} if listed is None else {"coordinateTransformations": listed})
        for index, listed in enumerate(transformations or [None])
    ]
    multiscale: dict[str, Any] = {"datasets": datasets}
    if isinstance(axes, str):
        kinds = {"t": "time", "c": "channel"}
        multiscale["axes"] = [{"name": axis, "type": kinds.get(axis, "space")} for axis in axes]
    elif axes is not None:
        multiscale["axes"] = axes
    return {"ome": {"version": ngff, "multiscales": [multiscale], **others}}


def scale(*numbers: float) -> dict[str, Any]:
    return {"type": "scale", "scale": list(numbers)}


def translation(*numbers: float) -> dict[str, Any]:
    return {"type": "translation", "translation": list(numbers)}


def space(name: str, unit: str | None = None, kind: str | None = "space") -> dict[str, Any]:
    return {"name": name, "type": kind, "unit": unit}


def test_scale_and_translation_place_the_centres_of_the_first_voxels() -> None:
    found = info(
        image("zyx", [scale(3, 1, 0.5), translation(10, 20, 30)], [scale(6, 2, 1), translation(11.5, 20.5, 30.25)]),
        (4, 5, 7),
        (2, 3, 4),
    )
    assert [level.spacing for level in found.levels] == [(3, 1, 0.5), (6, 2, 1)]
    assert [level.origin for level in found.levels] == [(10, 20, 30), (11.5, 20.5, 30.25)]
    # Half a voxel beyond the outer centres, in world order x, y, z.
    assert found.box.lower == (29.75, 19.5, 8.5)
    assert found.box.upper == (33.25, 24.5, 20.5)


def test_levels_without_any_translation_share_their_outer_corner() -> None:
    found = info(image("zyx", [scale(3, 1, 1)], [scale(3, 2, 2)], [scale(6, 4, 4)]), (4, 8, 8), (4, 4, 4), (2, 2, 2))
    assert [level.origin for level in found.levels] == [(0, 0, 0), (0, 0.5, 0.5), (1.5, 1.5, 1.5)]
    assert {level.box.lower for level in found.levels} == {(-0.5, -0.5, -1.5)}


def test_a_translation_in_one_level_speaks_for_all() -> None:
    found = info(image("yx", [scale(1, 1)], [scale(2, 2), translation(0.5, 0.25)]), (6, 8), (3, 4))
    assert [level.origin for level in found.levels] == [(0, 0, 0), (0, 0.5, 0.25)]


def test_transformations_of_all_levels_come_after_each_level_s_own() -> None:
    attributes = image(
        "tyx", [scale(1, 2, 2), translation(0, 1, 1)], [scale(1, 4, 4), translation(0, 2, 2)], ngff="0.4"
    )
    attributes["ome"]["multiscales"][0]["coordinateTransformations"] = [scale(0.1, 10, 20), translation(0, 5, 6)]
    found = info(attributes, (3, 4, 6), (3, 2, 3))
    assert found.time_step == pytest.approx(0.1)
    assert [level.spacing for level in found.levels] == [(20, 20, 40), (20, 40, 80)]
    assert [level.origin for level in found.levels] == [(0, 15, 26), (0, 25, 46)]


@pytest.mark.parametrize(
    "transformations",
    [
        pytest.param([None, None], id="no transformations"),
        pytest.param([[], []], id="empty transformations"),
        pytest.param([[{"type": "identity"}], [{"type": "identity"}]], id="identity"),
    ],
)
def test_without_a_scale_spacing_is_1_and_grows_as_shapes_shrink(transformations: list[Any]) -> None:
    found = info(image("zyx", *transformations), (5, 9, 7), (5, 5, 4))
    assert [level.spacing for level in found.levels] == [(1, 1, 1), (1, 2, 2)]
    assert found.levels[1].origin == (0, 0.5, 0.5)
    assert any("how large its voxels are" in note for note in found.notes)


def test_a_negative_scale_puts_the_origin_at_the_other_end_and_says_so() -> None:
    found = pyramid(image("zyx", [scale(-2, 1, 1), translation(10, 0, 0)]), (4, 5, 7))
    assert found.info.levels[0].spacing == (2, 1, 1)
    assert found.info.levels[0].origin == (4, 0, 0)
    assert found.mirrored == ((0,),)
    assert any("read in reverse" in note for note in found.info.notes)


@pytest.mark.parametrize(
    ("axes", "roles"),
    [
        ("tczyx", "tczyx"),
        ("xyz", "xyz"),
        ("yx", "yx"),
        ("czyx", "czyx"),
        (["t", "c", "z", "y", "x"], "tczyx"),
        ([{"name": "z"}, {"name": "y"}, {"name": "x"}], "zyx"),
        ([space("depth"), space("height"), space("width")], "zyx"),
        ([space("Z"), space("Y"), space("X")], "zyx"),
        ([space("time", kind="time"), space("lambda", kind="channel"), space("y"), space("x")], "tcyx"),
        ([space("angle", kind="custom"), space("y"), space("x")], "?yx"),
        ([space("angle", kind=None), space("y"), space("x")], "?yx"),
        ([space("z", kind="phase"), space("y"), space("x")], "?yx"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) else ",".join(str(a.get("name") if isinstance(a, dict) else a) for a in value)
    ),
)
def test_axes_are_known_by_type_and_name(axes: object, roles: str) -> None:
    assert pyramid(image(axes), (3,) * len(roles)).roles == roles


@pytest.mark.parametrize(("dimensions", "roles"), [(5, "tczyx"), (3, "zyx"), (2, "yx")], ids=["5-D", "3-D", "2-D"])
def test_axes_without_names_are_the_last_of_tczyx(dimensions: int, roles: str) -> None:
    found = pyramid(image(None, ngff="0.1"), (3,) * dimensions)
    assert found.roles == roles
    assert any(", ".join(roles) in note for note in found.info.notes)


def test_a_custom_axis_longer_than_one_is_said_to_be_shown_in_part() -> None:
    found = info(image([space("angle", kind="custom"), space("y"), space("x")]), (4, 5, 7))
    assert any("'angle'" in note and "4" in note for note in found.notes)


@pytest.mark.parametrize(
    ("units", "unit", "spacing", "said"),
    [
        (("micrometer",) * 3, "micrometer", (2, 1, 1), ""),
        (("um", "µm", "microns"), "micrometer", (2, 1, 1), ""),
        (("millimeter", "micrometer", "micrometer"), "micrometer", (2000, 1, 1), "converted to micrometer"),
        (("nanometer", "millimeter", "nanometer"), "nanometer", (2, 1e6, 1), "converted to nanometer"),
        ((None, "micrometer", "micrometer"), "micrometer", (2, 1, 1), "Axis z has no unit"),
        ((None, None, None), "", (2, 1, 1), "Lengths have no unit"),
        (("furlong",) * 3, "furlong", (2, 1, 1), "'furlong' is not a length"),
    ],
    ids=["all the same", "short names", "z coarser", "y coarser", "z has none", "none at all", "an unknown one"],
)
def test_lengths_come_in_one_unit(
    units: tuple[str | None, ...], unit: str, spacing: tuple[float, ...], said: str
) -> None:
    axes = [space(name, given) for name, given in zip("zyx", units, strict=True)]
    window = {"channels": [{"window": {"start": 0, "end": 1}}]}
    found = info(image(axes, [scale(2, 1, 1)], omero=window), (3, 5, 7))
    assert found.unit == unit
    assert found.levels[0].spacing == pytest.approx(spacing)
    assert [said in note for note in found.notes] == ([True] if said else [])


def test_a_window_that_spans_all_floats_is_chosen_from_the_data() -> None:
    listed = {"channels": [{"window": {"start": -3.4e38, "end": 3.4e38}}]}
    found = info(image("zyx", [scale(2, 1, 1)], omero=listed), (3, 5, 7), dtype="float32")
    assert found.channels[0].window is None
    assert any("-3.4e+38 to 3.4e+38 of channel 0 tells nothing" in note for note in found.notes)


def test_omero_names_colours_and_windows() -> None:
    omero = {
        "channels": [
            {"label": "GFP", "color": "00FF00", "window": {"start": 10, "end": 200.5, "min": 0, "max": 255}},
            {"label": "RFP", "color": "#ff0000", "active": False, "inverted": True, "window": {"start": 0, "end": 9}},
            {"color": "0000FF80"},
        ]
    }
    gfp, rfp, blue = info(image("cyx", omero=omero), (3, 5, 7)).channels
    assert (gfp.label, gfp.color, gfp.window, gfp.active, gfp.inverted) == ("GFP", "#00ff00", (10, 200.5), True, False)
    assert (rfp.color, rfp.active, rfp.inverted) == ("#ff0000", False, True)
    assert (blue.label, blue.color, blue.window) == ("channel 2", "#0000ff", None)


@pytest.mark.parametrize(
    "omero",
    [
        None,
        {},
        [],
        {"channels": None},
        {"channels": [None]},
        {"channels": [{"color": None, "window": None, "label": None}]},
        {"channels": [{"color": "no colour", "window": {"start": 0, "end": 0}}]},
        {"channels": [{"color": 7, "window": {"start": "0", "end": "9"}}]},
        {"channels": [{"window": {"min": 0, "max": 255}}]},
        {"channels": [{"window": {"start": float("nan"), "end": 9}}]},
    ],
    ids=str,
)
def test_omero_that_is_missing_or_partial_is_no_error(omero: object) -> None:
    others = {} if omero is None else {"omero": omero}
    found = info(image("cyx", **others), (2, 5, 7))
    assert [(c.label, c.color, c.window, c.active) for c in found.channels] == [
        ("channel 0", None, None, True),
        ("channel 1", None, None, True),
    ]
    assert any("window" in note for note in found.notes)


def test_more_channels_in_omero_than_in_the_image_are_left_out_and_said() -> None:
    found = info(image("yx", omero={"channels": [{"label": "a"}, {"label": "b"}]}), (5, 7))
    assert [channel.label for channel in found.channels] == ["a"]
    assert any("2 channels, and the image has 1" in note for note in found.notes)


def test_the_greyscale_model_shows_the_first_active_channel_in_white() -> None:
    channels = [{"color": "FF0000", "active": False}, {"color": "808080"}, {"color": "0000FF"}]
    found = info(image("cyx", omero={"channels": channels, "rdefs": {"model": "greyscale"}}), (3, 5, 7))
    assert [(channel.color, channel.active) for channel in found.channels] == [
        ("#ffffff", False),
        ("#ffffff", True),
        ("#ffffff", False),
    ]


def test_levels_listed_from_coarse_to_fine_are_sorted() -> None:
    found = pyramid(image("yx", [scale(4, 4)], [scale(1, 1)], [scale(2, 2)]), (2, 3), (8, 12), (4, 6))
    assert [level.path for level in found.info.levels] == ["1", "2", "0"]
    assert found.order == (1, 2, 0)
    assert [level.origin[1] for level in found.info.levels] == [0, 0.5, 1.5]
    assert any("sorted" in note for note in found.info.notes)


def test_the_first_of_several_images_is_shown_and_it_is_said() -> None:
    attributes = image("yx", [scale(2, 3)])
    attributes["ome"]["multiscales"].append({"datasets": []})
    found = info(attributes, (5, 7))
    assert found.levels[0].spacing == (2, 2, 3)
    assert any("2 multiscale images" in note for note in found.notes)


def test_an_image_is_as_thick_as_its_pixels_are_wide_on_every_level() -> None:
    # With a thickness of 1 an image of 0.3 mm would be a bar of 1 mm.
    levels = info(image("yx", [scale(0.002, 0.001)], [scale(0.004, 0.002)]), (50, 70), (25, 35)).levels
    assert [level.spacing[0] for level in levels] == [0.001, 0.001]
    assert (levels[0].box.lower[2], levels[1].box.lower[2]) == (-0.0005, -0.0005)


def test_metadata_at_the_root_are_those_of_ngff_0_4() -> None:
    assert info(image("yx", [scale(2, 3)])["ome"], (5, 7)).levels[0].spacing == (2, 2, 3)


@pytest.mark.parametrize("named", ["name", {"name": "physical"}], ids=["name as text", "name as object"])
def test_coordinate_systems_of_ngff_0_6(named: object) -> None:
    output = "physical" if named == "name" else named
    sequence = {"type": "sequence", "output": output, "transformations": [scale(3, 1, 2), translation(1, 2, 3)]}
    multiscale = {
        "coordinateSystems": [
            {"name": "other", "axes": [space("x"), space("y"), space("z")]},
            {
                "name": "physical",
                "axes": [space("z", "micrometer"), space("y", "micrometer"), space("x", "micrometer")],
            },
        ],
        "datasets": [{"path": "0", "coordinateTransformations": [sequence]}],
        "coordinateTransformations": [{"type": "affine", "affine": [[1]]}],
    }
    found = pyramid({"ome": {"version": "0.6", "multiscales": [multiscale]}}, (3, 5, 7))
    assert (found.roles, found.info.unit) == ("zyx", "micrometer")
    assert (found.info.levels[0].spacing, found.info.levels[0].origin) == ((3, 1, 2), (1, 2, 3))


def test_a_transformation_that_is_not_understood_is_said() -> None:
    found = info(image("yx", [scale(1, 1), {"type": "rotation", "rotation": [[0, 1], [1, 0]]}]), (5, 7))
    assert any("'rotation'" in note for note in found.notes)


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        ("float64", True),
        ("uint32", True),
        ("int64", True),
        ("float32", False),
        ("int16", False),
        (">u2", False),
        ("bool", False),
    ],
)
def test_digits_lost_in_drawing_are_said(dtype: str, said: bool) -> None:
    found = info(image("yx"), (5, 7), dtype=dtype)
    assert any("float32" in note for note in found.notes) == said
    assert found.dtype == {">u2": "uint16", "bool": "uint8"}.get(dtype, dtype)


@pytest.mark.parametrize(
    ("attributes", "shapes", "message"),
    [
        ({}, [(5, 7)], 'no "multiscales"'),
        ({"multiscales": []}, [(5, 7)], "empty"),
        ({"multiscales": "yes"}, [(5, 7)], "empty"),
        ({"multiscales": [{"datasets": []}]}, [(5, 7)], '"datasets"'),
        ({"multiscales": [{"datasets": [{"path": 3}]}]}, [(5, 7)], r"datasets\[0\]\.path"),
        ({"multiscales": [{"datasets": [{}]}]}, [(5, 7)], "path"),
        (image("zyx"), [(5, 7)], r"2 dimensions \(5, 7\), and there are 3 axes: z, y, x"),
        (image("zyx", [scale(1, 1)]), [(3, 5, 7)], "scale has 2 numbers, and there are 3 axes"),
        (image("yx", [scale(1, 0)]), [(5, 7)], "along x its voxels are 0 apart"),
        (image("yx", [scale(float("nan"), 1)]), [(5, 7)], "along y its voxels are nan apart"),
        (image("cyx", None, None), [(2, 5, 7), (3, 3, 4)], "has 2 along axis c, level '0' has 3|has 3 along axis c"),
        (image("yx"), [(0, 7)], r"empty: its shape is \(0, 7\)"),
        (image("tc"), [(5, 7)], "space axis"),
        (image(None), [(1,) * 6], "6 of them"),
    ],
    ids=[
        "no multiscales",
        "empty multiscales",
        "multiscales no list",
        "no datasets",
        "path no text",
        "no path",
        "rank differs from axes",
        "scale of another rank",
        "zero scale",
        "scale not a number",
        "levels differ in channels",
        "empty array",
        "no space axis",
        "six axes without names",
    ],
)
def test_metadata_that_make_no_sense_are_refused(attributes: dict[str, Any], shapes: list[Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        info(attributes, *shapes)


@pytest.mark.parametrize("dtype", ["complex64", "S5", "datetime64[s]", "longdouble"])
def test_voxels_that_are_no_numbers_of_64_bits_are_refused(dtype: str) -> None:
    with pytest.raises(DataError, match="voxels are"):
        info(image("yx"), (5, 7), dtype=dtype)


def test_levels_of_different_types_are_read_as_one_that_holds_both() -> None:
    arrays = [ArrayMeta((6, 8), (6, 8), np.dtype("int16")), ArrayMeta((3, 4), (3, 4), np.dtype("float32"))]
    found = build_pyramid("sample", read_multiscale(image("yx", [scale(1, 1)], [scale(2, 2)])), arrays).info
    assert found.dtype == "float32"
    assert any("int16, float32" in note for note in found.notes)
