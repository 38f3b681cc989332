"""The rules for multiscale images and for `omero`; pure."""

import re

from render.volume.ngff_rules.axes import check_axes
from render.volume.ngff_rules.finding import Part
from render.volume.ngff_rules.spaces import check_systems, check_transformations

MULTISCALES = '"multiscales" contains a list of dictionaries where each entry describes a multiscale image.'
AXES = 'Each "multiscales" dictionary MUST contain the field "axes"'
DATASETS = 'Each "multiscales" dictionary MUST contain the field "datasets"'
PATH = 'Each dictionary in "datasets" MUST contain the field "path", whose value contains the path to the array'
TRANSFORMED = 'Each dictionary in "datasets" MUST contain the field "coordinateTransformations"'
KINDS = "The transformation MUST only be of type `translation` or `scale`."
ONE_SCALE = "They MUST contain exactly one `scale` transformation"
ONE_TRANSLATION = "It MAY contain exactly one `translation`"
AFTER = "If `translation` is given it MUST be listed after `scale`"
LENGTH = 'The length of the `scale` and `translation` array MUST be the same as the length of "axes".'
ADVISED = 'Each "multiscales" dictionary SHOULD contain the field {!r}.'
VERSION = 'Each "multiscales" dictionary SHOULD contain the field "version".'

CHANNELS = "The `omero` metadata is optional, but if present it MUST contain the field `channels`"
COLOR = "Each object in `channels` MUST contain the field `color`, which is a string of 6 hexadecimal digits"
WINDOW = "Each object in `channels` MUST contain the field `window`"
LIMITS = "The field `window` MUST contain the fields `min` and `max`. It MUST also contain the fields `start` and `end`"


def check_multiscales(found: Part, rules: str) -> None:
    """`multiscales` of a document under the rules of "0.4", "0.5" or "0.6"."""
    if not found.is_list(MULTISCALES, 1):
        return
    found.are_unique([repr(value) for value in found.listed], "the image", "uniqueItems of the image schema")
    for image in found.items():
        if not image.is_object(MULTISCALES):
            continue
        for key in ("name", "type", "metadata"):
            image.need(key, ADVISED.format(key), "should")
        if image.has("name"):
            image.at("name").is_text(ADVISED.format("name"))
        if rules == "0.6":
            check_systems(image)
            check_transformations(image)
        else:
            if rules == "0.4":
                image.need("version", VERSION, "should")
            _check_image(image)


def check_omero(omero: Part, rules: str) -> None:
    """`omero`: its text has musts since 0.6, the schemas of 0.4 and 0.5 had the same."""
    if not omero.is_object(CHANNELS):
        return
    channels = omero.need("channels", CHANNELS)
    if channels is None or not channels.is_list(CHANNELS):
        return
    for channel in channels.items():
        if channel.is_object(CHANNELS):
            _check_channel(channel, rules)


def _check_channel(channel: Part, rules: str) -> None:
    color = channel.need("color", COLOR)
    if color is not None and color.is_text(COLOR) and not re.fullmatch(r"[0-9a-fA-F]{6}", str(color.value)):
        color.breaks(COLOR, f"it is {color.value!r}", "must" if rules == "0.6" else "note")
    window = channel.need("window", WINDOW)
    if window is not None and window.is_object(WINDOW):
        for key in ("min", "max", "start", "end"):
            limit = window.need(key, LIMITS)
            if limit is not None:
                limit.is_number(LIMITS)
    for key in ("label", "family"):
        if channel.has(key):
            channel.at(key).is_text("the image schema")
    if channel.has("active") and not isinstance(channel.at("active").value, bool):
        channel.at("active").breaks("the image schema", "it must be true or false")


def _check_image(image: Part) -> None:
    axes = image.need("axes", AXES)
    if axes is not None:
        check_axes(axes, arrays=False)
    rank = len(axes.listed) if axes is not None else None
    datasets = image.need("datasets", DATASETS)
    if datasets is not None and datasets.is_list(DATASETS, 1):
        for dataset in datasets.items():
            if dataset.is_object(DATASETS):
                path = dataset.need("path", PATH)
                if path is not None:
                    path.is_text(PATH)
                transformations = dataset.need("coordinateTransformations", TRANSFORMED)
                if transformations is not None:
                    _check_steps(transformations, rank)
    if image.has("coordinateTransformations"):
        _check_steps(image.at("coordinateTransformations"), rank)


def _check_steps(steps: Part, rank: int | None) -> None:
    """The scale and translation of a level, or of all."""
    if not steps.is_list(TRANSFORMED, 1):
        return
    kinds = [step.at("type").value for step in steps.items()]
    for step in steps.items():
        kind = step.at("type").value
        if not step.is_object(KINDS) or kind not in ("scale", "translation"):
            step.breaks(KINDS, f"its type is {kind!r}")
            continue
        # "one of: a list of floats or a path": no store with a path is known, and no schema allows it.
        numbers = step.need(str(kind), f"{kind} vector, stored either as a list of floats or as binary data")
        if numbers is not None and numbers.is_numbers(KINDS) and rank is not None and len(numbers.listed) != rank:
            # A note only, since the valid case mismatch_axes_units has two numbers for three axes.
            numbers.breaks(LENGTH, f"it has {len(numbers.listed)} numbers, and there are {rank} axes", "note")
    if kinds.count("scale") != 1:
        steps.breaks(ONE_SCALE, f"it has {kinds.count('scale')}")
    if kinds.count("translation") > 1:
        steps.breaks(ONE_TRANSLATION, f"it has {kinds.count('translation')}")
    if "translation" in kinds and "scale" in kinds and kinds.index("translation") < kinds.index("scale"):
        steps.breaks(AFTER, "the translation comes first")
