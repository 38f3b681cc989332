"""Images: 30 cases of 0.4, 28 of 0.5, and their like in 0.6, which says axes and transformations in another place."""

from typing import Any

from tests.ngff.cases import YX, Case, Json, axis, root, scale, space, translation, under, without

TRANSLATED = [translation(1, 1)]
ONE = (scale(1, 1),)
MADE_BY = {"type": "gaussian", "metadata": {"method": "skimage.transform.pyramid_gaussian", "version": "0.16.1"}}
CHANNEL = {
    "active": True,
    "coefficient": 1.0,
    "color": "ff0000",
    "family": "linear",
    "label": "1234",
    "window": {"end": 1765.0, "max": 2555.0, "min": 5.0, "start": 0.0},
}


def image(version: str, axes: Any = YX, steps: Any = ONE, path: object = "0", **more: Any) -> Json:
    """An image of one level; `more` joins its entry in multiscales, but for `omero`, which is beside it."""
    beside = {"omero": more.pop("omero")} if "omero" in more else {}
    if version == "0.6rc0":
        ends = {"input": {"path": path}, "output": {"name": "intrinsic"}}
        level = {"path": path, "coordinateTransformations": [{**step, **ends} for step in steps]}
        entry = {"coordinateSystems": [{"name": "intrinsic", "axes": list(axes)}], "datasets": [level], **more}
    else:
        level = {"path": path, "coordinateTransformations": list(steps)}
        entry = {"axes": list(axes), "datasets": [level], **more}
    return under(version, multiscales=[entry | ({"version": "0.4"} if version == "0.4" else {})], **beside)


