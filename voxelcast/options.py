"""Options that several commands have, and the examples in their help.

The defaults in these texts are those of `render.intent.Intent` and `voxelcast.settings.Settings`, which help does not
load; a test holds them together.
"""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, ParamSpec

import typer

P = ParamSpec("P")

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="OME-Zarr (a folder, .ozx, http(s):// or s3://), or a file or DICOM folder that ITK reads.",
    ),
]
Axis = Literal["x", "y", "z"]

PICTURE: dict[str, Any] = {
    "mode": Annotated[
        Literal["auto", "dvr", "mip", "minip", "mean", "sum", "iso", "slice"] | None,
        typer.Option(
            help="Volume rendering; the maximum, minimum, mean or sum along each ray; isosurfaces; one plane. auto is "
            "slice where a plane is given or the image is flat, iso where --iso is, else dvr.  [default: auto]"
        ),
    ],
    "size": Annotated[str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Pixels.  [default: 1024x1024]")],
    "azimuth": Annotated[
        float | None, typer.Option(help="Degrees that the camera goes around the volume, to the right.  [default: 30]")
    ],
    "elevation": Annotated[
        float | None, typer.Option(help="Degrees that the camera is raised, -90 to 90.  [default: 20]")
    ],
    "zoom": Annotated[float | None, typer.Option(help="2 shows things twice as large.  [default: 1]")],
    "orthographic": Annotated[
        bool | None,
        typer.Option("--orthographic/--perspective", help="Whether lines of sight are parallel.  [default: false]"),
    ],
    "channel": Annotated[
        list[str] | None,
        typer.Option(
            metavar="INDEX[:COLOUR][:LOW-HIGH]",
            help="A channel to show, such as 0:green:100-3500; repeat it for more. :gamma=2, :opacity=0.5 and "
            ":inverted may follow.  [default: as the file says]",
        ),
    ],
    "time": Annotated[int | None, typer.Option(help="Which time, from 0.  [default: 0]")],
    "axis": Annotated[Axis | None, typer.Option(help="What a slice cuts across.  [default: z]")],
    "position": Annotated[
        float | None, typer.Option(help="Where a slice is, in the volume's unit of length.  [default: the middle]")
    ],
    "normal": Annotated[
        str | None, typer.Option(metavar="X,Y,Z", help="The direction that an oblique slice cuts across.")
    ],
    "point": Annotated[
        str | None,
        typer.Option(metavar="X,Y,Z", help="Where an oblique slice passes through.  [default: the middle]"),
    ],
    "thickness": Annotated[
        float | None, typer.Option(help="Of a slice, in the volume's unit of length.  [default: 0]")
    ],
    "projection": Annotated[
        Literal["mip", "minip", "mean", "sum"] | None,
        typer.Option(help="What a thick slice shows of its depth.  [default: mip]"),
    ],
    "iso": Annotated[
        list[str] | None,
        typer.Option(
            metavar="VALUE[:COLOUR[:OPACITY[:CHANNEL]]]",
            help="An isosurface, such as 300:gold:0.5; repeat it for more.  [default: one, found, in mode iso]",
        ),
    ],
    "plane": Annotated[
        list[str] | None,
        typer.Option(metavar="AXIS@POSITION", help="A plane inside the volume, such as z@12.5; repeat it for more."),
    ],
    "labels": Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:OPACITY]", help="A label image of the volume to show; repeat it for more."),
    ],
    "ids": Annotated[str | None, typer.Option(metavar="ID,ID,...", help="The labels to show.  [default: all]")],
    "outline": Annotated[
        bool | None, typer.Option("--outline", help="Show only the borders of labels.  [default: false]")
    ],
    "clip": Annotated[
        str | None, typer.Option(metavar="X,Y,Z,X,Y,Z", help="The box that is kept, its lower and its upper corner.")
    ],
    "clip_plane": Annotated[
        list[str] | None,
        typer.Option(
            metavar="X,Y,Z,X,Y,Z", help="A point, and the direction in which all is kept; repeat it, up to 6 times."
        ),
    ],
    "shaded": Annotated[
        bool | None, typer.Option("--shaded/--unshaded", help="Light in modes dvr and iso.  [default: true]")
    ],
    "light": Annotated[
        list[str] | None,
        typer.Option(
            metavar="headlight|X,Y,Z",
            help="A light at the eye, or the direction in which one shines; repeat it for more.  [default: headlight]",
        ),
    ],
    "depth_cue": Annotated[
        float | None, typer.Option(help="The share of light that is gone at the far end, 0 to 1.  [default: 0]")
    ],
    "bounding_box": Annotated[
        bool | None, typer.Option("--bounding-box", help="Draw the edges of the volume.  [default: false]")
    ],
    "axes": Annotated[bool | None, typer.Option("--axes", help="Draw x red, y green, z blue.  [default: false]")],
    "scale_bar": Annotated[
        bool | None, typer.Option("--scale-bar", help="Draw a bar with its length.  [default: false]")
    ],
    "background": Annotated[
        str | None, typer.Option(metavar="COLOUR", help="Such as white or #202020.  [default: black]")
    ],
}
"""Name of a query's parameter -> the option that says the same."""


