"""The attributes of one Zarr group against the rules of OME-NGFF 0.4, 0.5 or 0.6; pure."""

from collections.abc import Callable

from render.volume.ngff_rules.finding import DEEPEST, Finding, Part, brief, too_deep
from render.volume.ngff_rules.image import check_multiscales, check_omero
from render.volume.ngff_rules.label import check_label, check_labels
from render.volume.ngff_rules.plate import check_plate, check_well
from render.volume.ngff_rules.spaces import check_scene

OME = "The group `attributes` MUST contain a key `ome`. The value of the `ome` key MUST be a JSON object"
VERSION = "[ome] MUST contain a `version` key, the value of which MUST be a string specifying the version"
VERSION_04 = "`version`, whose value MUST be a string specifying the version of the specification"
ONE_OF = 'The "OME-Zarr Metadata" contains metadata keys as specified for discovering certain types of data'
LAYOUT = 'MUST have the value "3" for the "bioformats2raw.layout" key'
PLATE = 'the "plate" key MUST also be present, takes precedence'
SERIES = '"series" MUST be a list of string objects, each of which is a path to an image group.'
OLDER = ("0.1", "0.2", "0.3")
"""Versions whose rules are not here: they are read, and hardly written any more."""

RULES = ("0.4", "0.5", "0.6")

CHECKS: dict[str, Callable[[Part, Part, str], None]] = {
    "multiscales": lambda part, document, rules: check_multiscales(part, rules),
    "omero": lambda part, document, rules: check_omero(part, rules),
    "image-label": check_label,
    "labels": lambda part, document, rules: check_labels(part),
    "plate": lambda part, document, rules: check_plate(part, rules),
    "well": lambda part, document, rules: check_well(part, rules),
    "bioformats2raw.layout": lambda part, document, rules: _check_layout(part),
    "series": lambda part, document, rules: _check_series(part),
    "scene": lambda part, document, rules: check_scene(part),
}


def check_ngff(attributes: object) -> tuple[Finding, ...]:
    """What is wrong with a group's attributes, in the order of the document; nothing where they are right.

    The version that they name decides on the rules; where it is missing or none that is known, those of the layout do:
    0.4 without "ome", 0.5 with it, 0.6 where there are coordinate systems or a scene.
    """
    findings: list[Finding] = []
    top = Part(attributes, "$", findings)
    if not top.is_object(OME):
        return tuple(findings)
    if too_deep(attributes):
        top.breaks(OME, f"it is nested more than {DEEPEST} times: it is not read")
        return tuple(findings)
    document = top.at("ome") if top.has("ome") else top
    if not document.is_object(OME):
        return tuple(findings)
    version = ngff_version(attributes)
    if version in OLDER:
        top.breaks(VERSION_04, f"it is of version {version}, whose rules are not known here: it is not checked", "note")
        return tuple(findings)
    rules = _check_version(document, version) if top.has("ome") else _check_old_versions(document)
    kinds = [kind for kind in CHECKS if document.has(kind) and (kind != "scene" or rules == "0.6")]
    if not kinds or kinds == ["omero"]:
        document.breaks(ONE_OF, f"it has none of {', '.join(CHECKS)}")
    for kind in kinds:
        CHECKS[kind](document.at(kind), document, rules)
    return tuple(findings)


def ngff_version(attributes: object) -> str | None:
    """The version that a document names; None where it names none."""
    top = Part(attributes, "$", [])
    if top.has("ome"):
        version = top.at("ome").at("version").value
        return version if isinstance(version, str) else None
    holders = [*top.at("multiscales").items(), *(top.at(kind) for kind in ("plate", "well", "image-label"))]
    versions = (holder.at("version").value for holder in holders)
    return next((version for version in versions if isinstance(version, str)), None)


def _check_version(ome: Part, version: str | None) -> str:
    """The rules for what is under "ome"."""
    images = list(ome.at("multiscales").items())
    newest = ome.has("scene") or any(image.has("coordinateSystems") for image in images)
    found = ome.need("version", VERSION)
    if found is not None and found.is_text(VERSION):
        if version == "0.5":
            return "0.5"
        if str(version).startswith("0.6"):
            return "0.6"
        found.breaks(VERSION, f"it is {brief(version)}; known are 0.5 and 0.6")
    return "0.6" if newest else "0.5"


def _check_old_versions(document: Part) -> str:
    holders = [*document.at("multiscales").items(), *(document.at(kind) for kind in ("plate", "well", "image-label"))]
    for holder in holders:
        if holder.has("version") and holder.at("version").value != "0.4":
            holder.at("version").breaks(
                VERSION_04, f"it is {brief(holder.at('version').value)}; without 'ome' it can be 0.4 only"
            )
    return "0.4"


def _check_layout(layout: Part) -> None:
    if layout.value != 3 or isinstance(layout.value, bool):
        layout.breaks(LAYOUT, f"it is {brief(layout.value)}")


def _check_series(series: Part) -> None:
    if series.is_list(SERIES):
        for path in series.items():
            path.is_text(SERIES)
