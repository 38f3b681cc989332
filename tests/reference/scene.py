"""What a picture is made of: channels and labels as fields, and the light that a sample gives and takes."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.scene import DVR, Iso, Labels, Plane, TransferFunction, View, unit_normal
from render.volume.info import Level
from tests.reference.field import (
    Ids,
    analytic_gradient,
    central_gradient,
    label_gradient,
    nearest,
    outlines,
    sample,
)
from tests.reference.looks import absorption, color_at, extinction_at, facing, lit
from tests.reference.rays import Floats

Colors = Callable[[Ids], Floats]
"""(n,) ids -> (n, 4) straight RGBA in 0..1."""


@dataclass(frozen=True)
class Layer:
    """A visible channel: `voxels` (z, y, x) float64, NaN where there is nothing."""

    transfer: TransferFunction
    voxels: Floats


@dataclass(frozen=True)
class LabelLayer:
    """A label image on the grid of the level that is drawn: `ids` (z, y, x)."""

    labels: Labels
    ids: Ids
    colors: Colors

    def drawn(self, axes: tuple[int, ...] = (0, 1, 2)) -> Ids:
        """`ids` (z, y, x) without those that are not shown, which are 0; an outline is looked for along `axes`."""
        shown = np.ones(self.ids.shape, bool)
        if self.labels.ids:
            shown &= np.isin(self.ids, np.array(self.labels.ids, np.uint64))
        if self.labels.outline:
            shown &= outlines(self.ids, axes)
        return np.where(shown, self.ids, np.uint64(0))


@dataclass(frozen=True)
class Scene:
    """A View with its voxels; `step` is the distance of samples in world units."""

    view: View
    level: Level
    layers: list[Layer]
    labels: list[LabelLayer]
    step: float

    @property
    def shaded(self) -> bool:
        return isinstance(self.view.mode, DVR | Iso) and self.view.mode.shaded

    def values(self, points: Floats) -> list[Floats]:
        """(n,) for each channel, NaN where there is nothing."""
        return [sample(layer.voxels, self.level, points) for layer in self.layers]

    def gradient(self, layer: Layer, points: Floats) -> Floats:
        """(n, 3) per world length along x, y, z."""
        central = self.view.shading.gradient == "central"
        return (central_gradient if central else analytic_gradient)(layer.voxels, self.level, points)

    def lit_by_gradient(
        self, colors: Floats, points: Floats, toward: Floats, gradients: Floats, window: tuple[float, float]
    ) -> Floats:
        """Colours (n, 3) of what has `gradients` per world length, as they are where the mode is not shaded."""
        if not self.shaded:
            return colors
        low, high = window
        shares = gradients * self.level.voxel_length / (high - low)
        normals, weights = facing(shares, self.view.shading.floor)
        return self.lit(colors, points, toward, normals, weights)

    def lit(self, colors: Floats, points: Floats, toward: Floats, normals: Floats, weights: Floats) -> Floats:
        """Colours (n, 3) of what has unit `normals`, darker the farther they are where there is a depth cue."""
        answer = lit(colors, normals, weights, toward, (self.view.shading, self.view.lights))
        return answer * self._cue(points)[:, None]

    def emission(self, points: Floats, toward: Floats) -> tuple[Floats, Floats]:
        """Of channels and labels: extinctions (n,) added up, and colours (n, 3) times extinctions added up."""
        total, weighted = self.label_emission(points, toward)
        for layer in self.layers:
            values = sample(layer.voxels, self.level, points)
            steep = self.shaded or layer.transfer.gradient_opacity
            gradients = self.gradient(layer, points) if steep else np.zeros(points.shape)
            extinction = extinction_at(layer.transfer, values, gradients)
            colors = self.lit_by_gradient(
                color_at(layer.transfer, values), points, toward, gradients, layer.transfer.window
            )
            total += extinction
            weighted += np.where(extinction[:, None] > 0, extinction[:, None] * colors, 0)
        return total, weighted

    def label_emission(self, points: Floats, toward: Floats) -> tuple[Floats, Floats]:
        """As `emission`, of the labels alone."""
        total, weighted = np.zeros(len(points)), np.zeros((len(points), 3))
        for layer in self.labels:
            ids = nearest(layer.drawn(), self.level, points)
            rgba = layer.colors(ids)
            opacity = np.where(ids > 0, layer.labels.opacity * rgba[:, 3], 0)
            extinction = absorption(opacity, layer.labels.unit_distance)
            gradients = label_gradient(layer.ids, self.level, points)
            colors = self.lit_by_gradient(rgba[:, :3], points, toward, gradients, (0.0, 1.0))
            total += extinction
            weighted += extinction[:, None] * colors
        return total, weighted

    def on_plane(self, points: Floats, plane: Plane) -> tuple[Floats, Floats]:
        """Premultiplied colours (n, 3) and alphas (n,) of a thin plane: channels added up, labels over them."""
        color, alpha = added(self.layers, self.values(points))
        across = 2 - int(np.argmax(np.abs(unit_normal(plane))))
        within = tuple(axis for axis in range(3) if axis != across)
        for layer in self.labels:
            ids = nearest(layer.drawn(within), self.level, points)
            rgba = layer.colors(ids)
            share = np.where(ids > 0, layer.labels.opacity * rgba[:, 3], 0)
            color = share[:, None] * rgba[:, :3] + (1 - share)[:, None] * color
            alpha = share + (1 - share) * alpha
        return color, alpha

    def _cue(self, points: Floats) -> Floats:
        """The share of light (n,) that is left at a distance from the eye."""
        forward, position = np.array(self.view.camera.forward), np.array(self.view.camera.position)
        depths = (np.array(self.level.box.corners) - position) @ forward
        share = ((points - position) @ forward - depths.min()) / (depths.max() - depths.min())
        return 1 - self.view.shading.depth_cue * np.clip(share, 0, 1)


def added(layers: list[Layer], values: list[Floats]) -> tuple[Floats, Floats]:
    """The sum of the channels' colours (n, 3), 1 at most, opaque where any has a value; transparent black elsewhere."""
    missing = [np.isnan(value) for value in values]
    shown: NDArray[np.bool_] = ~np.all(missing, axis=0)
    total = np.zeros((len(shown), 3))
    for layer, value, nothing in zip(layers, values, missing, strict=True):
        total += np.where(nothing[:, None], 0, color_at(layer.transfer, value))
    return np.minimum(total, 1), shown.astype(np.float64)
