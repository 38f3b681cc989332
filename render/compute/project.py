"""Projections: one value of each channel out of all on a ray, then its colour; labels over them. And thin planes."""

import math

import drjit as dr

from render.compute.device import Var, larger, smaller
from render.compute.emission import Layer, Matter
from render.compute.march import NOWHERE, Picture
from render.compute.rays import Rays
from render.compute.skip import RANKS
from render.compute.surfaces import Sheet

HALVINGS = 3

Values = tuple[list[Var], list[Var], Var]
"""A value for each channel, where there is one, and the place of the first channel's in samples, or NOWHERE."""


def extreme(matter: Matter, rays: Rays, largest: bool) -> Values:
    """The largest or smallest value of each channel, and where the first channel's is met first.

    A cell is left out where it has no more to offer, within the window, than what was found before.
    """
    found = [_extreme(matter, rays, layer, largest) for layer in matter.layers]
    values = [value for value, _ in found]
    return values, [dr.isfinite(value) for value in values], found[0][1] if found else rays.span * 0 + NOWHERE


def _extreme(matter: Matter, rays: Rays, layer: Layer, largest: bool) -> tuple[Var, Var]:
    Float = matter.device.Float
    span, phase, field = rays.span, rays.phase, layer.field
    sign = 1.0 if largest else -1.0

    def step(i: Var, best: Var, at: Var) -> tuple[Var, ...]:
        begin, end = larger(i - phase, Float(0)), smaller(i + 1 - phase, span)
        middle = 0.5 * (begin + end)
        position = rays.at(middle)
        spot = field.spot(position)
        code, slot = field.look(layer.words, spot)
        share = (best - layer.rank_low) / layer.rank_extent
        share = share if largest else 1 - share
        beaten = 1 + (RANKS - 1) * larger(smaller(share, Float(1)), Float(0))
        # A little more is not seen: noise would have every cell of a flat region visited.
        beaten = dr.select(dr.isfinite(best), beaten + layer.slack, 0)

        def sample(i: Var, best: Var, at: Var) -> tuple[Var, ...]:
            value = field.cell(spot, slot).value()
            better = value > best if largest else value < best
            return (i + 1, dr.select(better, value, best), dr.select(better, middle, at))

        def skip(i: Var, best: Var, at: Var) -> tuple[Var, ...]:
            exit_at = field.cell_exit(spot, (position, rays.direction, rays.inverse), Float(1))
            return (larger(dr.ceil(middle + exit_at + phase - 0.5), i + 1), best, at)

        moved: tuple[Var, ...] = dr.if_stmt((i, best, at), Float(matter.device.Int32(code)) > beaten, sample, skip)
        return moved

    _, best, at = dr.while_loop(
        state=(Float(0), Float(-sign * math.inf), Float(NOWHERE)),
        cond=lambda i, *_: (larger(i - phase, Float(0)) < span) & rays.valid,
        body=step,
        label="extreme",
    )
    return _refined(rays, layer, (best, at), largest)


def _refined(rays: Rays, layer: Layer, found: tuple[Var, Var], largest: bool) -> tuple[Var, Var]:
    """The best value and its place, looked for ever closer around the best sample: a peak is narrower than a step."""
    best, at = found
    reach = 0.5
    for _ in range(HALVINGS):
        for side in (-reach, reach):
            t = larger(smaller(at + side, rays.span), at * 0)
            value = layer.field.at(rays.at(t)).value()
            better = (value > best if largest else value < best) & (at >= 0)
            best, at = dr.select(better, value, best), dr.select(better, t, at)
        reach /= 2
    return best, at


def integral(matter: Matter, rays: Rays, mean: bool) -> Values:
    """The mean of each channel, or what `scene.Sum` says."""
    found = [_integral(matter, rays, layer, mean) for layer in matter.layers]
    return [value for value, _ in found], [known for _, known in found], rays.span * 0 + NOWHERE


def _integral(matter: Matter, rays: Rays, layer: Layer, mean: bool) -> tuple[Var, Var]:
    Float = matter.device.Float
    span, phase = rays.span, rays.phase

    def step(i: Var, total: Var, length: Var) -> tuple[Var, ...]:
        begin, end = larger(i - phase, Float(0)), smaller(i + 1 - phase, span)
        value = layer.field.at(rays.at(0.5 * (begin + end))).value()
        there = end - begin if layer.field.bounded else dr.select(dr.isnan(value), 0, end - begin)
        # Sums are of what is above the lower end of the window: small numbers, which float32 adds up well.
        above = value - layer.zero if mean else larger(value - layer.zero, Float(0))
        return (i + 1, dr.select(there > 0, dr.fma(above, there, total), total), length + there)

    _, total, length = dr.while_loop(
        state=(Float(0), Float(0), Float(0)),
        cond=lambda i, *_: (larger(i - phase, Float(0)) < span) & rays.valid,
        body=step,
        label="integral",
    )
    share = total / larger(length, Float(1e-6)) if mean else total * layer.unit
    return layer.zero + share, length > 0


def projected(matter: Matter, rays: Rays, values: Values, labels: Picture | None) -> Picture:
    """The colours of values added up, opaque where there is one, with what was seen of labels over them."""
    color, alpha = matter.added(values[0], [known & rays.valid for known in values[1]])
    if labels is not None:
        color = [over + (1 - labels.alpha) * c for over, c in zip(labels.color, color, strict=True)]
        alpha = labels.alpha + (1 - labels.alpha) * alpha
    # Where there is no channel, labels are what is seen.
    depth = values[2] if labels is None or matter.layers else labels.depth
    return Picture(color, alpha, depth)


def thin_plane(matter: Matter, rays: Rays, sheet: Sheet) -> Picture:
    """Where each ray crosses a plane inside what is drawn."""
    at = rays.crossing(sheet.numbers)
    # A plane on a face of the cells is entered and left at once, in numbers that may differ in their last digit.
    inside = rays.valid & (at >= -1e-3) & (at <= rays.span + 1e-3) & (rays.span > -1e-3)
    color, alpha = matter.on_plane(rays.at(dr.select(inside, at, 0)), sheet.world_normal)
    color = [dr.select(inside, c, 0) for c in color]
    alpha = dr.select(inside, alpha, 0)
    return Picture(color, alpha, dr.select(alpha > 0, larger(at, rays.span * 0), NOWHERE))
