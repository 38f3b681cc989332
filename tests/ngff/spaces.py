"""What is new in 0.6: coordinate systems, transformations between them, scenes."""

from typing import Any

from tests.ngff.cases import YX, ZYX, Case, Json, axis, replaced, scale, space, translation, under, without
from tests.ngff.images import CHANNEL

VERSION = "0.6rc0"
ENTRY = ("ome", "multiscales", 0)
AT = "$.ome.multiscales[0]"
ON = f"{AT}.coordinateTransformations[0]"
EYE = [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
CZYX = (axis("c", "channel"), *ZYX)
CYX = (axis("c", "channel"), *YX)
ARRAY = (axis("dim_0", "array"), axis("dim_1", "array"))


def sequence(*steps: Json) -> Json:
    return {"type": "sequence", "transformations": list(steps)}


def part(transformation: Json, axes: list[Any]) -> Json:
    return {"transformation": transformation, "inputAxes": axes, "outputAxes": axes}


BY_DIMENSION = {
    "type": "byDimension",
    "transformations": [part(scale(2), [0]), part(translation(-10), [1])],
}


def spaced(axes: Any = YX, level: Json | None = None, on: Json | None = None, other: Any = None) -> Json:
    """An image whose level leads to "physical"; `on` leads on to "output", which has the axes `other`."""
    level = {"type": "identity"} if level is None else level
    ends = {"input": {"path": "array"}, "output": {"name": "physical"}}
    systems = [{"name": "physical", "axes": list(axes)}]
    entry: Json = {"name": "multiscales", "coordinateSystems": systems}
    if on is not None:
        systems.append({"name": "output", "axes": list(axes if other is None else other)})
        entry["coordinateTransformations"] = [{"input": {"name": "physical"}, "output": {"name": "output"}, **on}]
    entry["datasets"] = [{"path": "array", "coordinateTransformations": [{**ends, **level}]}]
    return under(VERSION, multiscales=[entry])


def space_cases() -> list[Case]:
    """All of them."""
    return [*_valid(), *_systems(), *_omero(), *_parameters(), *_projections(), *_levels(), *_scenes()]


def _case(name: str, document: Json, wrong: str = "", reads: str = "read") -> Case:
    return Case(f"{VERSION}/{name}", document, wrong, reads)


def _valid() -> list[Case]:
    moved = sequence(scale(1, 1, 1), translation(30, 20, 10))
    many = sequence(
        {"type": "rotation", "rotation": EYE},
        translation(5, 10, 15),
        {"type": "affine", "affine": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]},
        scale(2, 2, 2),
        {"type": "mapAxis", "mapAxis": [2, 1, 0]},
        BY_DIMENSION,
    )
    stored = sequence({"type": "rotation", "path": "rotation"}, {"type": "affine", "path": "affine"}, scale(2, 2, 2))
    return [
        _case("image/multiscales_transform_identity", spaced(), reads="noted: how large its voxels are"),
        _case("image/multiscales_transform_sequence", spaced(ZYX, moved)),
        _case("image/multiscales_transform_additional_transforms", spaced(ZYX, moved, many)),
        _case("image/multiscales_transform_additional_transforms_path", spaced(ZYX, moved, stored)),
        _case("transforms/identity", spaced(on={"type": "identity"}), reads="noted: how large its voxels are"),
        _case("transforms/scale", spaced(level=scale(3, 2))),
        _case("transforms/rotation", spaced(level=scale(1, 1), on={"type": "rotation", "rotation": [[0, 1], [-1, 0]]})),
        _case(
            "transforms/affine",
            spaced(level=scale(1, 1), on={"type": "affine", "affine": [[3, 0.4, 30], [0.3, 2, 20]]}),
        ),
        _case("transforms/affineParams", spaced(level=scale(1, 1), on={"type": "affine", "path": "affineParams"})),
        _case("transforms/mapAxis", spaced(level=scale(1, 1), on={"type": "mapAxis", "mapAxis": [1, 0]})),
        _case("transforms/byDimension", spaced(ARRAY, on=BY_DIMENSION, other=YX), reads="read"),
        _case(
            "transforms/projectAxis",
            spaced(level=scale(1, 1), on={"type": "projectAxis", "createdOutputs": [0, 1]}, other=CZYX),
        ),
        _case(
            "transforms/projectAxis2",
            spaced(CYX, scale(1, 1, 1), {"type": "projectAxis", "createdOutputs": [0], "droppedInputs": [0]}, ZYX),
        ),
    ]


