"""Fixtures that every test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.browser"]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real volumes next to the repository."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the real volumes are not there: ../shared/data next to the repository")
    return folder
