"""Options that several commands have, and the examples in their help.

The defaults in these texts are those of `render.intent.Intent` and `voxelcast.settings.Settings`, which help does not
load; a test holds them together.
"""

from pathlib import Path
from typing import Annotated, Literal

import typer

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="OME-Zarr (a folder, .ozx, http(s):// or s3://), or a file or DICOM folder that ITK reads.",
    ),
]
Mode = Annotated[
    Literal["auto", "dvr", "mip", "slice"] | None,
    typer.Option(
        help="Volume rendering, maximum intensity projection, or one plane; auto is slice where a plane is given or "
        "the image is flat, else dvr.  [default: auto]"
    ),
]
Size = Annotated[str | None, typer.Option(metavar="WIDTHxHEIGHT", help="Pixels.  [default: 1024x1024]")]
Azimuth = Annotated[
    float | None, typer.Option(help="Degrees that the camera goes around the volume, to the right.  [default: 30]")
]
Elevation = Annotated[float | None, typer.Option(help="Degrees that the camera is raised, -90 to 90.  [default: 20]")]
Zoom = Annotated[float | None, typer.Option(help="2 shows things twice as large.  [default: 1]")]
Channels = Annotated[
    list[str] | None,
    typer.Option(
        metavar="INDEX[:COLOUR][:LOW-HIGH]",
        help="A channel to show, such as 0:green:100-3500; repeat it for more.  [default: as the file says]",
    ),
]
Time = Annotated[int | None, typer.Option(help="Which time, from 0.  [default: 0]")]
AxisName = Annotated[Literal["x", "y", "z"] | None, typer.Option(help="What a slice cuts across.  [default: z]")]
Position = Annotated[
    float | None, typer.Option(help="Where a slice is, in the volume's unit of length.  [default: the middle]")
]
Background = Annotated[str | None, typer.Option(metavar="COLOUR", help="Such as white or #202020.  [default: black]")]
Shaded = Annotated[bool | None, typer.Option("--shaded/--unshaded", help="Light in mode dvr.  [default: shaded]")]
ViewFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw this View, as --save-view or the page's link has it.")
]
SaveView = Annotated[Path | None, typer.Option(metavar="FILE", help="Write the View that was drawn, as JSON.")]
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
_RENDERER, _MEMORY) or in a TOML file, which may name volumes:
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
  voxelcast render brain.ome.zarr -o - --save-view view.json | display
  voxelcast render other.ome.zarr -o same.png --view view.json --size 4096x4096"""

MOVIE_EXAMPLES = """\b
Examples:
  voxelcast movie brain.ome.zarr -o turn.mp4 --size 1280x720
  voxelcast movie embryo.ome.zarr -o days.mp4 --motion time --frames 240
  voxelcast movie brain.ome.zarr -o turn.gif --frames 40 --fps 15 --size 300x300"""

INFO_EXAMPLES = """\b
Examples:
  voxelcast info brain.ome.zarr
  voxelcast info scans/ --json | jq .name
  voxelcast info --devices"""

IMPORT_EXAMPLES = """\b
Examples:
  voxelcast import scan.nrrd scan.ome.zarr
  voxelcast import dicom-folder/ ct.ome.zarr --ngff 0.4"""
