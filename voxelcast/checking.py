"""What `voxelcast check` does: a store, or a file of attributes, against the rules of OME-NGFF."""

import json
from pathlib import Path

from rich.console import Console

from render.errors import DataError
from render.volume.ngff_rules import Finding, check_hierarchy, check_ngff
from render.volume.sources import open_store

WORDS = {"must": "error", "should": "should", "note": "note"}


def check(source: str, as_json: bool, strict: bool) -> bool:
    """Print what is found and give back whether the source is valid. NotFound, BadRequest where it is no OME-Zarr.

    `strict`: what the strict schemas of NGFF recommend counts as well.
    """
    findings = find(source)
    wrong = ("must", "should") if strict else ("must",)
    errors = [finding for finding in findings if finding.weight in wrong]
    warnings = [finding for finding in findings if finding.weight not in wrong]
    if as_json:
        said = {"valid": not errors, "errors": list(map(_entry, errors)), "warnings": list(map(_entry, warnings))}
        print(json.dumps(said))
        return not errors
    out = Console(highlight=False, markup=False, soft_wrap=True)
    for finding in (*errors, *warnings):
        out.print(f"{'error' if finding in errors else WORDS[finding.weight]}: {finding}")
    verdict = "valid" if not errors else "not valid"
    out.print(f"{source}: {verdict}, {len(errors)} errors, {len(warnings)} warnings")
    return not errors


def find(source: str) -> tuple[Finding, ...]:
    """All that is found in a source. NotFound, BadRequest."""
    if source.endswith(".json") and Path(source).is_file():
        return _find_in_file(Path(source))
    try:
        with open_store(source) as store:
            return check_hierarchy(store)
    except DataError as error:
        return (Finding("must", "$", str(error), "OME-Zarr is implemented using the Zarr format"),)


def _find_in_file(path: Path) -> tuple[Finding, ...]:
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        return (Finding("must", "$", f"it is no JSON: {error}", "comments MUST NOT be included in JSON objects"),)
    # A whole zarr.json has the attributes one level down.
    inner = document.get("attributes") if isinstance(document, dict) and "zarr_format" in document else document
    return check_ngff(inner)


def _entry(finding: Finding) -> dict[str, str]:
    return {
        "node": finding.node,
        "path": finding.place,
        "found": finding.found,
        "rule": finding.rule,
        "weight": finding.weight,
    }
