// Colours between the View (RGBA in 0..1, CSS names, gradient stops) and <input type=color> (#rrggbb).

const context = document.createElement("canvas").getContext("2d");

/** #rrggbb of [red, green, blue, ...] in 0..1. */
export function toHex(color) {
  const bytes = color.slice(0, 3).map((share) => Math.round(share * 255));
  return `#${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** [red, green, blue] in 0..1 of #rrggbb. */
export function fromHex(hex) {
  return [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16) / 255);
}

/** What stands for a colour map in one colour: its brightest end; null where only the server knows the map's name. */
export function mapColor(colormap) {
  if (Array.isArray(colormap)) return toHex(colormap.at(-1).slice(1));
  if (!CSS.supports("color", colormap)) return null;
  context.fillStyle = colormap;
  return context.fillStyle.slice(0, 7);
}
