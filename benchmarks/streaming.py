"""The stream beside trame's, trame-rca's and rendercanvas', on the same frames: rendering counts for nothing.

    make bench-peers-streaming            # once: the peers, in a virtual environment of their own
    python -m benchmarks.streaming [--quick] [--only 4mbit,beside] [--systems voxelcast,rendercanvas] [--seconds 8]

40 frames of the phantom workload are drawn once by VTK and replayed by every server, a process of its own; each frame
carries the number of the input that it shows as a row of blocks, which is read from the pixels that the client decodes.
Latency is from the moment an input is sent to that when the whole picture has been received. An input comes 30 times a
second for 8 seconds, whether or not pictures do. Clients say what the systems' own pages say; they run in one process
beside the server, on the same cores. Links are proxies with a rate, a queue of 16 KiB and a delay.

Milliseconds, except where a column says else: `fps` counts pictures that show a newer input; `last` is the latency of
the last input of a drag, `never` if it is not seen within 12 s; `gap` the longest time without a newer picture; `CPU`
the server's per picture that arrived. Peers draw at quality 80 and full size whatever a link takes; `width` says how
large pictures came, and `dB` how near to the frame they are, scaled up to its size (peak signal to noise). The latency
of inputs that no picture shows on its own is in no percentile.
"""

import argparse
import asyncio
import math
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.stream_cases import CASES, GOALS, QUICK, USUAL, Case, Crowd, Drag
from benchmarks.stream_client import NothingSeen
from benchmarks.stream_drive import How, drive
from benchmarks.stream_quality import originals
from benchmarks.stream_systems import OURS, SYSTEMS, System, serving
from benchmarks.stream_tally import Figures

PATIENCE = 12.0
"""Seconds that the last input of a drag is waited for."""

COLUMNS = ("fps", "p50", "p99", "last", "gap", "kB", "CPU", "width", "dB", "decode")
Rows = dict[str, list[Figures]]


def main() -> None:
    arguments = parse_arguments()
    found: dict[str, Rows] = {}
    for name in arguments.only.split(","):
        rows = measure(CASES[name], chosen(arguments.systems), arguments.folder, arguments.seconds)
        if rows:
            report(CASES[name].title, rows)
        if OURS in rows:
            found[name] = rows
    report_goals(found)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"3 seconds of {', '.join(QUICK)}")
    parser.add_argument("--only", help=f"of {', '.join(CASES)}; else all but those of 512 x 512 over slow links")
    parser.add_argument("--systems", help=f"those that begin with one of these: {', '.join(SYSTEMS)}", default="")
    parser.add_argument("--seconds", type=float, help="of a drag, 8")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "voxelcast-benchmark-streaming")
    arguments = parser.parse_args()
    arguments.only = arguments.only or ",".join(QUICK if arguments.quick else USUAL)
    arguments.seconds = arguments.seconds or (3 if arguments.quick else 8)
    unknown = set(arguments.only.split(",")) - set(CASES)
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are: {', '.join(CASES)}")
    return arguments


def chosen(beginnings: str) -> dict[str, System]:
    """The systems whose names begin with one of these."""
    return {name: one for name, one in SYSTEMS.items() if name.startswith(tuple(beginnings.split(",")))}


def measure(case: Case, systems: dict[str, System], folder: Path, seconds: float) -> Rows:
    """What each system did; one that is not there is said and left out."""
    rows = {}
    file = frames(case.size, folder)
    source = "null" if isinstance(case, Crowd) else str(file)
    how = How(seconds, PATIENCE, None if isinstance(case, Crowd) else originals(file))
    for name, system in systems.items():
        if not belongs(system, case):
            continue
        try:
            with serving([*system.command, source]) as server:
                rows[name] = asyncio.run(drive(case, system, server, how))
        except NothingSeen as reason:
            print(f"{name}: {reason}", file=sys.stderr)
    return rows


def belongs(system: System, case: Case) -> bool:
    """Whether the system is measured in the case."""
    if isinstance(case, Crowd):
        return system.alone is not None
    return not system.variant or (isinstance(case, Drag) and case.variants)


def frames(size: int, folder: Path) -> Path:
    """The file with the frames of `size` x `size`; made where it is not there yet."""
    file = folder / f"phantom-{size}.npy"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        print(f"making the frames of {size} x {size}: a minute or two, once ...", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.stream_frames", str(size), str(file)], check=True)
    return file


def report(title: str, rows: Rows) -> None:
    print(f"\n{title}\n{'':26}" + "".join(f"{column:>8}" for column in COLUMNS) + "   p99 and last to ours")
    ours = rows[OURS][0] if OURS in rows else None
    for name, (pilot, *viewers) in rows.items():
        ratios = "" if ours is None else f"{pilot.p99 / ours.p99:>9.1f}{pilot.last / ours.last:>9.1f}"
        print(f"{name:26}{columns(pilot)}{ratios}{unread(pilot)}")
        for viewer in viewers:
            print(f"{'  the viewer beside':26}{columns(viewer)}{unread(viewer)}")
    sys.stdout.flush()


def columns(figures: Figures) -> str:
    times = "".join(f"{time:>8}" for time in map(whole, (figures.p50, figures.p99, figures.last, figures.gap)))
    psnr = "-" if math.isnan(figures.psnr) else f"{figures.psnr:.1f}"
    sizes = f"{figures.kilobytes:>8.1f}{figures.cpu:>8.1f}{figures.width:>8}{psnr:>8}{figures.decode:>8.1f}"
    return f"{figures.fps:>8.1f}{times}{sizes}"


def whole(milliseconds: float) -> str:
    return f"{milliseconds:.0f}" if math.isfinite(milliseconds) else "never"


def unread(figures: Figures) -> str:
    return f"  {figures.unread} pictures could not be read" if figures.unread else ""


def report_goals(found: dict[str, Rows]) -> None:
    """The table of what is to be reached, of the cases that were run; peers stand in it with the best of them."""
    goals = [goal for goal in GOALS if goal.case in found]
    if goals:
        print(f"\n{'to reach':50}{'figure':>7}{'goal':>9}{'got':>8}{'':6}{'best peer':>10}   measured before")
    for goal in goals:
        values = {name: goal.figure_of(pilot) for name, (pilot, *_) in found[goal.case].items()}
        peers = [value for name, value in values.items() if not name.startswith(OURS)]
        best = whole(goal.best(peers)) if peers else "-"
        verdict = "yes" if goal.met(values[OURS]) else "NO"
        title = CASES[goal.case].title
        bound, got = f"{goal.sign} {goal.bound:.0f}", whole(values[OURS])
        print(f"{title:50}{goal.figure:>7}{bound:>9}{got:>8}  {verdict:4}{best:>10}   {goal.before}")


if __name__ == "__main__":
    main()
