"""Every real set opens with the axes, sizes and windows that its writer meant (the table beside the sets)."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from render.errors import DataError
from render.geometry import Shape3, Spacing3
from render.volume.sources import open_volume


@dataclass(frozen=True)
class Expected:
    axes: str
    shape: Shape3
    dtype: str
    spacing: Spacing3
    unit: str
    channels: tuple[str, ...]
    labels: tuple[str, ...] = ()
    times: int = 1
    origin: Spacing3 = (0, 0, 0)


BRAIN = Expected("czyx", (26, 384, 384), "uint16", (5, 2, 2), "micrometer", ("signal", "background"))
AORTA = Expected(
    "zyx",
    (164, 126, 120),
    "int16",
    (1.5, 1.5, 1.5),
    "millimeter",
    ("HU",),
    ("organs",),
    origin=(540.200012207, 68.158203125, -106.841796875),
)
BODY = Expected(
    "zyx",
    (112, 101, 122),
    "int16",
    (3, 3, 3),
    "millimeter",
    ("channel 0",),
    origin=(94.3017578125, 11.319000244140625, -177.95632934570312),
)
FIB25 = Expected("zyx", (250, 250, 250), "uint8", (10, 10, 10), "nanometer", ("EM",), ("neurons",))
MITOSIS = Expected(
    "tczyx", (5, 196, 171), "uint16", (1, 0.0885, 0.0885), "micrometer", ("channel 0", "channel 1"), times=3
)
MNI = Expected("zyx", (189, 233, 197), "uint8", (1, 1, 1), "millimeter", ("T1",), ("tissue",), origin=(-72, -134, -98))
NUCLEI = Expected("tczyx", (1, 682, 682), "uint8", (1, 0.166053, 0.166053), "micrometer", ("Channel 0",))
AXIAL = Expected(
    "xyz", (1, 256, 207), "float64", (0.737463,) * 3, "", ("channel 0",), origin=(7.146018, -110.762535, -75.762535)
)
PARTIAL = Expected(
    "xyz", (215, 256, 207), "float64", (0.737463,) * 3, "", ("channel 0",), origin=(-71.762535, -110.762535, -75.762535)
)

SETS = {
    "brain2ch.v04.ome.zarr": BRAIN,
    "ct_aorta.v04.ome.zarr": AORTA,
    "ct_aorta.v05.ome.zarr": AORTA,
    "ct_body3mm_ngffzarr.v05.ozx": BODY,
    "fib25.v05.ome.zarr": FIB25,
    "mitosis5d.v04.ome.zarr": MITOSIS,
    "mitosis5d.v05.ome.zarr": MITOSIS,
    "mni152_t1.v04.ome.zarr": MNI,
    "mni152_t1.v05.ome.zarr": MNI,
    "third_party/bioformats2raw_nuclei/xy_8bit__nuclei_PLK1_control.ome.zarr": NUCLEI,
    "third_party/niivue/mni152_axial.ome.zarr": AXIAL,
    "third_party/niivue/mni152_partial_missing_chunks.ome.zarr": PARTIAL,
}


@pytest.mark.parametrize(("path", "expected"), SETS.items(), ids=[Path(path).name for path in SETS])
def test_a_real_set_opens_as_it_was_meant(shared_data: Path, path: str, expected: Expected) -> None:
    volume = open_volume(str(shared_data / path))
    info, finest = volume.info, volume.info.levels[0]
    assert "".join(axis.name for axis in info.axes) == expected.axes
    assert (finest.shape, info.dtype, info.unit, info.times) == (
        expected.shape,
        expected.dtype,
        expected.unit,
        expected.times,
    )
    assert finest.spacing == pytest.approx(expected.spacing, rel=1e-5)
    assert finest.origin == pytest.approx(expected.origin, rel=1e-5)
    assert tuple(channel.label for channel in info.channels) == expected.channels
    assert info.labels == expected.labels
    coarsest = len(info.levels) - 1
    shape = info.levels[coarsest].shape
    found = volume.read(coarsest, (0, 0, 0), shape, len(info.channels) - 1, info.times - 1)
    assert (found.shape, found.dtype) == (shape, np.dtype(info.dtype))
    assert found.max() > found.min()
    volume.close()


@pytest.mark.parametrize("path", SETS, ids=[Path(path).name for path in SETS])
def test_the_levels_of_a_real_set_fill_the_same_box(shared_data: Path, path: str) -> None:
    levels = open_volume(str(shared_data / path)).info.levels
    for level in levels:
        assert level.box.lower == pytest.approx(levels[0].box.lower, abs=1e-3 * max(levels[0].box.extent))
        # A coarser level of an odd size reaches up to one of its voxels further, or one less far.
        for end, expected, spacing in zip(level.box.upper, levels[0].box.upper, level.spacing[::-1], strict=True):
            assert abs(end - expected) <= spacing * 1.001


def test_the_window_of_a_ct_is_in_hounsfield_units(shared_data: Path) -> None:
    volume = open_volume(str(shared_data / "ct_aorta.v05.ome.zarr"))
    assert volume.info.channels[0].window == (-200, 600)
    assert volume.read(0, (0, 0, 0), volume.info.levels[0].shape).min() == -1078


def test_levels_without_chunks_read_as_their_fill_value(shared_data: Path) -> None:
    volume = open_volume(str(shared_data / "third_party/niivue/mni152_partial_missing_chunks.ome.zarr"))
    assert not volume.read(0, (0, 0, 0), (64, 64, 64)).any()
    assert volume.read(2, (0, 0, 0), volume.info.levels[2].shape).any()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("image-01.zarr", 'no "multiscales"'),
        ("image-02.zarr", '"multiscales" is empty'),
        ("image-03.zarr", "level '0' is listed in the metadata and does not exist"),
        ("image-04.zarr", r"level '1' has 2 dimensions \(32, 32\), and there are 3 axes: z, y, x"),
    ],
)
def test_the_invalid_sets_are_refused_and_say_why(shared_data: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        open_volume(str(shared_data / "third_party/ome-zarr-examples/data/invalid" / name))


@pytest.mark.parametrize(
    "name", ["valid/image-01", "valid/image-02", "valid/image-03", "valid/image-04", "warning/image-01"]
)
def test_the_valid_sets_of_the_ngff_project_open(shared_data: Path, name: str) -> None:
    volume = open_volume(str(shared_data / "third_party/ome-zarr-examples/data" / f"{name}.zarr"))
    assert volume.statistics().maximum > volume.statistics().minimum
