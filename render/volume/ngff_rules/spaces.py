"""The rules of 0.6 for coordinate systems and for the transformations between them, in images and scenes; pure."""

from render.volume.ngff_rules.axes import check_axes
from render.volume.ngff_rules.finding import Part
from render.volume.ngff_rules.transformations import Rank, check_transformation

SYSTEMS = "Each `multiscales` object MUST contain the field `coordinateSystems`, whose value is an array"
NAME = (
    "MUST contain the field `name`. The value MUST be a non-empty string that is unique among all `coordinateSystems`."
)
AXES = "MUST contain the field `axes`, whose value is an array of valid `axes`"
DATASETS = "Each `multiscales` object MUST contain the field `datasets`"
PATH = (
    "Each object in `datasets` MUST contain the field `path`, whose value is a string containing the path to the array"
)
TRANSFORMED = "Each object in `datasets` MUST contain the field `coordinateTransformations`"
LEVEL = (
    "The transformation MUST be one of the following: A single scale or identity transformation; A sequence "
    "transformation containing one scale and one translation transformation."
)
ENDS = "[Coordinate transformations] MUST contain the field `{}`: an object with `name` and/or `path`"
DRAFT = "These fields [input, output] are objects; up to the draft 0.6.dev3 they were strings."
FROM_ARRAY = "The value of `input` MUST equal the value of `path`"
SAME = "The value of the transformation's `output` coordinate system MUST be the same for every dataset"
DEFINED = "These fields MUST correspond to the name of a coordinate system or the path to a multiscales group."
FROM_INTRINSIC = 'The value of `input` MUST equal the name of the "intrinsic" coordinate system.'
DOWNWARD = "[path] Allows only relative, downward paths to prevent referencing external metadata documents"
SCENE = "The `scene` dictionary MUST contain the field `coordinateTransformations`, whose value MUST be an array"
SCENE_ENDS = (
    "`input` and `output` MUST contain a json object, which MUST contain the field `name` and MAY contain `path`."
)
LENGTH = "Input and output dimensionality MUST be identical and MUST equal the length of the `scale` array (N)."


def check_systems(image: Part) -> None:
    """`coordinateSystems` of an image."""
    systems = image.need("coordinateSystems", SYSTEMS)
    if systems is not None and systems.is_list(SYSTEMS, 1):
        _check_each(systems)


def check_transformations(image: Part) -> None:
    """`datasets` and `coordinateTransformations` of an image."""
    ranks = _ranks(image)
    datasets = image.need("datasets", DATASETS)
    outputs: list[str] = []
    if datasets is not None and datasets.is_list(DATASETS, 1):
        for dataset in datasets.items():
            if dataset.is_object(DATASETS):
                outputs += _check_level(dataset, ranks)
        if len(set(outputs)) > 1:
            datasets.breaks(SAME, f"they are {', '.join(map(repr, dict.fromkeys(outputs)))}")
    if not image.has("coordinateTransformations"):
        return
    transformations = image.at("coordinateTransformations")
    if transformations.is_list(DEFINED, 1):
        for transformation in transformations.items():
            _check_between(transformation, ranks, outputs[0] if outputs else None)


def check_scene(scene: Part) -> None:
    """`scene`: how images lie to each other."""
    if not scene.is_object(SCENE):
        return
    if scene.has("coordinateSystems") and scene.at("coordinateSystems").is_list(SYSTEMS):
        _check_each(scene.at("coordinateSystems"))
    transformations = scene.need("coordinateTransformations", SCENE)
    if transformations is None or not transformations.is_list(SCENE, 1):
        return
    ranks = _ranks(scene)
    for transformation in transformations.items():
        if not transformation.is_object(SCENE):
            continue
        pair: list[Rank] = []
        for end in ("input", "output"):
            name, path = _end(transformation, end, SCENE_ENDS, "name")
            pair.append(None if path or name is None else ranks.get(name))
            if name is not None and not path and name not in ranks:
                transformation.at(end).breaks(DEFINED, f"the scene has no coordinate system {name!r}", "note")
        check_transformation(transformation, *pair)


def _check_each(systems: Part) -> None:
    for system in systems.items():
        if not system.is_object(SYSTEMS):
            continue
        name = system.need("name", NAME)
        if name is not None and name.is_text(NAME) and not name.value:
            name.breaks(NAME, "it is empty")
        axes = system.need("axes", AXES)
        if axes is not None:
            check_axes(axes, arrays=True)
    names = [system.at("name").value for system in systems.items()]
    systems.are_unique([name for name in names if isinstance(name, str)], "the name", NAME)


