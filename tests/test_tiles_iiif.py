"""What addresses of the IIIF Image API mean: the specification's own examples, and the pixels of its tiles."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from render.errors import BadRequest
from tiles.iiif.address import TILE, Image, Limits, Region, Rotation, Size, Wanted, read_rotation
from tiles.iiif.info import media_type
from tiles.pyramid import Patch, Pyramid

SOME = settings(max_examples=300, derandomize=True, deadline=None, database=None)
LIMITS = Limits(side=4000, area=4_000_000)
UPRIGHT = Rotation(mirrored=False, quarters=0)


def example(version: int) -> Image:
    """The specification's own picture."""
    return Image(version, 300, 200, LIMITS)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        pytest.param("full", Region(0, 0, 300, 200), id="all of it"),
        pytest.param("square", Region(50, 0, 200, 200), id="a square in the middle"),
        pytest.param("125,15,120,140", Region(125, 15, 120, 140), id="pixels"),
        pytest.param("pct:41.6,7.5,40,70", Region(125, 15, 120, 140), id="percent"),
        pytest.param("125,15,200,200", Region(125, 15, 175, 185), id="pixels beyond the edge"),
        pytest.param("pct:41.6,7.5,66.6,100", Region(125, 15, 175, 185), id="percent beyond the edge"),
    ],
)
def test_regions_are_those_of_the_specification(text: str, region: Region) -> None:
    assert example(2).region(text) == example(3).region(text) == region


@pytest.mark.parametrize(
    ("versions", "text", "size"),
    [
        pytest.param((2, 3), "150,", (150, 100), id="a width"),
        pytest.param((2, 3), ",150", (225, 150), id="a height"),
        pytest.param((2, 3), "pct:50", (150, 100), id="percent"),
        pytest.param((2, 3), "pct:.5", (2, 1), id="percent without a leading zero"),
        pytest.param((2, 3), "225,100", (225, 100), id="another aspect"),
        pytest.param((2, 3), "!225,100", (150, 100), id="within a box"),
        pytest.param((2, 3), "!100,2000", (100, 67), id="within a high box"),
        pytest.param((2, 3), "max", (300, 200), id="as large as it is"),
        pytest.param((2,), "full", (300, 200), id="full"),
        pytest.param((2,), "360,", (360, 240), id="larger"),
        pytest.param((2,), "!900,800", (900, 600), id="as large as a box"),
        pytest.param((3,), "^360,", (360, 240), id="a larger width"),
        pytest.param((3,), "^,240", (360, 240), id="a larger height"),
        pytest.param((3,), "^pct:120", (360, 240), id="more than 100 percent"),
        pytest.param((3,), "^360,360", (360, 360), id="larger and of another aspect"),
        pytest.param((3,), "^!360,360", (360, 240), id="larger within a box"),
        pytest.param((3,), "^150,", (150, 100), id="smaller, though larger is allowed"),
        pytest.param((3,), "^max", (2449, 1632), id="as large as the limit of pixels lets it be"),
        pytest.param((3,), "^!9000,9000", (2449, 1632), id="a box beyond the limits"),
    ],
)
def test_sizes_are_those_of_the_specification(versions: tuple[int, ...], text: str, size: Size) -> None:
    for version in versions:
        image = example(version)
        assert image.size(text, image.region("full")) == size


def test_a_picture_beyond_the_limits_is_reduced_to_them_by_max_only() -> None:
    for version in (2, 3):
        long = Image(version, 8000, 500, LIMITS)
        whole = long.region("full")
        assert long.size("max", whole) == (4000, 250)
        with pytest.raises(BadRequest, match="8000 x 500 pixels: at most 4000 on a side and 4000000 in all"):
            long.size("8000,", whole)


