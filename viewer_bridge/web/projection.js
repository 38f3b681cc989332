// Where the world is seen in a picture, and what is seen at a place of it: a View's camera as the renderers have it; pure.

import { cross, dot, minus, plus, times, unit } from "./vectors.js";

/** A point nearer to a perspective eye than this share of the target's distance is behind it. */
const NEAR = 1e-3;

/** The unit vectors of a camera: the line of sight, and right and up in its picture. */
export function axesOf({ position, target, up }) {
  const forward = unit(minus(target, position));
  const right = unit(cross(forward, up));
  return { forward, right, up: cross(right, forward) };
}

/** tan of half the vertical angle of a perspective camera. */
export function spread(projection) {
  return Math.tan((projection.fov * Math.PI) / 360);
}

/**
 * A camera's picture of `size`, [width, height]. Places in it are [x, y] from its top left, in units of `size`: where
 * that is pixels, the middle of pixel (i, j) is at [i + 0.5, j + 0.5].
 */
export class Projection {
  #camera;
  #size;
  #axes;
  #half;
  #near;

  constructor(camera, size) {
    const [left, top, right, bottom] = camera.region;
    const aspect = size[0] / (right - left) / (size[1] / (bottom - top));
    this.#camera = camera;
    this.#size = size;
    this.#axes = axesOf(camera);
    this.perspective = camera.projection.type === "perspective";
    const tall = this.perspective ? spread(camera.projection) : camera.projection.height / 2;
    // Half the extent of the whole picture, region or not: in world units, or in shares of the distance.
    this.#half = [tall * aspect, tall];
    this.#near = this.perspective ? NEAR * Math.hypot(...minus(camera.target, camera.position)) : -Infinity;
  }

  /** [x, y] of a world point; null where it is behind the eye. */
  project(point) {
    const offset = minus(point, this.#camera.position);
    const depth = dot(offset, this.#axes.forward);
    if (depth < this.#near) return null;
    const [left, top, right, bottom] = this.#camera.region;
    const [across, tall] = this.#half.map((half) => 2 * half * (this.perspective ? depth : 1));
    const x = 0.5 + dot(offset, this.#axes.right) / across;
    const y = 0.5 - dot(offset, this.#axes.up) / tall;
    return [((x - left) / (right - left)) * this.#size[0], ((y - top) / (bottom - top)) * this.#size[1]];
  }

  /** The line of sight through a place: {origin, direction}, a world point and a unit vector. */
  ray([x, y]) {
    const [left, top, right, bottom] = this.#camera.region;
    const across = 2 * (left + (right - left) * (x / this.#size[0])) - 1;
    const upward = 1 - 2 * (top + (bottom - top) * (y / this.#size[1]));
    const { forward, right: toRight, up } = this.#axes;
    const offset = plus(times(toRight, across * this.#half[0]), times(up, upward * this.#half[1]));
    if (this.perspective) return { origin: this.#camera.position, direction: unit(plus(forward, offset)) };
    return { origin: plus(this.#camera.position, offset), direction: forward };
  }

  /** The direction, of any length, in which a world point is seen. */
  toward(point) {
    return this.perspective ? minus(point, this.#camera.position) : this.#axes.forward;
  }

  /** Where the straight line between two world points is seen, as two places; null where all of it is behind the eye. */
  segment(a, b) {
    const [from, to] = [a, b].map((point) => dot(minus(point, this.#camera.position), this.#axes.forward));
    if (Math.max(from, to) < this.#near) return null;
    const cut = () => plus(a, times(minus(b, a), (this.#near * (1 + 1e-9) - from) / (to - from)));
    return [from < this.#near ? cut() : a, to < this.#near ? cut() : b].map((point) => this.project(point));
  }
}

/** How far along the line `point` + t * `direction` it is nearest to a ray; directions are unit vectors. */
export function nearestOnLine(point, direction, ray) {
  const between = minus(point, ray.origin);
  const cosine = dot(direction, ray.direction);
  return (cosine * dot(ray.direction, between) - dot(direction, between)) / (1 - cosine ** 2);
}
