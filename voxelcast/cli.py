"""The command line: what can be typed, its help, and one line for every error.

Only what --help needs is imported here; a command imports `voxelcast.commands`, which has the rest.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from voxelcast.options import (
    CHECK_EXAMPLES,
    EXAMPLES,
    IMPORT_EXAMPLES,
    INFO_EXAMPLES,
    MOVIE_EXAMPLES,
    RENDER_EXAMPLES,
    SERVE_EXAMPLES,
    Memory,
    Renderer,
    Samples,
    SaveView,
    Source,
    ViewFile,
    with_picture_options,
)

if TYPE_CHECKING:
    from voxelcast.commands import Wanted
    from voxelcast.settings import Settings

typer_app = typer.Typer(
    help="Render large volumes where they live, and look at them from anywhere.",
    epilog=EXAMPLES,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@typer_app.command(epilog=SERVE_EXAMPLES, short_help="Serve volumes to browsers and programs.")
def serve(  # noqa: PLR0913 - one parameter for each option, as in the commands below
    sources: Annotated[
        list[str] | None,
        typer.Argument(metavar="[[NAME=]SOURCE]...", help="Volumes, or folders of volumes, and what to call them."),
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1, this machine only]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="0 takes any that is free.  [default: 8470]")] = None,
    token: Annotated[
        str | None,
        typer.Option(help="What clients must know; better in VOXELCAST_TOKEN, since other users see command lines."),
    ] = None,
    renderer: Renderer = None,
    memory: Memory = None,
    neuroglancer: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The Neuroglancer that /neuroglancer/NAME opens.  [default: https://neuroglancer-demo.appspot.com]",
        ),
    ] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(metavar="URL", help="A site whose pages may stream from here, http://HOST:PORT; repeat for more."),
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="A TOML file of these options.")] = None,
) -> None:
    """Serve volumes: a page to look at them, pictures and tiles over HTTP, streams."""
    from voxelcast import commands

    said = {
        "sources": sources or None,
        "host": host,
        "port": port,
        "token": token,
        "renderer": renderer,
        "memory": memory,
        "neuroglancer": neuroglancer,
        "origins": origin or None,
    }
    commands.serve(_settings(said, config))


@typer_app.command(epilog=RENDER_EXAMPLES, short_help="Draw a picture.")
@with_picture_options
def render(  # noqa: PLR0913
    ctx: typer.Context,
    source: Source,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A .png, .jpg, .webp or .avif; - is PNG to standard output."
        ),
    ],
    view: ViewFile = None,
    save_view: SaveView = None,
    samples: Samples = None,
    renderer: Renderer = None,
    memory: Memory = None,
    **_: object,
) -> None:
    """Draw a picture; with no options the whole volume, in a window that suits its data."""
    from voxelcast import commands

    commands.render(_settings({"renderer": renderer, "memory": memory}), source, output, _wanted(ctx), save_view)


@typer_app.command(epilog=MOVIE_EXAMPLES, short_help="Draw a turntable, or a movie through time or keyframes.")
@with_picture_options
def movie(  # noqa: PLR0913
    ctx: typer.Context,
    source: Source,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="An .mp4 (H.264), or a .gif or .webp that loops.")
    ],
    frames: Annotated[int | None, typer.Option(help="How many pictures.  [default: 120]")] = None,
    fps: Annotated[
        int | None, typer.Option(min=1, max=240, help="Pictures per second.  [default: 30, or that of the keyframes]")
    ] = None,
    motion: Annotated[
        Literal["turn", "time", "both"] | None,
        typer.Option(help="Go around the volume, through its times, or both.  [default: both where it has times]"),
    ] = None,
    keyframes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Go from view to view as this Animation says, which the page saves; see docs/view.md."
        ),
    ] = None,
    view: ViewFile = None,
    samples: Samples = None,
    renderer: Renderer = None,
    memory: Memory = None,
    **_: object,
) -> None:
    """Draw a movie: once around the volume, and through time where there is time; or through keyframes."""
    from voxelcast import movies

    settings = _settings({"renderer": renderer, "memory": memory})
    if keyframes is None:
        course = movies.Course(120 if frames is None else frames, 30 if fps is None else fps, motion)
        movies.movie(settings, source, output, _wanted(ctx), course)
    elif frames is not None or motion is not None or view is not None:
        raise typer.BadParameter("--keyframes says already what --frames, --motion and --view would say")
    else:
        movies.animate(settings, source, output, _wanted(ctx), movies.Script(keyframes, fps))


@typer_app.command(epilog=INFO_EXAMPLES, short_help="Say what a volume is, or what draws here.")
def info(
    source: Annotated[str, typer.Argument(metavar="[SOURCE]", help="A volume, or a folder of volumes.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object in a line for each volume.")] = False,
    devices: Annotated[bool, typer.Option("--devices", help="Renderers and devices here, the choice and why.")] = False,
    renderer: Renderer = None,
) -> None:
    """Say what a volume is, or what draws on this machine."""
    from voxelcast import commands

    if devices == bool(source):
        raise typer.BadParameter("give a SOURCE or --devices")
    if devices:
        commands.devices(_settings({"renderer": renderer}).renderer)
    else:
        commands.info(source, as_json)


@typer_app.command("import", epilog=IMPORT_EXAMPLES, short_help="Write any volume as OME-Zarr.")
def import_(
    source: Annotated[str, typer.Argument(metavar="IN", help="NRRD, NIfTI, DICOM folder, MetaImage, TIFF, OME-Zarr.")],
    target: Annotated[str, typer.Argument(metavar="OUT.ome.zarr", help="A folder that is not there yet.")],
    ngff: Annotated[
        Literal["0.5", "0.4"], typer.Option(help="0.5 is sharded Zarr v3, 0.4 is Zarr v2 for older programs.")
    ] = "0.5",
) -> None:
    """Write a volume as multiscale OME-Zarr, block by block."""
    from voxelcast import commands

    commands.import_(source, target, ngff)


@typer_app.command(epilog=CHECK_EXAMPLES, short_help="Hold an OME-Zarr to its specification.")
def check(
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="An OME-Zarr, or a .json file of a group's attributes.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help='One JSON object: {"valid", "errors", "warnings"}.')] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Count what the strict schemas recommend (names, colours) as errors.")
    ] = False,
) -> int:
    """Hold an OME-Zarr and all below it to the rules of OME-NGFF 0.4, 0.5 or 0.6; status 1 where it breaks one."""
    from voxelcast.checking import check

    return 0 if check(source, as_json, strict) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0 done, 1 failed, 2 asked for wrongly; an error is one line on standard error."""
    from render.errors import BadRequest, RenderError

    said = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return typer_app(said or ["--help"], prog_name="voxelcast", standalone_mode=False) or 0
    except typer.TyperException as error:
        return _fail(_said_wrongly(error), error.exit_code)
    except BadRequest as error:
        return _fail(str(error), 2)
    except RenderError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        return 1
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)


def _said_wrongly(error: typer.TyperException) -> str:
    """What typer says of an argument, without the words of the library under it, and which command explains it."""
    context = error.ctx if isinstance(error, typer.BadParameter) else None
    command = context.command_path if context else "voxelcast"
    return f"{error.format_message().replace('Value error, ', '')} (see {command} --help)"


def _fail(message: str, status: int) -> int:
    print(f"voxelcast: {' '.join(message.split())}", file=sys.stderr)
    return status


def _settings(said: Mapping[str, object], config: Path | None = None) -> "Settings":
    from voxelcast.settings import load_settings

    return load_settings({name: value for name, value in said.items() if value is not None}, os.environ, config)


def _wanted(ctx: typer.Context) -> "Wanted":
    """What the options say of the picture, in the dialect of queries: they have the same names."""
    from tiles.request import PICTURE
    from voxelcast.commands import Wanted

    said = []
    for name in PICTURE:
        value = ctx.params[name]
        said += [(name, str(one)) for one in (value if isinstance(value, list | tuple) else [value]) if one is not None]
    return Wanted(tuple(said), ctx.params["view"], ctx.params["samples"])


if __name__ == "__main__":
    sys.exit(main())
