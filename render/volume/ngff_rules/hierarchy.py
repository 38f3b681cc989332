"""What only a whole store shows: arrays that fit their metadata, labels their image, one version throughout."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from render.errors import DataError, NotFound
from render.volume.ngff_rules.document import check_ngff, ngff_version
from render.volume.ngff_rules.finding import Finding, Part
from render.volume.ngff_rules.spaces import DRAFT

JSON = "The OME-Zarr Metadata is stored in the zarr.json (0.4: .zattrs) files throughout the hierarchy, as JSON"
ARRAY = "Each dictionary in `datasets` MUST contain the field `path`, whose value contains the path to the array"
RANK = "The length of `axes` MUST be equal to the dimensionality of the zarr arrays storing the image data"
LENGTH = "The length of the `scale` and `translation` array MUST be the same as the length of `axes`."
ORDERED = "The `path`s MUST be ordered from largest (i.e. highest resolution) to smallest."
NAMES = "The `dimension_names` MUST match the names in the `axes` metadata"
INTEGERS = "The pixels of the label images MUST be integer data types"
LEVELS = "`datasets` MUST have the same number of entries (scale levels) as the original unlabeled image."
MULTISCALES = "The label image MUST implement the multiscales specification."
VERSIONS = "The OME-Zarr Metadata version MUST be consistent within a hierarchy."
LISTED = "[It is listed] and must be there"


@dataclass(frozen=True, slots=True)
class StoredArray:
    """`dimension_names` is None where there are none, as in Zarr v2."""

    shape: tuple[int, ...]
    dtype: str
    dimension_names: tuple[str | None, ...] | None


class Nodes(Protocol):
    """A hierarchy of groups and arrays; paths are relative to its top, which is ""."""

    def attributes(self, path: str) -> Mapping[str, Any]:
        """Of the group at `path`. NotFound, DataError."""

    def stored_array(self, path: str) -> StoredArray:
        """The array at `path`. NotFound, DataError."""


def check_hierarchy(nodes: Nodes) -> tuple[Finding, ...]:
    """All of a store: its top group and the images, labels, wells and series below it. NotFound where it has no top."""
    return tuple(_group(nodes, "", None))


def _group(nodes: Nodes, path: str, version: str | None) -> Iterator[Finding]:
    """The group at `path` and what it lists; `version` is that of the groups above, where they name one."""
    try:
        attributes = nodes.attributes(path)
    except NotFound:
        if not path:
            raise
        # The cases of the NGFF project are metadata of single groups: what is below them is not there.
        yield Finding("note", "$", "there is no such group", LISTED, path)
        return
    except DataError as error:
        yield Finding("must", "$", str(error), JSON, path)
        return
    for finding in check_ngff(attributes):
        # The project's own stores of 0.6rc0 have strings, which its single documents of 0.6rc0 call invalid.
        drafted = finding.rule == DRAFT
        yield replace(finding, node=path, weight="note" if drafted else finding.weight)
    own = ngff_version(attributes)
    if version is not None and own is not None and own != version:
        yield Finding("must", "$", f"it is of version {own}, and the groups above are of {version}", VERSIONS, path)
    top = Part(attributes, "$", [])
    document = top.at("ome") if top.has("ome") else top
    yield from _images(nodes, path, document)
    for inner in _listed(nodes, path, document):
        yield from _group(nodes, inner, version or own)


def _listed(nodes: Nodes, path: str, document: Part) -> Iterator[str]:
    """The groups that a plate, a well, a scene or a bioformats2raw container holds."""
    for kind, key in (("plate", "wells"), ("well", "images")):
        entries = document.at(kind).at(key).items()
        yield from (join(path, str(entry.at("path").value)) for entry in entries if leads_below(entry.at("path").value))
    yield from (join(path, inner) for inner in scene_paths(document.at("scene").value))
    if document.has("bioformats2raw.layout") and not document.has("plate"):
        yield from _series(nodes, path)


def _series(nodes: Nodes, path: str) -> Iterator[str]:
    """What the group OME lists, and that group too; without a list the groups 0, 1, 2 ... as far as there are any."""
    top = Part(_attributes(nodes, join(path, "OME")), "$", [])
    holder = top.at("ome") if top.has("ome") else top
    if holder.has("series"):
        yield join(path, "OME")
        listed = holder.at("series").items()
        yield from (join(path, str(entry.value)) for entry in listed if leads_below(entry.value))
        return
    index = 0
    while _attributes(nodes, join(path, str(index))):
        yield join(path, str(index))
        index += 1


def scene_paths(scene: object) -> list[str]:
    """The images that the transformations of a scene lead from and to, in their order."""
    steps = list(Part(scene, "$", []).at("coordinateTransformations").items())
    ends = [step.at(end).at("path").value for step in steps for end in ("input", "output")]
    return list(dict.fromkeys(path for path in ends if isinstance(path, str) and leads_below(path)))


def _images(nodes: Nodes, path: str, document: Part) -> Iterator[Finding]:
    """The arrays of the images of a group, and the labels below it."""
    for image in document.at("multiscales").items():
        yield from _arrays(nodes, path, image, labels=document.has("image-label"))
    if not document.has("multiscales"):
        return
    below = join(path, "labels")
    attributes = _attributes(nodes, below)
    if not attributes:
        return
    yield from (replace(finding, node=below) for finding in check_ngff(attributes))
    top = Part(attributes, "$", [])
    count = len(next(iter(document.at("multiscales").items()), document).at("datasets").listed)
    for name in (top.at("ome") if top.has("ome") else top).at("labels").items():
        if leads_below(name.value):
            inner = join(below, str(name.value))
            yield from _group(nodes, inner, None)
            yield from _label(nodes, inner, count)


def _label(nodes: Nodes, path: str, levels: int) -> Iterator[Finding]:
    top = Part(_attributes(nodes, path), "$", [])
    document = top.at("ome") if top.has("ome") else top
    if not document.has("multiscales"):
        yield Finding("must", document.place, "there is no 'multiscales'", MULTISCALES, path)
        return
    for image in document.at("multiscales").items():
        own = len(image.at("datasets").listed)
        if own != levels:
            yield Finding("must", f"{image.place}.datasets", f"it has {own} levels, the image {levels}", LEVELS, path)


def _arrays(nodes: Nodes, path: str, image: Part, labels: bool) -> Iterator[Finding]:
    """The arrays of one image against its axes.

    The project's own stores of 0.6rc0 are metadata alone and valid, so that is a note; of 0.4 its example is invalid.
    """
    axes = _axes(image)
    found: list[tuple[Part, StoredArray]] = []
    missing: list[Finding] = []
    for dataset in image.at("datasets").items():
        name = dataset.at("path")
        if not leads_below(name.value):
            continue
        try:
            found.append((dataset, nodes.stored_array(join(path, str(name.value)))))
        except NotFound:
            missing.append(Finding("must", name.place, f"there is no array {name.value!r}", ARRAY, path))
        except DataError as error:
            yield Finding("must", name.place, str(error), ARRAY, path)
    alone = not found and image.has("coordinateSystems")
    yield from (replace(finding, weight="note") if alone else finding for finding in missing)
    for dataset, array in found:
        yield from _array(path, dataset, array, axes, labels)
    sizes = [math.prod(array.shape) for _, array in found]
    if sizes != sorted(sizes, reverse=True):
        yield Finding("must", f"{image.place}.datasets", f"they have {sizes} voxels", ORDERED, path)


def _array(
    path: str, dataset: Part, array: StoredArray, axes: list[str | None] | None, labels: bool
) -> Iterator[Finding]:
    rank = len(array.shape)
    if axes is not None and rank != len(axes):
        yield Finding("must", dataset.place, f"the array has {rank} dimensions, there are {len(axes)} axes", RANK, path)
    elif axes is not None and array.dimension_names is not None and list(array.dimension_names) != axes:
        named = ", ".join(map(str, array.dimension_names))
        yield Finding("must", dataset.place, f"they are {named}, the axes {', '.join(map(str, axes))}", NAMES, path)
    elif axes is not None and array.dimension_names is None and not dataset.place.startswith("$.multiscales"):
        yield Finding("must", dataset.place, "the array has no dimension_names", NAMES, path)
    outer = list(dataset.at("coordinateTransformations").items())
    inner = [step for whole in outer for step in whole.at("transformations").items()]
    for transformation in (*outer, *inner):
        for numbers in (transformation.at("scale"), transformation.at("translation")):
            if isinstance(numbers.value, list) and len(numbers.listed) != rank:
                says = f"it has {len(numbers.listed)} numbers, the array has {rank} dimensions"
                yield Finding("must", numbers.place, says, LENGTH, path)
    if labels and not array.dtype.removeprefix("u").startswith("int"):
        yield Finding("must", dataset.place, f"the array is of {array.dtype}", INTEGERS, path)


def _axes(image: Part) -> list[str | None] | None:
    """The names of the axes of the arrays; None where they are not to be known."""
    axes = image.at("axes")
    systems = {str(system.at("name").value): system.at("axes") for system in image.at("coordinateSystems").items()}
    for dataset in image.at("datasets").items():
        for step in dataset.at("coordinateTransformations").items():
            output = step.at("output")
            axes = systems.get(str(output.value if isinstance(output.value, str) else output.at("name").value), axes)
    names = [axis.at("name").value for axis in axes.items()]
    return [name if isinstance(name, str) else None for name in names] if names else None


def _attributes(nodes: Nodes, path: str) -> Mapping[str, Any]:
    """Those of a group that need not be there; a broken one is found where it is walked."""
    try:
        return nodes.attributes(path)
    except (NotFound, DataError):
        return {}


def join(path: str, inner: str) -> str:
    """A path below another; either may be ""."""
    return "/".join(part for part in (path.strip("/"), inner.strip("/")) if part)


def leads_below(value: object) -> bool:
    """Whether it is a path to somewhere below where it is listed: "..", "" and other types are not."""
    return isinstance(value, str) and bool(value.strip("/")) and ".." not in value.split("/")
