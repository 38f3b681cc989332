"""Fixtures that every test may ask for."""

from pathlib import Path

import pytest
from hypothesis import settings

# What one run finds is found by the next one too, and what lands has been found sound by the very same examples.
settings.register_profile("repeatable", derandomize=True, database=None)
settings.load_profile("repeatable")

pytest_plugins = ["tests.browser"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real volumes next to the repository."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real volumes are not there: ../shared/data next to the repository")
    return folder