def image_cases(version: str) -> list[Case]:
    """All of them in one version."""
    newest = version == "0.6rc0"
    top = () if version == "0.4" else ("ome",)
    entry = (*top, "multiscales", 0)
    at = f"{root(version)}.multiscales[0]"
    axes = f"{at}.coordinateSystems[0].axes" if newest else f"{at}.axes"
    level = f"{at}.datasets[0]"
    steps = f"{level}.coordinateTransformations"
    plain = image(version)

    def case(name: str, document: Json, wrong: str = "", reads: str = "read") -> Case:
        return Case(f"{version}/image/{name}", document, wrong, reads)

    t, c = axis("t", "time"), axis("c", "channel")
    bare = [space(name, None) for name in "zyx"]
    held = "coordinateSystems" if newest else "axes"
    cases = [
        case(
            "mismatch_axes_units",
            image(version, (axis("t", "time", "micrometer"), *YX), [scale(0.13, 0.13)]),
            reads="noted: 2 numbers for 3 axes",
        ),
        case("untyped_axes", image(version, (axis("angle"), *YX), [scale(1, 1, 1)]), reads="noted: 'angle'"),
        case("invalid_axis_units", image(version, (space("y", "micron"), space("x")), [scale(0.13, 0.13)])),
        case("missing_name", image(version, path="path/to/0", **MADE_BY)),
        case(
            "custom_type_axes", image(version, (axis("angle", "custom"), *YX), [scale(1, 1, 1)]), reads="noted: 'angle'"
        ),
        case("duplicate_axes", image(version, (space("x"), space("x"))), axes, "noted: 'x' is shown as y"),
        case("missing_space_axes", image(version, (t, c)), axes, "refused: none of its axes is a space axis"),
        case(
            "invalid_transformation_type",
            image(version, steps=[{"type": "translation", "scale": [1, 1]}]),
            f"{steps}[0]",
            "noted: type 'translation'",
        ),
        case("missing_scale", image(version, steps=TRANSLATED), steps, "noted: how large its voxels are"),
        case(
            "too_many_axes",
            image(version, (axis("angle", "custom"), t, c, *bare), [scale(1, 1, 1, 1, 1, 1)]),
            axes,
            "noted: 'angle'",
        ),
        case(
            "invalid_channels_color",
            image(version, omero={"channels": [CHANNEL | {"color": 255}]}),
            f"{root(version)}.omero.channels[0].color",
            "noted: The colour 255",
        ),
        case(
            "missing_axes_name",
            image(version, ({"type": "space", "unit": "micrometer"},) * 2, [scale(0.13, 0.13)]),
            f"{axes}[0]",
            "refused: name",
        ),
        case("invalid_axes_count", image(version, (space("y"),)), axes, "refused: 2 numbers, and there are 1 axes"),
        case("one_space_axes", image(version, (t, c, space("x", None)), [scale(1, 1, 1)]), axes),
        case("invalid_path", image(version, path=0), f"{level}.path", "refused: path"),
        case(
            "invalid_multiscales_transformations",
            image(version, coordinateTransformations=[scale("invalid")]),
            f"{at}.coordinateTransformations[0]",
            "read" if newest else "refused: scale",
        ),
        case(
            "missing_transformations",
            without(plain, *entry, "datasets", 0, "coordinateTransformations"),
            level,
            "noted: how large its voxels are",
        ),
        case("no_datasets", image(version, datasets=[]), f"{at}.datasets", 'refused: "datasets"'),
        case("missing_datasets", without(plain, *entry, "datasets"), at, "refused: datasets"),
        case("missing_axes", without(plain, *entry, held), at, "noted: y, x is assumed"),
        case("invalid_axis_type", image(version, (axis("y", "invalid", "micrometer"), space("x"))), axes, "noted: 'y'"),
        case("duplicate_scale", image(version, steps=[scale(1, 1), scale(1, 1)]), steps),
        case(
            "no_axes",
            without(image(version, **{"axes": []}), *entry, "coordinateSystems") if newest else image(version, ()),
            at,
            "noted: y, x is assumed",
        ),
        case(
            "too_many_space_axes",
            image(version, (space("X", None), *bare), [scale(1, 1, 1, 1)]),
            axes,
            "noted: neither time, channel nor space",
        ),
        case("no_multiscales", under(version, multiscales=[]), f"{root(version)}.multiscales", "refused: empty"),
        case(
            "invalid_channels_window",
            image(version, omero={"channels": [CHANNEL | {"window": CHANNEL["window"] | {"end": "100"}}]}),  # type: ignore[operator]
            f"{root(version)}.omero.channels[0].window.end",
            "noted: No contrast window",
        ),
        case("empty_transformations", image(version, steps=[]), steps, "noted: how large its voxels are"),
        case("missing_path", without(plain, *entry, "datasets", 0, "path"), level, "refused: path"),
    ]
    if version == "0.4":
        cases += [
            case("missing_version", without(image(version, name="example", path="path/to/0"), *entry, "version")),
            case(
                "invalid_version",
                image(version) | {"multiscales": [plain["multiscales"][0] | {"version": "foo"}]},
                f"{at}.version",
                "noted: version 'foo'",
            ),
        ]
    return cases + strict_cases(version)


def strict_cases(version: str) -> list[Case]:
    """Valid under the strict schemas too: with name, type and metadata."""
    whole = {"name": "simple_image", "type": "foo", "metadata": {"key": "value"}}
    five = (axis("t", "time", "millisecond"), axis("c", "channel"), space("z"), *YX)
    after = {} if version == "0.6rc0" else {"coordinateTransformations": [scale(10, 10)]}
    shared = {} if version == "0.6rc0" else {"coordinateTransformations": [scale(0.1, 1, 1, 1, 1)]}
    documents = {
        "image": image(version, **whole),
        "image_metadata": image(version, path="path/to/0", name="example", **MADE_BY),
        "multiscales_transformations": image(version, **whole, **after),
        "multiscales_example": image(version, five, [scale(1, 1, 0.5, 0.5, 0.5)], **whole, **shared),
        "image_omero": image(
            version,
            five,
            [scale(1, 1, 0.5, 0.13, 0.13)],
            **whole,
            omero={"channels": [CHANNEL], "id": 1, "rdefs": {"defaultT": 0, "defaultZ": 2, "model": "color"}},
        ),
    }
    return [Case(f"{version}/strict/image/{name}", document, strict=True) for name, document in documents.items()]
