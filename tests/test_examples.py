"""Every example runs, on the sample volumes, and writes what it says."""

import runpy
import sys
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.test_cli_serve import serving

EXAMPLES = Path(__file__).parents[1] / "examples"
PICTURES = EXAMPLES.parent / "docs" / "pictures"
RUN = {
    "render_folder",
    "turntable",
    "keyframes",
    "fetch_tiles",
    "python_client",
    "gallery",
    "stream_client",
    "steer_session",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, name: str, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")


def is_a_picture(path: Path) -> bool:
    """Whether something is to be seen: a share of the pixels is bright, and a share is dark."""
    with Image.open(path) as image:
        gray = np.asarray(image.convert("L"))
    return 0.005 < np.mean(gray > 64) < 0.9


def test_every_example_is_run_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.py")} == RUN


def test_a_folder_is_rendered(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "render_folder")
    assert sorted(path.name for path in (here / "pictures").iterdir()) == ["ct_aorta.png", "mitosis.png"]
    assert all(is_a_picture(path) for path in (here / "pictures").iterdir())


def test_a_turntable_is_made(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "turntable")
    with Image.open(here / "turntable.gif") as movie:
        assert movie.n_frames == 24
    assert is_a_picture(here / "turntable.gif")


def test_a_movie_goes_through_keyframes(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "keyframes")
    with av.open(str(here / "keyframes.mp4")) as container:
        gray = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    assert len(gray) == 24
    assert all(0.005 < np.mean(picture > 64) < 0.9 for picture in gray)


def test_the_pictures_of_the_documentation_are_made(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(monkeypatch, "gallery", "gallery", "80x60")
    made = list((here / "gallery").iterdir())
    assert {path.name for path in made} == {path.name for path in PICTURES.iterdir()}
    assert all(is_a_picture(path) for path in made)


def test_servers_are_asked_and_steered(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving() as (url, _):
        run(monkeypatch, "fetch_tiles", url)
        run(monkeypatch, "python_client", url)
        run(monkeypatch, "stream_client", url)
        run(monkeypatch, "steer_session", url, "mitosis", "3")
    assert is_a_picture(here / "plane.png")
    assert is_a_picture(here / "mitosis.png")
    assert is_a_picture(here / "turned.jpg")
    assert capsys.readouterr().out.splitlines()[-1] == "version 4 of the view, seen by 0"


def test_clients_made_from_the_protocol_have_sixty_lines() -> None:
    for name in ("stream_client.py", "stream_client.html"):
        assert len((EXAMPLES / name).read_text().splitlines()) <= 60
