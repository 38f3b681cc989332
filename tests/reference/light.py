"""What has been seen so far along each ray, front to back."""

from dataclasses import dataclass, field

import numpy as np

from tests.reference.rays import Floats, Ints

Hits = tuple[Floats, Floats, Floats]
"""On m rays: distances (m,), NaN where there is nothing; straight colours (m, 3); opacities (m,)."""


@dataclass
class Light:
    """Of n rays: premultiplied `color` (n, 3) and the share of light that still passes `through` (n,).

    `strongest` (n,) is the distance of what contributed most, NaN where there is nothing.
    """

    count: int
    color: Floats = field(init=False)
    through: Floats = field(init=False)
    strongest: Floats = field(init=False)
    _most: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.color, self.through = np.zeros((self.count, 3)), np.ones(self.count)
        self.strongest = np.full(self.count, np.nan)
        self._most = np.zeros(self.count)

    @property
    def alpha(self) -> Floats:
        return 1 - self.through

    def add(self, which: Ints, hits: Hits) -> None:
        """Put matter behind all before it on the rays `which` (m,)."""
        distances, colors, opacities = hits
        alphas = np.where(np.isnan(distances), 0, opacities)
        gain = self.through[which] * alphas
        self.color[which] += gain[:, None] * colors
        self.through[which] *= 1 - alphas
        more = gain > self._most[which]
        self.strongest[which] = np.where(more, distances, self.strongest[which])
        self._most[which] = np.where(more, gain, self._most[which])