def _systems() -> list[Case]:
    plain = spaced(level=scale(1, 1))
    ends = (*ENTRY, "datasets", 0, "coordinateTransformations", 0)
    step = f"{AT}.datasets[0].coordinateTransformations[0]"
    text = replaced(replaced(plain, "array", *ends, "input"), "physical", *ends, "output")
    nameless = without(plain, *ENTRY, "coordinateSystems", 0, "name")
    axisless = without(plain, *ENTRY, "coordinateSystems", 0, "axes")
    return [
        _case(
            "image/missing_coordinate_systems",
            without(plain, *ENTRY, "coordinateSystems"),
            AT,
            "noted: y, x is assumed",
        ),
        _case("image/missing_coordinate_system_name", nameless, f"{AT}.coordinateSystems[0]", "refused: name"),
        _case("image/missing_coordinate_system_axes", axisless, f"{AT}.coordinateSystems[0]", "refused: axes"),
        _case(
            "image/invalid_multiscale_transform_input",
            replaced(plain, {"name": "array"}, *ends, "input"),
            f"{step}.input",
        ),
        _case(
            "image/invalid_multiscale_transform_output",
            replaced(plain, {"path": "physical"}, *ends, "output"),
            f"{step}.output",
        ),
        _case("image/invalid_multiscale_transform_input_output", text, f"{step}.input"),
        _case(
            "image/invalid_axis_type2",
            spaced((axis("t", "time", "second"), *ARRAY), scale(1, 1, 1)),
            f"{AT}.coordinateSystems[0].axes",
            "refused: none of its axes is a space axis",
        ),
        _case("image/unknown_output", replaced(plain, {"name": "lost"}, *ends, "output"), f"{step}.output"),
    ]


def _omero() -> list[Case]:
    def omero(found: Json) -> Json:
        document = spaced(ZYX, scale(1, 1, 1))
        document["ome"]["omero"] = found
        return document

    short = CHANNEL | {"window": {"min": 0, "max": 255}}
    hashed = CHANNEL | {"color": "#ff0000"}
    channel = "$.ome.omero.channels[0]"
    return [
        _case("omero/full_omero_metadata", omero({"channels": [CHANNEL | {"inverted": True}]})),
        _case("omero/missing_channels", omero({}), "$.ome.omero", "noted: No contrast window"),
        _case(
            "omero/missing_start_end", omero({"channels": [short]}), f"{channel}.window", "noted: No contrast window"
        ),
        _case("omero/color_with_hash", omero({"channels": [hashed]}), f"{channel}.color"),
    ]


def _parameters() -> list[Case]:
    """Transformations on from "physical" whose parameters do not fit: the picture is drawn in "physical"."""
    wrong: dict[str, tuple[Json, str]] = {
        "bad_affine_no_affine": ({"type": "affine"}, ""),
        "bad_byDimension_no_input_output_axes": (
            {"type": "byDimension", "transformations": [scale(2)]},
            ".transformations[0]",
        ),
        "bad_byDimension_wrong axes_type": (
            {"type": "byDimension", "transformations": [part(scale(2), ["x"]), part(translation(-10), ["y"])]},
            ".transformations[0].inputAxes[0]",
        ),
        "byDimensionInvalid1": (
            {"type": "byDimension", "transformations": [part(scale(2), [0]), part(scale(3), [2])]},
            ".transformations[1].inputAxes",
        ),
        "byDimensionInvalid2": (
            {"type": "byDimension", "transformations": [part(scale(2), [0]), part(scale(3), [0])]},
            ".transformations",
        ),
        "bad_mapaxis": ({"type": "mapAxis", "mapAxis": [0, 1, 2, 3, 4, 5]}, ".mapAxis"),
        "bad_mapaxis2": ({"type": "mapAxis", "mapAxis": [-1, 1, 2, 3]}, ".mapAxis[0]"),
        "bad_mapaxis3": ({"type": "mapAxis", "mapAxis": [0, 1, 2, 5]}, ".mapAxis"),
        "bad_mapaxis4": ({"type": "mapAxis", "mapAxis": [0, 0]}, ".mapAxis"),
        "bad_mapaxis5": ({"type": "mapAxis"}, ""),
        "bad_rotation": ({"type": "rotation", "rotation": [0, 1]}, ".rotation[0]"),
        "bad_rotation2": ({"type": "rotation"}, ""),
        "bad_rotation3": ({"type": "rotation", "rotation": [[1, 0, 0], [0, 1, 0]]}, ".rotation"),
        "a reflection": ({"type": "rotation", "rotation": [[0, 1], [1, 0]]}, ".rotation"),
        "bad_scale_path_not_allowed": ({"type": "scale", "path": "factors"}, ""),
        "bad_translate_path_not_allowed": ({"type": "translation", "path": "offsets"}, ""),
        "an unknown type": ({"type": "warp"}, ".type"),
    }
    plain = spaced(level=scale(1, 1), on={"type": "affine", "affine": [[1, 0, 0], [0, 1, 0]]})
    bare = without(
        without(plain, *ENTRY, "coordinateTransformations", 0, "input"),
        *ENTRY,
        "coordinateTransformations",
        0,
        "output",
    )
    return [
        *(
            _case(f"transforms/{name}", spaced(level=scale(1, 1), on=on), f"{ON}{at}")
            for name, (on, at) in wrong.items()
        ),
        _case("transforms/bad_affine_no_input_output", bare, ON),
        _case(
            "transforms/multiscales_transform_missing_params",
            spaced(ZYX, sequence(scale(1, 1, 1), translation(30, 20, 10)), {"type": "affine", "name": "more"}),
            ON,
        ),
    ]


