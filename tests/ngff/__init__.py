"""The NGFF project's own cases for its rules, written down anew: what is valid, what is not and where, what we read.

The cases are those of tests/*_suite.json of the branches 0.4 and 0.5 of https://github.com/ome/ngff-spec and of
tests/attributes of its 0.6rc0, under the names that they have there; names with a space or from the text of the
specification (byDimensionInvalid1) are ours.
"""

from tests.ngff.cases import Case
from tests.ngff.groups import group_cases
from tests.ngff.images import image_cases
from tests.ngff.spaces import space_cases

CASES: list[Case] = [
    *(case for version in ("0.4", "0.5", "0.6rc0") for case in (*image_cases(version), *group_cases(version))),
    *space_cases(),
]

__all__ = ["CASES", "Case"]
