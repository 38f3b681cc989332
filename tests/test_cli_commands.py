"""The command line: what it writes, what it says, how it ends."""

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from PIL import Image

from render.backends.choice import PROBES
from render.encode import decode
from render.scene import MIP, Slice, decode_view
from tests.volumes import gradient, write_labels, write_ome_zarr
from voxelcast.cli import main


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """Two channels at three times."""
    return write_ome_zarr(tmp_path / "cells.ome.zarr", gradient((3, 2, 5, 30, 40)), "tczyx", spacing=(2, 1, 1))


@pytest.fixture(autouse=True)
def null_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXELCAST_RENDERER", "null")


@dataclass
class Said:
    status: int
    out: str
    err: str


class Shell:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Said:
        status = main([str(argument) for argument in arguments])
        out, err = self._capsys.readouterr()
        return Said(status, out, err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.mark.parametrize("command", [[], ["serve"], ["render"], ["movie"], ["info"], ["import"]])
def test_help_explains_and_has_examples(run: Shell, command: list[str]) -> None:
    said = run(*command, "--help")
    assert said.status == 0
    assert f"voxelcast {' '.join(command)}".strip() in said.out
    assert "Examples:" in said.out


def test_nothing_said_is_help(run: Shell) -> None:
    assert "Usage: voxelcast" in run().out


def test_options_are_the_parameters_of_a_query_and_say_their_defaults() -> None:
    """Help is written without loading what draws, so it repeats them; here they are held together."""
    from render.intent import Intent
    from tiles.request import PICTURE, read_intent
    from voxelcast.options import PICTURE as OPTIONS

    assert tuple(OPTIONS) == PICTURE
    helps = {name: option.__metadata__[0].help for name, option in OPTIONS.items()}
    said = {name: help.split("[default: ")[1].rstrip("]") for name, help in helps.items() if "[default: " in help}
    in_words = {"axis", "channel", "position", "point", "iso", "ids", "light"}
    assert said.keys() >= {"mode", "size", "depth_cue", *in_words}
    assert read_intent((name, default) for name, default in said.items() if name not in in_words) == Intent()


def test_a_picture_is_written_in_the_format_of_its_name(run: Shell, volume: Path, tmp_path: Path) -> None:
    for name, kind in [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.jpeg", "JPEG"), ("a.webp", "WEBP")]:
        assert run("render", volume, "-o", tmp_path / name, "--size", "64x48") == Said(0, "", "")
        with Image.open(tmp_path / name) as image:
            assert (image.format, image.size) == (kind, (64, 48))


def test_a_picture_goes_to_standard_output(volume: Path) -> None:
    command = [sys.executable, "-m", "voxelcast.cli", "render", str(volume), "-o", "-", "--size", "16x8"]
    done = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert decode(done.stdout).shape == (8, 16, 4)
    assert done.stderr == b""


def test_a_saved_view_draws_the_same_picture_and_may_be_larger(run: Shell, volume: Path, tmp_path: Path) -> None:
    options = ["--mode", "mip", "--channel", "1:red:5-9", "--background", "navy", "--time", 2]
    view, first, again = tmp_path / "view.json", tmp_path / "first.png", tmp_path / "again.png"
    assert run("render", volume, "-o", first, "--size", "64x48", "--save-view", view, *options).status == 0
    saved = decode_view(view.read_bytes())
    assert (saved.volume, saved.mode, saved.time, saved.size) == ("cells", MIP(), 2, (64, 48))
    assert saved.visible_channels[0].transfer.window == (5.0, 9.0)
    assert run("render", volume, "-o", again, "--view", view).status == 0
    assert again.read_bytes() == first.read_bytes()
    assert run("render", volume, "-o", again, "--view", view, "--size", "32x24").status == 0
    assert decode(again.read_bytes()).shape == (24, 32, 4)


def test_a_broken_chunk_among_many_is_one_line_and_no_picture(tmp_path: Path) -> None:
    """In a process of its own: what zarr leaves at work after a failed read complains as Python ends."""
    volume = write_ome_zarr(tmp_path / "broken.ome.zarr", gradient((30, 50, 70)), chunks=(5, 5, 5))
    chunk = volume / "0" / "c" / "0" / "3" / "4"
    chunk.write_bytes(chunk.read_bytes()[:7])
    command = [sys.executable, "-m", "voxelcast.cli", "render", str(volume), "-o", str(tmp_path / "a.png")]
    environment = {**os.environ, "VOXELCAST_RENDERER": "auto"}
    done = subprocess.run(command, capture_output=True, timeout=60, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"voxelcast: broken: level '0', voxels .* cannot be read: .*\n", done.stderr)
    assert not (tmp_path / "a.png").exists()


def test_a_slice_is_where_it_was_asked_for(run: Shell, volume: Path, tmp_path: Path) -> None:
    view = tmp_path / "view.json"
    run(
        "render",
        volume,
        "-o",
        tmp_path / "a.png",
        "--mode",
        "slice",
        "--axis",
        "y",
        "--position",
        12,
        "--save-view",
        view,
    )
    assert decode_view(view.read_bytes()).mode == Slice("y", 12.0)


def test_the_rays_of_a_pixel_can_be_said(run: Shell, volume: Path, tmp_path: Path) -> None:
    assert run("render", volume, "-o", tmp_path / "a.png", "--size", "8x8", "--samples", 4).status == 0
    said = run("render", volume, "-o", tmp_path / "a.png", "--samples", 0)
    assert (said.status, "samples 0: must be 1 to 256" in said.err) == (2, True)


def test_kernels_are_kept_where_the_settings_say(volume: Path, tmp_path: Path) -> None:
    """In a process of its own: Dr.Jit looks for the folder once."""
    if not any(probe.usable for probe in PROBES["compute"]()):
        pytest.skip("compute draws nothing here")
    cache = tmp_path / "a" / "kernels"
    environment = os.environ | {"VOXELCAST_RENDERER": "compute", "VOXELCAST_KERNEL_CACHE": str(cache)}
    command = [sys.executable, "-m", "voxelcast.cli", "render", str(volume), "-o", "a.png", "--size", "16x8"]
    subprocess.run(command, timeout=120, check=True, cwd=tmp_path, env=environment)
    assert list(cache.iterdir())


@pytest.mark.parametrize("ending", ["mp4", "gif", "webp"])
def test_a_movie_has_its_frames(run: Shell, volume: Path, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"turn.{ending}"
    assert (
        run("movie", volume, "-o", path, "--frames", 6, "--fps", 10, "--size", "64x48", "--motion", "turn").status == 0
    )
    if ending == "mp4":
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.name, stream.frames, stream.average_rate) == ("h264", 6, 10)
    else:
        assert path.stat().st_size > 0
    assert [child.name for child in tmp_path.iterdir() if child.is_file()] == [path.name]


def test_a_movie_goes_from_keyframe_to_keyframe(run: Shell, volume: Path, tmp_path: Path) -> None:
    for azimuth, name in ((0, "a"), (80, "b")):
        view = ("--save-view", tmp_path / f"{name}.json")
        assert run("render", volume, "-o", tmp_path / "a.png", "--azimuth", azimuth, *view).status == 0
    seen = [json.loads((tmp_path / f"{name}.json").read_text()) | {"volume": "elsewhere"} for name in "ab"]
    script = tmp_path / "animation.json"
    steps = [{"view": view, "seconds": 2 * i} for i, view in enumerate(seen)]
    script.write_text(json.dumps({"keyframes": steps, "size": [64, 48], "fps": 5}))
    path = tmp_path / "flight.mp4"
    for said, frames, size in (([], 10, (64, 48)), (["--fps", 10, "--size", "80x60"], 20, (80, 60))):
        assert run("movie", volume, "-o", path, "--keyframes", script, *said).err == ""
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            assert (stream.frames, stream.average_rate) == (frames, frames // 2)
            assert (stream.width, stream.height) == size
    refused = run("movie", volume, "-o", path, "--keyframes", script, "--azimuth", 3, "--bounding-box")
    assert (refused.status, "--azimuth, --bounding-box would say" in refused.err) == (2, True)
    refused = run("movie", volume, "-o", path, "--keyframes", script, "--frames", 3)
    assert (refused.status, "--keyframes says already what --frames" in refused.err) == (2, True)
    script.write_text('{"keyframes": 3}')
    assert "at `$.keyframes`" in run("movie", volume, "-o", path, "--keyframes", script).err


def test_a_flat_image_of_one_time_is_turned_around(run: Shell, tmp_path: Path) -> None:
    flat = write_ome_zarr(tmp_path / "flat.ome.zarr", gradient((30, 40)), "yx")
    path = tmp_path / "turn.gif"
    assert run("movie", flat, "-o", path, "--frames", 4, "--size", "64x48").status == 0
    assert path.stat().st_size > 0


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        pytest.param(["rendr"], 2, "No such command 'rendr'", id="an unknown command"),
        pytest.param(["render"], 2, "Missing", id="a missing argument"),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--colour", "x"], 2, "No such option", id="an unknown option"),
        pytest.param(
            ["render", "VOLUME", "-o", "a.png", "--mode", "fancy"],
            2,
            "see voxelcast render --help",
            id="an unknown mode",
        ),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--size", "0x9"], 2, "size 0 x 9", id="a size of nothing"),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--size", "9"], 2, "WIDTHxHEIGHT", id="a size of one number"),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--channel", "0:x:1"], 2, "INDEX", id="half a window"),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--channel", "7"], 1, "no channel 7", id="a lost channel"),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--time", "3"], 1, "no time 3", id="a time after the last"),
        pytest.param(["render", "VOLUME", "-o", "a.png", "--memory", "4GB"], 2, "memory '4GB'", id="a unit of no use"),
        pytest.param(["render", "VOLUME", "-o", "a.gif"], 2, "ends in .png", id="a format that is no picture"),
        pytest.param(
            ["render", "VOLUME", "-o", "no/a.png"], 1, "there is no folder no", id="a folder that is not there"
        ),
        pytest.param(["render", "nowhere.zarr", "-o", "a.png"], 1, "nowhere.zarr", id="a volume that is not there"),
        pytest.param(
            ["render", "VOLUME", "-o", "a.png", "--view", "no.json"], 1, "no.json", id="a view that is not there"
        ),
        pytest.param(["movie", "VOLUME", "-o", "a.avi"], 2, "ends in .mp4", id="a movie of no known kind"),
        pytest.param(["movie", "VOLUME", "-o", "a.mp4", "--frames", "0"], 2, "frames 0", id="a movie of nothing"),
        pytest.param(
            ["movie", "VOLUME", "-o", "a.mp4", "--mode", "slice", "--motion", "turn"], 2, "slice", id="a slice turned"
        ),
        pytest.param(["info"], 2, "give a SOURCE or --devices", id="information about nothing"),
        pytest.param(["serve", "VOLUME", "VOLUME"], 2, "two volumes are called 'cells'", id="one name twice"),
        pytest.param(["serve", "--host", "0.0.0.0"], 2, "a token is needed", id="an open door"),
        pytest.param(["serve", "--config", "no.toml"], 1, "no.toml: no such file", id="settings that are not there"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    run: Shell, volume: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], status: int, message: str
) -> None:
    monkeypatch.chdir(volume.parent)
    said = run(*[str(volume) if argument == "VOLUME" else argument for argument in arguments])
    assert said.status == status
    assert said.err.startswith("voxelcast: ")
    assert said.err.count("\n") == 1
    assert message in said.err
    assert [child.name for child in volume.parent.iterdir()] == ["cells.ome.zarr"]