def _projections() -> list[Case]:
    wrong: dict[str, tuple[Json, str]] = {
        "insert_non_unique": ({"createdOutputs": [0, 0]}, ".createdOutputs"),
        "insert_too_high_dim": ({"createdOutputs": [5]}, ".createdOutputs"),
        "insert_too_many": ({"createdOutputs": [0, 1, 2, 3]}, ""),
        "missing_op": ({}, ""),
        "remove_non_unique": ({"droppedInputs": [0, 0]}, ".droppedInputs"),
        "remove_too_high_dim": ({"droppedInputs": [5]}, ".droppedInputs"),
        "remove_too_many": ({"droppedInputs": [0, 1, 2, 3]}, ".droppedInputs"),
    }
    return [
        _case(
            f"transforms/bad_projectAxis_{name}",
            spaced(level=scale(1, 1), on={"type": "projectAxis", **fields}, other=CZYX),
            f"{ON}{at}",
        )
        for name, (fields, at) in wrong.items()
    ]


def _levels() -> list[Case]:
    """Levels may only be scaled and moved; what comes down to that is drawn all the same."""
    step = f"{AT}.datasets[0].coordinateTransformations[0]"
    move = translation(30, 20, 10)
    rotated = sequence({"type": "rotation", "rotation": EYE}, move)
    endless = spaced(ZYX, rotated)
    for end in ("input", "output"):
        endless = without(endless, *ENTRY, "datasets", 0, "coordinateTransformations", 0, end)
    elsewhere = without(spaced(ZYX, rotated, move), *ENTRY, "coordinateTransformations", 0, "input")
    scaleless = "noted: how large its voxels are"
    return [
        _case("transforms/multiscales_transform_forbidden", spaced(ZYX, rotated), step, scaleless),
        _case(
            "transforms/multiscales_transform_forbidden2",
            spaced(ZYX, sequence({"type": "affine", "affine": EYE}, move)),
            step,
            "noted: 'affine'",
        ),
        _case(
            "transforms/multiscales_transform_forbidden3",
            spaced(ZYX, sequence({"type": "mapAxis", "mapAxis": [0, 1, 2]}, move)),
            step,
            scaleless,
        ),
        _case("transforms/multiscales_transform_no_input_output", endless, step, scaleless),
        _case("transforms/multiscales_transform_no_input_output2", elsewhere, ON, scaleless),
    ]


def _scenes() -> list[Case]:
    """Scenes hold images; what is drawn is one of them."""
    world = [{"name": "world", "axes": [space("x"), space("y")]}]
    tiles = [
        {**translation(0, 348 * n), "input": {"path": f"tile_{n}", "name": "physical"}, "output": {"name": "world"}}
        for n in range(2)
    ]
    stitched = under(VERSION, scene={"coordinateTransformations": tiles, "coordinateSystems": world})
    at = "$.ome.scene.coordinateTransformations[0]"
    pair = [{"name": "one", "axes": list(YX)}, {"name": "two", "axes": list(YX)}]

    def bijection(**ways: Json) -> Json:
        step = {"type": "bijection", "input": {"name": "one"}, "output": {"name": "two"}, **ways}
        return under(VERSION, scene={"coordinateSystems": pair, "coordinateTransformations": [step]})

    text = replaced(stitched, "world", "ome", "scene", "coordinateTransformations", 0, "output")
    return [
        _case("scene/tile_stitching", stitched),
        _case("scene/scene_bijection", bijection(forward=scale(2, 2), inverse=scale(0.5, 0.5))),
        _case("scene/scene_bijection_forward_missing_params", bijection(forward={"type": "scale"}), f"{at}.forward"),
        _case(
            "scene/scene_bijection_inverse_missing_params",
            bijection(forward=scale(2, 2), inverse={"type": "scale"}),
            f"{at}.inverse",
        ),
        _case("scene/scene_input_output_not_object", text, f"{at}.output"),
        _case("scene/scene_missing_scene", under(VERSION, coordinateSystems=world), "$.ome", "refused: no OME-Zarr"),
        _case("scene/scene_missing_transformations", under(VERSION, scene={"coordinateSystems": world}), "$.ome.scene"),
        _case("scene/scene_missing_version", {"ome": {"coordinateSystems": world}}, "$.ome", "refused: no OME-Zarr"),
        _case(
            "scene/tile_stitching without scene",
            under(VERSION, coordinateTransformations=tiles, coordinateSystems=world),
            "$.ome",
            "refused: no OME-Zarr",
        ),
    ]