def _ranks(holder: Part) -> dict[str, int]:
    """How many axes each coordinate system has."""
    return {
        str(system.at("name").value): len(system.at("axes").listed)
        for system in holder.at("coordinateSystems").items()
        if isinstance(system.at("name").value, str)
    }


def _check_level(dataset: Part, ranks: dict[str, int]) -> list[str]:
    """The coordinate systems that a level leads to: one where all is right."""
    path = dataset.need("path", PATH)
    if path is not None:
        path.is_text(PATH)
    transformations = dataset.need("coordinateTransformations", TRANSFORMED)
    if transformations is None or not transformations.is_list(LEVEL, 1):
        return []
    if len(transformations.listed) > 1:
        transformations.breaks(LEVEL, f"there are {len(transformations.listed)}")
    outputs = []
    for transformation in transformations.items():
        if not transformation.is_object(LEVEL):
            continue
        _, source = _end(transformation, "input", ENDS.format("input"), "path")
        if source is not None and path is not None and source != path.value:
            # "implementations should always treat the value of input as if it were equal to path", and the valid case
            # multiscales_example has another.
            transformation.at("input").breaks(FROM_ARRAY, f"it is {source!r}, the path is {path.value!r}", "note")
        output, _ = _end(transformation, "output", ENDS.format("output"), "name")
        if output is not None:
            outputs.append(output)
            if output not in ranks:
                transformation.at("output").breaks(DEFINED, f"there is no coordinate system {output!r}")
        _check_steps(transformation, None if output is None else ranks.get(output))
    return outputs


def _check_steps(transformation: Part, rank: Rank) -> None:
    kind = transformation.at("type").value
    inner = transformation.at("transformations")
    inside = [step.at("type").value for step in inner.items()]
    if kind not in ("scale", "identity") and not (kind == "sequence" and inside == ["scale", "translation"]):
        transformation.breaks(LEVEL, f"it is {kind!r}{f' of {inside}' if inside else ''}")
    check_transformation(transformation, None, None)
    for step in [transformation, *inner.items()]:
        for numbers in (step.at("scale"), step.at("translation")):
            if rank is not None and isinstance(numbers.value, list) and len(numbers.listed) != rank:
                # A note only, since the valid case mismatch_axes_units has two numbers for three axes.
                numbers.breaks(LENGTH, f"it has {len(numbers.listed)} numbers, and there are {rank} axes", "note")


def _check_between(transformation: Part, ranks: dict[str, int], intrinsic: str | None) -> None:
    """A transformation that leads on from the coordinate system of the levels."""
    if not transformation.is_object(DEFINED):
        return
    start, upward = _end(transformation, "input", ENDS.format("input"), "name")
    end, path = _end(transformation, "output", ENDS.format("output"), "name")
    if upward is not None:
        transformation.at("input").breaks(FROM_INTRINSIC, f"it has a path, {upward!r}")
    if path is not None and path.startswith(("../", "/")):
        transformation.at("output").breaks(DOWNWARD, f"it is {path!r}")
    if start is not None and intrinsic is not None and start != intrinsic:
        # A note only: image_omero and multiscales_example, both called valid, lead from elsewhere.
        transformation.at("input").breaks(FROM_INTRINSIC, f"it is {start!r}, the levels lead to {intrinsic!r}", "note")
    if end is not None and path is None and end not in ranks:
        transformation.at("output").breaks(DEFINED, f"there is no coordinate system {end!r}", "note")
    out = None if end is None or path is not None else ranks.get(end)
    check_transformation(transformation, None if start is None else ranks.get(start), out)


def _end(transformation: Part, key: str, rule: str, must: str) -> tuple[str | None, str | None]:
    """The name and the path of the `input` or `output`, of which it must have `must`; None for what is not there."""
    end = transformation.need(key, rule)
    if end is not None and isinstance(end.value, str) and rule != SCENE_ENDS:
        end.breaks(DRAFT, f"it is {end.value!r} and must be an object with {must!r}")
        return (end.value, None) if must == "name" else (None, end.value)
    if end is None or not end.is_object(rule):
        return None, None
    wanted = end.need(must, rule)
    if wanted is not None:
        wanted.is_text(rule)
    found = [end.at(part).value for part in ("name", "path")]
    name, path = (value if isinstance(value, str) else None for value in found)
    for part, value in zip(("name", "path"), found, strict=True):
        if value is not None and not isinstance(value, str) and part != must:
            end.at(part).is_text(rule)
    return name, path