def test_a_view_from_a_file_says_what_cannot_stand_beside_it(run: Shell, volume: Path, tmp_path: Path) -> None:
    view = tmp_path / "view.json"
    run("render", volume, "-o", tmp_path / "a.png", "--save-view", view)
    said = run("render", volume, "-o", tmp_path / "b.png", "--view", view, "--azimuth", 3, "--zoom", 2)
    assert said.status == 2
    assert "--azimuth, --zoom" in said.err
    view.write_text('{"volume": 3}')
    assert "$.volume" in run("render", volume, "-o", tmp_path / "b.png", "--view", view).err


def test_a_volume_is_told_to_people_and_to_programs(run: Shell, volume: Path) -> None:
    table = run("info", volume).out
    for fact in ("t c z y x", "40 x 30 x 10 micrometer (x, y, z)", "5 x 30 x 40", "2, 1, 1", "uint16"):
        assert fact in table
    told = json.loads(run("info", volume, "--json").out)
    assert (told["name"], told["times"], told["levels"][0]["spacing"]) == ("cells", 3, [2.0, 1.0, 1.0])


def test_channels_beyond_those_that_a_picture_holds_are_told(run: Shell, tmp_path: Path) -> None:
    many = write_ome_zarr(tmp_path / "many.ome.zarr", gradient((9, 3, 5, 7)), "czyx")
    rows = [line for line in run("info", many).out.splitlines() if "chosen here" in line]
    assert len(rows) == 9
    assert ["8 at once" in row for row in rows] == [False] * 8 + [True]


