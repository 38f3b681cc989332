"""Which renderer draws on this machine, and why; nothing falls back silently."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, cast

from render.backends import compute, null, vtk
from render.backends.base import Probe, Renderer
from render.backends.trials import Trials
from render.errors import BackendError

RendererName = Literal["compute", "vtk", "null"]
Requested = Literal["auto", "compute", "vtk", "null"]

ProbeTable = Mapping[RendererName, Callable[[], Sequence[Probe]]]

PROBES: ProbeTable = {
    "compute": compute.probe,
    "vtk": lambda: [vtk.probe()],
    "null": lambda: [null.probe()],
}
"""Name -> what there is of it on this machine; each tries it in child processes of its own."""


def remembering(trials: Trials) -> ProbeTable:
    """The same, but what passed before is not tried again."""
    return {**PROBES, "compute": lambda: compute.probe(trials)}


OPENERS: Mapping[str, Callable[[int, bool], Renderer]] = {
    "cuda": lambda budget, lean: compute.open_compute("cuda", budget, lean),
    "llvm": lambda budget, lean: compute.open_compute("llvm", budget, lean),
    "gpu": lambda budget, _: vtk.open_vtk(budget),
    "software": lambda budget, _: vtk.open_vtk(budget),
    "none": lambda *_: null.NullRenderer(),
}
"""Backend -> opens the renderer on it with a budget in bytes, and voxels packed lean where it packs them."""

BACKENDS: Mapping[tuple[str, bool], str] = {
    ("compute", True): "cuda",
    ("vtk", True): "gpu",
    ("compute", False): "llvm",
    ("vtk", False): "software",
    ("null", False): "none",
}
"""(name, hardware) of a probe -> backend, in the order in which "auto" takes them; null it never takes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A renderer, what it draws on, and why it was chosen, in words for a user."""

    name: RendererName
    backend: str
    reason: str


def probe_all() -> list[Probe]:
    """What every renderer says of this machine; takes 2 s, in child processes side by side."""
    return _probe(tuple(PROBES), PROBES)


def choose(requested: Requested, probes: Sequence[Probe]) -> Choice:
    """The renderer that `requested` means where `probes` hold; pure.

    BackendError, with what is missing and the commands that install it, where there is nothing usable.
    """
    asked = [probe for probe in probes if probe.name == requested or (requested == "auto" and probe.name != "null")]
    order = list(BACKENDS)
    ranked = sorted(asked, key=lambda probe: order.index((probe.name, probe.hardware)))
    for rank, probe in enumerate(ranked):
        if probe.usable:
            name = cast(RendererName, probe.name)
            return Choice(name, BACKENDS[probe.name, probe.hardware], _reason(requested, probe, ranked[:rank]))
    wish = "no renderer can draw here" if requested == "auto" else f"the renderer {requested} cannot draw here"
    raise BackendError(f"{wish}: {'; '.join(_complaint(probe) for probe in ranked)}")


def chosen(
    requested: Requested, table: ProbeTable = PROBES, graphics: Callable[[], bool] = vtk.has_graphics_device
) -> Choice:
    """The renderer that `requested` means on this machine; only what it could be is probed. BackendError.

    Where there is no graphics device at all, OpenGL can only be software, and compute is taken before that: VTK is then
    not tried, which saves every command a second and a half.
    """
    if requested != "auto":
        return choose(requested, _probe((requested,), table))
    if graphics():
        return choose(requested, _probe(("compute", "vtk"), table))
    probes = _probe(("compute",), table)
    if not any(probe.usable for probe in probes):
        probes += _probe(("vtk",), table)
    return choose(requested, probes)


def open_renderer(choice: Choice, budget: int, lean: bool = False) -> Renderer:
    """The renderer of `choice` with at most `budget` bytes of voxels, on the thread that will draw. BackendError.

    `lean` voxels take less memory and more time in compute; VTK has one layout, which is lean.
    """
    return OPENERS[choice.backend](budget, lean)


def _probe(names: Sequence[RendererName], table: ProbeTable) -> list[Probe]:
    with ThreadPoolExecutor(len(names)) as pool:
        return [probe for probes in pool.map(lambda name: table[name](), names) for probe in probes]


def _reason(requested: Requested, taken: Probe, better: Sequence[Probe]) -> str:
    if requested != "auto":
        return f"{taken.name} was asked for ({taken.detail})"
    missing = "".join(f"; not here: {_complaint(probe)}" for probe in better)
    return f"{taken.name} is the best of what is usable ({taken.detail}){missing}"


def _complaint(probe: Probe) -> str:
    remedy = f" (install it with: {probe.remedy})" if probe.remedy else ""
    return f"{probe.name}: {probe.detail}{remedy}"
