"""The rules of OME-NGFF: the project's own cases, held against the checks."""

import pytest

from render.volume.ngff_rules import check_ngff
from tests.ngff import CASES, Case

BY_NAME = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@BY_NAME
def test_cases_are_judged_as_the_project_judges_them(case: Case) -> None:
    wrong = ("must", "should") if case.strict else ("must",)
    found = [finding for finding in check_ngff(case.document) if finding.weight in wrong]
    assert bool(found) == bool(case.wrong), found
    places = [finding.place for finding in found]
    assert not case.wrong or any(place.startswith(case.wrong) for place in places), places
    assert all(finding.rule and finding.found for finding in found)


def test_there_are_as_many_cases_as_the_project_has() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)
    counts = {
        kind: sum(name.startswith(kind) for name in names)
        for version in ("0.4", "0.5")
        for kind in (f"{version}/{group}/" for group in ("image", "label", "plate", "well", "strict"))
    }
    assert counts == {
        "0.4/image/": 30,
        "0.4/label/": 9,
        "0.4/plate/": 31,
        "0.4/well/": 6,
        "0.4/strict/": 16,
        "0.5/image/": 28,
        "0.5/label/": 9,
        "0.5/plate/": 31,
        "0.5/well/": 5,
        "0.5/strict/": 13,
    }