def with_picture_options(command: Callable[P, None]) -> Callable[P, None]:
    """`command`, which finds them in its context, with the options of `PICTURE` before its own options."""
    signature = inspect.signature(command, eval_str=True)
    kind = inspect.Parameter.KEYWORD_ONLY
    added = [inspect.Parameter(name, kind, default=None, annotation=PICTURE[name]) for name in PICTURE]
    own = [one.replace(kind=kind) for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    required = [one for one in own if one.default is one.empty]
    optional = [one for one in own if one.default is not one.empty]
    command.__signature__ = signature.replace(parameters=[*required, *added, *optional])  # type: ignore[attr-defined]
    return command


ViewFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw this View, as --save-view or the page's link has it.")
]
SaveView = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the View that was drawn, as JSON.")]
Samples = Annotated[
    int | None,
    typer.Option(help="Rays a pixel, 1 to 256: more are smoother, and slower.  [default: 4; 1 in movies]"),
]
Renderer = Annotated[
    Literal["auto", "compute", "vtk", "null"] | None,
    typer.Option(help="What draws; see info --devices.  [default: auto]"),
]
Memory = Annotated[
    str | None, typer.Option(metavar="BYTES", help="What voxels may take, such as 512MiB or 4GiB.  [default: 4GiB]")
]

EXAMPLES = """\b
Examples:
  voxelcast serve embryo.ome.zarr        look at it in a browser
  voxelcast serve scans/ ct=s3://lab/ct.ome.zarr
  voxelcast render embryo.ome.zarr -o embryo.png
  voxelcast render embryo.ome.zarr -o mip.jpg --mode mip --channel 1:magenta
  voxelcast movie embryo.ome.zarr -o turn.mp4
  voxelcast info embryo.ome.zarr         what is in it
  voxelcast check embryo.ome.zarr        whether it is as OME-NGFF says
  voxelcast import scan.nrrd scan.ome.zarr

\b
"voxelcast COMMAND --help" says more of each."""

SERVE_EXAMPLES = """\b
Examples:
  voxelcast serve                        the samples that come with Voxelcast
  voxelcast serve scans/                 every volume in a folder
  voxelcast serve ct=https://host/0042.ome.zarr
  voxelcast serve big.ome.zarr --memory 16GiB --port 9000
  VOXELCAST_TOKEN=sesame voxelcast serve scans/ --host 0.0.0.0

\b
Options may also be in the environment (VOXELCAST_HOST, _PORT, _TOKEN,
_RENDERER, _MEMORY, _LEAN=1 for voxels in less memory that are drawn slower,
_KERNEL_CACHE for the folder of compiled kernels, _NEUROGLANCER) or in a TOML
file, which may name volumes:
  memory = "16GiB"
  [volumes]
  ct = "https://host/0042.ome.zarr"

Ctrl-C ends it."""

RENDER_EXAMPLES = """\b
Examples:
  voxelcast render brain.ome.zarr -o brain.png
  voxelcast render brain.ome.zarr -o top.jpg --mode mip --elevation 90
  voxelcast render brain.ome.zarr -o two.png --channel 0:green:100-3500 --channel 1:magenta
  voxelcast render brain.ome.zarr -o plane.png --mode slice --axis y --position 120
  voxelcast render brain.ome.zarr -o skull.png --iso 900:ivory --plane z@40 --clip-plane 90,0,0,1,0,0
  voxelcast render brain.ome.zarr -o parts.png --labels regions:0.8 --ids 3,17 --scale-bar
  voxelcast render brain.ome.zarr -o - --save-view view.json | display
  voxelcast render other.ome.zarr -o same.png --view view.json --size 4096x4096"""

MOVIE_EXAMPLES = """\b
Examples:
  voxelcast movie brain.ome.zarr -o turn.mp4 --size 1280x720
  voxelcast movie embryo.ome.zarr -o days.mp4 --motion time --frames 240
  voxelcast movie brain.ome.zarr -o turn.gif --frames 40 --fps 15 --size 300x300
  voxelcast movie brain.ome.zarr -o flight.mp4 --keyframes animation.json"""

INFO_EXAMPLES = """\b
Examples:
  voxelcast info brain.ome.zarr
  voxelcast info scans/ --json | jq .name
  voxelcast info --devices"""

CHECK_EXAMPLES = """\b
Examples:
  voxelcast check brain.ome.zarr
  voxelcast check --json https://host/plate.ome.zarr"""

IMPORT_EXAMPLES = """\b
Examples:
  voxelcast import scan.nrrd scan.ome.zarr
  voxelcast import dicom-folder/ ct.ome.zarr --ngff 0.4"""
