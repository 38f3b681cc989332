// Drags and wheels -> cameras, as the server turns them (viewer_bridge/navigate.py); pure. Drags are in picture heights.

import { axesOf, spread } from "./projection.js";
import { cross, minus, plus, rotate, times } from "./vectors.js";

const DEGREES_PER_HEIGHT = 180;
const FEWEST_VOXELS = 4;
const MOST_DIAGONALS = 20;

/** The camera turned around its target by a drag. */
export function orbit(camera, { dx, dy }) {
  const drag = Math.hypot(dx, dy);
  if (drag === 0) return camera;
  const { right, up } = axesOf(camera);
  const axis = times(plus(times(up, dx), times(right, dy)), -1 / drag);
  const turn = (vector) => rotate(vector, axis, DEGREES_PER_HEIGHT * drag);
  return { ...camera, position: plus(camera.target, turn(minus(camera.position, camera.target))), up: turn(up) };
}

/** The camera moved across its line of sight, so that the target's plane follows the drag. */
export function pan(camera, { dx, dy }) {
  return moved(camera, across(camera, -dx, -dy));
}

/** Things `factor` times as large; what is at (x, y) in the target's plane stays there. `bounds` are of `heightBounds`. */
export function zoom(camera, { factor, x, y }, [least, most]) {
  const height = pictureHeight(camera);
  const bounded = Math.min(Math.max(height / factor, Math.min(least, height)), Math.max(most, height));
  const kept = bounded / height;
  const nearer = moved(camera, times(across(camera, x, y), 1 - kept));
  if (camera.projection.type === "perspective") {
    return { ...nearer, position: plus(nearer.target, times(minus(nearer.position, nearer.target), kept)) };
  }
  return { ...nearer, projection: { ...camera.projection, height: camera.projection.height * kept } };
}

/** The least and greatest world height of the picture at the target that zooming goes to, of a volume's info. */
export function heightBounds({ levels: [{ shape, spacing }] }) {
  const diagonal = Math.hypot(...spacing.map((side, i) => side * shape[i]));
  return [FEWEST_VOXELS * Math.min(...spacing), MOST_DIAGONALS * diagonal];
}

function pictureHeight({ position, target, projection, region: [, top, , bottom] }) {
  if (projection.type !== "perspective") return projection.height * (bottom - top);
  return 2 * Math.hypot(...minus(target, position)) * spread(projection) * (bottom - top);
}

function across(camera, x, y) {
  const height = pictureHeight(camera);
  const { forward, right } = axesOf(camera);
  return plus(times(right, x * height), times(cross(forward, right), y * height));
}

function moved(camera, shift) {
  return { ...camera, position: plus(camera.position, shift), target: plus(camera.target, shift) };
}