@pytest.mark.parametrize(
    ("versions", "region", "size", "message"),
    [
        pytest.param((2, 3), "0,0,0,5", "max", "holds nothing: the image is 300 x 200", id="a region of no width"),
        pytest.param((2, 3), "300,0,5,5", "max", "holds nothing", id="a region outside"),
        pytest.param((2, 3), "-1,0,5,5", "max", "write full, square", id="a negative left"),
        pytest.param((2, 3), "1,2,3", "max", "write full, square", id="three numbers"),
        pytest.param((2, 3), "pct:0,0,101", "max", "write full, square", id="three percentages"),
        pytest.param((2, 3), "full", "0,5", "is 0 x 5 pixels: it must be 1 at least", id="no width"),
        pytest.param((2, 3), "full", "pct:.1", "is 0 x 0 pixels", id="too small a percentage"),
        pytest.param((2, 3), "full", "pct:0", "is 0 x 0 pixels", id="0 percent"),
        pytest.param((2, 3), "full", "!5,", "write", id="half a box"),
        pytest.param((2, 3), "full", ",", "write", id="nothing"),
        pytest.param((2, 3), "full", "5", "write", id="a number without its comma"),
        pytest.param((2,), "full", "^5,", "write full, max, w,", id="a caret, which 2.1 has not"),
        pytest.param((2,), "full", "4001,1", "at most 4000 on a side", id="wider than the limit"),
        pytest.param((2,), "full", "2001,2000", "and 4000000 in all", id="more pixels than the limit"),
        pytest.param((3,), "full", "full", "write max, w,", id="full, which 3.0 has not"),
        pytest.param((3,), "full", "301,", "301 x 201 is larger than the region, 300 x 200", id="larger by width"),
        pytest.param((3,), "full", "pct:101", r"write \^pct:101", id="larger by percent"),
        pytest.param((3,), "full", "10,201", r"write \^10,201", id="larger in one direction"),
        pytest.param((3,), "full", "!301,301", r"write \^!301,301", id="a box that only a larger picture fills"),
        pytest.param((3,), "full", "^4001,1", "at most 4000 on a side", id="larger than the limit"),
    ],
)
def test_what_is_no_region_or_size_says_why(versions: tuple[int, ...], region: str, size: str, message: str) -> None:
    for version in versions:
        image = example(version)
        with pytest.raises(BadRequest, match=message):
            image.size(size, image.region(region))


@pytest.mark.parametrize(
    ("text", "rotation"),
    [
        ("0", UPRIGHT),
        ("90", Rotation(mirrored=False, quarters=1)),
        ("270.0", Rotation(mirrored=False, quarters=3)),
        ("360", UPRIGHT),
        ("!0", Rotation(mirrored=True, quarters=0)),
        ("!180", Rotation(mirrored=True, quarters=2)),
    ],
)
def test_rotations_are_quarter_turns(text: str, rotation: Rotation) -> None:
    assert read_rotation(text) == rotation


@pytest.mark.parametrize("text", ["22.5", "450", "-90", "+90", "!", "90!", "1e2", "nan"])
def test_other_rotations_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="rotation"):
        read_rotation(text)


@pytest.mark.parametrize(
    ("version", "place", "canonical"),
    [
        pytest.param(2, "0,0,300,200/300,200/0/default.jpg", "full/full/0/default.jpg", id="2.1, all"),
        pytest.param(2, "full/!150,150/360/color.png", "full/150,/0/default.png", id="2.1, the same aspect"),
        pytest.param(2, "pct:50,0,50,50/10,90/!90/gray.png", "150,0,150,100/10,90/!90/gray.png", id="2.1, another"),
        pytest.param(3, "pct:0,0,100,100/300,/0/default.jpg", "full/max/0/default.jpg", id="3.0, all"),
        pytest.param(3, "full/^150,/0/default.jpg", "full/150,100/0/default.jpg", id="3.0, smaller"),
        pytest.param(3, "full/^pct:200/0/default.jpg", "full/^600,400/0/default.jpg", id="3.0, larger"),
        pytest.param(3, "full/^!3000,3000/0/default.jpg", "full/^max/0/default.jpg", id="3.0, as large as can be"),
        pytest.param(3, "square/max/!270/bitonal.jpeg", "50,0,200,200/max/!270/bitonal.jpg", id="3.0, a square"),
    ],
)
def test_each_picture_has_one_canonical_address(version: int, place: str, canonical: str) -> None:
    image = example(version)
    wanted = image.wanted(parts(place))
    assert image.canonical(wanted) == canonical
    assert image.wanted(parts(canonical)) == wanted


