"""Isosurfaces and planes at their depth, alone or inside emission and absorption.

A ray goes from one point of its lattice of samples to the next, or to a surface between them. Which isovalues a value
lies between is carried along: leaving the interval is a crossing, however many values there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import drjit as dr

from render.compute.device import FAR, Var, Vec, dot3, larger, smaller
from render.compute.emission import Matter
from render.compute.isosurfaces import Isosurfaces, crossing_of, index_at, side_of, surface_look
from render.compute.march import NOWHERE, OPAQUE, Picture, finished, strongest
from render.compute.rays import Rays
from render.compute.skip import NEAREST

NUDGE = 1e-4
"""Points nearer to each other than this, in samples, are one."""


@dataclass(slots=True, eq=False)
class Sheet:
    """A plane: four `plane_numbers` and its world normal."""

    numbers: Var
    normal: Var

    @property
    def world_normal(self) -> Vec:
        return [dr.gather(type(self.normal), self.normal, k) for k in range(3)]


@dataclass(slots=True, eq=False)
class Surfaces:
    """What has no thickness. `emitting`: there is matter around it. `capped`: what a clip cuts is closed."""

    isosurfaces: list[Isosurfaces]
    sheets: list[Sheet]
    emitting: bool
    capped: bool


@dataclass(slots=True, eq=False)
class Seen:
    """The light that is left, what was gathered of it, and the strongest contribution with its place where asked."""

    light: Var
    color: list[Var]
    best: tuple[Var, ...]

    @staticmethod
    def of(state: tuple[Var, ...]) -> "Seen":
        return Seen(state[0], list(state[1:4]), tuple(state[4:]))

    @property
    def state(self) -> tuple[Var, ...]:
        return (self.light, *self.color, *self.best)

    def behind(self, color: Vec, alpha: Var, t: Var, length: Var | float = 1.0) -> "Seen":
        """With something of straight `color` behind all before it, of this length in samples; surfaces count as one."""
        gain = self.light * alpha
        sums = [s + gain * c for s, c in zip(self.color, color, strict=True)]
        return Seen(self.light - gain, sums, strongest(self.best, gain / length, t))


def march_surfaces(matter: Matter, rays: Rays, words: Var, surfaces: Surfaces, deep: bool) -> Picture:
    """What is seen along each ray.

    Rays go on until each has met something or left, and then all look at what they met at once: looking takes as long
    as a dozen samples, and where rays side by side meet a surface one after the other it would be done for each.
    """
    Float, UInt32 = matter.device.Float, matter.device.UInt32
    walk = _Walk(matter, rays, words, surfaces)
    start = Seen(dr.select(rays.valid, Float(1), 0), [Float(0)] * 3, (Float(0), Float(NOWHERE)) if deep else ())
    indices = [index_at(matter.device, rays, each, Float(0)) for each in surfaces.isosurfaces]
    if surfaces.capped:
        for each, index in zip(surfaces.isosurfaces, indices, strict=True):
            start = _capped(matter, rays, each, index, start)

    def meet(t: Var, *state: Var) -> tuple[Var, ...]:
        t, met, _, *state = dr.while_loop(
            state=(t, UInt32(NOTHING), matter.device.Bool(False), *state),
            cond=lambda t, met, clear, light, *_: (met == NOTHING) & (t < rays.span) & (light > OPAQUE),
            body=walk.step,
            label="to what is met",
        )
        if surfaces.isosurfaces:
            stretch = (t, walk.end(t)[0])
            t, *state = dr.if_stmt(
                (t, *state),
                met == SURFACE,
                lambda t, *now: _to_surface(matter, rays, surfaces, stretch, now),
                lambda *now: now,
            )
        if surfaces.sheets:
            t, *state = dr.if_stmt((t, *state), met == SHEET, walk.onto, lambda *now: now)
        return (t, *state)

    _, *state = dr.while_loop(
        state=(Float(0), *start.state, *indices),
        cond=lambda t, light, *_: (t < rays.span) & (light > OPAQUE),
        body=meet,
        label="surfaces",
    )
    seen = state[: len(state) - len(indices)]
    return finished(rays, seen[0], list(seen[1:]))


NOTHING, SURFACE, SHEET = 0, 1, 2
"""What a ray has met."""


class _Walk:
    """How a ray goes from one thing it meets to the next."""

    def __init__(self, matter: Matter, rays: Rays, words: Var, surfaces: Surfaces) -> None:
        self._matter, self._rays, self._words, self._surfaces = matter, rays, words, surfaces
        crossings = [rays.crossing(sheet.numbers) for sheet in surfaces.sheets]
        # A plane where a ray enters is met just behind it, and one where it leaves just before.
        inside = [dr.select(t > rays.span + NUDGE, FAR, smaller(t, rays.span)) for t in crossings]
        self._crossings = [dr.select(dr.abs(t) < NUDGE, NUDGE, t) for t in inside]

    def end(self, t: Var) -> tuple[Var, Var]:
        """The end of the stretch that begins at `t`, at the next point of the lattice or before, and the next plane."""
        next_sheet = type(t)(FAR)
        for crossing in self._crossings:
            next_sheet = smaller(next_sheet, dr.select(crossing > t, crossing, FAR))
        lattice = dr.floor(t + self._rays.phase + NUDGE) + 1 - self._rays.phase
        return smaller(smaller(lattice, self._rays.span), next_sheet), next_sheet

    def step(self, t: Var, met: Var, clear: Var, *state: Var) -> tuple[Var, ...]:
        """One stretch, or all that are empty; up to one in which something is.

        `clear`: there is nothing where it begins. Where there is nothing at its end either there is nothing between:
        cells are larger than steps, and what two of them share is in both.
        """
        matter, rays = self._matter, self._rays
        field = matter.fields[0]
        end, next_sheet = self.end(t)
        position = rays.at(end)
        spot = field.spot(position)
        code, slot = field.look(self._words, spot)
        empty = code >= NEAREST

        def sample(t: Var, met: Var, clear: Var, *state: Var) -> tuple[Var, ...]:
            seen, indices = self._split(state)
            crossed = matter.device.Bool(False)
            for each, index in zip(self._surfaces.isosurfaces, indices, strict=True):
                first = each.layer.field is field
                cell = field.cell(spot, slot) if first else each.layer.field.at(position)
                up, down = side_of(each, index, cell.value())
                crossed |= up | down
            after = _emitted(matter, rays, self._surfaces, (t, end), seen)
            kept = [dr.select(crossed, old, new) for old, new in zip(seen.state, after.state, strict=True)]
            t, met = dr.select(crossed, t, end), dr.select(crossed, SURFACE, met)
            return (t, met, empty & ~crossed, *kept, *indices)

        def skip(t: Var, met: Var, clear: Var, *state: Var) -> tuple[Var, ...]:
            reach = type(t)(matter.device.Int32(code)) - (NEAREST - 1)
            exit_at = end + field.cell_exit(spot, (position, rays.direction, rays.inverse), reach)
            there = smaller(larger(dr.floor(exit_at + rays.phase) - rays.phase, end), next_sheet)
            seen, indices = self._split(state)
            for k, each in enumerate(self._surfaces.isosurfaces):
                if not each.layer.field.bounded:
                    # On the other side of a hole values may be other ones, and no surface is between.
                    indices[k] = index_at(matter.device, rays, each, there)
            return (there, met, clear, *seen.state, *indices)

        t, met, clear, *state = dr.if_stmt((t, met, clear, *state), empty & clear, skip, sample)
        met = dr.select((met == NOTHING) & (t >= next_sheet), SHEET, met)
        return (t, met, clear, *state)

    def onto(self, t: Var, *state: Var) -> tuple[Var, ...]:
        """Through every plane that is where the ray is."""
        seen, indices = self._split(state)
        position = self._rays.at(t)
        for sheet, crossing in zip(self._surfaces.sheets, self._crossings, strict=True):
            color, alpha = self._matter.on_plane(position, sheet.world_normal)
            straight = [part / larger(alpha, type(t)(1e-6)) for part in color]
            seen = seen.behind(straight, dr.select(crossing == t, alpha, 0), t)
        return (t, *seen.state, *indices)

    def _split(self, state: Sequence[Var]) -> tuple[Seen, list[Var]]:
        count = len(self._surfaces.isosurfaces)
        return Seen.of(tuple(state[: len(state) - count])), list(state[len(state) - count :])


def _to_surface(
    matter: Matter, rays: Rays, surfaces: Surfaces, stretch: tuple[Var, Var], state: tuple[Var, ...]
) -> tuple[Var, ...]:
    """To the nearest of the crossings on a stretch, and through it."""
    Float = matter.device.Float
    begin, end = stretch
    count = len(surfaces.isosurfaces)
    seen, indices = Seen.of(state[: len(state) - count]), list(state[len(state) - count :])
    found = [crossing_of(rays, each, index, stretch) for each, index in zip(surfaces.isosurfaces, indices, strict=True)]
    nearest = Float(FAR)
    for root, _ in found:
        nearest = smaller(nearest, root)
    seen = _emitted(matter, rays, surfaces, (begin, nearest), seen)
    position = rays.at(nearest)
    for k, (each, (root, up)) in enumerate(zip(surfaces.isosurfaces, found, strict=True)):
        here = root <= nearest
        # Where this channel crosses nothing any index will do that is one.
        surface = dr.select(up, indices[k], dr.select(indices[k] > 0, indices[k] - 1, 0))
        surface = smaller(surface, each.last)
        beyond = dr.select(up, indices[k] + 1, indices[k] - 1)
        color, alpha = surface_look(matter, each, surface, position, None)
        if not each.layer.field.bounded:
            # Out of what has no value there is no surface: it begins on whichever side of them all.
            value = each.layer.field.at(rays.at(begin)).value()
            nothing = dr.isnan(value)
            beyond = dr.select(nothing, index_at(matter.device, rays, each, end), beyond)
            alpha = dr.select(nothing, 0, alpha)
        seen = seen.behind(color, dr.select(here, alpha, 0), nearest)
        indices[k] = dr.select(here, beyond, indices[k])
    return (nearest, *seen.state, *indices)


def _emitted(matter: Matter, rays: Rays, surfaces: Surfaces, stretch: tuple[Var, Var], seen: Seen) -> Seen:
    """What matter adds on a stretch."""
    if not surfaces.emitting:
        return seen
    begin, end = stretch
    middle = 0.5 * (begin + end)
    position = rays.at(middle)
    spot = matter.fields[0].spot(position)
    extinction, color = matter.emission(position, spot, matter.fields[0].slot(spot.lower))
    length = larger(end - begin, matter.device.Float(NUDGE))
    return seen.behind(color, 1 - dr.exp2(-extinction * length), middle, length)


def _capped(matter: Matter, rays: Rays, each: Isosurfaces, index: Var, seen: Seen) -> Seen:
    """What surfaces enclose where a clip cuts it, the highest first."""
    UInt32 = matter.device.UInt32
    position = rays.at(matter.device.Float(0))
    # Scaled before it is squared: in the world's unit a voxel may be as small as 1e-9 or as large as 1e9.
    largest = larger(larger(dr.abs(rays.cut[0]), dr.abs(rays.cut[1])), dr.abs(rays.cut[2]))
    scaled = [part / larger(largest, matter.device.Float(1e-30)) for part in rays.cut]
    length = dot3(scaled, scaled)
    normal = [part * dr.rsqrt(larger(length, matter.device.Float(1e-12))) for part in scaled]
    cut = (length > 0) & (rays.span > 0)

    def put(index: Var, *state: Var) -> tuple[Var, ...]:
        color, alpha = surface_look(matter, each, index - 1, position, normal)
        return (index - 1, *Seen.of(state).behind(color, alpha, matter.device.Float(0)).state)

    _, *state = dr.while_loop(
        state=(dr.select(cut, index, UInt32(0)), *seen.state), cond=lambda index, *_: index > 0, body=put, label="caps"
    )
    return Seen.of(tuple(state))
