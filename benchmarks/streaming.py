"""The stream beside trame's, trame-rca's and rendercanvas', on the same frames: rendering counts for nothing.

    make bench-peers-streaming            # once: the peers, in a virtual environment of their own
    python -m benchmarks.streaming [--quick] [--only 4mbit,beside] [--systems voxelcast,rendercanvas] [--seconds 8]

40 frames of the phantom workload are drawn once by VTK and replayed by every server, a process of its own; each frame
carries the number of the input that it shows as a row of blocks, which is read from the pixels that the client decodes.
Latency is from the moment an input is sent to that when the whole picture has been received. An input comes 30 times a
second for 8 seconds, whether or not pictures do. Clients say what the systems' own pages say; they run in one process
beside the server, on the same cores. Links are proxies with a rate, a queue of 16 KiB and a delay.

Milliseconds, except where a column says else: `fps` counts pictures that show a newer input; `last` is the latency of
the last input of a drag, `never` if it is not seen within 20 s; `gap` the longest time without a newer picture; `CPU`
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

from benchmarks.stream_cases import CASES, GOALS, QUICK, Case, Crowd, over_slow_link
from benchmarks.stream_drive import How, drive
from benchmarks.stream_quality import originals
from benchmarks.stream_systems import OURS, SYSTEMS, NothingSeen, System, serving
from benchmarks.stream_tally import Figures

PATIENCE = 20.0
"""Seconds that the last input of a drag is waited for."""

COLUMNS = ("fps", "p50", "p99", "last", "gap", "kB", "CPU", "width", "dB", "decode")
Rows = dict[str, list[Figures]]


def main() -> None:
    arguments = parse_arguments()
    found: dict[str, Figures] = {}
    for name in arguments.only.split(","):
        rows = measure(CASES[name], chosen(arguments.systems), arguments.folder, arguments.seconds)
        if rows:
            report(CASES[name].title, rows)
        if OURS in rows:
            found[name] = rows[OURS][0]
    report_goals(found)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"3 seconds of {', '.join(QUICK)}")
    parser.add_argument("--only", help=f"of {', '.join(CASES)}")
    parser.add_argument("--systems", help=f"those that begin with one of these: {', '.join(SYSTEMS)}", default="")
    parser.add_argument("--seconds", type=float, help="of a drag, 8")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "voxelcast-benchmark-streaming")
    arguments = parser.parse_args()
    arguments.only = arguments.only or ",".join(QUICK if arguments.quick else CASES)
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
        if (isinstance(case, Crowd) and system.alone is None) or (system.eager and not over_slow_link(case)):
            continue
        try:
            with serving([*system.command, source]) as server:
                rows[name] = asyncio.run(drive(case, system, server, how))
        except NothingSeen as reason:
            print(f"{name}: {reason}", file=sys.stderr)
    return rows


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
    times = (figures.p50, figures.p99, figures.last, figures.gap)
    milliseconds = "".join(f"{time:>8.0f}" if math.isfinite(time) else f"{'never':>8}" for time in times)
    sizes = f"{figures.kilobytes:>8.1f}{figures.cpu:>8.1f}{figures.width:>8}{figures.psnr:>8.1f}{figures.decode:>8.1f}"
    return f"{figures.fps:>8.1f}{milliseconds}{sizes}"


def unread(figures: Figures) -> str:
    return f"  {figures.unread} pictures could not be read" if figures.unread else ""


def report_goals(found: dict[str, Figures]) -> None:
    """The table of what is to be reached, of the cases that were run."""
    goals = [goal for goal in GOALS if goal.case in found]
    if goals:
        print(f"\n{'to reach':48}{'figure':>7}{'goal':>9}{'got':>8}        peers as measured before")
    for goal in goals:
        got: float = getattr(found[goal.case], goal.figure)
        sign, verdict = (">=" if goal.figure == "fps" else "<="), ("yes" if goal.met(got) else "NO")
        title = CASES[goal.case].title
        print(f"{title:48}{goal.figure:>7}{sign:>4}{goal.bound:>5.0f}{got:>8.1f}  {verdict:4}  {goal.peers}")


if __name__ == "__main__":
    main()