def parts(place: str) -> dict[str, str]:
    region, size, rotation, file = place.split("/")
    quality, ending = file.split(".")
    return {"region": region, "size": size, "rotation": rotation, "quality": quality, "format": ending}


@st.composite
def tiles(draw: st.DrawFn) -> tuple[int, int, int, int, int]:
    """An image's width and height and one of its tiles: its factor of reduction, column and row."""
    width, height = draw(st.integers(1, 2**20)), draw(st.integers(1, 2**20))
    factor = 2 ** draw(st.integers(0, 11))
    column = draw(st.integers(0, (width - 1) // (TILE * factor)))
    row = draw(st.integers(0, (height - 1) // (TILE * factor)))
    return width, height, factor, column, row


@SOME
@given(tiles())
def test_a_tile_is_the_pyramid_s_own(tile: tuple[int, int, int, int, int]) -> None:
    """The arithmetic is that of 3. Tile region parameter calculation of the specification's implementation notes."""
    width, height, factor, column, row = tile
    left, top = column * TILE * factor, row * TILE * factor
    across, down = min(TILE * factor, width - left), min(TILE * factor, height - top)
    size = (-(-across // factor), -(-down // factor))
    region = f"{left},{top},{across},{down}"
    pyramid = Pyramid((width * 0.25, height * 0.25), 0.25)
    expected = pyramid.patch(factor.bit_length() - 1, column * TILE, row * TILE, TILE, TILE)
    # A tile of one pixel has the same address as one of the next coarser grid: it cannot be both.
    assume(size != (1, 1) or factor == 1)
    assert patch_at(Image(3, width, height, LIMITS), region, f"{size[0]},{size[1]}") == expected
    assume(size[0] > 1)
    assert patch_at(Image(2, width, height, LIMITS), region, f"{size[0]},") == expected


def patch_at(image: Image, region: str, size: str) -> Patch:
    place = image.region(region)
    return image.patch(Wanted(place, image.size(size, place), UPRIGHT, "default", "png"), 0.25)


def test_a_sliver_at_the_right_edge_is_reduced_as_its_neighbours_are() -> None:
    """2049 pixels are 513 at a quarter, the last of which shows one column: 2.1 asks for it by its width alone."""
    image = Image(2, 2049, 3000, LIMITS)
    assert patch_at(image, "2048,0,1,2048", "1,") == Patch(512, 0, 1, 512, (1.0, 1.0))


def test_other_sizes_are_resampled_from_the_region() -> None:
    patch = patch_at(example(3), "30,20,100,60", "40,30")
    assert patch == Patch(30 / 2.5, 20 / 2, 40, 30, (0.25 * 2.5, 0.25 * 2))


LINKED = 'application/ld+json;profile="http://iiif.io/api/image/3/context.json"'


@pytest.mark.parametrize(
    ("accept", "second", "third"),
    [
        pytest.param("", "application/json", LINKED, id="nothing"),
        pytest.param("*/*", "application/json", LINKED, id="anything"),
        pytest.param("application/ld+json", "application/ld+json", LINKED, id="linked data"),
        pytest.param("application/json", "application/json", "application/json", id="plain JSON"),
        pytest.param("application/json, */*;q=0.1", "application/json", "application/json", id="rather plain"),
        pytest.param("application/ld+json;q=0.5, application/json", "application/json", "application/json", id="less"),
        pytest.param("application/ld+json;q=0, */*", "application/json", "application/json", id="no linked data"),
        pytest.param('application/ld+json;profile="x";q=0.9, text/html', "application/ld+json", LINKED, id="a profile"),
    ],
)
def test_the_form_of_info_json_is_negotiated(accept: str, second: str, third: str) -> None:
    assert media_type(2, accept) == second
    assert media_type(3, accept) == third
