"""What the commands of the command line do; imported when one is run, so that --help is quick."""

import asyncio
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from render.backends.choice import choose, probe_all
from render.batch import draw
from render.encode import ENCODERS, whole_file
from render.engine import Engine
from render.errors import BackendError, BadRequest, DataError, NotFound
from render.intent import resolve
from render.ladder import FINAL_SAMPLES
from render.scene import View, decode_view, encode_view
from render.volume.catalogue import Catalogue
from render.volume.sources import default_name, find_volumes, open_volume
from render.volume.volume import Volume
from tiles.request import read_intent
from voxelcast import app
from voxelcast.demo import sample_volumes
from voxelcast.describe import devices_table, volume_table, volumes_table
from voxelcast.local import open_engine
from voxelcast.settings import RendererName, Settings

PICTURES = tuple(f".{ending}" for ending in (*ENCODERS, "jpeg"))

WITH_A_VIEW = ("size", "time")
"""What may be said beside a view from a file: a link that was kept can be drawn larger."""

tell = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user asks to see: a view in a file, or (name, text) pairs as in a query, which may then be only a few.

    `samples` is the number of rays a pixel, None: as many as are usual.
    """

    said: tuple[tuple[str, str], ...]
    view: Path | None
    samples: int | None = None

    def resolve(self, volume: Volume) -> View:
        """The View. BadRequest, NotFound."""
        if self.view is None:
            return resolve(read_intent(self.said), volume.info, volume.statistics)
        intent = read_intent(self.said)
        given = {name for name, _ in self.said}
        if not given <= set(WITH_A_VIEW):
            wrong = ", ".join(f"--{name}" for name in sorted(given - set(WITH_A_VIEW)))
            raise BadRequest(
                f"--view says already what {wrong} would say; beside it only --size and --time can be given"
            )
        view = decode_view(read(self.view))
        changes = {name: getattr(intent, name) for name in given}
        return replace(view, volume=volume.info.name, **changes)


def serve(settings: Settings) -> None:
    """Serve until told to end."""
    sources = name_sources(settings) or sample_volumes()
    with _working("finding a renderer"):
        engine, choice = open_engine(settings)
    catalogue = Catalogue(sources, open_volume)
    tell.print(f"renderer: {engine.renderer_name}\n          {choice.reason}")
    names = list(sources)
    tell.print(f"volumes:  {', '.join(names[:20])}{f' and {len(names) - 20} more' if len(names) > 20 else ''}")

    def ready(url: str) -> None:
        print(f"{url}?token={settings.token}" if settings.token else url, flush=True)

    try:
        asyncio.run(app.serve(app.make_app(settings, engine, catalogue), settings, ready))
    finally:
        engine.close()
        catalogue.close()


def name_sources(settings: Settings) -> dict[str, str]:
    """Name -> source of every volume that the settings mean. BadRequest where two have one name."""
    named: dict[str, str] = {}
    given = [(name, source) for name, source in settings.volumes.items()]
    for name, source in [*given, *(_split_name(source) for source in settings.sources)]:
        found = find_volumes(source)
        if name and len(found) == 1:
            found = {name: next(iter(found.values()))}
        elif name:
            own = default_name(source) + "/"
            found = {f"{name}/{part.removeprefix(own)}": one for part, one in found.items()}
        twice = named.keys() & found.keys()
        if twice:
            raise BadRequest(f"two volumes are called {min(twice)!r}: write NAME=SOURCE for one of them")
        named |= found
    return named


def found_engine(settings: Settings) -> Engine:
    """An engine; where compute is not there to be taken, why, for a user would not learn it from a picture."""
    with _working("finding a renderer"):
        engine, choice = open_engine(settings)
    if settings.renderer == "auto" and choice.name != "compute":
        print(f"voxelcast: {choice.reason}", file=sys.stderr)
    return engine


def render(settings: Settings, source: str, output: str, wanted: Wanted, save_view: Path | None) -> None:
    """One picture to a file, or as PNG to standard output where `output` is "-"."""
    if output != "-":
        check_output(Path(output), PICTURES)
    volume = open_volume(source)
    view = wanted.resolve(volume)
    engine = found_engine(settings)
    with engine, _working(f"drawing {volume.info.name}"):
        samples = FINAL_SAMPLES if wanted.samples is None else wanted.samples
        (frame,) = draw(engine, volume, [view], settings.budget, samples)
    if save_view is not None:
        with whole_file(save_view) as unfinished:
            unfinished.write_bytes(encode_view(view))
    if output == "-":
        sys.stdout.buffer.write(frame.encode("png"))
        sys.stdout.buffer.flush()
    else:
        frame.save(output)


def import_(source: str, target: str, ngff: str) -> None:
    """Any source to a multiscale OME-Zarr."""
    # Only this command writes: what it takes is not loaded for the others.
    from render.volume.ngff_writer import import_volume

    with bar() as progress:
        task = progress.add_task("reading", total=None)

        def on_block(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total, description="blocks")

        import_volume(source, target, ngff=ngff, progress=on_block)


def _split_name(text: str) -> tuple[str, str]:
    """NAME=SOURCE -> (NAME, SOURCE); ("", text) where there is no name, as in a path or URL that has an = in it."""
    name, equals, source = text.partition("=")
    if not equals or "://" in name or Path(text).exists():
        return "", text
    if not name or not source:
        raise BadRequest(f"{text!r}: write NAME=SOURCE")
    return name, source


def check_output(path: Path, endings: Collection[str]) -> None:
    """What would fail after minutes of drawing fails before them."""
    if path.suffix.lower() not in endings:
        raise BadRequest(f"{path}: a name here ends in {', '.join(endings)}")
    if not path.parent.is_dir():
        raise NotFound(f"{path}: there is no folder {path.parent}")


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path}: {error.strerror}") from error


def _show(table: RenderableType) -> None:
    """On standard output; where that is no terminal, lines as long as they need to be."""
    Console(highlight=False, width=None if sys.stdout.isatty() else 1000).print(table)


@contextmanager
def _working(what: str) -> Iterator[None]:
    """A sign of life on a terminal for work whose length is unknown."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=tell, transient=True, disable=not tell.is_terminal) as progress:
        progress.add_task(what)
        yield


def bar() -> Progress:
    """A progress bar on standard error; on what is no terminal, nothing."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=tell, transient=True, disable=not tell.is_terminal)


def info(source: str, as_json: bool) -> None:
    """What a source is: for people a table, for programs one JSON object in a line for each volume.

    DataError in the end where some of a folder cannot be read; the others are told all the same.
    """
    found = find_volumes(source)
    volumes, failures = [], []
    for name, path in found.items():
        try:
            volumes.append(open_volume(path, name))
        except DataError as error:
            failures.append(error)
    if as_json:
        for one in volumes:
            print(msgspec.json.encode(one.info).decode())
    elif volumes:
        _show(volume_table(volumes[0]) if len(found) == 1 else volumes_table([one.info for one in volumes]))
    if failures:
        raise DataError("; ".join(map(str, failures)))


def devices(requested: RendererName) -> None:
    """Renderers and devices, which is chosen and why, what is missing. BackendError where nothing can draw."""
    with _working("trying every renderer"):
        probes = probe_all()
    try:
        verdict = f"--renderer {requested} takes: {choose(requested, probes).reason}"
    except BackendError as error:
        _show(devices_table(probes, ""))
        raise error from None
    _show(devices_table(probes, verdict))
