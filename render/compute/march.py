"""Emission and absorption front to back: DVR without surfaces, where the speed of the machine counts.

What a ray meets is known by cell (see `skip`): it jumps over what is empty, and takes longer steps where matter is
smooth. All numbers come as arrays, so that one compiled kernel serves every camera, size, volume and transfer function
of the same kind (layouts, number of channels, shaded or not).
"""

from dataclasses import dataclass

import drjit as dr

from render.compute.device import Var, Vec, larger, smaller
from render.compute.emission import Matter
from render.compute.rays import Rays
from render.compute.skip import NEAREST, SMOOTH, SMOOTHER

OPAQUE = 1 / 256
"""A ray ends where less light than this is left: what it would still gather is taken to look like what it has."""


@dataclass(slots=True, eq=False)
class Picture:
    """Premultiplied red, green, blue and alpha of each ray, and where the depth is, in samples behind its entry.

    That is where most of what is seen is, or `NOWHERE`; None where nobody asked.
    """

    color: Vec
    alpha: Var
    depth: Var | None


NOWHERE = -1.0


def march(matter: Matter, rays: Rays, words: Var, deep: bool) -> Picture:
    """What is seen along each ray. The last sample of a ray is as long as what is left."""
    Float = matter.device.Float
    span, phase, field = rays.span, rays.phase, matter.fields[0]
    ray = (rays.direction, rays.inverse)

    def step(i: Var, stride: Var, *rest: Var) -> tuple[Var, ...]:
        begin, end = larger(i - phase, Float(0)), smaller(i + stride - phase, span)
        middle = 0.5 * (begin + end)
        position = rays.at(middle)
        spot = field.spot(position)
        code, slot = field.look(words, spot)
        wanted = dr.select(code == SMOOTHER, Float(4), dr.select(code == SMOOTH, Float(2), 1))

        def sample(i: Var, stride: Var, light: Var, *seen: Var) -> tuple[Var, ...]:
            extinction, color = matter.emission(position, spot, slot)
            gain = light * (1 - dr.exp2(-extinction * (end - begin)))
            sums = [s + gain * c for s, c in zip(seen[:3], color, strict=True)]
            return (i + stride, wanted, light - gain, *sums, *strongest(seen[3:], gain / (end - begin), middle))

        def move(i: Var, stride: Var, *rest: Var) -> tuple[Var, ...]:
            # The first sample whose middle is not in a cell that is known to be empty; or a shorter one here.
            reach = Float(matter.device.Int32(code)) - (NEAREST - 1)
            beyond = dr.ceil(middle + field.cell_exit(spot, (position, *ray), reach) + phase - 0.5)
            return (dr.select(code >= NEAREST, larger(beyond, i + 1), i), dr.select(code >= NEAREST, 1, wanted), *rest)

        moved: tuple[Var, ...] = dr.if_stmt((i, stride, *rest), (code >= NEAREST) | (wanted < stride), move, sample)
        return moved

    nothing = (Float(0), Float(NOWHERE)) if deep else ()
    _, _, light, *seen = dr.while_loop(
        state=(Float(0), Float(1), dr.select(rays.valid, Float(1), 0), Float(0), Float(0), Float(0), *nothing),
        # A ray that misses by less than the phase has a negative span: there is no sample on it.
        cond=lambda i, stride, light, *_: (larger(i - phase, Float(0)) < span) & (light > OPAQUE),
        body=step,
        label="dvr",
    )
    return finished(rays, light, seen)


def strongest(best: tuple[Var, ...], gain: Var, t: Var) -> tuple[Var, ...]:
    """The largest contribution so far and where it was, with one more; empty where `best` is.

    `gain` is that of a sample of full length: of longer ones each would win for its length.
    """
    if not best:
        return ()
    most, at = best
    return larger(gain, most), dr.select(gain > most, t, at)


def finished(rays: Rays, light: Var, seen: list[Var]) -> Picture:
    """The picture of rays that have so much light left and saw this: three sums, and a contribution with its place."""
    ended = light <= OPAQUE
    whole = dr.select(ended & rays.valid, 1 / (1 - light), 1)
    alpha = dr.select(ended, 1, 1 - light)
    return Picture(
        [part * whole for part in seen[:3]], dr.select(rays.valid, alpha, 0), seen[4] if len(seen) > 3 else None
    )