def test_labels_are_told_with_their_levels_and_what_is_wrong_with_them(run: Shell, volume: Path) -> None:
    write_labels(volume, "cells", gradient((5, 30, 40)), levels=2)
    write_labels(volume, "masses", gradient((5, 30, 40), "float32"))
    table = run("info", volume).out
    assert "cells, uint16, 2 levels; masses: labels are whole numbers, and these are float32" in table


def test_a_folder_is_told_line_by_line_and_what_is_broken_in_it(run: Shell, volume: Path) -> None:
    write_ome_zarr(volume.parent / "more.ome.zarr", gradient((5, 7)), "yx")
    lines = run("info", volume.parent, "--json").out.splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["cells", "more"]
    (volume.parent / "wrong.ome.zarr").mkdir()
    (volume.parent / "wrong.ome.zarr" / "zarr.json").write_text("{")
    said = run("info", volume.parent)
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert "wrong" in said.err
    assert "cells" in said.out
    assert "more" in said.out


def test_devices_say_what_draws_and_why(run: Shell) -> None:
    said = run("info", "--devices")
    assert said.status == 0
    assert "checkerboard" in said.out
    assert "null was asked for" in said.out


def test_a_volume_is_imported_and_can_be_drawn(run: Shell, volume: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.ome.zarr"
    assert run("import", volume, target) == Said(0, "", "")
    told = json.loads(run("info", target, "--json").out)
    assert told["levels"][0]["shape"] == [5, 30, 40]
    said = run("import", volume, target)
    assert said.status in (1, 2)
    assert "copy.ome.zarr" in said.err
