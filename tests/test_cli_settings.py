"""Settings: where they come from, what is refused, and the names that sources get."""

from pathlib import Path

import pytest

from render.errors import BadRequest, NotFound
from render.ladder import Budget
from tests.volumes import gradient, write_ome_zarr
from voxelcast.commands import name_sources
from voxelcast.settings import Settings, load_settings, parse_bytes

FILE = """
port = 9000
memory = "1.5GiB"
renderer = "vtk"
token = "from the file"
[volumes]
mine = "a.ome.zarr"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "voxelcast.toml"
    path.write_text(FILE)
    return path


def test_arguments_win_over_the_environment_and_that_over_the_file(config: Path) -> None:
    environment = {"VOXELCAST_RENDERER": "compute", "VOXELCAST_TOKEN": "sesame", "HOME": "/root"}
    assert load_settings({"token": "said", "sources": ["b"]}, environment, config) == Settings(
        sources=("b",),
        volumes={"mine": "a.ome.zarr"},
        port=9000,
        renderer="compute",
        memory=3 * 2**29,
        token="said",
    )


def test_the_environment_says_how_voxels_and_kernels_are_kept() -> None:
    settings = load_settings(
        {}, {"VOXELCAST_LEAN": "1", "VOXELCAST_KERNEL_CACHE": "~/kernels", "VOXELCAST_MEMORY": "1GiB"}
    )
    assert (settings.budget, settings.kernel_cache) == (Budget(3 * 2**28, lean=True), "~/kernels")


def test_links_open_the_neuroglancer_that_is_said() -> None:
    settings = load_settings({}, {"VOXELCAST_NEUROGLANCER": "https://viewer.example/"})
    assert settings.neuroglancer == "https://viewer.example/"
    with pytest.raises(BadRequest, match="neuroglancer 'javascript:1': must be a URL of http or https"):
        Settings(neuroglancer="javascript:1")


def test_memory_is_split_between_the_device_and_tiles() -> None:
    settings = Settings(memory=2**30)
    assert (settings.device_memory, settings.tile_memory) == (3 * 2**28, 2**28)


@pytest.mark.parametrize(
    ("text", "count"),
    [("4GiB", 2**32), ("512 MiB", 2**29), ("1.5gib", 3 * 2**29), ("70000000", 70_000_000), ("1KiB", 1024)],
)
def test_bytes_are_read(text: str, count: int) -> None:
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["4GB", "GiB", "-4GiB", "4 G i B", "", "nan"])
def test_what_is_no_number_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="such as 4GiB"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("said", "environment", "message"),
    [
        pytest.param({"host": "0.0.0.0"}, {}, "host 0.0.0.0.*a token is needed", id="an open door"),
        pytest.param({"host": "example.org"}, {}, "a token is needed", id="an open door by name"),
        pytest.param({"port": 70000}, {}, "port 70000", id="a port beyond the last"),
        pytest.param({"memory": "1MiB"}, {}, "at least 64 MiB", id="memory for nothing"),
        pytest.param({"renderer": "povray"}, {}, "povray", id="an unknown renderer"),
        pytest.param(
            {}, {"VOXELCAST_PROT": "1"}, "VOXELCAST_PROT in the environment is unknown", id="a slip of the pen"
        ),
        pytest.param({}, {"VOXELCAST_PORT": "x"}, "port", id="a port that is no number"),
    ],
)
def test_what_makes_no_sense_is_refused(said: dict[str, object], environment: dict[str, str], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        load_settings(said, environment)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_this_machine_needs_no_token(host: str) -> None:
    assert Settings(host=host).token == ""


def test_a_file_that_is_wrong_is_refused_by_place(tmp_path: Path) -> None:
    path = tmp_path / "voxelcast.toml"
    for text, message in [("port = ", "voxelcast.toml"), ("colour = 1", "colour"), ('port = "many"', r"\$.port")]:
        path.write_text(text)
        with pytest.raises(BadRequest, match=message):
            load_settings({}, {}, path)
    with pytest.raises(NotFound, match="no such file"):
        load_settings({}, {}, tmp_path / "other.toml")


def test_volumes_are_called_as_they_are_or_as_one_says(tmp_path: Path) -> None:
    for name in ("a", "b=c"):
        write_ome_zarr(tmp_path / f"{name}.ome.zarr", gradient((3, 5, 7)))
    folder, single = str(tmp_path), str(tmp_path / "a.ome.zarr")
    odd = str(tmp_path / "b=c.ome.zarr")
    settings = Settings(sources=(folder, f"mine={single}", f"all={folder}"), volumes={"listed": odd})
    assert name_sources(settings) == {
        "listed": odd,
        "a": single,
        "b=c": odd,
        "mine": single,
        "all/a": single,
        "all/b=c": odd,
    }
    with pytest.raises(BadRequest, match="two volumes are called 'a'"):
        name_sources(Settings(sources=(folder, single)))
    with pytest.raises(BadRequest, match="write NAME=SOURCE"):
        name_sources(Settings(sources=("name=",)))


def test_the_images_of_a_container_keep_their_paths(shared_data: Path) -> None:
    plate = shared_data / "third_party" / "ome-zarr-examples" / "data" / "valid" / "plate-01.zarr"
    own = name_sources(Settings(sources=(str(plate),)))
    said = name_sources(Settings(sources=(f"mine={plate}",)))
    assert len(own) > 1
    assert said == {f"mine{name.removeprefix('plate-01')}": source for name, source in own.items()}
