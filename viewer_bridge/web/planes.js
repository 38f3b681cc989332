// The planes across the axes of a volume: where they are, and which is nearest; pure.

export const AXES = ["x", "y", "z"];

/** The planes across `axis` (0 x, 1 y, 2 z) of a volume in its world `box`: position of the first, distance, how many. */
export function planes(info, box, axis) {
  const finest = info.levels[0];
  const turned = info.direction.some((row, i) => row.some((part, j) => part !== Number(i === j)));
  if (turned) {
    const spacing = Math.min(...finest.spacing);
    const count = Math.max(1, Math.floor((box.upper[axis] - box.lower[axis]) / spacing));
    return { first: box.lower[axis] + spacing / 2, spacing, count };
  }
  // Levels speak the array's order, z y x.
  return { first: finest.origin[2 - axis], spacing: finest.spacing[2 - axis], count: finest.shape[2 - axis] };
}

/** Which of the planes is nearest to a position. */
export function planeAt({ first, spacing, count }, position) {
  return Math.max(0, Math.min(count - 1, Math.round((position - first) / spacing)));
}

/** The position of plane `index`, or of the last one on that side. */
export function positionOf({ first, spacing, count }, index) {
  return first + Math.max(0, Math.min(count - 1, index)) * spacing;
}
