"""The four packages are ours, whatever else is installed under such plain names, and voxelcast is quick to import."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import voxelcast

ROOT = Path(__file__).parents[1]

HEAVY = ("vtkmodules", "itk", "drjit", "zarr", "dask", "aiohttp", "av")


@pytest.mark.parametrize("name", ["render", "tiles", "viewer_bridge", "voxelcast"])
def test_a_package_resolves_inside_the_project(name: str) -> None:
    assert Path(str(import_module(name).__file__)).parent == ROOT / name


def test_voxelcast_exports_what_it_says() -> None:
    exported = {name: getattr(voxelcast, name) for name in voxelcast.__all__}
    assert voxelcast.__all__ == sorted(exported)
    assert set(voxelcast.__all__) <= set(dir(voxelcast))
    assert all(value.__doc__ for value in exported.values())
    with pytest.raises(AttributeError, match="no attribute 'close'"):
        _ = voxelcast.close


def loaded(code: str) -> set[str]:
    """The modules that are loaded after `code` in a fresh Python."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_voxelcast_loads_nothing_heavy() -> None:
    assert loaded("import voxelcast, voxelcast.cli").isdisjoint({*HEAVY, "numpy"})


def test_no_renderer_is_loaded_before_something_is_drawn() -> None:
    assert loaded("import voxelcast.commands, voxelcast.app").isdisjoint({"vtkmodules", "itk", "drjit"})


def test_help_works_as_an_installed_command() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "voxelcast", "--help"], capture_output=True, text=True, check=True
    )
    assert "voxelcast COMMAND --help" in done.stdout
