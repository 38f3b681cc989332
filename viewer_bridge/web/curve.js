// The arithmetic of a View's TransferFunction; pure. Points are [value, opacity] with values rising, whatever its form.

const clamp = (value, from, to) => Math.max(from, Math.min(to, value));

/** The x in 0..1 that chooses the colour and the opacity of a value. */
export function shareOf({ window: [low, high], gamma, inverted }, value) {
  const x = clamp((value - low) / (high - low), 0, 1) ** gamma;
  return inverted ? 1 - x : x;
}

/** The value of which `x` is the share. */
export function valueOf({ window: [low, high], gamma, inverted }, x) {
  return low + (inverted ? 1 - x : x) ** (1 / gamma) * (high - low);
}

/** Whether opacity goes by x, and so with the window; else it is an OpacityCurve over values. */
const goesByShare = ({ opacity }) => Array.isArray(opacity);

export function pointsOf(transfer) {
  if (!goesByShare(transfer)) return transfer.opacity.points;
  const points = transfer.opacity.map(([x, alpha]) => [valueOf(transfer, x), alpha]);
  return transfer.inverted ? points.reverse() : points;
}

/** `transfer` with these points, in the form that it had. */
export function withPoints(transfer, points) {
  if (!goesByShare(transfer)) return { ...transfer, opacity: { points } };
  const opacity = points.map(([value, alpha]) => [shareOf(transfer, value), alpha]);
  return { ...transfer, opacity: transfer.inverted ? opacity.reverse() : opacity };
}

export function opacityAt(transfer, value) {
  const curve = goesByShare(transfer) ? transfer.opacity : transfer.opacity.points;
  return between(curve, goesByShare(transfer) ? shareOf(transfer, value) : value)[0];
}

/** What `curve`, of [x, number, ...] with x rising, has at `x`: linear in between, clamped outside. */
export function between(curve, x) {
  const next = curve.findIndex((point) => point[0] >= x);
  if (next <= 0) return curve.at(next).slice(1);
  const [before, after] = [curve[next - 1], curve[next]];
  const share = (x - before[0]) / (after[0] - before[0]);
  return after.slice(1).map((end, i) => before[i + 1] + share * (end - before[i + 1]));
}

/** `points` with another at its place, and its index. */
export function added(points, point) {
  const after = points.findIndex(([value]) => value > point[0]);
  const index = after < 0 ? points.length : after;
  return [points.toSpliced(index, 0, point), index];
}

/** `points` with one moved, but not past its neighbours nor out of `range`. */
export function moved(points, index, [value, alpha], [from, to]) {
  const kept = clamp(value, points[index - 1]?.[0] ?? from, points[index + 1]?.[0] ?? to);
  return points.with(index, [kept, clamp(alpha, 0, 1)]);
}

/** `transfer` with its highest opacity at `top`; where it is 0 everywhere it becomes a ramp. */
export function scaled(transfer, top) {
  const points = pointsOf(transfer);
  const highest = highestOf(transfer);
  if (highest === 0) return { ...transfer, opacity: [[0, 0], [1, top]] };
  return withPoints(transfer, points.map(([value, alpha]) => [value, Math.min(1, (alpha / highest) * top)]));
}

export function highestOf(transfer) {
  return Math.max(...pointsOf(transfer).map(([, alpha]) => alpha));
}

/** `window` with one end, 0 or 1, at `value`: at least `gap` from the other. */
export function withEnd([low, high], end, value, gap) {
  return end === 0 ? [Math.min(value, high - gap), high] : [low, Math.max(value, low + gap)];
}

/** `window` moved by `shift`, and `factor` times as wide about its middle. */
export function shifted([low, high], shift, factor = 1) {
  const middle = (low + high) / 2 + shift;
  const half = ((high - low) / 2) * factor;
  return [middle - half, middle + half];
}

export function shortNumber(value) {
  return Number(value.toPrecision(5));
}

// What the eye sees of an opacity crowds together at its lower end: heights in a plot go by the square root.
export const heightOf = Math.sqrt;

export function opacityOf(height) {
  return Math.max(0, height) ** 2;
}

export function percent(share) {
  return `${Number((share * 100).toPrecision(2))} %`;
}
