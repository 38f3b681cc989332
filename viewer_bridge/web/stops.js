// The colours of a colour map: [x, red, green, blue] in 0..1 with x rising.

import { fromHex, mapColor } from "./color.js";
import { between } from "./curve.js";
import * as server from "./server.js";

const GREY = even(["#000000", "#ffffff"]);
/** Names that only the server knows -> {stops, asked}; stops are undefined until it has answered. */
const asked = new Map();

/** The stops of a View's colormap; grey while the server is asked for them, after which comes `onKnown()`. */
export function stopsOf(colormap, onKnown) {
  if (Array.isArray(colormap)) return colormap;
  const colors = colormap.split("-").map(mapColor);
  if (!colors.includes(null)) return even(colors.length > 1 ? colors : ["#000000", ...colors]);
  if (!asked.has(colormap)) ask(colormap);
  const { stops, answer } = asked.get(colormap);
  if (!stops) answer.then(onKnown, () => asked.delete(colormap));
  return stops ?? GREY;
}

/** The CSS colour at `x`. */
export function colorAt(stops, x) {
  return `rgb(${between(stops, x).map((share) => Math.round(share * 255))})`;
}

/** CSS colours at even steps, from left to right. */
export function strip(colors) {
  return `linear-gradient(to right, ${colors})`;
}

function ask(name) {
  const map = { answer: server.colormap(name).then(({ colors }) => (map.stops = even(colors))) };
  asked.set(name, map);
}

function even(colors) {
  return colors.map((hex, i) => [i / (colors.length - 1), ...fromHex(hex)]);
}
