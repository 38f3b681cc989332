// Slices across the axes: how a camera faces them, and where points are on their panels; pure.
// As the server faces them: z has x right and y down, y has x right and z up, x has y right and z up.

import { AXES } from "./planes.js";

/** The server's own: a picture is this much larger than the volume in it, and zooming goes from 4 voxels to 20 diagonals. */
const MARGIN = 1.08;
const FEWEST_VOXELS = 4;
const MOST_DIAGONALS = 20;

/** By axis: which axis runs across its panel, which runs along its height and which way (1 down), and how it is looked at. */
export const FACES = [
  { across: 1, along: 2, down: -1, forward: [-1, 0, 0], up: [0, 0, 1] },
  { across: 0, along: 2, down: -1, forward: [0, 1, 0], up: [0, 0, 1] },
  { across: 0, along: 1, down: 1, forward: [0, 0, 1], up: [0, -1, 0] },
];

/** World units a pixel at which the whole box is seen on each of three panels of [width, height] pixels. */
export function fittingScale(box, sizes) {
  const extent = (axis) => box.upper[axis] - box.lower[axis];
  const needed = FACES.map(({ across, along }, axis) => [extent(across) / sizes[axis][0], extent(along) / sizes[axis][1]]);
  return MARGIN * Math.max(...needed.flat());
}

/** `scale` within what the server allows on a panel `height` pixels tall. */
export function boundedScale(scale, info, box, height) {
  const least = (FEWEST_VOXELS * Math.min(...info.levels[0].spacing)) / height;
  return Math.max(least, Math.min((MOST_DIAGONALS * diagonal(box)) / height, scale));
}

/** The camera of a panel: across `axis`, with `center` in its middle and `height` world units tall. */
export function facing(axis, center, height, box) {
  const { forward, up } = FACES[axis];
  const target = center.map((part, i) => (i === axis ? (box.lower[i] + box.upper[i]) / 2 : part));
  const position = target.map((part, i) => part - forward[i] * diagonal(box));
  return { position, target, up, projection: { type: "orthographic", height }, region: [0, 0, 1, 1] };
}

/** [x, y] in pixels of a world point on the panel across `axis`; `frame` has the panel's width, height, center and scale. */
export function toPanel(axis, point, { width, height, center, scale }) {
  const { across, along, down } = FACES[axis];
  return [
    width / 2 + (point[across] - center[across]) / scale,
    height / 2 + (down * (point[along] - center[along])) / scale,
  ];
}

/** `point` moved within the plane across `axis` to the pixel [x, y] of the panel. */
export function fromPanel(axis, [x, y], point, { width, height, center, scale }) {
  const { across, along, down } = FACES[axis];
  const moved = [...point];
  moved[across] = center[across] + (x - width / 2) * scale;
  moved[along] = center[along] + down * (y - height / 2) * scale;
  return moved;
}

/** Whether `mode` has one plane across each axis inside the volume: those that go with the panels. */
export function hasPlanes(mode) {
  const axes = (mode.planes ?? []).filter((plane) => plane.type === "slice").map((plane) => plane.axis);
  return axes.length === 3 && AXES.every((axis) => axes.includes(axis));
}

/** `mode` with the three planes through `point`, or without any of them. */
export function withPlanes(mode, point) {
  if (!mode.planes) return mode;
  const others = mode.planes.filter((plane) => plane.type !== "slice");
  const through = point ? AXES.map((axis, i) => ({ type: "slice", axis, position: point[i] })) : [];
  return { ...mode, planes: [...others, ...through] };
}

/** Where the planes of `mode` meet; along axes of which it says nothing, at `point`. */
export function pointOf(mode, point) {
  const said = mode.type === "slice" ? [mode] : hasPlanes(mode) ? mode.planes : [];
  return point.map((old, axis) => said.find((plane) => plane.axis === AXES[axis])?.position ?? old);
}

function diagonal(box) {
  return Math.hypot(...box.upper.map((part, i) => part - box.lower[i]));
}
