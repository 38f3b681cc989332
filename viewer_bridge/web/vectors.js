// Points and directions of the world, [x, y, z].

export const plus = (a, b) => a.map((part, i) => part + b[i]);
export const minus = (a, b) => a.map((part, i) => part - b[i]);
export const times = (a, factor) => a.map((part) => part * factor);
export const dot = (a, b) => a.reduce((sum, part, i) => sum + part * b[i], 0);
export const unit = (a) => times(a, 1 / Math.hypot(...a));

export function cross([ax, ay, az], [bx, by, bz]) {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

/** `a` turned around the unit vector `axis` by the right-hand rule. */
export function rotate(a, axis, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const turned = plus(times(a, Math.cos(angle)), times(cross(axis, a), Math.sin(angle)));
  return plus(turned, times(axis, dot(axis, a) * (1 - Math.cos(angle))));
}
