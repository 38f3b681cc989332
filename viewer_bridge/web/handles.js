// What can be taken hold of in a transfer function's plot, and what pulling it does; pure.
// Of {transfer, fades, surface}: `fades` where opacity acts, `surface` an isosurface or undefined.

import { heightOf, moved, opacityAt, opacityOf, percent, pointsOf, shifted, shortNumber, withEnd, withPoints } from "./curve.js";

const ENDS = { low: 0, high: 1 };
/** The least width of a window in shares of what is shown. */
const NARROWEST = 0.005;

/** {key, value, label, text} of each, with the height in 0..1 of what is not as tall as the plot. */
export function handlesOf({ transfer, fades, surface }) {
  const [low, high] = transfer.window;
  const [middle, width] = [(low + high) / 2, high - low];
  const one = (key, value, label, text = String(shortNumber(value))) => ({ key, value, label, text });
  const handles = [
    one("low", low, "Lower end"),
    one("level", middle, "Level and width", `${shortNumber(middle)}, width ${shortNumber(width)}`),
    one("high", high, "Upper end"),
  ];
  if (surface) handles.push(one("surface", surface.value, "Surface"));
  const points = fades ? pointsOf(transfer) : [];
  points.forEach(([value, opacity], i) => {
    const text = `${shortNumber(value)}, opacity ${percent(opacity)}`;
    handles.push({ ...one(`point${i}`, value, `Point ${i + 1} of ${points.length}`, text), height: heightOf(opacity) });
  });
  return handles;
}

/** Which point a key is of, -1 for what is none. */
export function pointOf(key) {
  return key.startsWith("point") ? Number(key.slice(5)) : -1;
}

/**
 * The key of what is at `x` and `y` in pixels of a plot of `width` and `height`, below which lies the bar of the window:
 * a handle within `reach`, "line" on the curve, the end that is nearer outside the window, and "level" inside.
 */
export function keyAt(shown, { x, y, width, height, value }, [from, to], reach) {
  const { transfer, fades } = shown;
  const onBar = y > height;
  const distance = (handle) => {
    const across = Math.abs(x - ((handle.value - from) / (to - from)) * width);
    if (handle.height !== undefined) return Math.hypot(across, y - (1 - handle.height) * height);
    // Lines are long and easily hit: a point before one is nearer. On the bar it is the other way round.
    if (handle.key === "level") return onBar ? across : Infinity;
    return across * (onBar ? 0.7 : 1.5);
  };
  const [nearest] = handlesOf(shown).map((handle) => [distance(handle), handle.key]).sort((a, b) => a[0] - b[0]);
  if (nearest[0] < reach) return nearest[1];
  const off = y - (1 - heightOf(opacityAt(transfer, value))) * height;
  if (fades && Math.abs(off) < reach / 2) return "line";
  const [low, high] = transfer.window;
  return value <= low ? "low" : value >= high ? "high" : "level";
}

/** {transfer} or {surface: value} with the handle `key` pulled `by` in values and `up` in heights of the plot. */
export function pulled({ transfer, surface }, key, by, up, range) {
  const { window } = transfer;
  const windowed = (changed) => ({ transfer: { ...transfer, window: changed } });
  if (key === "surface") return { surface: Math.max(range[0], Math.min(range[1], surface.value + by)) };
  if (key === "level") return windowed(shifted(window, by, 2 ** up));
  if (key in ENDS) return windowed(withEnd(window, ENDS[key], window[ENDS[key]] + by, (range[1] - range[0]) * NARROWEST));
  const points = pointsOf(transfer);
  const [value, opacity] = points[pointOf(key)];
  const lifted = opacityOf(heightOf(opacity) + up);
  return { transfer: withPoints(transfer, moved(points, pointOf(key), [value + by, lifted], range)) };
}
